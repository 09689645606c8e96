//! What changes, for as long as somebody wants to know: over one stream after the other.

use std::sync::Arc;
use std::time::Duration;

use clawpair_api::{ErrorCode, Event};
use clawpair_core::backoff::Backoff;
use clawpair_core::rng::Rng;
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use tokio::time::{Instant, sleep_until};

use crate::error::{ClientError, Retry};
use crate::events::Heard;
use crate::{Answer, Client};

/// A stream that lived so long was worth something: after it the first wait is short again.
const WORTHWHILE: Duration = Duration::from_secs(30);

/// What a [`Follower`] tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Followed {
    /// A stream is open.
    Connected {
        /// Whether everything that was changed on disk since the stream before will be told. Otherwise read all lists anew. Who is
        /// connected and wrong guesses are not on disk and may have been missed either way.
        resumed: bool,
    },
    /// Something has changed.
    Event(Box<Event>),
    /// The stream broke, or could not be opened, and is tried again by [`Follower::next`].
    Lost {
        /// After so long.
        again: Duration,
        /// Why.
        why: ClientError,
    },
    /// Trying again would not help before somebody has done what [`ClientError::next_step`] says. Nothing more is told.
    Refused(ClientError),
}

/// Follows a platform's events, connects again after 0.5 to 30 seconds, and goes on where it was.
pub struct Follower {
    client: Client,
    rng: Arc<dyn Rng>,
    backoff: Backoff,
    cursor: Option<String>,
    state: State,
}

enum State {
    Waiting(Instant),
    Streaming { since: Instant, heard: BoxStream<'static, Answer<Heard>> },
    Over,
}

impl Client {
    /// What has changed since a cursor and what changes from now on, until it is dropped.
    pub fn follow(&self, rng: Arc<dyn Rng>, cursor: Option<String>) -> Follower {
        Follower { client: self.clone(), rng, backoff: Backoff::reconnecting(), cursor, state: State::Waiting(Instant::now()) }
    }
}

impl Follower {
    /// Where to go on, for a follower in another process.
    pub fn cursor(&self) -> Option<&str> {
        self.cursor.as_deref()
    }

    /// Does not wait any longer.
    pub fn try_now(&mut self) {
        if let State::Waiting(until) = &mut self.state {
            *until = Instant::now();
        }
    }

    /// What comes next; `None` after [`Followed::Refused`]. Nothing is lost when it is dropped before it is done.
    pub async fn next(&mut self) -> Option<Followed> {
        loop {
            match &mut self.state {
                State::Over => return None,
                State::Waiting(until) => {
                    sleep_until(*until).await;
                    if let Some(told) = self.connect().await {
                        return Some(told);
                    }
                }
                State::Streaming { since, heard } => {
                    let next = heard.next().await;
                    if since.elapsed() >= WORTHWHILE {
                        self.backoff.reset();
                    }
                    match next {
                        Some(Ok(heard)) => {
                            self.cursor = heard.cursor.or(self.cursor.take());
                            if let Some(event) = heard.event {
                                return Some(Followed::Event(Box::new(event)));
                            }
                        }
                        Some(Err(why)) => return Some(self.failed(why)),
                        None => {
                            return Some(self.failed(ClientError::AnswerLost { why: "the server ended the event stream".into() }));
                        }
                    }
                }
            }
        }
    }

    /// Ends the stream for a reason that its reader found, as if it had broken by itself.
    pub fn break_off(&mut self, why: ClientError) -> Followed {
        self.failed(why)
    }

    async fn connect(&mut self) -> Option<Followed> {
        match self.client.events_since(self.cursor.as_deref()).await {
            Ok(heard) => {
                self.state = State::Streaming { since: Instant::now(), heard: heard.boxed() };
                Some(Followed::Connected { resumed: self.cursor.is_some() })
            }
            // Another database, or this one before it was restored: what is known from before says nothing any more.
            Err(error) if error.refusal() == Some(ErrorCode::CursorUnknown) && self.cursor.take().is_some() => None,
            Err(error) => Some(self.failed(error)),
        }
    }

    fn failed(&mut self, why: ClientError) -> Followed {
        match why.retry() {
            Retry::Later(asked) => {
                let again = self.backoff.wait_at_least(self.rng.as_ref(), asked);
                self.state = State::Waiting(Instant::now() + again);
                Followed::Lost { again, why }
            }
            Retry::No => {
                self.state = State::Over;
                Followed::Refused(why)
            }
        }
    }
}
