use std::convert::Infallible;
use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Sse;
use axum::response::sse::{Event as Frame, KeepAlive};
use clawpair_api::Event;
use clawpair_core::access::operation::EventsFollow;
use clawpair_core::access::{Operation, Rights};
use clawpair_core::store::ChangeCursor;
use futures_util::{Stream, StreamExt, stream};
use serde::Deserialize;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio::sync::mpsc::Sender;
use tokio_stream::wrappers::ReceiverStream;

use super::{KEEP_ALIVE, PAGE};
use crate::auth::May;
use crate::error::Refusal;
use crate::json::Parameters;
use crate::service::{Service, may_see};
use crate::tls::Listening;

/// Frames that wait for a listener who reads slowly.
const WAITING: usize = 64;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StreamParameters {
    since: Option<String>,
}

/// What has changed since the cursor of `Last-Event-ID` or `since`, then one frame per event. Every frame about something
/// that is on disk has its cursor as `id`, so that whoever comes back with the last one misses nothing.
///
/// The stream ends when its caller may no longer follow it, or the listener it came to ends.
pub(super) async fn follow(
    State(service): State<Arc<Service>>,
    may: May<EventsFollow>,
    listening: Option<Extension<Listening>>,
    headers: HeaderMap,
    Parameters(parameters): Parameters<StreamParameters>,
) -> Result<Sse<impl Stream<Item = Result<Frame, Infallible>>>, Refusal> {
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok()).filter(|id| !id.is_empty());
    let since = last.or(parameters.since.as_deref()).map(str::parse).transpose().map_err(Refusal::invalid)?;
    // Listening first and looking afterwards, so that what happens in between is seen.
    let events = service.subscribe();
    let cursor = match since {
        Some(cursor) => service.changes(Some(cursor), 1).await.map(|_| cursor)?,
        None => service.store.newest_change().await?,
    };
    let (frames, written) = tokio::sync::mpsc::channel(WAITING);
    let follower = Follower { service: Arc::clone(&service), rights: may.caller.rights.clone(), cursor, frames };
    tokio::spawn(follower.follow(events));
    let end = service.end_of(may.caller, Operation::EventsFollow);
    let over = async move {
        match listening {
            Some(Extension(Listening(mut listening))) => drop(listening.changed().await),
            // In process there is no listener that could end first.
            None => std::future::pending().await,
        }
    };
    let farewell = stream::once(async { Ok(Frame::default().comment("this stream ends; connect again")) });
    let frames = ReceiverStream::new(written)
        .map(Ok)
        .take_until(Box::pin(async {
            tokio::select! { () = end => {}, () = over => {} }
        }))
        .chain(farewell);
    Ok(Sse::new(frames).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)))
}

/// Somebody who follows what changes, and how far they have come.
struct Follower {
    service: Arc<Service>,
    rights: Rights,
    cursor: ChangeCursor,
    frames: Sender<Frame>,
}

/// Nobody reads any more, or what to send cannot be read.
struct Over;

impl Follower {
    async fn follow(mut self, mut events: Receiver<Event>) {
        let _ = self.frames.send(Frame::default().id(self.cursor.to_string())).await;
        let frames = self.frames.clone();
        tokio::select! {
            () = frames.closed() => {}
            _ = self.run(&mut events) => {}
        }
    }

    async fn run(&mut self, events: &mut Receiver<Event>) -> Result<(), Over> {
        let mut heard = Vec::new();
        loop {
            // What is on disk comes from there, with its cursor; of what was heard only the rest is passed on.
            let told = self.catch_up().await?;
            for event in heard.drain(..).filter(|event| !told.contains(event)) {
                self.send(&event, None).await?;
            }
            heard.push(match events.recv().await {
                Ok(event) => event,
                Err(RecvError::Lagged(_)) => Event::Resync,
                Err(RecvError::Closed) => return Err(Over),
            });
            while heard.len() < WAITING {
                match events.try_recv() {
                    Ok(event) => heard.push(event),
                    Err(TryRecvError::Lagged(_)) => heard.push(Event::Resync),
                    Err(TryRecvError::Empty | TryRecvError::Closed) => break,
                }
            }
        }
    }

    /// Sends what has changed since the cursor, and moves it.
    async fn catch_up(&mut self) -> Result<Vec<Event>, Over> {
        let mut told = Vec::new();
        loop {
            let found = self.service.changes(Some(self.cursor), PAGE).await.map_err(|_| Over)?;
            for (cursor, change) in &found.changes {
                let events = self.service.shown_change(change);
                let last = events.len();
                for (place, event) in events.into_iter().enumerate() {
                    // Whoever breaks off between two frames of one change gets both again.
                    self.send(&event, (place + 1 == last).then_some(*cursor)).await?;
                    told.push(event);
                }
            }
            self.cursor = found.cursor;
            if !found.more {
                return Ok(told);
            }
        }
    }

    async fn send(&self, event: &Event, cursor: Option<ChangeCursor>) -> Result<(), Over> {
        let visible = may_see(&self.rights, event);
        if cursor.is_none() && !visible {
            return Ok(());
        }
        let frame = cursor.map_or_else(Frame::default, |cursor| Frame::default().id(cursor.to_string()));
        // The id counts even where the event is not for this caller.
        let frame = if visible { frame.json_data(event).map_err(|_| Over)? } else { frame };
        self.frames.send(frame).await.map_err(|_| Over)
    }
}
