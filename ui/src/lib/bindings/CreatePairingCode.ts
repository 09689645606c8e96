// Generated from Rust by ts-rs. Do not edit by hand.
export type CreatePairingCode = { name: string; device_type: string; permissions: string[]; expires_in_minutes: number; addresses: string[] | null };
