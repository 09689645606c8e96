//! This program before the gateway that tests share, or one of their own.

use std::sync::Arc;

use clawpair_core::clock::SystemClock;
use clawpair_core::rng::SystemRng;
use clawpair_core::secret::Secret;
use clawpair_gateway_stage::shared;
use clawpair_openclaw::Event;
use clawpair_openclaw::connection::{Caller, Connection, Target};
use clawpair_openclaw::credential::Credential;
use clawpair_openclaw::error::GatewayError;
use clawpair_openclaw::identity::DeviceIdentity;
use tokio::sync::mpsc;
use xtask::openclaw::TOKEN;

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
