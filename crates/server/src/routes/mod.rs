//! The paths of `clawpair_api::paths`: decode, call once, encode.

mod access;
mod activity;
mod alerts;
mod api_keys;
mod changes;
mod claim;
mod contract;
mod device;
mod device_changes;
mod device_key;
mod devices;
mod edition;
mod events;
mod members;
mod metrics;
mod oauth;
mod opaque;
mod pairing_codes;
mod pairing_list;
mod requests;
mod session;
mod settings;

use std::sync::Arc;
use std::time::Duration;

use axum::extract::DefaultBodyLimit;
use axum::routing::{delete, get, post, put};
use axum::{Extension, Router, middleware};
use clawpair_api::{ErrorCode, paths};
use clawpair_core::activity::Actor;

use crate::call_rate::say_what_is_left;
use crate::caller::InProcess;
use crate::error::Refusal;
use crate::guard::{refuse_web_pages, to_the_end};
use crate::metrics::count;
use crate::pages;
use crate::request_log::log;
use crate::service::Service;

/// The largest valid request is a code with 32 permissions and four addresses: under 4 KiB.
const MAX_BODY: usize = 16 * 1_024;
/// 500 ids of 40 characters, with what else a bulk call holds.
const MAX_BULK_BODY: usize = 32 * 1_024;
/// Items of a page when a request names no limit, and at most.
const PAGE: usize = 100;
/// How often an idle event stream says that it lives.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Everything, for callers who must show who they are.
pub fn router(service: Arc<Service>) -> Router {
    Router::new()
        .route(paths::PAIRING_CODES, post(pairing_codes::create).get(pairing_list::list))
        .route(paths::PAIRING_CODES_SUMMARY, get(pairing_list::summary))
        .route(paths::PAIRING_CODE, get(pairing_codes::show).delete(pairing_codes::cancel))
        .route(paths::REQUESTS, get(requests::list))
        .route(paths::REQUEST, get(requests::show))
        .route(paths::REQUEST_APPROVE, post(requests::approve))
        .route(paths::REQUEST_DENY, post(requests::deny))
        .route(paths::DEVICES, get(devices::list))
        .route(paths::DEVICE, get(devices::show).patch(device_changes::edit).delete(device_changes::revoke))
        .route(paths::DEVICE_PERMISSIONS, put(device_changes::grant))
        .route(paths::DEVICES_SUMMARY, get(devices::summary))
        .route(paths::DEVICES_BULK, post(device_changes::bulk).layer(DefaultBodyLimit::max(MAX_BULK_BODY)))
        .route(paths::DEVICE_DISABLE, post(device_changes::disable))
        .route(paths::DEVICE_ENABLE, post(device_changes::enable))
        .route(paths::API_KEYS, get(api_keys::list).post(api_keys::create))
        .route(paths::API_KEY, get(api_keys::show).delete(api_keys::revoke))
        .route(paths::API_KEY_ROTATE, post(api_keys::rotate))
        .route(paths::PERMISSIONS, get(access::permissions))
        .route(paths::MEMBERS, get(members::list))
        .route(paths::MEMBER, get(members::show).patch(members::edit).delete(members::remove))
        .route(paths::INVITATIONS, get(members::invitations).post(members::invite))
        .route(paths::INVITATION, delete(members::withdraw))
        .route(paths::ACCEPT_INVITATION, post(members::accept))
        .route(paths::CONFIRM_EMAIL, post(members::confirm_email))
        .route(paths::JOIN_PAGE, get(pages::join))
        .route(paths::CONFIRM_PAGE, get(pages::confirm_email))
        .route(paths::LINK_SCRIPT, get(pages::script))
        .route(paths::SESSION, post(session::sign_in).delete(session::sign_out))
        .route(paths::MY_SESSIONS, get(session::list))
        .route(paths::MY_SESSION, delete(session::end))
        .route(paths::MY_PASSWORD, post(session::change_password))
        .route(paths::MY_EMAIL, get(session::show_email).post(session::change_email))
        .route(paths::MY_TOTP, post(session::set_totp))
        .route(paths::MY_TOTP_PROPOSAL, post(session::propose_totp))
        .route(paths::MY_TOTP_REMOVE, post(session::remove_totp))
        .route(paths::MY_RECOVERY_CODES, post(session::replace_recovery_codes))
        .route(paths::ROLES, get(access::roles))
        .route(paths::ME, get(access::me))
        .route(paths::ALERTS, get(alerts::list))
        .route(paths::ALERT, get(alerts::show))
        .route(paths::ALERT_ACKNOWLEDGE, post(alerts::acknowledge))
        .route(paths::ALERT_RULES, get(alerts::rules))
        .route(paths::ALERT_RULE, put(alerts::set_rule))
        .route(paths::RETENTION, get(settings::retention).put(settings::set_retention))
        .route(paths::ACTIVITY, get(activity::list))
        .route(paths::ACTIVITY_EXPORT, get(activity::export))
        .route(paths::CHANGES, get(changes::list))
        .route(paths::EVENTS, get(events::follow))
        .route(paths::CLAIM, post(claim::claim))
        .route(paths::TOKEN, post(oauth::token))
        .route(paths::INTROSPECT, post(oauth::introspect))
        .route(paths::REVOKE, post(oauth::revoke))
        .route(paths::OAUTH_METADATA, get(oauth::metadata))
        .route(paths::OPAQUE_START, post(opaque::start))
        .route(paths::OPAQUE_FINISH, post(opaque::finish))
        .route(paths::DEVICE_SELF, get(device::show_self))
        .route(paths::DEVICE_KEY, post(device_key::change))
        .route(paths::DEVICE_LIVE, get(device::live))
        .route(paths::OPENAPI, get(contract::openapi))
        .route(paths::DOCS, get(contract::docs))
        .route(paths::DOCS_STYLE, get(contract::style))
        .route(paths::HEALTH, get(async || "ok"))
        .route(paths::READY, get(metrics::ready))
        .route(paths::METRICS, get(metrics::show))
        .fallback(async || Refusal::new(ErrorCode::NotFound, "There is nothing at this path."))
        .method_not_allowed_fallback(async || Refusal::new(ErrorCode::MethodNotAllowed, "This path does not take this method."))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(middleware::from_fn_with_state(Arc::clone(&service), say_what_is_left))
        .layer(middleware::from_fn(to_the_end))
        .layer(middleware::from_fn_with_state(Arc::clone(&service), refuse_web_pages))
        .layer(middleware::from_fn_with_state(Arc::clone(&service), count))
        .layer(middleware::from_fn_with_state(Arc::clone(&service), log))
        .with_state(service)
}

/// The same for the process that owns the platform. Never put it on a socket.
pub fn owner_router(service: Arc<Service>) -> Router {
    router(service).layer(Extension(InProcess(Actor::Owner)))
}

/// The same for a command on the platform's own machine. Never put it on a socket.
pub fn operator_router(service: Arc<Service>) -> Router {
    router(service).layer(Extension(InProcess(Actor::Operator)))
}

/// How many items a page has at most.
fn page_limit(asked: Option<usize>) -> usize {
    asked.unwrap_or(PAGE).clamp(1, PAGE)
}

/// Which part of a list is asked for.
struct PageParameters {
    after: Option<String>,
    limit: Option<usize>,
}

impl PageParameters {
    fn limit(&self) -> usize {
        page_limit(self.limit)
    }

    fn after<Id: std::str::FromStr<Err: std::error::Error>>(&self) -> Result<Option<Id>, Refusal> {
        self.after.as_deref().map(|text| text.parse().map_err(Refusal::invalid)).transpose()
    }
}
