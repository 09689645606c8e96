//! `ETag`: which edition of a thing somebody saw (RFC 9110 §8.8.3 and §13.1.1).

use axum::Json;
use axum::extract::FromRequestParts;
use axum::http::header::{ETAG, IF_MATCH};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use clawpair_api::{Device, ErrorCode};
use serde::Serialize;

use crate::error::Refusal;

/// A thing with its revision as the answer's `ETag`.
pub(super) struct Edition<T> {
    pub(super) revision: u32,
    pub(super) shown: T,
}

impl From<Device> for Edition<Device> {
    fn from(device: Device) -> Self {
        Self { revision: device.revision, shown: device }
    }
}

impl<T: Serialize> IntoResponse for Edition<T> {
    fn into_response(self) -> Response {
        ([(ETAG, format!("\"{}\"", self.revision))], Json(self.shown)).into_response()
    }
}

/// The revision a change was decided on; `None` when the caller does not care, and then the last write wins.
pub(super) struct IfMatch(pub(super) Option<u32>);

impl<S: Send + Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refusal> {
        let Some(value) = parts.headers.get(IF_MATCH) else { return Ok(Self(None)) };
        let text = value.to_str().unwrap_or_default().trim();
        if text == "*" {
            return Ok(Self(None));
        }
        let revision = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).and_then(|text| text.parse().ok());
        revision.map(|revision| Self(Some(revision))).ok_or_else(|| {
            Refusal::new(ErrorCode::InvalidRequest, "If-Match takes the ETag of one answer as it was sent, such as \"3\", or *.")
        })
    }
}
