//! Reaching a server: the name's lookup, TCP, and TLS to whom the trust believes.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::http::Uri;
use clawpair_pinned_tls::is_of_tls;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls_pki_types::ServerName;
use tokio::net::{TcpStream, lookup_host};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsConnector;
use tower::Service;

use super::wire::Wire;
use crate::address::ServerAddress;
use crate::error::ClientError;
use crate::trust::{Trust, Unrecognised};

/// Most IP addresses that one host name is tried at.
const MAX_RESOLVED: usize = 8;
/// Head start of each of them before the next is tried beside it, as RFC 8305 recommends.
const HEAD_START: Duration = Duration::from_millis(250);

/// Connects to one server, whatever a request calls it.
#[derive(Clone)]
pub(crate) struct Dialler(Arc<Way>);

struct Way {
    address: ServerAddress,
    tls: Option<Tls>,
    patience: Duration,
}

struct Tls {
    config: Arc<ClientConfig>,
    name: ServerName<'static>,
    is_pinned: bool,
}

impl Dialler {
    pub(crate) fn new(address: &ServerAddress, trust: &Trust, patience: Duration) -> Result<Self, ClientError> {
        let not_tls = |why: String| ClientError::NotTls { address: address.clone(), why };
        let tls = if address.tls() {
            let config = Arc::new(trust.client_config().map_err(|error| not_tls(error.to_string()))?);
            let name = ServerName::try_from(address.at().host()).map_err(|error| not_tls(error.to_string()))?;
            Some(Tls { config, name, is_pinned: matches!(trust, Trust::Pinned(_)) })
        } else {
            None
        };
        Ok(Self(Arc::new(Way { address: address.clone(), tls, patience })))
    }
}

impl Service<Uri> for Dialler {
    type Response = TokioIo<Wire>;
    type Error = ClientError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, ClientError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), ClientError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Uri) -> Self::Future {
        let way = Arc::clone(&self.0);
        Box::pin(async move {
            let tcp = way.reach().await?;
            Ok(TokioIo::new(match &way.tls {
                Some(tls) => way.encrypt(tls, tcp).await?,
                None => Wire::Clear(tcp),
            }))
        })
    }
}

impl Way {
    fn unreachable(&self, why: String) -> ClientError {
        ClientError::Unreachable { address: self.address.clone(), why }
    }

    fn late(&self, what: &str) -> ClientError {
        self.unreachable(format!("{what} took more than {} seconds", self.patience.as_secs_f32()))
    }

    async fn reach(&self) -> Result<TcpStream, ClientError> {
        let at = self.address.at();
        let looking = timeout(self.patience, lookup_host((at.host(), at.port()))).await;
        let resolved = looking.map_err(|_| self.late("the name's lookup"))?.map_err(|error| self.unreachable(error.to_string()))?;
        let resolved: Vec<SocketAddr> = resolved.take(MAX_RESOLVED).collect();
        let admitted: Vec<SocketAddr> = resolved.iter().copied().filter(|at| self.address.admits(at.ip())).collect();
        if admitted.is_empty() && !resolved.is_empty() {
            return Err(ClientError::NotLoopback { address: self.address.clone() });
        }
        let connecting = timeout(self.patience, first_to_answer(&admitted)).await;
        let tcp = connecting.map_err(|_| self.late("connecting"))?.map_err(|error| match error.kind() {
            io::ErrorKind::ConnectionRefused => self.unreachable("nothing listens there".into()),
            _ => self.unreachable(error.to_string()),
        })?;
        // Small requests that are answered at once gain nothing from being gathered; failing to say so is no harm.
        let _ = tcp.set_nodelay(true);
        Ok(tcp)
    }

    async fn encrypt(&self, tls: &Tls, tcp: TcpStream) -> Result<Wire, ClientError> {
        let address = self.address.clone();
        let connector = TlsConnector::from(Arc::clone(&tls.config));
        match timeout(self.patience, connector.connect(tls.name.clone(), tcp)).await {
            Ok(Ok(stream)) => Ok(Wire::Encrypted(Box::new(stream))),
            Ok(Err(error)) => Err(match Unrecognised::of(&error).cloned() {
                Some(Unrecognised { shown, .. }) if tls.is_pinned => ClientError::OtherCertificate { address, shown },
                Some(Unrecognised { shown, why }) => ClientError::NotPinned { address, shown, why },
                None if is_of_tls(&error) => ClientError::NotTls { address, why: error.to_string() },
                // The connection was cut: a server that is just ending looks the same as one that is gone.
                None => self.unreachable(error.to_string()),
            }),
            // As slow as TCP may be: a server under load, a network far away, or somebody who says nothing at all.
            Err(_) => Err(self.late("the TLS handshake")),
        }
    }
}

/// Connects to the first address that answers. Each gets a head start over the next, so that a network that swallows one
/// family of addresses does not keep the other from being tried (RFC 8305).
async fn first_to_answer(addresses: &[SocketAddr]) -> io::Result<TcpStream> {
    let mut waiting = addresses.iter();
    let mut running = FuturesUnordered::new();
    let mut failure = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
    loop {
        match waiting.next() {
            Some(address) => running.push(TcpStream::connect(*address)),
            None if running.is_empty() => return Err(failure),
            None => {}
        }
        tokio::select! {
            Some(outcome) = running.next() => match outcome {
                Ok(stream) => return Ok(stream),
                Err(error) => failure = error,
            },
            () = sleep(HEAD_START), if waiting.len() > 0 => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_address_where_nobody_listens_does_not_hide_the_next_one() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let there = listener.local_addr().unwrap();
        let gone = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        assert_eq!(first_to_answer(&[gone, there]).await.unwrap().peer_addr().unwrap(), there);
        assert_eq!(first_to_answer(&[gone]).await.unwrap_err().kind(), io::ErrorKind::ConnectionRefused);
        assert!(first_to_answer(&[]).await.is_err());
    }
}
