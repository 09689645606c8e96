import type { PlatformDevice } from '$lib/bindings/PlatformDevice';
import type { EditDevice } from '$lib/bindings/EditDevice';
import { waits } from '$lib/format/errands';
import { unique } from '$lib/format/unique';
import type { PlatformHost } from '$lib/host';
import { HostError } from '$lib/hostError';
import { PermissionChoice } from './permissionChoice.svelte';
import type { Undo } from './undo.svelte';

export const TAGS_LIMIT = 16;
export const TAG_LIMIT = 32;

/** Tags as typed: apart by commas, each once. */
export function tagsFrom(text: string): string[] {
	const tags = text.split(',').map((tag) => tag.trim());
	return unique(tags.filter((tag) => tag !== ''));
}

export type EditFault = 'name' | 'type' | 'tags' | 'permissions';

const same = (a: string[], b: string[]) =>
	a.length === b.length && a.every((entry) => b.includes(entry));

/** Where an edited device goes, and where taking the edit back is offered. */
type Keeper = {
	apply(device: PlatformDevice): void;
	answered(device: PlatformDevice): void;
	readonly undo: Undo;
	error: HostError | null;
};

/** Changes to one device that are being typed. They are made against the device as it was when the person began. */
export class DeviceEdit {
	readonly #host: PlatformHost;
	readonly #keeper: Keeper;
	/** The device as the person saw it. */
	seen = $state.raw<PlatformDevice | null>(null);
	/** The device as somebody else has made it meanwhile. */
	theirs = $state.raw<PlatformDevice | null>(null);
	name = $state('');
	type = $state('');
	tags = $state('');
	may = $state.raw(new PermissionChoice());
	checked = $state(false);
	busy = $state(false);
	error = $state.raw<HostError | null>(null);

	constructor(host: PlatformHost, keeper: Keeper) {
		this.#host = host;
		this.#keeper = keeper;
	}

	added = $derived(
		this.may.permissions.filter((permission) => !this.seen?.permissions.includes(permission))
	);
	removed = $derived(
		(this.seen?.permissions ?? []).filter(
			(permission) => !this.may.permissions.includes(permission)
		)
	);

	faults = $derived.by<EditFault[]>(() => {
		const found: EditFault[] = [];
		if (this.name.trim() === '') found.push('name');
		if (this.type.trim() === '') found.push('type');
		const tags = tagsFrom(this.tags);
		if (tags.length > TAGS_LIMIT || tags.some((tag) => [...tag].length > TAG_LIMIT))
			found.push('tags');
		if (this.may.permissions.length === 0 || this.may.draftFault) found.push('permissions');
		return found;
	});

	shows(fault: EditFault): boolean {
		return this.checked && this.faults.includes(fault);
	}

	/** While one is being written, no other takes its place: what is typed belongs to that one. */
	begin(device: PlatformDevice): void {
		if (this.busy) return;
		this.seen = device;
		this.theirs = null;
		this.name = device.name;
		this.type = device.device_type;
		this.tags = device.tags.join(', ');
		this.may = new PermissionChoice(device.permissions);
		this.checked = false;
		this.error = null;
	}

	end(): void {
		if (!this.busy) this.seen = null;
	}

	/** Begins again with what somebody else has made of it. */
	takeTheirs(): void {
		if (this.theirs) this.begin(this.theirs);
	}

	/** Writes what was typed over what somebody else has made of it. */
	async overwrite(): Promise<void> {
		if (!this.theirs || this.busy) return;
		this.seen = this.theirs;
		this.theirs = null;
		await this.save();
	}

	async save(): Promise<void> {
		const before = this.seen;
		if (!before || this.busy) return;
		if (this.may.draft.trim() !== '') this.may.addDraft();
		this.checked = true;
		if (this.faults.length > 0) return;
		this.busy = true;
		this.error = null;
		try {
			await this.#write(before);
			this.seen = null;
		} catch (refusal) {
			await this.#refused(before, HostError.from(refusal));
		} finally {
			this.busy = false;
		}
	}

	/** Only what differs, each against the revision that the one before has led to. */
	async #write(before: PlatformDevice): Promise<void> {
		// What is typed from now on is not meant by this.
		const form = this.#changes(before);
		const permissions = same(this.may.permissions, before.permissions)
			? null
			: [...this.may.permissions];
		let device = before;
		if (form) {
			device = await this.#host.editDevice(before.id, device.revision, form);
			this.#made(device);
		}
		if (permissions) {
			device = await this.#host.grantPermissions(before.id, device.revision, { permissions });
			this.#made(device);
		}
		// What waits is taken back where it waits.
		if (form && !device.pending?.some(waits)) this.#offerUndo(before, device);
	}

	/** A part was written: the rest goes on from there. */
	#made(device: PlatformDevice): void {
		this.#keeper.answered(device);
		this.seen = device;
	}

	#changes(before: PlatformDevice): EditDevice | null {
		const form: EditDevice = {};
		const tags = tagsFrom(this.tags);
		if (this.name.trim() !== before.name) form.name = this.name.trim();
		if (this.type.trim() !== before.device_type) form.device_type = this.type.trim();
		if (!same(tags, before.tags)) form.tags = tags;
		return Object.keys(form).length > 0 ? form : null;
	}

	/** Name, type and tags can be had back as they were. What a device may do is not taken back: it may have done it. */
	#offerUndo(before: PlatformDevice, { id, revision }: PlatformDevice): void {
		const { name, device_type, tags } = before;
		this.#keeper.undo.offer({ what: 'edited', name }, async () => {
			try {
				this.#keeper.apply(await this.#host.editDevice(id, revision, { name, device_type, tags }));
				this.#keeper.error = null;
			} catch (refusal) {
				this.#keeper.error = HostError.from(refusal);
			}
		});
	}

	async #refused(before: PlatformDevice, error: HostError): Promise<void> {
		this.error = error;
		if (error.code !== 'changed_meanwhile') return;
		try {
			const theirs = await this.#host.showDevice(before.id);
			this.#keeper.apply(theirs);
			this.theirs = theirs;
			this.error = null;
		} catch (refusal) {
			this.error = HostError.from(refusal);
		}
	}
}
