//! The stage of tests at a real OpenClaw Gateway: gateways to start, and devices of others. Whatever fails panics.

mod between;
mod crowd;
mod peer;
mod tokens;

use tempfile::TempDir;
use xtask::openclaw::{Gateway, SHARED_PORT, Setup};

pub use between::Between;
pub use crowd::seed;
pub use peer::{Ask, FAR_AWAY, Peer, Session};
pub use tokens::tokens;

/// The port of the gateway that all tests share. They know their devices by their keys.
///
/// # Panics
/// When there is none.
pub fn shared() -> u16 {
    let port = std::env::var(SHARED_PORT).expect("“cargo xtask test gateway” starts a gateway and names its port");
    port.parse().expect("the port is a number")
}

/// A gateway that a test may kill and change, and its folder.
///
/// # Panics
/// When it does not start.
pub fn own(setup: Setup) -> (Gateway, TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    (Gateway::start(folder.path(), setup).expect("the gateway starts"), folder)
}
