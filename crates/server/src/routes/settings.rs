use std::sync::Arc;

use axum::extract::State;
use clawpair_api::{ErrorCode, Retention};
use clawpair_core::access::operation::{RetentionSet, RetentionShow};
use clawpair_core::store::RetentionEdition;

use super::edition::{Edition, IfMatch};
use crate::auth::May;
use crate::error::Refusal;
use crate::json::Body;
use crate::service::Service;

pub(super) async fn retention(State(service): State<Arc<Service>>, _: May<RetentionShow>) -> Result<Edition<Retention>, Refusal> {
    Ok(shown(service.store.retention().await?))
}

pub(super) async fn set_retention(
    State(service): State<Arc<Service>>,
    may: May<RetentionSet>,
    IfMatch(expected): IfMatch,
    Body(body): Body<Retention>,
) -> Result<Edition<Retention>, Refusal> {
    let retention = body.try_into().map_err(Refusal::invalid)?;
    let set = service.store.set_retention(retention, expected, may.by, service.now()).await?;
    set.map(shown).ok_or_else(|| Refusal::new(ErrorCode::ChangedMeanwhile, "Somebody else has changed this since you looked."))
}

fn shown(edition: RetentionEdition) -> Edition<Retention> {
    Edition { revision: edition.revision, shown: edition.retention.into() }
}
