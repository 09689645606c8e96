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

#[cfg(test)]
mod tests {
    use clawpair_core::clock::SystemClock;
    use clawpair_core::rng::SystemRng;
    use clawpair_core::secret::Secret;
    use futures_util::{SinkExt, StreamExt};
    use serde_json::{Value, json};
    use tokio::io::{DuplexStream, duplex};
    use tokio_tungstenite::WebSocketStream;
    use tokio_tungstenite::tungstenite::Message;
    use tokio_tungstenite::tungstenite::protocol::Role;

    use super::*;
    use crate::connection::Caller;
    use crate::connection::dial::Wire;
    use crate::credential::Credential;
    use crate::identity::DeviceIdentity;

    /// The other end of a connection. A real gateway loses no event when somebody wants it to.
    struct Far(WebSocketStream<DuplexStream>);

    impl Far {
        async fn says(&mut self, message: &Value) {
            self.0.send(Message::Text(message.to_string().into())).await.unwrap();
        }

        /// The method of the next request, which is answered.
        async fn is_asked(&mut self, answer: Value) -> String {
            let Some(Ok(Message::Text(text))) = self.0.next().await else { panic!("nothing was asked") };
            let request: Value = serde_json::from_str(&text).unwrap();
            self.says(&json!({"type": "res", "id": request["id"], "ok": true, "payload": answer})).await;
            request["method"].as_str().unwrap().to_owned()
        }

        /// An event that says nothing to this program but its number.
        async fn happens(&mut self, seq: u64) {
            self.says(&json!({"type": "event", "event": "weather", "payload": {}, "seq": seq})).await;
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_gap_in_the_numbers_of_events_makes_a_fresh_look_at_once() {
        let (near, far) = duplex(64 * 1_024);
        let near: Box<dyn Wire> = Box::new(near);
        let near = WebSocketStream::from_raw_socket(near, Role::Client, None).await;
        let mut far = Far(WebSocketStream::from_raw_socket(far, Role::Server, None).await);
        let opening = tokio::spawn(async move {
            let identity = DeviceIdentity::generate(&SystemRng);
            let caller = Caller { identity, name: "Clawpair".to_owned(), clock: Arc::new(SystemClock) };
            let (address, token) = ("ws://127.0.0.1".parse().unwrap(), Credential::Shared(Secret::new("token".to_owned())));
            Connection::over(near, &address, &caller, &token).await
        });
        far.says(&json!({"type": "event", "event": "connect.challenge", "payload": {"nonce": "n", "ts": 1}})).await;
        assert_eq!(far.is_asked(json!({"type": "hello-ok"})).await, "connect");
        let (connection, events) = opening.await.unwrap().unwrap();
        let _watching = tokio::spawn(async move {
            let (snapshot, uses, looks) = (watch::Sender::new(None), broadcast::Sender::new(1), Looks::default());
            let nudged = tokio::sync::Notify::new();
            let watching = Watching { snapshot: &snapshot, uses: &uses, nudged: &nudged, looks: &looks };
            watching.run(&connection, events).await
        });

        let before = Instant::now();
        far.happens(1).await;
        far.happens(2).await;
        far.happens(4).await;
        let lists = json!({"pending": [], "paired": []});
        let asked = [far.is_asked(lists.clone()).await, far.is_asked(lists.clone()).await];
        assert_eq!(asked, ["device.pair.list", "node.pair.list"]);
        assert_eq!(before.elapsed(), SETTLING, "nothing else was waited for");
        // Without a gap the next look is the one that is due.
        far.happens(5).await;
        far.is_asked(lists).await;
        assert_eq!(before.elapsed(), SETTLING + MAX_AGE);
    }
}
