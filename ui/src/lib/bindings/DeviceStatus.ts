// Generated from Rust by ts-rs. Do not edit by hand.
export type DeviceStatus = "active" | "revoked";
