// Generated from Rust by ts-rs. Do not edit by hand.
import type { ApiKey } from "./ApiKey";

export type ApiKeyCreated = { key: string; api_key: ApiKey };
