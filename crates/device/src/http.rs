//! HTTP/1.1 over one connection to the platform.

use std::time::Duration;

use clawpair_api::ErrorBody;
use clawpair_core::link::Address;
use http::header::{CONTENT_TYPE, HOST, HeaderName, RETRY_AFTER, USER_AGENT};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use serde::de::DeserializeOwned;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use zeroize::Zeroizing;

use crate::connection::Connection;
use crate::error::{DeviceError, Refusal};

/// The header that carries a nonce for the next proof (RFC 9449, 8).
pub(crate) const DPOP_NONCE: HeaderName = HeaderName::from_static("dpop-nonce");
/// Largest answer that is read, in bytes.
const MAX_ANSWER: usize = 64 * 1_024;
/// Longest `Retry-After` that is believed, in seconds: a day.
const MAX_RETRY_AFTER: u64 = 86_400;
/// Longest wait for a whole answer. A platform under load may take its time to write to disk.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(20);
const USER_AGENT_VALUE: HeaderValue = HeaderValue::from_static(concat!("clawpair-device/", env!("CARGO_PKG_VERSION")));

/// Requests over one connection, one after the other. Dropping it closes the connection, unless it was upgraded.
pub(crate) struct Channel {
    sender: SendRequest<Full<Bytes>>,
    pump: JoinHandle<()>,
    host: HeaderValue,
}

impl Channel {
    pub(crate) async fn over(connection: Connection) -> Result<Self, DeviceError> {
        let host = host_header(&connection.address)?;
        let (sender, pump) = handshake(TokioIo::new(connection.stream)).await.map_err(|error| lost(&error))?;
        let pump = tokio::spawn(async move {
            if let Err(error) = pump.with_upgrades().await {
                tracing::debug!(%error, "connection ended");
            }
        });
        Ok(Self { sender, pump, host })
    }

    /// Sends a request and reads the whole answer.
    pub(crate) async fn call(&mut self, request: Request<Full<Bytes>>) -> Result<Answer, DeviceError> {
        let answer = async {
            let response = self.send(request).await?;
            Answer::read(response).await
        };
        timeout(ANSWER_TIMEOUT, answer).await.unwrap_or_else(|_| Err(too_slow()))
    }

    /// Sends a request and leaves the answer's body, or the upgraded connection, to the caller.
    pub(crate) async fn begin(&mut self, request: Request<Full<Bytes>>) -> Result<Response<Incoming>, DeviceError> {
        timeout(ANSWER_TIMEOUT, self.send(request)).await.unwrap_or_else(|_| Err(too_slow()))
    }

    async fn send(&mut self, mut request: Request<Full<Bytes>>) -> Result<Response<Incoming>, DeviceError> {
        request.headers_mut().insert(HOST, self.host.clone());
        request.headers_mut().insert(USER_AGENT, USER_AGENT_VALUE);
        self.sender.ready().await.map_err(|error| lost(&error))?;
        self.sender.send_request(request).await.map_err(|error| lost(&error))
    }
}

impl Drop for Channel {
    fn drop(&mut self) {
        self.pump.abort();
    }
}

/// `host:port`, as the proof's URL names it too.
fn host_header(address: &Address) -> Result<HeaderValue, DeviceError> {
    HeaderValue::try_from(address.to_string()).map_err(|error| DeviceError::NotUnderstood { why: error.to_string() })
}

fn lost(error: &hyper::Error) -> DeviceError {
    DeviceError::AnswerLost { why: error.to_string() }
}

fn too_slow() -> DeviceError {
    DeviceError::AnswerLost { why: format!("no whole answer within {} seconds", ANSWER_TIMEOUT.as_secs()) }
}

/// A request with a JSON body, which is wiped after it was sent.
pub(crate) fn post_json(path: &str, body: Zeroizing<Vec<u8>>) -> Result<Request<Full<Bytes>>, DeviceError> {
    Request::builder()
        .method(Method::POST)
        .uri(path)
        .header(CONTENT_TYPE, "application/json")
        .body(Full::new(Bytes::from_owner(body)))
        .map_err(|error| DeviceError::NotUnderstood { why: error.to_string() })
}

/// What the platform answered.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    /// For the next proof.
    pub(crate) nonce: Option<String>,
    retry_after: Option<Duration>,
    body: Zeroizing<Vec<u8>>,
}

impl Answer {
    pub(crate) async fn read(response: Response<Incoming>) -> Result<Self, DeviceError> {
        let (head, body) = response.into_parts();
        let text = |name: HeaderName| head.headers.get(name).and_then(|value| value.to_str().ok());
        let nonce = text(DPOP_NONCE).filter(|nonce| nonce.len() <= 256).map(str::to_owned);
        let retry_after = text(RETRY_AFTER).and_then(|seconds| seconds.parse().ok());
        let retry_after = retry_after.map(|seconds: u64| Duration::from_secs(seconds.min(MAX_RETRY_AFTER)));
        let body = Limited::new(body, MAX_ANSWER).collect().await;
        let body = body.map_err(|error| DeviceError::AnswerLost { why: error.to_string() })?.to_bytes();
        Ok(Self { status: head.status, nonce, retry_after, body: Zeroizing::new(body.into()) })
    }

    /// The body of a 200, or the refusal.
    pub(crate) fn into_result<T: DeserializeOwned>(self) -> Result<T, DeviceError> {
        if self.status != StatusCode::OK {
            return Err(self.into_refusal());
        }
        self.into_body()
    }

    /// The body, whatever the status.
    pub(crate) fn into_body<T: DeserializeOwned>(self) -> Result<T, DeviceError> {
        serde_json::from_slice(&self.body).map_err(|error| DeviceError::NotUnderstood { why: describe(&error) })
    }

    /// The refusal that an answer other than 200 is.
    pub(crate) fn into_refusal(self) -> DeviceError {
        let status = self.status.as_u16();
        match serde_json::from_slice::<ErrorBody>(&self.body) {
            Ok(body) => Refusal::new(&body, status, self.retry_after).into(),
            Err(_) if status >= 500 => DeviceError::AnswerLost { why: format!("status {status} without a reason") },
            Err(_) => DeviceError::NotUnderstood { why: format!("status {status} without a reason") },
        }
    }
}

/// Where JSON is wrong, without quoting it: the answer may hold a token.
fn describe(error: &serde_json::Error) -> String {
    format!("JSON {:?} fault in column {}", error.classify(), error.column())
}
