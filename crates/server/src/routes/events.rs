use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::State;
use axum::response::Sse;
use axum::response::sse::{Event as Frame, KeepAlive};
use clawpair_api::Event;
use clawpair_core::access::Operation;
use clawpair_core::access::operation::EventsFollow;
use futures_util::{Stream, StreamExt};
use tokio_stream::wrappers::BroadcastStream;

use super::KEEP_ALIVE;
use crate::auth::May;
use crate::service::Service;

/// One frame per event from now on. Whoever cannot keep up is told to reload.
///
/// The stream ends when its caller may no longer follow it.
pub(super) async fn stream(
    State(service): State<Arc<Service>>,
    may: May<EventsFollow>,
) -> Sse<impl Stream<Item = Result<Frame, Infallible>>> {
    let events = BroadcastStream::new(service.subscribe()).map(|event| {
        let event = event.unwrap_or(Event::Resync);
        Ok(Frame::default().json_data(&event).unwrap_or_else(|_| Frame::default().comment("an event could not be written")))
    });
    let end = service.end_of(may.caller, Operation::EventsFollow);
    Sse::new(events.take_until(Box::pin(end))).keep_alive(KeepAlive::new().interval(KEEP_ALIVE))
}
