//! What is refused before any handler runs: web pages, and names that are not ours (DNS rebinding).

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, CACHE_CONTROL, HOST, ORIGIN};
use axum::http::{HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use clawpair_api::{ErrorCode, paths};

use crate::error::Refusal;
use crate::service::Service;
use crate::session;

/// Calls here are bound to a device's key and its TLS connection, so whatever name led to us proves nothing either way.
const DEVICE_PATHS: [&str; 2] = ["/api/v1/device/", "/api/v1/pair/"];

/// Runs a request to its end even if whoever asked hangs up: what a commit began, cutting channels and telling the window, is
/// never left half done.
pub(crate) async fn to_the_end(request: Request, next: Next) -> Response {
    match tokio::spawn(next.run(request)).await {
        Ok(response) => response,
        Err(error) => {
            tracing::error!(%error, "a request ended in a fault");
            Refusal::new(ErrorCode::Internal, "The platform made a mistake with this request.").into_response()
        }
    }
}

/// A request that names a web page of another origin is an attack or a mistake.
pub(crate) async fn refuse_web_pages(State(service): State<Arc<Service>>, request: Request, next: Next) -> Response {
    if request.headers().contains_key(ORIGIN) && !may_come_from_a_page(&request) {
        return Refusal::new(ErrorCode::OriginNotAllowed, "This request comes from a web page.").into_response();
    }
    let path = request.uri().path();
    let for_devices = [paths::TOKEN, paths::REVOKE].contains(&path) || DEVICE_PATHS.iter().any(|start| path.starts_with(start));
    let host = request.headers().get(HOST).map(|host| host.to_str().unwrap_or_default());
    if !for_devices && host.is_some_and(|host| !is_ours(host, &service)) {
        return Refusal::new(ErrorCode::OriginNotAllowed, "This request names a host that is not this platform.").into_response();
    }
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// Only pages that this platform itself serves, and only with a session or to get one; what a cookie is worth then is judged
/// where it is read.
fn may_come_from_a_page(request: &Request) -> bool {
    session::is_same_origin(request.headers()) && !request.headers().contains_key(AUTHORIZATION)
}

/// An IP address, a name that no public resolver answers, or one that our links carry.
fn is_ours(host: &str, service: &Service) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    };
    let name = name.trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase();
    name.parse::<IpAddr>().is_ok()
        || name == "localhost"
        || name.rsplit_once('.').is_some_and(|(_, last)| last == "local")
        || service.public_url().is_some_and(|url| url.host() == name)
        || service.advertised().iter().any(|address| address.host() == name)
}
