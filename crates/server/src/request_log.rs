//! One line for each request, at debug: what was called as the contract writes it, by whom, and how it ended. Never what was sent: a
//! raw path, a query or a header could hold a secret, or anything else.

use std::sync::{Arc, OnceLock};

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use clawpair_core::rng::{self, Rng};
use tokio::time::Instant;
use uuid::Uuid;

use crate::service::Service;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Where whoever finds out who is calling writes it down.
#[derive(Clone, Default)]
pub(crate) struct Whom(Arc<OnceLock<String>>);

impl Whom {
    /// The caller's id; the first that is found out stays.
    pub(crate) fn is(&self, id: &impl ToString) {
        self.0.get_or_init(|| id.to_string());
    }
}

/// The request's name: what a proxy calls it if that is a UUID, which no secret looks like, else a new one.
fn name(headers: &HeaderMap, rng: &dyn Rng) -> Uuid {
    let given = headers.get(REQUEST_ID).and_then(|value| Uuid::try_parse_ascii(value.as_bytes()).ok());
    given.unwrap_or_else(|| uuid::Builder::from_random_bytes(rng::bytes(rng)).into_uuid())
}

/// Names a request, tells its name in the answer, and logs how it ended. A stream may go on long after.
pub(crate) async fn log(State(service): State<Arc<Service>>, mut request: Request, next: Next) -> Response {
    let began = Instant::now();
    let id = name(request.headers(), &*service.rng).to_string();
    let method = request.method().clone();
    let path = request.extensions().get::<MatchedPath>().cloned();
    let whom = Whom::default();
    request.extensions_mut().insert(whom.clone());
    let mut response = next.run(request).await;
    tracing::debug!(
        request = id,
        method = method.as_str(),
        path = path.as_ref().map_or("none of the contract", MatchedPath::as_str),
        status = response.status().as_u16(),
        micros = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX),
        caller = whom.0.get().map_or("unknown", String::as_str),
        "answered"
    );
    if let Ok(id) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}
