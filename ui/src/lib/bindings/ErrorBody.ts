// Generated from Rust by ts-rs. Do not edit by hand.
export type ErrorBody = { code: string; message: string; hint: string | null };
