//! Reaching a gateway: TCP, TLS to the one certificate that was compared, WebSocket.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use clawpair_pinned_tls::{Recognise, client_config, is_of_tls, is_stranger};
use rustls::CertificateError;
use rustls_pki_types::{CertificateDer, ServerName};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_tungstenite::tungstenite::http::StatusCode;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{self, ClientRequestBuilder};
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

use crate::address::GatewayAddress;
use crate::error::GatewayError;
use crate::fingerprint::Fingerprint;

/// Longest wait for each of lookup, TCP, TLS and the WebSocket's beginning.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);
/// Most IP addresses that one host name is tried at.
const MAX_RESOLVED: usize = 8;
/// Largest message that is read, in bytes: a list of as many devices as a gateway can hold, with long names, is a tenth.
const MAX_MESSAGE: usize = 16 * 1_024 * 1_024;

/// Any connection that bytes go over.
pub(crate) trait Wire: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Wire for T {}

/// A WebSocket, encrypted or not.
pub(crate) type Socket = WebSocketStream<Box<dyn Wire>>;

/// A gateway and its certificate, where it has one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Where it is.
    pub address: GatewayAddress,
    /// The certificate that somebody compared. Only a person changes it.
    pub pin: Option<Fingerprint>,
}

/// Recognises the pinned certificate, and remembers what was shown instead.
#[derive(Debug)]
struct Comparing {
    pin: Option<Fingerprint>,
    shown: Arc<Mutex<Option<Fingerprint>>>,
}

impl Recognise for Comparing {
    fn recognises(&self, certificate: &CertificateDer<'_>) -> Result<bool, CertificateError> {
        let shown = Fingerprint::of(certificate);
        *self.shown.lock().unwrap_or_else(PoisonError::into_inner) = Some(shown);
        Ok(self.pin == Some(shown))
    }
}

/// Opens a WebSocket to a gateway. The request has no `Origin`: with one a gateway takes the caller for a web page.
pub(crate) async fn dial(target: &Target) -> Result<Socket, GatewayError> {
    let address = &target.address;
    let tcp = reach(address).await?;
    let stream: Box<dyn Wire> = if address.tls() { Box::new(encrypt(target, tcp).await?) } else { Box::new(tcp) };
    let odd = |why: String| GatewayError::NotAGateway { address: address.clone(), why };
    let uri = format!("{address}/").parse().map_err(|error| odd(format!("{error}")))?;
    let request = ClientRequestBuilder::new(uri);
    let config = WebSocketConfig::default().max_message_size(Some(MAX_MESSAGE)).max_frame_size(Some(MAX_MESSAGE));
    match timeout(PATIENCE, client_async_with_config(request, stream, Some(config))).await {
        Ok(Ok((socket, _))) => Ok(socket),
        Ok(Err(tungstenite::Error::Http(response))) if response.status() == StatusCode::SERVICE_UNAVAILABLE => {
            Err(GatewayError::Busy)
        }
        Ok(Err(tungstenite::Error::Http(response))) => Err(odd(format!("it refused with status {}", response.status()))),
        Ok(Err(tungstenite::Error::Io(error))) => Err(unreachable(address, &error)),
        Ok(Err(error)) => Err(odd(error.to_string())),
        Err(_) => Err(odd("no answer to the beginning of a WebSocket within 5 seconds".into())),
    }
}

/// The certificate that a gateway shows. Nothing is said to it.
///
/// # Errors
/// When it cannot be reached or speaks no TLS.
pub async fn shown_certificate(address: &GatewayAddress) -> Result<Fingerprint, GatewayError> {
    let tcp = reach(address).await?;
    match encrypt(&Target { address: address.clone(), pin: None }, tcp).await {
        Err(GatewayError::NotPinned { shown, .. }) => Ok(shown),
        Err(error) => Err(error),
        Ok(_) => Err(GatewayError::NotTls { address: address.clone(), why: "no certificate".into() }),
    }
}

/// Connects by TCP, to a local address only if it is spoken to in clear.
pub(crate) async fn reach(address: &GatewayAddress) -> Result<TcpStream, GatewayError> {
    let fail = |why: String| GatewayError::Unreachable { address: address.clone(), why };
    let late = |what: &str| fail(format!("{what} took more than 5 seconds"));
    let resolved = timeout(PATIENCE, lookup_host((address.host(), address.port()))).await.map_err(|_| late("the name's lookup"))?;
    let resolved: Vec<SocketAddr> = resolved.map_err(|error| fail(error.to_string()))?.take(MAX_RESOLVED).collect();
    let admitted: Vec<SocketAddr> = resolved.iter().copied().filter(|at| address.admits(at.ip())).collect();
    if admitted.is_empty() && !resolved.is_empty() {
        return Err(GatewayError::NotLocal { address: address.clone() });
    }
    let tcp = timeout(PATIENCE, TcpStream::connect(admitted.as_slice())).await.map_err(|_| late("connecting"))?;
    let tcp = tcp.map_err(|error| unreachable(address, &error))?;
    // Small requests that are answered at once gain nothing from being gathered; failing to say so is no harm.
    let _ = tcp.set_nodelay(true);
    Ok(tcp)
}

async fn encrypt<S: Wire + 'static>(target: &Target, below: S) -> Result<impl Wire + 'static + use<S>, GatewayError> {
    let address = target.address.clone();
    let shown = Arc::new(Mutex::new(None));
    let rule = Comparing { pin: target.pin, shown: Arc::clone(&shown) };
    let not_tls = |why: String| GatewayError::NotTls { address: target.address.clone(), why };
    let config = client_config(rule).map_err(|error| not_tls(error.to_string()))?;
    let name = ServerName::try_from(address.host()).map_err(|error| not_tls(error.to_string()))?;
    match timeout(PATIENCE, TlsConnector::from(Arc::new(config)).connect(name, below)).await {
        Ok(Ok(stream)) => Ok(stream),
        Ok(Err(error)) if is_stranger(&error) => {
            let shown = *shown.lock().unwrap_or_else(PoisonError::into_inner);
            Err(match (target.pin, shown) {
                (None, Some(shown)) => GatewayError::NotPinned { address, shown },
                (_, shown) => GatewayError::OtherCertificate { address, shown },
            })
        }
        Ok(Err(error)) if is_of_tls(&error) => Err(not_tls(error.to_string())),
        // The connection was cut: a gateway that is just ending looks the same as one that is gone.
        Ok(Err(error)) => Err(unreachable(&address, &error)),
        // As slow as TCP may be: a gateway under load, or a network far away.
        Err(_) => Err(GatewayError::Unreachable { address, why: "the TLS handshake took more than 5 seconds".into() }),
    }
}

fn unreachable(address: &GatewayAddress, error: &io::Error) -> GatewayError {
    let why = match error.kind() {
        io::ErrorKind::ConnectionRefused => "nothing listens there".to_owned(),
        _ => error.to_string(),
    };
    GatewayError::Unreachable { address: address.clone(), why }
}

#[cfg(test)]
mod tests {
    use tokio::io::duplex;

    use super::*;
    use crate::error::Retry;

    #[tokio::test(start_paused = true)]
    async fn a_handshake_that_is_slow_is_tried_again_as_slow_tcp_is() {
        let target = Target { address: "wss://192.168.1.20".parse().unwrap(), pin: None };
        // Somebody is there, and says nothing.
        let (below, _silent) = duplex(64 * 1_024);
        let Err(error) = encrypt(&target, below).await else { panic!("nobody answered") };
        assert!(matches!(&error, GatewayError::Unreachable { why, .. } if why.contains("TLS")), "{error:?}");
        assert_eq!(error.retry(), Retry::Later(None));
    }
}
