//! The task that owns a socket: sends requests, matches answers to them, passes events on.

use std::collections::HashMap;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Instant, sleep_until};
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{Error, Message, Utf8Bytes};

use super::dial::Socket;
use crate::error::{Closed, GatewayError};
use crate::wire::event::Event;
use crate::wire::frame::{Frame, answered};

/// The whole message that answers a request.
pub(crate) type Answer = Result<Utf8Bytes, GatewayError>;

/// A request on its way.
pub(crate) struct Call {
    /// The whole message.
    pub(crate) text: String,
    /// Its id.
    pub(crate) id: u64,
    /// Where the answer goes.
    pub(crate) reply: oneshot::Sender<Answer>,
}

pub(crate) struct Pump {
    socket: Socket,
    calls: mpsc::Receiver<Call>,
    events: mpsc::Sender<Event>,
    waiting: HashMap<u64, oneshot::Sender<Answer>>,
    /// The number of the last event.
    seq: Option<u64>,
    /// Whether an event was lost that nobody was told about yet.
    missed: bool,
    silence: Duration,
}

impl Pump {
    /// Nothing heard for `silence` means that the connection is dead.
    pub(crate) fn new(socket: Socket, calls: mpsc::Receiver<Call>, events: mpsc::Sender<Event>, silence: Duration) -> Self {
        Self { socket, calls, events, waiting: HashMap::new(), seq: None, missed: false, silence }
    }

    /// Runs until the connection ends, and says how.
    pub(crate) async fn run(mut self, ended: watch::Sender<Option<Closed>>) {
        let how = self.pump().await;
        self.calls.close();
        // Whoever waits learns the same as who asks later.
        ended.send_replace(Some(how));
        while let Some(call) = self.calls.recv().await {
            let _ = call.reply.send(Err(GatewayError::Closed(how)));
        }
        for (_, reply) in self.waiting.drain() {
            let _ = reply.send(Err(GatewayError::Closed(how)));
        }
    }

    async fn pump(&mut self) -> Closed {
        let mut deadline = Instant::now() + self.silence;
        loop {
            tokio::select! {
                call = self.calls.recv() => {
                    let Some(call) = call else {
                        let _ = self.socket.close(None).await;
                        return Closed::Ours;
                    };
                    if let Err(how) = self.send(call).await {
                        return how;
                    }
                }
                message = self.socket.next() => {
                    deadline = Instant::now() + self.silence;
                    match message {
                        Some(Ok(Message::Text(text))) => self.heard(text),
                        Some(Ok(Message::Close(frame))) => return closed(frame),
                        Some(Ok(_)) => {}
                        Some(Err(Error::Capacity(_))) => return Closed::TooLarge,
                        Some(Err(_)) | None => return Closed::Broken,
                    }
                }
                () = sleep_until(deadline) => return Closed::Silent,
            }
        }
    }

    async fn send(&mut self, call: Call) -> Result<(), Closed> {
        // Nobody waits any more for what took too long.
        self.waiting.retain(|_, reply| !reply.is_closed());
        self.waiting.insert(call.id, call.reply);
        let sending = self.socket.send(Message::Text(call.text.into()));
        match tokio::time::timeout(self.silence, sending).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(Closed::Broken),
            Err(_) => Err(Closed::Silent),
        }
    }

    fn heard(&mut self, text: Utf8Bytes) {
        if let Some(id) = answered(&text) {
            return self.answer(id, text);
        }
        match Frame::read(&text) {
            Ok(Frame::Answer { id }) => {
                if let Ok(id) = id.parse() {
                    self.answer(id, text.clone());
                }
            }
            Ok(Frame::Event { name, payload, seq }) => {
                if let Some(seq) = seq {
                    self.missed |= self.seq.is_some_and(|last| seq != last + 1);
                    self.seq = Some(seq);
                }
                if let Some(event) = Event::read(&name, payload) {
                    self.tell(event);
                }
                if self.missed {
                    self.tell_missed();
                }
            }
            Ok(Frame::Unknown) => {}
            Err(error) => {
                // It may have been an event.
                tracing::debug!(class = ?error.classify(), "a gateway's message is not understood");
                self.missed = true;
                self.tell_missed();
            }
        }
    }

    fn answer(&mut self, id: u64, text: Utf8Bytes) {
        if let Some(reply) = self.waiting.remove(&id) {
            let _ = reply.send(Ok(text));
        }
    }

    fn tell(&mut self, event: Event) {
        // A listener that does not keep up is told later that it missed something; the socket is not held up.
        self.missed |= self.events.try_send(event).is_err();
    }

    fn tell_missed(&mut self) {
        self.missed = self.events.try_send(Event::Missed).is_err();
    }
}

fn closed(frame: Option<CloseFrame>) -> Closed {
    frame.map_or(Closed::Broken, |frame| Closed::of(frame.code.into()))
}
