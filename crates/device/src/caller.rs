//! Calls of a paired device: each carries the access token and a fresh proof that the device holds its key.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use clawpair_api::{Device, ErrorCode, paths};
use clawpair_core::clock::{Clock, SystemClock};
use clawpair_core::dpop;
use clawpair_core::rng::{self, Rng, SystemRng};
use http::header::AUTHORIZATION;
use http::{HeaderName, HeaderValue, Method, Request};
use http_body_util::Full;
use hyper::body::Bytes;
use tokio::time::Instant;
use uuid::Builder;

use crate::connection::Connection;
use crate::credential::Credential;
use crate::error::DeviceError;
use crate::http::{Answer, Channel};
use crate::state::StateFile;
use crate::tokens::InUse;

const DPOP: HeaderName = HeaderName::from_static("dpop");

/// A paired device that speaks for itself: it remembers the platform's last nonce and renews its tokens.
pub struct Caller {
    in_use: Mutex<InUse>,
    pub(crate) kept: Option<StateFile>,
    pub(crate) refreshing: tokio::sync::Mutex<()>,
    clock: Arc<dyn Clock>,
    rng: Arc<dyn Rng>,
    nonce: Mutex<String>,
}

/// What a proof is made for.
pub(crate) struct Sent<'a> {
    pub(crate) method: Method,
    /// The request's `Host` header.
    pub(crate) host: &'a str,
    pub(crate) path: &'a str,
    /// The access token that goes with it.
    pub(crate) token: Option<&'a str>,
}

impl Caller {
    /// With a clock and randomness of one's own. New tokens are not kept: whoever drops this must take
    /// [`Self::credential`] along.
    pub fn new(credential: Credential, clock: Arc<dyn Clock>, rng: Arc<dyn Rng>) -> Self {
        Self {
            in_use: Mutex::new(InUse { credential: Arc::new(credential), due: None }),
            kept: None,
            refreshing: tokio::sync::Mutex::default(),
            clock,
            rng,
            nonce: Mutex::default(),
        }
    }

    /// With the machine's clock and randomness.
    pub fn of_system(credential: Credential) -> Self {
        Self::new(credential, Arc::new(SystemClock), Arc::new(SystemRng))
    }

    /// With what a state file holds; new tokens are written there before they are used.
    ///
    /// # Errors
    /// As [`Credential::load`].
    pub fn of_state(path: &Path) -> Result<Self, DeviceError> {
        Ok(Self { kept: Some(StateFile::at(path)), ..Self::of_system(Credential::load(path)?) })
    }

    /// What it calls with now.
    pub fn credential(&self) -> Arc<Credential> {
        self.tokens_in_use().0
    }

    pub(crate) fn tokens_in_use(&self) -> (Arc<Credential>, Option<Instant>) {
        let in_use = self.in_use.lock().unwrap_or_else(PoisonError::into_inner);
        (Arc::clone(&in_use.credential), in_use.due)
    }

    pub(crate) fn call_with(&self, credential: Credential, due: Option<Instant>) {
        let mut in_use = self.in_use.lock().unwrap_or_else(PoisonError::into_inner);
        *in_use = InUse { credential: Arc::new(credential), due };
    }

    pub(crate) fn rng(&self) -> &dyn Rng {
        &*self.rng
    }

    pub(crate) async fn connect(&self, credential: &Credential) -> Result<Connection, DeviceError> {
        Connection::open(&credential.addresses, credential.pin).await
    }

    /// What the platform knows of this device.
    ///
    /// # Errors
    /// Whatever stood in the way; [`ErrorCode::DeviceRevoked`] among the refusals.
    pub async fn device_self(&self) -> Result<Device, DeviceError> {
        self.refresh_if_due().await?;
        let used = self.credential();
        match self.ask_for_self(&used).await {
            Err(error) => {
                self.mend(error, &used).await?;
                self.ask_for_self(&self.credential()).await
            }
            Ok(device) => Ok(device),
        }
    }

    async fn ask_for_self(&self, credential: &Credential) -> Result<Device, DeviceError> {
        let connection = self.connect(credential).await?;
        let host = connection.address.to_string();
        let mut channel = Channel::over(connection).await?;
        self.send(&mut channel, || self.get(credential, &host, paths::DEVICE_SELF)).await?.into_result()
    }

    /// Sends a request, and once more if only the nonce was not the right one.
    pub(crate) async fn send(
        &self,
        channel: &mut Channel,
        request: impl Fn() -> Result<Request<Full<Bytes>>, DeviceError>,
    ) -> Result<Answer, DeviceError> {
        let answer = channel.call(request()?).await?;
        if !self.learn(answer.nonce.as_deref()) || !answer.status.is_client_error() {
            return Ok(answer);
        }
        let refusal = answer.into_refusal();
        if !wants_nonce(&refusal) {
            return Err(refusal);
        }
        let answer = channel.call(request()?).await?;
        self.learn(answer.nonce.as_deref());
        Ok(answer)
    }

    /// A `GET` with access token and proof. `host` is the request's Host header.
    pub(crate) fn get(&self, credential: &Credential, host: &str, path: &str) -> Result<Request<Full<Bytes>>, DeviceError> {
        self.authorised(credential, Method::GET, host, path)
    }

    /// A request without a body, with access token and proof.
    pub(crate) fn authorised(
        &self,
        credential: &Credential,
        method: Method,
        host: &str,
        path: &str,
    ) -> Result<Request<Full<Bytes>>, DeviceError> {
        let token = credential.tokens.access.reveal();
        let mut request = self.proven(credential, Sent { method, host, path, token: Some(token) })?;
        let mut authorization = HeaderValue::from_str(&format!("DPoP {token}")).map_err(not_a_header)?;
        authorization.set_sensitive(true);
        request.headers_mut().insert(AUTHORIZATION, authorization);
        Ok(request)
    }

    /// A request without a body that carries a proof of the device's key.
    pub(crate) fn proven(&self, credential: &Credential, sent: Sent<'_>) -> Result<Request<Full<Bytes>>, DeviceError> {
        let Sent { method, host, path, token } = sent;
        let target = dpop::Target { method: method.as_str(), url: &format!("https://{host}{path}"), token };
        let jti = Builder::from_random_bytes(rng::bytes(&*self.rng)).into_uuid().to_string();
        let issued_at = self.clock.now().as_millis().div_euclid(1_000);
        let nonce = self.nonce.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let proof = dpop::prove(&credential.key, target, &nonce, &jti, issued_at);
        let mut request = Request::new(Full::new(Bytes::new()));
        *request.method_mut() = method;
        *request.uri_mut() = path.parse().map_err(not_a_header)?;
        request.headers_mut().insert(DPOP, HeaderValue::from_str(&proof).map_err(not_a_header)?);
        Ok(request)
    }

    /// Keeps a nonce for the next proof. Says whether it is a new one.
    pub(crate) fn learn(&self, nonce: Option<&str>) -> bool {
        let Some(nonce) = nonce else { return false };
        let mut known = self.nonce.lock().unwrap_or_else(PoisonError::into_inner);
        let new = *known != nonce;
        nonce.clone_into(&mut known);
        new
    }
}

/// Whether a refusal only asks for the same request with its nonce.
pub(crate) fn wants_nonce(error: &DeviceError) -> bool {
    matches!(error, DeviceError::Refused(refusal) if refusal.code == ErrorCode::UseDpopNonce)
}

fn not_a_header(error: impl std::error::Error) -> DeviceError {
    DeviceError::NotUnderstood { why: error.to_string() }
}

impl std::fmt::Debug for Caller {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Caller").field("credential", &self.credential()).finish_non_exhaustive()
    }
}
