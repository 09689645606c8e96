// Generated from Rust by ts-rs. Do not edit by hand.
import type { Pairing } from "./Pairing";
import type { Qr } from "./Qr";

export type ShownPairing = { pairing: Pairing; code: string; link: string; qr: Qr; pin: string; addresses: string[] };
