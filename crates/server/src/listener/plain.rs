//! HTTP without TLS, for a reverse proxy on this machine. Claims and live channels need our own TLS and are refused here.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::extract::connect_info::Connected;
use axum::extract::{ConnectInfo, Request};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::serve::IncomingStream;
use axum::{Extension, Router};
use tokio::net::{TcpListener, UnixListener};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::DRAIN;
use super::placed::Placed;
use crate::forwarded::name_caller;
use crate::places::Admission;
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
    pub fn on_loopback(service: Arc<Service>, address: SocketAddr, admission: Admission) -> io::Result<Self> {
        if !address.ip().is_loopback() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "plain HTTP is for loopback only"));
        }
        let socket = std::net::TcpListener::bind(address)?;
        socket.set_nonblocking(true)?;
        let place = format!("http://{}", socket.local_addr()?);
        let serving = watch::Sender::new(());
        let app = behind_proxy(service, &serving, &admission);
        let listener = Placed::new(TcpListener::from_std(socket)?, admission);
        let served = axum::serve(listener, app.into_make_service_with_connect_info::<Origin>());
        let task = tokio::spawn(until(served.with_graceful_shutdown(gone(serving.subscribe())).into_future()));
        Ok(Self { place, socket: None, serving, task })
    }

    /// Listens on a Unix socket that only this user reaches. A socket that a former run left behind is replaced, one that
    /// somebody listens on is not.
    ///
    /// # Errors
    /// When the path cannot be bound.
    pub fn on_socket(service: Arc<Service>, path: &Path, admission: Admission) -> io::Result<Self> {
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
        let app = behind_proxy(service, &serving, &admission);
        let served = axum::serve(Placed::new(listener, admission), app);
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

fn behind_proxy(service: Arc<Service>, serving: &watch::Sender<()>, admission: &Admission) -> Router {
    let app = router(service).layer(Extension(Listening(serving.subscribe())));
    let app = app.layer(middleware::from_fn_with_state(admission.proxies.clone(), name_caller));
    app.layer(middleware::from_fn(say_origin))
}

/// Says from where the connection came as other listeners do.
async fn say_origin(mut request: Request, next: Next) -> Response {
    if let Some(&ConnectInfo(Origin(address))) = request.extensions().get() {
        request.extensions_mut().insert(ConnectInfo(address));
    }
    next.run(request).await
}

/// Where a connection came from.
#[derive(Clone, Copy)]
struct Origin(SocketAddr);

impl Connected<IncomingStream<'_, Placed<TcpListener>>> for Origin {
    fn connect_info(stream: IncomingStream<'_, Placed<TcpListener>>) -> Self {
        Self(*stream.remote_addr())
    }
}
