// Generated from Rust by ts-rs. Do not edit by hand.
import type { Device } from "./Device";
import type { Overview } from "./Overview";
import type { Pairing } from "./Pairing";

export type AppEvent = { type: "pairing"; pairing: Pairing } | { type: "device"; device: Device } | { type: "guess_failed"; pairing_id: string; attempts_left: number } | { type: "overview"; overview: Overview } | { type: "resync" };
