//! What a device runs: read a link or code, make a key, pair, prove itself in every call, stay connected.
//!
//! `docs/DEVICE-PROTOCOL.md` is the wire truth. The layers, each in a module of its own: [`input`] parses what a person
//! gives, [`connection`] reaches the one platform whose key is pinned, [`prove`] finds out whether an unknown platform knows a
//! code, [`mod@pair`] makes one claim, [`join`] makes it
//! survive lost answers and crashes, [`state`] keeps the outcome, [`caller`] signs calls, [`tokens`] renews what they carry,
//! [`live`] and [`run`] stay connected. Secrets are opaque in `Debug` and wiped when dropped.

pub use clawpair_core::backoff;
pub mod caller;
pub mod connection;
pub mod credential;
pub mod error;
pub mod exit;
mod http;
pub mod input;
pub mod join;
pub mod live;
pub mod pair;
pub mod prove;
mod rotate;
pub mod run;
pub mod state;
mod tls;
pub mod tokens;

pub use caller::Caller;
pub use credential::Credential;
pub use error::DeviceError;
pub use exit::Exit;
pub use pair::{Paired, Target, pair};
pub use tokens::Tokens;
