//! The platform inside the app: no account, no network unless devices nearby are let in.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use clawpair_api::{ErrorBody, ErrorCode};
use clawpair_core::clock::SystemClock;
use clawpair_core::link::Address;
use clawpair_core::pin::ServerPin;
use clawpair_core::rng::SystemRng;
use clawpair_core::store::StoreError;
use clawpair_server::{Identity, Listener, Ports, Service};
use clawpair_store::SqliteStore;

use crate::files;
use clawpair_server::PlatformSecrets;

/// The running platform.
pub(crate) struct Embedded {
    pub(crate) service: Arc<Service>,
    identity: Identity,
    port: u16,
    remembered_port: Option<u16>,
    /// For this computer's own programs; always there.
    _loopback: Listener,
    /// For devices nearby, by address.
    nearby: Mutex<BTreeMap<Ipv4Addr, Listener>>,
}

impl Embedded {
    /// Opens the database and listens on loopback, on the port devices remember if it is free.
    pub(crate) async fn start(
        data_dir: &Path,
        secrets: PlatformSecrets,
        remembered_port: Option<u16>,
        first_port: u16,
    ) -> Result<Self, ErrorBody> {
        let store = SqliteStore::open(&data_dir.join(files::PLATFORM))
            .map_err(|error| ErrorBody::new(ErrorCode::StorageUnavailable, error.to_string()))?;
        let PlatformSecrets { pepper, identity } = secrets;
        let unavailable = |error: StoreError| ErrorBody::new(ErrorCode::StorageUnavailable, error.to_string());
        let service = Service::start(Ports {
            store: Arc::new(store),
            clock: Arc::new(SystemClock),
            rng: Arc::new(SystemRng),
            pepper,
            pin: identity.pin(),
        })
        .await
        .map_err(unavailable)?;
        // The command line works on the same database.
        service.follow_others().await.map_err(unavailable)?;
        let ports = remembered_port.into_iter().chain([first_port, 0]);
        let loopback = listen_first(&service, &identity, ports)?;
        let port = loopback.address().port();
        Ok(Self { service, identity, port, remembered_port, _loopback: loopback, nearby: Mutex::default() })
    }

    /// Writes what is only counted in memory.
    pub(crate) async fn flush(&self) {
        if let Err(error) = self.service.flush().await {
            tracing::error!(%error, "uses of API keys could not be written");
        }
    }

    pub(crate) const fn port(&self) -> u16 {
        self.port
    }

    /// What devices that paired before will notice, if the port they remember was taken.
    pub(crate) fn port_problem(&self) -> Option<ErrorBody> {
        let remembered = self.remembered_port.filter(|&port| port != self.port)?;
        let message = format!(
            "Another program uses port {remembered}, where paired devices look for this computer; Clawpair listens on {} for now. \
             Until that is mended they cannot connect, and devices that pair now will not find it again.",
            self.port
        );
        let mut body = ErrorBody::new(ErrorCode::Internal, message);
        body.hint = Some("End that program and start Clawpair again before you pair anything.".into());
        Some(body)
    }

    pub(crate) const fn pin(&self) -> ServerPin {
        self.identity.pin()
    }

    /// The same for curl.
    pub(crate) fn curl_pin(&self) -> String {
        ServerPin::for_curl(self.identity.spki_der())
    }

    /// This platform at an address of this computer.
    pub(crate) fn at(&self, ip: Ipv4Addr) -> Option<Address> {
        Address::new(ip.into(), self.port)
    }

    /// Listens on exactly these addresses besides loopback, and says what went wrong.
    pub(crate) fn listen_nearby(&self, wanted: &[Ipv4Addr]) -> Option<ErrorBody> {
        let mut listeners = self.nearby.lock().unwrap_or_else(PoisonError::into_inner);
        listeners.retain(|ip, _| wanted.contains(ip));
        let mut problem = None;
        for &ip in wanted {
            if listeners.contains_key(&ip) {
                continue;
            }
            match Listener::start(Arc::clone(&self.service), &self.identity, SocketAddr::from((ip, self.port))) {
                Ok(listener) => drop(listeners.insert(ip, listener)),
                Err(error) => problem = Some(cannot_listen(ip, self.port, &error)),
            }
        }
        problem
    }
}

fn listen_first(service: &Arc<Service>, identity: &Identity, ports: impl Iterator<Item = u16>) -> Result<Listener, ErrorBody> {
    let mut refused = ErrorBody::new(ErrorCode::Internal, "There is no port to listen on.");
    for port in ports {
        match Listener::start(Arc::clone(service), identity, SocketAddr::from((Ipv4Addr::LOCALHOST, port))) {
            Ok(listener) => return Ok(listener),
            Err(error) => {
                tracing::warn!(port, %error, "cannot listen");
                refused = cannot_listen(Ipv4Addr::LOCALHOST, port, &error);
            }
        }
    }
    Err(refused)
}

fn cannot_listen(ip: Ipv4Addr, port: u16, error: &std::io::Error) -> ErrorBody {
    let mut body = ErrorBody::new(ErrorCode::Internal, format!("Clawpair cannot listen on {ip}:{port}: {error}."));
    body.hint = Some(match error.kind() {
        ErrorKind::AddrInUse => "Another program uses this port; end it. Clawpair tries again every few seconds.".into(),
        _ => "Check the network connection. Clawpair tries again every few seconds.".into(),
    });
    body
}
