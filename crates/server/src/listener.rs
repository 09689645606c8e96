mod placed;
mod plain;

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use axum::{Extension, middleware};
use axum_server::Handle;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::forwarded::name_caller;
use crate::places::Admission;
use crate::routes::router;
use crate::service::Service;
use crate::tls::{BindingAcceptor, Identity, Listening, Renewal};

pub use plain::PlainListener;

/// How long a client may take to send its headers.
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);
/// How long open requests may take to finish when a listener stops.
const DRAIN: Duration = Duration::from_secs(2);

/// A platform on a socket, until this is dropped.
pub struct Listener {
    address: SocketAddr,
    handle: Handle<SocketAddr>,
    renewal: Renewal,
    task: Option<JoinHandle<()>>,
    /// Dropped with this, which ends the live channels and event streams that came in here.
    listening: Option<watch::Sender<()>>,
}

impl Listener {
    /// Listens on an address; port 0 takes a free one.
    ///
    /// # Errors
    /// When the address cannot be bound or the identity cannot be used.
    pub fn start(service: Arc<Service>, identity: &Identity, address: SocketAddr) -> std::io::Result<Self> {
        Self::admitting(service, identity, address, Admission::default())
    }

    /// The same for other callers than one admits unless somebody says so.
    ///
    /// # Errors
    /// When the address cannot be bound or the identity cannot be used.
    pub fn admitting(
        service: Arc<Service>,
        identity: &Identity,
        address: SocketAddr,
        admission: Admission,
    ) -> std::io::Result<Self> {
        let socket = TcpListener::bind(address)?;
        socket.set_nonblocking(true)?;
        let address = socket.local_addr()?;
        let listening = watch::Sender::new(());
        let named = middleware::from_fn_with_state(admission.proxies.clone(), name_caller);
        let config = identity.server_config().map_err(std::io::Error::other)?;
        let acceptor = BindingAcceptor::new(config, listening.subscribe(), admission);
        let (renewal, handle) = (acceptor.renewal(), Handle::new());
        let mut server = axum_server::from_tcp(socket)?.acceptor(acceptor).handle(handle.clone());
        *server.http_builder() = Builder::new(TokioExecutor::new()).http1_only();
        server.http_builder().http1().timer(TokioTimer::new()).header_read_timeout(HEADER_TIMEOUT);
        let app = router(service).layer(Extension(Listening(listening.subscribe()))).layer(named);
        let app = app.into_make_service_with_connect_info::<SocketAddr>();
        let task = tokio::spawn(async move {
            if let Err(error) = server.serve(app).await {
                tracing::error!(%error, "a listener ended");
            }
        });
        tracing::info!(%address, "listening");
        Ok(Self { address, handle, renewal, task: Some(task), listening: Some(listening) })
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Shows a renewed certificate to whoever connects from now on.
    ///
    /// # Errors
    /// When TLS does not take it; the one before stays.
    pub fn renew(&self, identity: &Identity) -> std::io::Result<()> {
        self.renewal.show(identity).map_err(std::io::Error::other)
    }

    /// Takes no new requests, ends live channels and event streams and waits, for two seconds at most, until open requests are answered.
    pub async fn stop(mut self) {
        self.handle.graceful_shutdown(Some(DRAIN));
        self.listening = None;
        if let Some(task) = self.task.take() {
            let _ = task.await;
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.handle.graceful_shutdown(Some(DRAIN));
    }
}
