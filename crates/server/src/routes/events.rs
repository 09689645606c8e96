use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::State;
use axum::response::Sse;
use axum::response::sse::{Event as Frame, KeepAlive};
use clawpair_api::Event;
use clawpair_core::access::operation::EventsFollow;
use clawpair_core::activity::Actor;
use futures_util::{Stream, StreamExt};
use tokio_stream::wrappers::BroadcastStream;

use super::KEEP_ALIVE;
use crate::auth::May;
use crate::service::Service;

/// One frame per event from now on. Whoever cannot keep up is told to reload.
///
/// A revoked API key's stream ends.
pub(super) async fn stream(
    State(service): State<Arc<Service>>,
    may: May<EventsFollow>,
) -> Sse<impl Stream<Item = Result<Frame, Infallible>>> {
    let events = BroadcastStream::new(service.subscribe()).map(|event| {
        let event = event.unwrap_or(Event::Resync);
        Ok(Frame::default().json_data(&event).unwrap_or_else(|_| Frame::default().comment("an event could not be written")))
    });
    let revoked = async move {
        match may.by {
            Actor::ApiKey(id) => service.revocation(id).await,
            Actor::Owner | Actor::Member(_) | Actor::Operator | Actor::Platform | Actor::Device => std::future::pending().await,
        }
    };
    Sse::new(events.take_until(Box::pin(revoked))).keep_alive(KeepAlive::new().interval(KEEP_ALIVE))
}
