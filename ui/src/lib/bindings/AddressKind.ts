// Generated from Rust by ts-rs. Do not edit by hand.
export type AddressKind = "lan" | "vpn" | "container" | "loopback";
