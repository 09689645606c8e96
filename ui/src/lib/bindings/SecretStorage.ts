// Generated from Rust by ts-rs. Do not edit by hand.
export type SecretStorage = { kind: "keyring" } | { kind: "file"; path: string; reason: string };
