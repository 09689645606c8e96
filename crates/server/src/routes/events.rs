use std::convert::Infallible;
use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::response::Sse;
use axum::response::sse::{Event as Frame, KeepAlive};
use clawpair_api::Event;
use clawpair_core::access::Operation;
use clawpair_core::access::operation::EventsFollow;
use futures_util::{Stream, StreamExt, stream};
use tokio_stream::wrappers::BroadcastStream;

use super::KEEP_ALIVE;
use crate::auth::May;
use crate::service::Service;
use crate::tls::Listening;

/// One frame per event from now on. Whoever cannot keep up is told to reload.
///
/// The stream ends when its caller may no longer follow it, or the listener it came to ends.
pub(super) async fn follow(
    State(service): State<Arc<Service>>,
    may: May<EventsFollow>,
    listening: Option<Extension<Listening>>,
) -> Sse<impl Stream<Item = Result<Frame, Infallible>>> {
    let events = BroadcastStream::new(service.subscribe()).map(|event| {
        let event = event.unwrap_or(Event::Resync);
        Ok(Frame::default().json_data(&event).unwrap_or_else(|_| Frame::default().comment("an event could not be written")))
    });
    let end = service.end_of(may.caller, Operation::EventsFollow);
    let over = async move {
        match listening {
            Some(Extension(Listening(mut listening))) => drop(listening.changed().await),
            // In process there is no listener that could end first.
            None => std::future::pending().await,
        }
    };
    let farewell = stream::once(async { Ok(Frame::default().comment("this stream ends; connect again")) });
    let events = events
        .take_until(Box::pin(async {
            tokio::select! { () = end => {}, () = over => {} }
        }))
        .chain(farewell);
    Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE))
}
