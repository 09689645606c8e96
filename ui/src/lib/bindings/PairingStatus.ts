// Generated from Rust by ts-rs. Do not edit by hand.
export type PairingStatus = "open" | "completed" | "cancelled" | "expired";
