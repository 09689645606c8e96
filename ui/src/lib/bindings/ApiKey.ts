// Generated from Rust by ts-rs. Do not edit by hand.
export type ApiKey = { id: string; name: string; prefix: string; created_at: string; expires_at: string | null; last_used_at: string | null; revoked_at: string | null };
