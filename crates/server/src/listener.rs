use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use axum_server::Handle;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::sync::watch;

use crate::routes::router;
use crate::service::Service;
use crate::tls::{BindingAcceptor, Identity};

/// How long a client may take to send its headers.
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);
/// How long open requests may take to finish when a listener stops.
const DRAIN: Duration = Duration::from_secs(2);

/// A platform on a socket, until this is dropped.
pub struct Listener {
    address: SocketAddr,
    handle: Handle<SocketAddr>,
    /// Dropped with this, which ends the live channels that came in here.
    _listening: watch::Sender<()>,
}

impl Listener {
    /// Listens on an address; port 0 takes a free one.
    ///
    /// # Errors
    /// When the address cannot be bound or the identity cannot be used.
    pub fn start(service: Arc<Service>, identity: &Identity, address: SocketAddr) -> std::io::Result<Self> {
        let socket = TcpListener::bind(address)?;
        socket.set_nonblocking(true)?;
        let address = socket.local_addr()?;
        let listening = watch::Sender::new(());
        let acceptor = BindingAcceptor::new(identity.server_config().map_err(std::io::Error::other)?, listening.subscribe());
        let handle = Handle::new();
        let mut server = axum_server::from_tcp(socket)?.acceptor(acceptor).handle(handle.clone());
        *server.http_builder() = Builder::new(TokioExecutor::new()).http1_only();
        server.http_builder().http1().timer(TokioTimer::new()).header_read_timeout(HEADER_TIMEOUT);
        let app = router(service).into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(async move {
            if let Err(error) = server.serve(app).await {
                tracing::error!(%error, "a listener ended");
            }
        });
        tracing::info!(%address, "listening");
        Ok(Self { address, handle, _listening: listening })
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.handle.graceful_shutdown(Some(DRAIN));
    }
}
