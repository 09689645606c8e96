// Generated from Rust by ts-rs. Do not edit by hand.
export type Qr = { size: number; path: string };
