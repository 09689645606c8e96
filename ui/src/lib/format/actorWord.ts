import type { ApiKey } from '$lib/bindings/ApiKey';
import type { ActorKind } from '$lib/bindings/ActorKind';
import { describeActor } from './activity';

const plain: ActorKind[] = ['owner', 'operator', 'platform', 'device'];

/** Somebody as the activity log names them: by what they are, or by an id. */
export function describeActorWord(word: string, keys: ApiKey[]): string {
	const kind = plain.find((known) => known === word);
	if (kind) return describeActor({ kind, id: null, name: null });
	const key = keys.find(({ id }) => id === word);
	if (key) return describeActor({ kind: 'api_key', id: word, name: key.name });
	return describeActor({ kind: 'member', id: word, name: null });
}
