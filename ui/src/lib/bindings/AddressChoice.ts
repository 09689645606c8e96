// Generated from Rust by ts-rs. Do not edit by hand.
import type { AddressKind } from "./AddressKind";

export type AddressChoice = { address: string ; interface: string; kind: AddressKind; answers: boolean };
