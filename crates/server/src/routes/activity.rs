use std::sync::Arc;

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use clawpair_api::{ActivityPage, ErrorCode};
use clawpair_core::Timestamp;
use clawpair_core::access::operation::{ActivityExport, ActivityList};
use clawpair_core::activity::Actor;
use clawpair_core::store::ActivityFilter;
use futures_util::stream;
use serde::Deserialize;

use super::PAGE;
use crate::auth::May;
use crate::error::Refusal;
use crate::export::{Export, Format};
use crate::json::Parameters;
use crate::service::Service;

/// Longest word or id to look for.
const MAX_WORD: usize = 64;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ListParameters {
    after: Option<i64>,
    limit: Option<usize>,
    actor: Option<String>,
    action: Option<String>,
    subject: Option<String>,
    from: Option<String>,
    to: Option<String>,
}

pub(super) async fn list(
    State(service): State<Arc<Service>>,
    _: May<ActivityList>,
    Parameters(parameters): Parameters<ListParameters>,
) -> Result<Json<ActivityPage>, Refusal> {
    let actor = parameters.actor.map(|text| text.parse().map(|actor: Actor| actor.to_string()));
    let filter = ActivityFilter {
        actor: actor.transpose().map_err(Refusal::invalid)?,
        action: parameters.action.map(|word| plain(word, "action")).transpose()?,
        subject: parameters.subject.map(|id| plain(id, "subject")).transpose()?,
        from: moment(parameters.from.as_deref())?,
        to: moment(parameters.to.as_deref())?,
    };
    if parameters.after.is_some_and(|number| number < 0) {
        let message = "“after” takes the “next” of the page before; leave it out to begin with the newest.";
        return Err(Refusal::new(ErrorCode::InvalidRequest, message));
    }
    let limit = parameters.limit.unwrap_or(PAGE).clamp(1, PAGE);
    let page = service.store.find_activity(filter, parameters.after, limit).await?;
    Ok(Json(ActivityPage { entries: page.items.into_iter().map(Into::into).collect(), next: page.next }))
}

/// A word of the log or an id: letters, digits, `-` and `_`.
fn plain(text: String, what: &str) -> Result<String, Refusal> {
    if (1..=MAX_WORD).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    {
        return Ok(text);
    }
    let message = format!("The {what} to look for has 1 to {MAX_WORD} letters, digits, “-” and “_”.");
    Err(Refusal::new(ErrorCode::InvalidRequest, message))
}

fn moment(text: Option<&str>) -> Result<Option<Timestamp>, Refusal> {
    text.map(|text| text.parse().map_err(Refusal::invalid)).transpose()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ExportParameters {
    format: Format,
    from: Option<String>,
    to: Option<String>,
}

pub(super) async fn export(
    State(service): State<Arc<Service>>,
    _: May<ActivityExport>,
    Parameters(parameters): Parameters<ExportParameters>,
) -> Result<Response, Refusal> {
    let format = parameters.format;
    let export = Export::new(format, moment(parameters.from.as_deref())?, moment(parameters.to.as_deref())?);
    let chunks = stream::try_unfold(export, move |mut export| {
        let store = Arc::clone(&service.store);
        async move { Ok::<_, std::io::Error>(export.next(&*store).await?.map(|chunk| (Bytes::from(chunk), export))) }
    });
    let headers = [(CONTENT_TYPE, format.content_type()), (CONTENT_DISPOSITION, format.disposition())];
    Ok((headers, Body::from_stream(chunks)).into_response())
}
