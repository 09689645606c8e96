//! Where tests play: the gateway they share, or one of their own, and this program before it.

use std::sync::Arc;

use clawpair_core::clock::SystemClock;
use clawpair_core::rng::SystemRng;
use clawpair_core::secret::Secret;
use clawpair_openclaw::Event;
use clawpair_openclaw::connection::{Caller, Connection, Target};
use clawpair_openclaw::credential::Credential;
use clawpair_openclaw::error::GatewayError;
use clawpair_openclaw::identity::DeviceIdentity;
use tempfile::TempDir;
use tokio::sync::mpsc;
use xtask::openclaw::{Gateway, SHARED_PORT, Setup, TOKEN};

/// The port of the gateway that all tests share. They know their devices by their keys.
pub fn shared() -> u16 {
    let port = std::env::var(SHARED_PORT).expect("“cargo xtask test gateway” starts a gateway and names its port");
    port.parse().expect("the port is a number")
}

/// A gateway that a test may kill and change.
pub fn own(setup: Setup) -> (Gateway, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    (Gateway::start(folder.path(), setup).unwrap(), folder)
}

/// A gateway in clear on this computer.
pub fn at(port: u16) -> Target {
    Target { address: format!("ws://127.0.0.1:{port}").parse().unwrap(), pin: None }
}

/// A new installation of this program.
pub fn caller() -> Caller {
    Caller { identity: DeviceIdentity::generate(&SystemRng), name: "Clawpair under test".to_owned(), clock: Arc::new(SystemClock) }
}

/// The shared token of every gateway here.
pub fn token() -> Credential {
    Credential::Shared(Secret::new(TOKEN.to_owned()))
}

/// This program, signed in at the shared gateway.
pub async fn manager() -> (Connection, mpsc::Receiver<Event>) {
    Connection::open(&at(shared()), &caller(), &token()).await.unwrap()
}

/// The error of what must fail.
pub async fn refused(target: &Target, caller: &Caller, credential: &Credential) -> GatewayError {
    match Connection::open(target, caller, credential).await {
        Ok(_) => panic!("the gateway let this program in"),
        Err(error) => error,
    }
}
