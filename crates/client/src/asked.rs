//! A call before it is sent.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Request, header};
use hyper::body::Bytes;
use serde::Serialize;
use zeroize::Zeroizing;

use crate::error::ClientError;

/// The name under which a call may be repeated.
pub(crate) const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// What is asked, for either way of sending it.
#[derive(Clone)]
pub(crate) struct Asked {
    pub(crate) method: Method,
    /// Path and query.
    pub(crate) target: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// Whether it makes or changes something, and must not do it twice.
    pub(crate) once: bool,
}

impl Asked {
    pub(crate) fn new(method: Method, target: impl Into<String>) -> Self {
        Self { method, target: target.into(), headers: HeaderMap::new(), body: Bytes::new(), once: false }
    }

    /// With parameters behind the question mark.
    pub(crate) fn query<N: Serialize>(mut self, parameters: N) -> Result<Self, ClientError> {
        let query = serde_urlencoded::to_string(parameters).map_err(unaskable)?;
        if !query.is_empty() {
            self.target = format!("{}?{query}", self.target);
        }
        Ok(self)
    }

    /// With a body of JSON, which is wiped after it was sent.
    pub(crate) fn json(self, form: &impl Serialize) -> Result<Self, ClientError> {
        let json = Zeroizing::new(serde_json::to_vec(form).map_err(unaskable)?);
        Ok(self.with_body("application/json", json))
    }

    /// With a body as HTML forms have it, which is wiped after it was sent.
    pub(crate) fn form(self, form: &impl Serialize) -> Result<Self, ClientError> {
        let text = Zeroizing::new(serde_urlencoded::to_string(form).map_err(unaskable)?.into_bytes());
        Ok(self.with_body("application/x-www-form-urlencoded", text))
    }

    fn with_body(mut self, media_type: &'static str, body: Zeroizing<Vec<u8>>) -> Self {
        self.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
        self.body = Bytes::from_owner(body);
        self
    }

    /// Refused when the thing is no longer at this revision, if one is named.
    pub(crate) fn at(mut self, revision: Option<u32>) -> Result<Self, ClientError> {
        let Some(revision) = revision else { return Ok(self) };
        let edition = HeaderValue::try_from(format!("\"{revision}\"")).map_err(unaskable)?;
        self.headers.insert(header::IF_MATCH, edition);
        Ok(self)
    }

    /// Makes or changes something, once however often it is asked for under the same name.
    pub(crate) fn once(mut self) -> Self {
        self.once = true;
        self
    }

    /// For a Router in this process.
    pub(crate) fn into_request(self) -> Result<Request<Body>, ClientError> {
        let mut request = Request::new(Body::from(self.body));
        *request.method_mut() = self.method;
        *request.uri_mut() = self.target.parse().map_err(unaskable)?;
        *request.headers_mut() = self.headers;
        Ok(request)
    }
}

fn unaskable(error: impl std::fmt::Display) -> ClientError {
    ClientError::Unaskable { why: error.to_string() }
}

/// A path with its id filled in; an id from outside must not become another path.
pub(crate) fn with_id(path: &str, id: &str) -> String {
    let id: String = id.chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' }).collect();
    path.replace("{id}", &id)
}

/// The parameters of a list that comes in pages.
pub(crate) fn page(status: Option<&str>, after: Option<&str>, limit: Option<usize>) -> Vec<(&'static str, String)> {
    let parameters = [
        ("status", status.map(str::to_owned)),
        ("after", after.map(str::to_owned)),
        ("limit", limit.map(|limit| limit.to_string())),
    ];
    parameters.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}
