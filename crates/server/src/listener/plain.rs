//! HTTP without TLS, for a reverse proxy on this machine. Claims and live channels need our own TLS and are refused here.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::extract::{ConnectInfo, Request, State};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::{Extension, Router};
use tokio::net::{TcpListener, UnixListener};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::DRAIN;
use crate::routes::router;
use crate::service::Service;
use crate::tls::Listening;

/// A platform on a socket that only this machine reaches, until this is dropped.
pub struct PlainListener {
    place: String,
    socket: Option<PathBuf>,
    /// Dropped with this, which ends the serving and the event streams.
    serving: watch::Sender<()>,
    task: JoinHandle<()>,
}

impl PlainListener {
    /// Listens on loopback; port 0 takes a free one.
    ///
    /// # Errors
    /// When the address is not loopback or cannot be bound.
    pub fn on_loopback(service: Arc<Service>, address: SocketAddr, trust_proxy: bool) -> io::Result<Self> {
        if !address.ip().is_loopback() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "plain HTTP is for loopback only"));
        }
        let socket = std::net::TcpListener::bind(address)?;
        socket.set_nonblocking(true)?;
        let place = format!("http://{}", socket.local_addr()?);
        let serving = watch::Sender::new(());
        let (listener, app) = (TcpListener::from_std(socket)?, behind_proxy(service, &serving, trust_proxy));
        let served = axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>());
        let task = tokio::spawn(until(served.with_graceful_shutdown(gone(serving.subscribe())).into_future()));
        Ok(Self { place, socket: None, serving, task })
    }

    /// Listens on a Unix socket that only this user reaches. A socket that a former run left behind is replaced, one that
    /// somebody listens on is not.
    ///
    /// # Errors
    /// When the path cannot be bound.
    pub fn on_socket(service: Arc<Service>, path: &Path, trust_proxy: bool) -> io::Result<Self> {
        if std::os::unix::net::UnixStream::connect(path).is_ok() {
            return Err(io::Error::new(io::ErrorKind::AddrInUse, "another program listens there"));
        }
        let is_socket = |file: std::fs::Metadata| std::os::unix::fs::FileTypeExt::is_socket(&file.file_type());
        if std::fs::symlink_metadata(path).is_ok_and(is_socket) {
            std::fs::remove_file(path)?;
        }
        let listener = UnixListener::bind(path)?;
        std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o660))?;
        let serving = watch::Sender::new(());
        let served = axum::serve(listener, behind_proxy(service, &serving, trust_proxy));
        let task = tokio::spawn(until(served.with_graceful_shutdown(gone(serving.subscribe())).into_future()));
        Ok(Self { place: format!("unix:{}", path.display()), socket: Some(path.to_owned()), serving, task })
    }

    /// Where it listens.
    pub fn place(&self) -> &str {
        &self.place
    }

    /// Takes no new requests and waits, for two seconds at most, until the open ones are answered.
    pub async fn stop(self) {
        let Self { socket, serving, mut task, .. } = self;
        drop(serving);
        if tokio::time::timeout(DRAIN, &mut task).await.is_err() {
            task.abort();
        }
        if let Some(path) = socket {
            let _ = std::fs::remove_file(path);
        }
    }
}

async fn gone(mut serving: watch::Receiver<()>) {
    let _ = serving.changed().await;
}

async fn until(served: impl Future<Output = io::Result<()>>) {
    if let Err(error) = served.await {
        tracing::error!(%error, "a listener ended");
    }
}

/// Says from where a request came: the proxy's word, where that counts, else the connection's own address.
fn behind_proxy(service: Arc<Service>, serving: &watch::Sender<()>, trust_proxy: bool) -> Router {
    let app = router(service).layer(Extension(Listening(serving.subscribe())));
    app.layer(middleware::from_fn_with_state(trust_proxy, name_caller))
}

async fn name_caller(State(trust_proxy): State<bool>, mut request: Request, next: Next) -> Response {
    let forwarded = trust_proxy.then(|| last_forwarded(&request)).flatten();
    let connected = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(address)| address.ip());
    let address = forwarded.or(connected).unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
    request.extensions_mut().insert(ConnectInfo(SocketAddr::from((address, 0))));
    next.run(request).await
}

/// The address that the proxy itself has added; what stands before it anybody could have written.
fn last_forwarded(request: &Request) -> Option<IpAddr> {
    let header = request.headers().get_all("x-forwarded-for").iter().next_back()?;
    header.to_str().ok()?.rsplit(',').next()?.trim().parse().ok()
}
