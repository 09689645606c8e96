//! An answer after it came.

use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use axum::http::{HeaderMap, Response, StatusCode, header};
use clawpair_api::{ErrorBody, ErrorCode};
use clawpair_core::text::harmless;
use futures_util::StreamExt;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Bytes;
use serde::de::DeserializeOwned;
use tokio::time::timeout;
use zeroize::Zeroizing;

use crate::error::{ClientError, Refusal, describe};
use crate::remote::Remote;

/// Largest answer that is read, in bytes. The largest that a platform gives, 500 devices that were changed with everything they
/// can have, is a third.
const MAX_ANSWER: usize = 8 * 1_024 * 1_024;
/// Longest sentence of a refusal that is shown, in characters.
const MAX_SHOWN: usize = 300;
/// Longest `Retry-After` that is believed, in seconds: a day.
const MAX_RETRY_AFTER: u64 = 86_400;

/// The whole body of an answer.
pub(crate) async fn read(body: Body) -> Result<Zeroizing<Vec<u8>>, ClientError> {
    match Limited::new(body, MAX_ANSWER).collect().await {
        Ok(whole) => Ok(Zeroizing::new(whole.to_bytes().into())),
        Err(error) if is_too_large(error.as_ref()) => Err(ClientError::TooLarge { most: MAX_ANSWER }),
        Err(error) => Err(ClientError::AnswerLost { why: innermost(error.as_ref()) }),
    }
}

/// The next piece of a body that comes in its own time, if it is not silent for too long.
pub(crate) async fn piece(pieces: &mut BodyDataStream, silence: Option<Duration>) -> Option<Result<Bytes, ClientError>> {
    let piece = match silence {
        None => pieces.next().await?,
        Some(within) => match timeout(within, pieces.next()).await {
            Ok(piece) => piece?,
            Err(_) => return Some(Err(ClientError::TooSlow { within })),
        },
    };
    Some(piece.map_err(|error| ClientError::AnswerLost { why: innermost(&error) }))
}

fn is_too_large(error: &(dyn std::error::Error + 'static)) -> bool {
    error.is::<LengthLimitError>() || error.source().is_some_and(is_too_large)
}

/// The cause of an error, which says most.
fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    error.source().map_or_else(|| error.to_string(), innermost)
}

/// What JSON says.
pub(crate) fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, ClientError> {
    serde_json::from_slice(body).map_err(|error| ClientError::NotUnderstood { why: describe(&error) })
}

/// The refusal that an answer is, or that it is none of a platform's.
pub(crate) async fn refused(response: Response<Body>, remote: Option<&Remote>) -> ClientError {
    let (head, body) = response.into_parts();
    let status = head.status;
    let body = match read(body).await {
        Ok(body) => body,
        Err(error) => return error,
    };
    if let Ok(body) = serde_json::from_slice(&body) {
        let retry_after = retry_after(&head.headers);
        let body = if remote.is_some() { made_harmless(body) } else { body };
        return ClientError::Refused(Refusal { body, status: status.as_u16(), retry_after });
    }
    let why = format!("status {} without a reason", status.as_u16());
    match remote.map(|remote| remote.address().clone()) {
        None => {
            let body = ErrorBody::new(ErrorCode::Internal, format!("The platform refused with {why}."));
            ClientError::Refused(Refusal { body, status: status.as_u16(), retry_after: None })
        }
        Some(address) if is_of_a_proxy(status) => {
            ClientError::Unreachable { address, why: format!("a proxy in between says {status}") }
        }
        Some(address) => ClientError::NotAServer { address, status: status.as_u16(), why },
    }
}

/// A server's words are shown, and must not drive what shows them.
fn made_harmless(body: ErrorBody) -> ErrorBody {
    let harmless = |text: String| text.chars().take(MAX_SHOWN).map(harmless).collect();
    ErrorBody { code: body.code, message: harmless(body.message), hint: body.hint.map(harmless) }
}

fn is_of_a_proxy(status: StatusCode) -> bool {
    matches!(status, StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT)
}

fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds: u64 = headers.get(header::RETRY_AFTER)?.to_str().ok()?.parse().ok()?;
    Some(Duration::from_secs(seconds.min(MAX_RETRY_AFTER)))
}
