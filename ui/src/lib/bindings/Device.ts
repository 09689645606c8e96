// Generated from Rust by ts-rs. Do not edit by hand.
import type { DeviceStatus } from "./DeviceStatus";

export type Device = { id: string; name: string; device_type: string; permissions: string[]; status: DeviceStatus; connected: boolean; paired_at: string; last_seen_at: string | null; last_address: string | null; platform: string | null; version: string | null; key_fingerprint: string; revoked_at: string | null };
