import { platformName } from '$lib/format/platform';
import type { App } from '$lib/state/app.svelte';

/** What a platform is called now; one that was removed here goes by the name it had. */
export function nameOfPlatform(app: App, id: string, fallback: string): string {
	const platform = app.platforms.find(id);
	return platform ? platformName(platform.view) : fallback;
}
