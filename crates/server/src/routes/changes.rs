use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use clawpair_api::ChangeList;
use clawpair_core::access::operation::ChangesList;
use serde::Deserialize;

use super::page_limit;
use crate::auth::May;
use crate::error::Refusal;
use crate::json::Parameters;
use crate::service::{Service, may_see};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ListParameters {
    since: Option<String>,
    limit: Option<usize>,
}

/// What the caller may not see is left out; the cursor moves past it all the same.
pub(super) async fn list(
    State(service): State<Arc<Service>>,
    may: May<ChangesList>,
    Parameters(parameters): Parameters<ListParameters>,
) -> Result<Json<ChangeList>, Refusal> {
    let since = parameters.since.as_deref().map(str::parse).transpose().map_err(Refusal::invalid)?;
    let found = service.changes(since, page_limit(parameters.limit)).await?;
    let events = found.changes.iter().flat_map(|(_, change)| service.shown_change(change));
    let changes = events.filter(|event| may_see(&may.caller.rights, event)).collect();
    Ok(Json(ChangeList { changes, cursor: found.cursor.to_string(), more: found.more }))
}
