//! A server over HTTP/1.1, encrypted or on this computer.
//!
//! No redirect is followed and no proxy is taken from the environment: what a person compared is what is spoken to.

mod clock;
mod dial;
mod wire;

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderValue, Request, Response, Uri, header};
use clawpair_core::clock::Timestamp;
use clawpair_core::rng::{self, Rng};
use http_body_util::Full;
use hyper::body::Bytes;
use hyper_util::client::legacy;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio::time::timeout;
use uuid::Builder;

use self::clock::ServerClock;
use self::dial::Dialler;
use crate::address::ServerAddress;
use crate::asked::{Asked, IDEMPOTENCY_KEY};
use crate::error::ClientError;
use crate::trust::Trust;

/// How long a connection without calls is kept; shorter than most proxies keep theirs.
const IDLE: Duration = Duration::from_secs(30);
/// How many of those.
const IDLE_CONNECTIONS: usize = 4;
const USER_AGENT: HeaderValue = HeaderValue::from_static(concat!("clawpair/", env!("CARGO_PKG_VERSION")));

/// How long to wait for a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// For each of the name's lookup, TCP and TLS.
    pub connect: Duration,
    /// For a whole answer, connecting included. A platform under load may take its time to write to disk.
    pub answer: Duration,
    /// For anything on an event stream, on which a platform says every 15 seconds that it lives.
    pub silence: Duration,
}

/// 5, 20 and 45 seconds.
impl Default for Patience {
    fn default() -> Self {
        Self { connect: Duration::from_secs(5), answer: Duration::from_secs(20), silence: Duration::from_secs(45) }
    }
}

/// A server, and how to speak to it.
#[derive(Clone)]
pub struct Server {
    /// Where it is.
    pub address: ServerAddress,
    /// Whom to believe there.
    pub trust: Trust,
    /// How long to wait.
    pub patience: Patience,
    /// For the names under which calls may be repeated.
    pub rng: Arc<dyn Rng>,
}

type Http = legacy::Client<Dialler, Full<Bytes>>;

/// Connections to a server, kept while they are used.
pub(crate) struct Remote {
    http: Http,
    address: ServerAddress,
    patience: Patience,
    rng: Arc<dyn Rng>,
    clock: ServerClock,
}

impl Remote {
    pub(crate) fn new(server: Server) -> Result<Self, ClientError> {
        let Server { address, trust, patience, rng } = server;
        let mut builder = legacy::Client::builder(TokioExecutor::new());
        builder.pool_timer(TokioTimer::new()).pool_idle_timeout(IDLE).pool_max_idle_per_host(IDLE_CONNECTIONS);
        let http = builder.build(Dialler::new(&address, &trust, patience.connect)?);
        Ok(Self { http, address, patience, rng, clock: ServerClock::default() })
    }

    pub(crate) const fn address(&self) -> &ServerAddress {
        &self.address
    }

    pub(crate) const fn patience(&self) -> Patience {
        self.patience
    }

    pub(crate) fn time(&self) -> Option<Timestamp> {
        self.clock.now()
    }

    /// Asks, and once more where that cannot do anything twice and the answer was lost.
    pub(crate) async fn send(&self, mut asked: Asked) -> Result<Response<Body>, ClientError> {
        if asked.once && !asked.headers.contains_key(IDEMPOTENCY_KEY) {
            let name = Builder::from_random_bytes(rng::bytes(self.rng.as_ref())).into_uuid().to_string();
            asked.headers.insert(IDEMPOTENCY_KEY, HeaderValue::try_from(name).map_err(unaskable)?);
        }
        match self.try_once(asked.clone()).await {
            Err(ClientError::AnswerLost { .. }) if asked.once || asked.method.is_safe() => self.try_once(asked).await,
            outcome => outcome,
        }
    }

    async fn try_once(&self, asked: Asked) -> Result<Response<Body>, ClientError> {
        let uri: Uri = format!("{}{}", self.address, asked.target).parse().map_err(unaskable)?;
        let mut request = Request::new(Full::new(asked.body));
        *request.method_mut() = asked.method;
        *request.uri_mut() = uri;
        *request.headers_mut() = asked.headers;
        request.headers_mut().insert(header::USER_AGENT, USER_AGENT);
        let within = self.patience.answer;
        match timeout(within, self.http.request(request)).await {
            Ok(Ok(response)) => {
                self.clock.note(response.headers());
                Ok(response.map(Body::new))
            }
            Ok(Err(error)) => Err(failure(&error)),
            Err(_) => Err(ClientError::TooSlow { within }),
        }
    }
}

fn unaskable(error: impl std::fmt::Display) -> ClientError {
    ClientError::Unaskable { why: error.to_string() }
}

/// What the dialler said, or else that the connection broke.
fn failure(error: &legacy::Error) -> ClientError {
    let mut source = error.source();
    let mut last = error.to_string();
    while let Some(error) = source {
        if let Some(known) = error.downcast_ref::<ClientError>() {
            return known.clone();
        }
        last = error.to_string();
        source = error.source();
    }
    ClientError::AnswerLost { why: last }
}
