//! Keeping a snapshot fresh while connected.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{broadcast, mpsc, watch};
use tokio::time::{Instant, sleep_until};

use super::Looks;
use super::state::Snapshot;
use crate::connection::Connection;
use crate::error::{Closed, GatewayError};
use crate::wire::event::{Event, SetupUse};

/// Longest age of a snapshot: a gateway does not say when a device is removed, a token ended, or a request ran out.
const MAX_AGE: Duration = Duration::from_secs(30);
/// Shortest time between two looks, so that many events cost one.
const SETTLING: Duration = Duration::from_millis(250);

/// What a connection feeds.
pub(crate) struct Watching<'a> {
    pub(crate) snapshot: &'a watch::Sender<Option<Arc<Snapshot>>>,
    pub(crate) uses: &'a broadcast::Sender<SetupUse>,
    pub(crate) nudged: &'a tokio::sync::Notify,
    pub(crate) looks: &'a Looks,
}

impl Watching<'_> {
    /// Looks at every event, after every nudge and every 30 seconds, until the connection ends or cannot be used.
    pub(crate) async fn run(&self, connection: &Connection, mut events: mpsc::Receiver<Event>) -> GatewayError {
        loop {
            let looked = Instant::now();
            let due = tokio::select! {
                how = self.stale(&mut events, looked + MAX_AGE) => how,
                how = connection.ended() => return GatewayError::Closed(how),
            };
            if due.is_err() {
                return GatewayError::Closed(connection.ended().await);
            }
            sleep_until(looked + SETTLING).await;
            if let Err(error) = self.look(connection).await {
                return error;
            }
        }
    }

    /// Waits until something may have changed; an error when no event can come any more.
    async fn stale(&self, events: &mut mpsc::Receiver<Event>, until: Instant) -> Result<(), Closed> {
        tokio::select! {
            () = sleep_until(until) => Ok(()),
            () = self.nudged.notified() => Ok(()),
            event = events.recv() => match event {
                Some(event) => {
                    self.note(event);
                    while let Ok(more) = events.try_recv() {
                        self.note(more);
                    }
                    Ok(())
                }
                None => Err(Closed::Broken),
            }
        }
    }

    fn note(&self, event: Event) {
        if let Event::SetupUsed(used) = event {
            // Nobody may listen at the moment.
            let _ = self.uses.send(used);
        }
    }

    /// Renews the snapshot.
    pub(crate) async fn look(&self, connection: &Connection) -> Result<(), GatewayError> {
        let number = self.looks.begin();
        // Before the first word is sent: what happens while the answers are on their way may be in neither of them.
        let taken = connection.gateway_time();
        let (devices, nodes) = tokio::join!(connection.devices(), connection.node_requests());
        let snapshot = Snapshot {
            devices: devices?,
            nodes: nodes?,
            taken,
            ahead_millis: connection.ahead_millis(),
            scopes: connection.hello().scopes.clone(),
        };
        self.snapshot.send_replace(Some(Arc::new(snapshot)));
        self.looks.end(number);
        Ok(())
    }
}
