//! The two pages that links lead to: one accepts an invitation, one confirms an address. Opening a page changes nothing, since
//! mail programs open links by themselves; its button does.

use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY};
use axum::response::IntoResponse;

/// The pages' own script and style, calls to this platform alone, in nobody's frame.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; \
                      form-action 'none'; frame-ancestors 'none'";

pub(crate) async fn join() -> impl IntoResponse {
    page(include_str!("pages/join.html"))
}

pub(crate) async fn confirm_email() -> impl IntoResponse {
    page(include_str!("pages/confirm-email.html"))
}

pub(crate) async fn script() -> impl IntoResponse {
    ([(CONTENT_TYPE, "text/javascript; charset=utf-8")], include_str!("pages/link.js"))
}

fn page(html: &'static str) -> impl IntoResponse {
    let headers = [(CONTENT_TYPE, "text/html; charset=utf-8"), (CONTENT_SECURITY_POLICY, POLICY), (REFERRER_POLICY, "no-referrer")];
    (headers, html)
}
