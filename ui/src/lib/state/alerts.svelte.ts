import { SvelteMap, SvelteSet } from 'svelte/reactivity';
import type { Alert } from '$lib/bindings/Alert';
import type { AlertStatus } from '$lib/bindings/AlertStatus';
import type { PlatformHost } from '$lib/host';
import type { HostError } from '$lib/hostError';
import { AlertRules } from './alertRules.svelte';
import { Paged } from './paged.svelte';
import { Question } from './question.svelte';

/** As many characters as the platform takes. */
export const NOTE_LIMIT = 200;

/** Of two reports about one alert, what holds: acknowledged is final, and a count only rises. */
function latest(known: Alert | undefined, report: Alert): Alert {
	if (!known) return report;
	if (known.status !== report.status) return known.status === 'acknowledged' ? known : report;
	return report.count < known.count ? known : report;
}

/** The device that an alert is about, if it is about one. Gateways name theirs otherwise than Clawpair does. */
export function deviceOf({ rule, subject, quarantined_device }: Alert): string | null {
	if (quarantined_device) return quarantined_device;
	return subject?.startsWith('dev-') || rule === 'device_returned' ? subject : null;
}

/** What the rules have found: nobody's business yet, or somebody's already. Kept current by events. */
export class Alerts {
	readonly #host: PlatformHost;
	readonly #byId = new SvelteMap<string, Alert>();
	readonly rules: AlertRules;
	/** As far as they were read. */
	readonly lists: Record<AlertStatus, Paged<Alert, string>>;
	view = $state<'alerts' | 'rules'>('alerts');
	readonly expanded = new SvelteSet<string>();
	note = $state('');
	readonly acknowledging = new Question((alert: Alert) => this.#acknowledge(alert));
	onRaised: (alert: Alert) => void = () => undefined;
	/** An alert names this device. */
	onDevice: (id: string) => void = () => undefined;

	constructor(host: PlatformHost) {
		this.#host = host;
		this.rules = new AlertRules(host);
		this.lists = { open: this.#list('open'), acknowledged: this.#list('acknowledged') };
	}

	/** Newest first, as the platform lists them: ids rise with time. */
	#all = $derived.by(() => [...this.#byId.values()].sort((a, b) => (a.id < b.id ? 1 : -1)));
	open = $derived(this.#all.filter(({ status }) => status === 'open'));
	acknowledged = $derived(this.#all.filter(({ status }) => status === 'acknowledged'));

	get loaded(): boolean {
		return this.lists.open.loaded && this.lists.acknowledged.loaded;
	}

	get error(): HostError | null {
		return this.lists.open.error ?? this.lists.acknowledged.error;
	}

	apply(alert: Alert): void {
		const known = this.#byId.get(alert.id);
		this.#take(alert);
		if (!known && this.loaded && alert.status === 'open') this.onRaised(alert);
	}

	/** Reads both lists again, as far as they were read. */
	async load(): Promise<void> {
		await Promise.all([this.lists.open.again(), this.lists.acknowledged.again()]);
	}

	toggle(id: string): void {
		if (!this.expanded.delete(id)) this.expanded.add(id);
	}

	askToAcknowledge(alert: Alert): void {
		this.note = '';
		this.acknowledging.ask(alert);
	}

	async #acknowledge({ id }: Alert): Promise<void> {
		this.apply(await this.#host.acknowledgeAlert(id, { note: this.note.trim() || null }));
	}

	#list(status: AlertStatus): Paged<Alert, string> {
		return new Paged(async (after) => {
			const { alerts: rows, next } = await this.#host.listAlerts(status, after);
			rows.forEach((alert) => this.#take(alert));
			return { rows, next };
		});
	}

	#take(alert: Alert): void {
		this.#byId.set(alert.id, latest(this.#byId.get(alert.id), alert));
		const device = deviceOf(alert);
		if (device) this.onDevice(device);
	}
}
