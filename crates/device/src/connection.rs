//! Reaching the platform: several addresses, one pinned key, one TLS connection whose exporter names it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use clawpair_core::claim::{ChannelBinding, EXPORTER_LABEL};
use clawpair_core::link::Address;
use clawpair_core::pin::ServerPin;
use clawpair_pinned_tls::{client_config, is_of_tls, is_stranger};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use rustls::ClientConfig;
use rustls_pki_types::ServerName;
use tokio::net::{TcpStream, lookup_host};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::error::DeviceError;
use crate::tls::{self, Trust};

/// Head start of each address before the next is tried beside it (RFC 8305 recommends 250 ms).
const STAGGER: Duration = Duration::from_millis(250);
/// Longest wait for a TCP connection, and again for the TLS handshake.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Most IP addresses that one host name is tried at.
const MAX_RESOLVED: usize = 8;

/// A TLS connection to the platform whose key is pinned, or to somebody who has yet to prove who he is.
pub struct Connection {
    /// The connection itself, on which nothing has been said yet.
    pub stream: TlsStream<TcpStream>,
    /// Which of the addresses answered.
    pub address: Address,
}

impl Connection {
    /// Connects to the first of `addresses` that answers with the pinned key. Each gets a head start over the next.
    ///
    /// # Errors
    /// [`DeviceError::PinMismatch`] if somebody answered with another key, before anything secret was sent;
    /// [`DeviceError::NotTls`] if somebody answered otherwise; else [`DeviceError::Unreachable`].
    pub async fn open(addresses: &[Address], pin: ServerPin) -> Result<Self, DeviceError> {
        Self::to(addresses, Trust::Pinned(pin)).await
    }

    /// Connects to the first of `addresses` that answers, whoever it is. Nothing secret may be said before he has proved to
    /// know the code.
    ///
    /// # Errors
    /// As [`Self::open`], apart from the pin.
    pub async fn open_unproven(addresses: &[Address]) -> Result<Self, DeviceError> {
        Self::to(addresses, Trust::Unproven).await
    }

    async fn to(addresses: &[Address], trust: Trust) -> Result<Self, DeviceError> {
        let config = client_config(trust).map_err(|error| DeviceError::NotUnderstood { why: error.to_string() })?;
        let config = Arc::new(config);
        let mut waiting = addresses.iter();
        let mut running = FuturesUnordered::new();
        let mut failures = Vec::new();
        loop {
            if let Some(address) = waiting.next() {
                running.push(attempt(address.clone(), Arc::clone(&config)));
            } else if running.is_empty() {
                return Err(worst(addresses, failures));
            }
            let more_wait = waiting.len() > 0;
            tokio::select! {
                Some(outcome) = running.next() => match outcome {
                    Ok(connection) => return Ok(connection),
                    Err(failure) => failures.push(failure),
                },
                () = sleep(STAGGER), if more_wait => {}
            }
        }
    }

    /// The pin of the key that the other side has.
    ///
    /// # Errors
    /// Never on a finished handshake.
    pub fn pin(&self) -> Result<ServerPin, DeviceError> {
        let (_, session) = self.stream.get_ref();
        let shown = session.peer_certificates().and_then(<[_]>::first).and_then(tls::pin_of);
        shown.ok_or_else(|| DeviceError::NotTls { address: self.address.clone(), why: "no certificate".into() })
    }

    /// The 32 bytes that name this connection on both of its ends (RFC 9266).
    ///
    /// # Errors
    /// Never on a finished TLS 1.3 handshake.
    pub fn binding(&self) -> Result<ChannelBinding, DeviceError> {
        let (_, session) = self.stream.get_ref();
        session
            .export_keying_material([0; 32], EXPORTER_LABEL, Some(&[]))
            .map_err(|error| DeviceError::NotTls { address: self.address.clone(), why: error.to_string() })
    }
}

enum Failure {
    Unreachable(String),
    Other(DeviceError),
}

/// The failure that says most: an imposter before a stranger before silence.
fn worst(addresses: &[Address], failures: Vec<Failure>) -> DeviceError {
    let mut silence = "it has no address".to_owned();
    let mut stranger = None;
    for failure in failures {
        match failure {
            Failure::Other(error @ DeviceError::PinMismatch { .. }) => return error,
            Failure::Other(error) => stranger = Some(error),
            Failure::Unreachable(why) => silence = why,
        }
    }
    let tried = || addresses.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or ");
    stranger.unwrap_or_else(|| DeviceError::Unreachable { tried: tried(), why: silence })
}

async fn attempt(address: Address, config: Arc<ClientConfig>) -> Result<Connection, Failure> {
    let tcp = reach(&address).await.map_err(Failure::Unreachable)?;
    let stranger = |why: String| Failure::Other(DeviceError::NotTls { address: address.clone(), why });
    let name = ServerName::try_from(address.host()).map_err(|error| stranger(error.to_string()))?;
    match timeout(CONNECT_TIMEOUT, TlsConnector::from(config).connect(name, tcp)).await {
        Ok(Ok(stream)) => Ok(Connection { stream, address }),
        Ok(Err(error)) if is_stranger(&error) => Err(Failure::Other(DeviceError::PinMismatch { address })),
        Ok(Err(error)) if is_of_tls(&error) => Err(stranger(error.to_string())),
        // The connection was cut: a platform that is just ending looks the same as one that is gone.
        Ok(Err(error)) => Err(Failure::Unreachable(error.to_string())),
        Err(_) => Err(Failure::Unreachable("the TLS handshake took too long".into())),
    }
}

async fn reach(address: &Address) -> Result<TcpStream, String> {
    let resolving = lookup_host((address.host(), address.port()));
    let resolved = timeout(CONNECT_TIMEOUT, resolving).await.map_err(|_| "the name's lookup took too long".to_owned())?;
    let resolved: Vec<SocketAddr> = resolved.map_err(|error| error.to_string())?.take(MAX_RESOLVED).collect();
    match timeout(CONNECT_TIMEOUT, TcpStream::connect(resolved.as_slice())).await {
        Ok(Ok(tcp)) => {
            // Small requests that are answered at once gain nothing from being gathered; failing to say so is no harm.
            let _ = tcp.set_nodelay(true);
            Ok(tcp)
        }
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err("no answer within 5 seconds".into()),
    }
}
