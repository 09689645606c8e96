//! A typed client of the REST contract. It calls a Router in this process, or a server over HTTPS, and the calls are the same: so
//! the window goes through the same parsing, rules and errors as everybody else.

mod access;
mod account;
mod activity;
mod address;
mod alerts;
mod answer;
mod api_keys;
mod asked;
mod changes;
mod credential;
mod devices;
mod error;
mod events;
mod follow;
mod health;
mod members;
mod pairings;
mod remote;
mod requests;
mod settings;
mod sse;
mod tokens;
mod trust;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderValue, Method, Response, header};
use clawpair_core::clock::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::time::timeout;
use tower::ServiceExt;

pub use self::address::{ServerAddress, ServerAddressError};
pub use self::credential::{Credential, SessionToken};
pub use self::error::{ClientError, Refusal, Retry};
pub use self::events::Heard;
pub use self::follow::{Followed, Follower};
pub use self::remote::{Patience, Server};
pub use self::trust::{Authorities, Trust};

use self::asked::{Asked, IDEMPOTENCY_KEY};
use self::remote::Remote;

/// Talks to one platform.
#[derive(Clone)]
pub struct Client {
    transport: Transport,
    credential: Option<Credential>,
    name: Option<HeaderValue>,
}

#[derive(Clone)]
enum Transport {
    InProcess(Router),
    Remote(Arc<Remote>),
}

type Answer<T> = Result<T, ClientError>;

impl Client {
    /// A client of a platform in this process.
    pub const fn in_process(router: Router) -> Self {
        Self { transport: Transport::InProcess(router), credential: None, name: None }
    }

    /// A client of a server. It connects with the first call.
    ///
    /// # Errors
    /// When the address's name cannot be one of a certificate.
    pub fn remote(server: Server) -> Answer<Self> {
        Ok(Self { transport: Transport::Remote(Arc::new(Remote::new(server)?)), credential: None, name: None })
    }

    /// The same with what lets a caller in.
    #[must_use]
    pub fn with(self, credential: Credential) -> Self {
        Self { credential: Some(credential), ..self }
    }

    /// The same for one call that makes something or changes a device, under this name (`Idempotency-Key`): asked again within 24 hours,
    /// by the same caller and with the same form, nothing is done once more.
    ///
    /// # Errors
    /// When a header cannot hold the name.
    pub fn named(&self, name: &str) -> Answer<Self> {
        let name = HeaderValue::try_from(name).map_err(|error| ClientError::Unaskable { why: error.to_string() })?;
        Ok(Self { name: Some(name), ..self.clone() })
    }

    /// What lets its calls in.
    pub const fn credential(&self) -> Option<&Credential> {
        self.credential.as_ref()
    }

    /// What time it is at the server, to within some seconds, by what it has answered so far; nothing of a platform in this process.
    pub fn server_time(&self) -> Option<Timestamp> {
        self.remote_part()?.time()
    }

    fn remote_part(&self) -> Option<&Remote> {
        match &self.transport {
            Transport::InProcess(_) => None,
            Transport::Remote(remote) => Some(remote),
        }
    }

    /// How long nothing may be heard on a stream; in process nothing can break.
    fn longest_silence(&self) -> Option<Duration> {
        self.remote_part().map(|remote| remote.patience().silence)
    }

    async fn get<T: DeserializeOwned>(&self, path: &str) -> Answer<T> {
        self.ask(Asked::new(Method::GET, path)).await
    }

    /// A list, narrowed by parameters.
    async fn get_with<T: DeserializeOwned>(&self, path: &str, parameters: impl Serialize) -> Answer<T> {
        self.ask(Asked::new(Method::GET, path).query(parameters)?).await
    }

    async fn post<T: DeserializeOwned>(&self, path: &str, form: &impl Serialize) -> Answer<T> {
        self.ask(Asked::new(Method::POST, path).json(form)?).await
    }

    async fn delete<T: DeserializeOwned>(&self, path: &str) -> Answer<T> {
        self.ask(Asked::new(Method::DELETE, path)).await
    }

    /// What a call answers.
    async fn ask<T: DeserializeOwned>(&self, asked: Asked) -> Answer<T> {
        let response = self.send(asked).await?;
        let is_json =
            response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"));
        if let (false, Some(remote)) = (is_json, self.remote_part()) {
            let (address, status) = (remote.address().clone(), response.status().as_u16());
            return Err(ClientError::NotAServer { address, status, why: "its answer is no JSON".into() });
        }
        answer::parse(&self.in_time(answer::read(response.into_body())).await?)
    }

    /// A call that answers nothing.
    async fn tell(&self, asked: Asked) -> Answer<()> {
        let response = self.send(asked).await?;
        self.in_time(answer::read(response.into_body())).await.map(drop)
    }

    /// An answer that is no refusal.
    async fn send(&self, mut asked: Asked) -> Answer<Response<Body>> {
        if let Some(credential) = &self.credential {
            credential.show(&mut asked.headers);
        }
        if let Some(name) = self.name.as_ref().filter(|_| asked.once) {
            asked.headers.insert(IDEMPOTENCY_KEY, name.clone());
        }
        let response = match &self.transport {
            Transport::InProcess(router) => {
                let Ok(response) = router.clone().oneshot(asked.into_request()?).await;
                response
            }
            Transport::Remote(remote) => remote.send(asked).await?,
        };
        if response.status().is_success() {
            return Ok(response);
        }
        let refused = async { Err(answer::refused(response, self.remote_part()).await) };
        self.in_time(refused).await
    }

    /// The rest of an answer, which takes no longer than its beginning may.
    async fn in_time<T>(&self, reading: impl Future<Output = Answer<T>>) -> Answer<T> {
        let Some(within) = self.remote_part().map(|remote| remote.patience().answer) else { return reading.await };
        timeout(within, reading).await.unwrap_or(Err(ClientError::TooSlow { within }))
    }
}

/// Shows nothing of what lets a caller in.
impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").finish_non_exhaustive()
    }
}
