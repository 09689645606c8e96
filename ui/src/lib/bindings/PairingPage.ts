// Generated from Rust by ts-rs. Do not edit by hand.
import type { Pairing } from "./Pairing";

export type PairingPage = { pairings: Pairing[]; next: string | null };
