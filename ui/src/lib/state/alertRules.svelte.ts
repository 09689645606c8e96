import { SvelteMap, SvelteSet } from 'svelte/reactivity';
import type { AlertRule } from '$lib/bindings/AlertRule';
import type { ParameterBounds } from '$lib/bindings/ParameterBounds';
import type { SetAlertRule } from '$lib/bindings/SetAlertRule';
import type { PlatformHost } from '$lib/host';
import { HostError } from '$lib/hostError';
import { News } from './news';

/** A whole number within its bounds; `null` for anything else. */
export function numberWithin(text: string, { min, max }: ParameterBounds): number | null {
	const number = /^\d{1,9}$/.test(text.trim()) ? Number(text) : NaN;
	return number >= min && number <= max ? number : null;
}

/** Whether the rule is as it was before anybody set it. */
export const isDefault = ({ enabled, action, parameters, bounds }: AlertRule): boolean =>
	enabled &&
	action === 'alert' &&
	Object.entries(bounds).every(([name, bound]) => parameters[name] === bound.default);

/** The alert rules, and numbers that somebody is typing. */
export class AlertRules {
	readonly #host: PlatformHost;
	readonly #news = new News();
	/** Numbers as typed, by rule and name, as long as they are not saved. */
	readonly #drafts = new SvelteMap<string, Record<string, string>>();
	readonly #saving = new SvelteSet<string>();
	readonly #errors = new SvelteMap<string, HostError>();
	all = $state.raw<AlertRule[]>([]);
	loaded = $state(false);
	error = $state.raw<HostError | null>(null);

	constructor(host: PlatformHost) {
		this.#host = host;
	}

	async load(): Promise<void> {
		try {
			await this.#news.ask(
				() => this.#host.listAlertRules(),
				(rules) => (this.all = rules)
			);
			this.loaded = true;
			this.error = null;
		} catch (refusal) {
			this.error = HostError.from(refusal);
		}
	}

	isSaving(rule: AlertRule): boolean {
		return this.#saving.has(rule.id);
	}

	errorOf(rule: AlertRule): HostError | null {
		return this.#errors.get(rule.id) ?? null;
	}

	/** What stands in the field of a number. */
	typed(rule: AlertRule, name: string): string {
		return this.#drafts.get(rule.id)?.[name] ?? String(rule.parameters[name]);
	}

	type(rule: AlertRule, name: string, text: string): void {
		this.#drafts.set(rule.id, { ...this.#drafts.get(rule.id), [name]: text });
	}

	/** Whether a number in a field is another than the rule has. */
	isEdited(rule: AlertRule): boolean {
		return Object.keys(rule.bounds).some(
			(name) => this.typed(rule, name).trim() !== String(rule.parameters[name])
		);
	}

	/** Whether what stands in the field can be the number. */
	isFit(rule: AlertRule, name: string): boolean {
		const bound = rule.bounds[name];
		return bound !== undefined && numberWithin(this.typed(rule, name), bound) !== null;
	}

	discard(rule: AlertRule): void {
		this.#drafts.delete(rule.id);
		this.#errors.delete(rule.id);
	}

	setEnabled(rule: AlertRule, enabled: boolean): Promise<boolean> {
		return this.#set(rule, { ...settings(rule), enabled });
	}

	setAction(rule: AlertRule, action: AlertRule['action']): Promise<boolean> {
		return this.#set(rule, { ...settings(rule), action });
	}

	/** Writes the typed numbers, if all of them can be. */
	async save(rule: AlertRule): Promise<void> {
		const parameters: Record<string, number> = {};
		for (const [name, bound] of Object.entries(rule.bounds)) {
			const number = numberWithin(this.typed(rule, name), bound);
			if (number === null) return;
			parameters[name] = number;
		}
		if (await this.#set(rule, { ...settings(rule), parameters })) this.#drafts.delete(rule.id);
	}

	/** Numbers that are left out are their defaults. */
	async reset(rule: AlertRule): Promise<void> {
		const done = await this.#set(rule, { enabled: true, action: 'alert', parameters: {} });
		if (done) this.#drafts.delete(rule.id);
	}

	/** Whether it was set. */
	async #set({ id }: AlertRule, form: SetAlertRule): Promise<boolean> {
		if (this.#saving.has(id)) return false;
		this.#saving.add(id);
		try {
			const set = await this.#host.setAlertRule(id, form);
			this.#news.heard();
			this.all = this.all.map((rule) => (rule.id === id ? set : rule));
			this.#errors.delete(id);
			return true;
		} catch (refusal) {
			this.#errors.set(id, HostError.from(refusal));
			return false;
		} finally {
			this.#saving.delete(id);
		}
	}
}

const settings = ({ enabled, action, parameters }: AlertRule): SetAlertRule => ({
	enabled,
	action,
	parameters
});
