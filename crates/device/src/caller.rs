//! Calls of a paired device: each carries the token and a fresh proof that the device holds its key.

use std::sync::{Arc, Mutex, PoisonError};

use clawpair_api::{Device, ErrorCode, paths};
use clawpair_core::clock::{Clock, SystemClock};
use clawpair_core::dpop;
use clawpair_core::rng::{self, Rng, SystemRng};
use http::header::AUTHORIZATION;
use http::{HeaderName, HeaderValue, Method, Request};
use http_body_util::Full;
use hyper::body::Bytes;
use uuid::Builder;

use crate::connection::Connection;
use crate::credential::Credential;
use crate::error::DeviceError;
use crate::http::Channel;

const DPOP: HeaderName = HeaderName::from_static("dpop");

/// A paired device that speaks for itself. Remembers the platform's last nonce.
pub struct Caller {
    credential: Credential,
    clock: Arc<dyn Clock>,
    rng: Arc<dyn Rng>,
    nonce: Mutex<String>,
}

impl Caller {
    /// With a clock and randomness of one's own.
    pub fn new(credential: Credential, clock: Arc<dyn Clock>, rng: Arc<dyn Rng>) -> Self {
        Self { credential, clock, rng, nonce: Mutex::default() }
    }

    /// With the machine's clock and randomness.
    pub fn of_system(credential: Credential) -> Self {
        Self::new(credential, Arc::new(SystemClock), Arc::new(SystemRng))
    }

    /// What it calls with.
    pub const fn credential(&self) -> &Credential {
        &self.credential
    }

    pub(crate) fn rng(&self) -> &dyn Rng {
        &*self.rng
    }

    pub(crate) async fn connect(&self) -> Result<Connection, DeviceError> {
        Connection::open(&self.credential.addresses, self.credential.pin).await
    }

    /// What the platform knows of this device.
    ///
    /// # Errors
    /// Whatever stood in the way; [`ErrorCode::DeviceRevoked`] among the refusals.
    pub async fn device_self(&self) -> Result<Device, DeviceError> {
        let connection = self.connect().await?;
        let address = connection.address.to_string();
        let mut channel = Channel::over(connection).await?;
        let mut answer = channel.call(self.get(&address, paths::DEVICE_SELF)?).await?;
        if self.learn(answer.nonce.as_deref()) && answer.status == http::StatusCode::UNAUTHORIZED {
            let refusal = answer.into_refusal();
            if !wants_nonce(&refusal) {
                return Err(refusal);
            }
            answer = channel.call(self.get(&address, paths::DEVICE_SELF)?).await?;
            self.learn(answer.nonce.as_deref());
        }
        answer.into_result()
    }

    /// A `GET` with token and proof. `host` is the request's Host header.
    pub(crate) fn get(&self, host: &str, path: &str) -> Result<Request<Full<Bytes>>, DeviceError> {
        let token = self.credential.token.reveal();
        let target = dpop::Target { method: "GET", url: &format!("https://{host}{path}"), token };
        let jti = Builder::from_random_bytes(rng::bytes(&*self.rng)).into_uuid().to_string();
        let issued_at = self.clock.now().as_millis().div_euclid(1_000);
        let nonce = self.nonce.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let proof = dpop::prove(&self.credential.key, target, &nonce, &jti, issued_at);
        let mut request = Request::new(Full::new(Bytes::new()));
        *request.method_mut() = Method::GET;
        *request.uri_mut() = path.parse().map_err(not_a_header)?;
        let mut authorization = HeaderValue::from_str(&format!("DPoP {token}")).map_err(not_a_header)?;
        authorization.set_sensitive(true);
        request.headers_mut().insert(AUTHORIZATION, authorization);
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
        f.debug_struct("Caller").field("credential", &self.credential).finish_non_exhaustive()
    }
}
