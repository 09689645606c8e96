// Generated from Rust by ts-rs. Do not edit by hand.
import type { Device } from "./Device";

export type DevicePage = { devices: Device[]; next: string | null };
