// Generated from Rust by ts-rs. Do not edit by hand.
import type { PairingStatus } from "./PairingStatus";

export type Pairing = { id: string; device_id: string; name: string; device_type: string; permissions: string[]; status: PairingStatus; typed_entry: "open" | "burnt"; created_at: string; expires_at: string; ended_at: string | null };
