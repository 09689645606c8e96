import type { AlarmView } from '$lib/bindings/AlarmView';
import type { ErrandChoice } from '$lib/bindings/ErrandChoice';
import type { ErrandIntent } from '$lib/bindings/ErrandIntent';
import type { ErrandView } from '$lib/bindings/ErrandView';
import type { OutboxPage } from '$lib/bindings/OutboxPage';
import type { OutboxSummary } from '$lib/bindings/OutboxSummary';
import type { PlatformView } from '$lib/bindings/PlatformView';
import { isNotYetRevoked, isOver } from '$lib/format/errands';
import { HostError } from '$lib/hostError';
import type { FakeClock } from './FakeClock';

type Subject = { id: string; name: string; key_fingerprint: string };

/** What was asked for, kept in memory. */
export class FakeOutbox {
	/** All of it, the oldest first, also what is over. */
	all: ErrandView[] = [];
	/** Keys that came back. */
	alarms: AlarmView[] = [];
	pageSize = 200;

	constructor(
		private readonly clock: FakeClock,
		private readonly told: (summary: OutboxSummary) => void
	) {}

	get open(): ErrandView[] {
		return this.all.filter((errand) => !isOver(errand));
	}

	pending(platform: string, subject: string): ErrandView[] {
		return this.open.filter((errand) => errand.platform === platform && errand.subject === subject);
	}

	askedOf(platform: string, subject: string): ErrandView[] {
		const asked = this.all.filter(
			(errand) => errand.platform === platform && errand.subject === subject
		);
		return asked.reverse().slice(0, 20);
	}

	summary(): OutboxSummary {
		const failed = this.open.filter(({ state }) => state.kind === 'failed').length;
		return {
			not_yet_revoked: this.open.filter(isNotYetRevoked).length,
			waiting: this.open.length - failed,
			conflicts: failed,
			alarms: this.alarms.length
		};
	}

	page(after: number): OutboxPage {
		const rest = this.open.filter(({ id }) => id > after);
		const errands = rest.slice(0, this.pageSize);
		const next = rest.length > errands.length ? (errands.at(-1)?.id ?? null) : null;
		return { errands, next, summary: this.summary() };
	}

	find(id: number): ErrandView {
		const found = this.all.find((errand) => errand.id === id);
		if (!found) throw new HostError({ code: 'not_found', message: 'It is not there.', hint: null });
		return found;
	}

	/** Something that is asked for and waits. */
	ask(view: PlatformView, subject: Subject, intent: ErrandIntent): ErrandView {
		const errand: ErrandView = {
			id: this.all.reduce((last, { id }) => Math.max(last, id), 0) + 1,
			platform: view.id,
			platform_name: view.name,
			subject: subject.id,
			name: subject.name,
			key: subject.key_fingerprint,
			intent,
			queued_at: this.clock.at(0),
			expires_at: null,
			attempts: 0,
			sent_at: null,
			acknowledged_at: null,
			ended_at: null,
			can_withdraw: true,
			state: { kind: 'queued', due: this.clock.at(0) }
		};
		this.all = [...this.all, errand];
		this.tell();
		return errand;
	}

	/** It stands otherwise. */
	change(id: number, changes: Partial<ErrandView>): ErrandView {
		const changed = { ...this.find(id), ...changes };
		this.all = this.all.map((errand) => (errand.id === id ? changed : errand));
		this.tell();
		return changed;
	}

	/** The platform has done it, and a later reading shows it. */
	verify(id: number): ErrandView {
		const at = this.clock.at(0);
		return this.change(id, {
			state: { kind: 'verified' },
			attempts: 1,
			sent_at: at,
			acknowledged_at: at,
			ended_at: at,
			can_withdraw: false
		});
	}

	withdraw(id: number): ErrandView {
		if (!this.find(id).can_withdraw)
			throw new HostError({
				code: 'changed_meanwhile',
				message: 'This cannot be done any more: what you see has changed. Load it again.',
				hint: null
			});
		return this.#leave(id);
	}

	choose(id: number, choice: ErrandChoice): ErrandView | null {
		const left = this.#leave(id);
		if (choice === 'leave') return null;
		const anew = { ...left, id: this.all.length + 1000, attempts: 0, ended_at: null };
		this.all = [...this.all, { ...anew, state: { kind: 'queued', due: this.clock.at(0) } }];
		this.tell();
		return anew;
	}

	acknowledge(number: number): void {
		this.alarms = this.alarms.filter((alarm) => alarm.number !== number);
		this.tell();
	}

	tell(): void {
		this.told(this.summary());
	}

	#leave(id: number): ErrandView {
		return this.change(id, {
			state: { kind: 'withdrawn' },
			ended_at: this.clock.at(0),
			can_withdraw: false
		});
	}
}
