//! A client of the OpenClaw Gateway's device pairing.
//!
//! What comes from a gateway is parsed into types here, leniently towards what this program does not know and bounded in
//! size; what a device says of itself is made fit for showing; what would be granted without having been seen is refused.

pub mod access;
pub mod address;
pub mod connection;
pub mod credential;
pub mod discovery;
pub mod error;
pub mod fingerprint;
mod hex;
pub mod identity;
pub mod ids;
pub mod node;
pub mod operations;
pub mod paired;
pub mod pending;
pub mod preflight;
pub mod returned;
pub mod setup_code;
pub mod shown;
pub mod supervisor;
mod wire;

pub use wire::event::{Event, SetupUse};
pub use wire::hello::Hello;
