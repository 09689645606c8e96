// Generated from Rust by ts-rs. Do not edit by hand.
import type { AddressChoice } from "./AddressChoice";
import type { ErrorBody } from "./ErrorBody";
import type { SecretStorage } from "./SecretStorage";
import type { Theme } from "./Theme";

export type Overview = { version: string; data_dir: string; secret_storage: SecretStorage; pin: string; port: number; nearby: boolean | null ; addresses: AddressChoice[]; theme: Theme; problem: ErrorBody | null ; permissions: string[]; presets: { id: string; permissions: string[] }[]; device_types: string[]; expiries_minutes: number[] };
