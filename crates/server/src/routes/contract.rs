//! The contract itself, as a document and as a page. Neither says anything about this platform, so nobody is asked who they are.

use std::sync::LazyLock;

use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use clawpair_api::OPENAPI;

use crate::reference;

/// No script, nothing from elsewhere, in nobody's frame; the page's own style alone.
const POLICY: &str = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

pub(super) async fn openapi() -> impl IntoResponse {
    ([(CONTENT_TYPE, "application/json")], OPENAPI)
}

/// The page is made once, by whoever asks for it first.
pub(super) async fn docs() -> Response {
    static PAGE: LazyLock<String> = LazyLock::new(|| reference::page(OPENAPI));
    ([(CONTENT_TYPE, "text/html; charset=utf-8"), (CONTENT_SECURITY_POLICY, POLICY)], PAGE.as_str()).into_response()
}

pub(super) async fn style() -> impl IntoResponse {
    ([(CONTENT_TYPE, "text/css; charset=utf-8")], reference::STYLE)
}
