//! What changes, over one stream.

use std::collections::VecDeque;
use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use clawpair_api::{Event, paths};
use futures_util::{Stream, StreamExt, stream};

use crate::answer::piece;
use crate::asked::Asked;
use crate::error::ClientError;
use crate::sse::{Frame, Frames, MAX_FRAME, TooLong};
use crate::{Answer, Client, Method};

/// One frame of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    /// Where to go on after this: what was heard up to here need not be heard again.
    pub cursor: Option<String>,
    /// What has changed, if this caller may see it.
    pub event: Option<Event>,
}

impl From<Frame> for Heard {
    fn from(frame: Frame) -> Self {
        // An event this program does not know is one it cannot apply; what it shows may be stale from here on.
        let event = frame.data.map(|data| serde_json::from_str(&data).unwrap_or(Event::Resync));
        Self { cursor: frame.id, event }
    }
}

impl Client {
    /// What changes from now on, until the stream ends.
    ///
    /// # Errors
    /// Why the call failed, as of every call here.
    pub async fn events(&self) -> Answer<impl Stream<Item = Event> + Send + use<>> {
        let heard = self.events_since(None).await?;
        Ok(heard.filter_map(async |heard| heard.ok()?.event))
    }

    /// What has changed since a cursor and what changes from now on, until the stream ends. An error is its last item. [`Follower`]
    /// goes on after that.
    ///
    /// [`Follower`]: crate::Follower
    ///
    /// # Errors
    /// Why the call failed; `cursor_unknown` when the cursor is of another database.
    pub async fn events_since(&self, cursor: Option<&str>) -> Answer<impl Stream<Item = Answer<Heard>> + Send + use<>> {
        let parameters: Vec<_> = cursor.map(|cursor| ("since", cursor)).into_iter().collect();
        let response = self.send(Asked::new(Method::GET, paths::EVENTS).query(parameters)?).await?;
        Ok(Reading::of(response.into_body(), self.longest_silence()).heard())
    }
}

/// A stream that is being read.
struct Reading {
    chunks: BodyDataStream,
    frames: Frames,
    ready: VecDeque<Frame>,
    silence: Option<Duration>,
    over: bool,
}

impl Reading {
    fn of(body: Body, silence: Option<Duration>) -> Self {
        Self { chunks: body.into_data_stream(), frames: Frames::default(), ready: VecDeque::new(), silence, over: false }
    }

    fn heard(self) -> impl Stream<Item = Answer<Heard>> + Send {
        stream::unfold(self, |mut reading| async move {
            let next = reading.next().await?;
            reading.over = next.is_err();
            Some((next, reading))
        })
    }

    async fn next(&mut self) -> Option<Answer<Heard>> {
        while !self.over {
            if let Some(frame) = self.ready.pop_front() {
                return Some(Ok(frame.into()));
            }
            match piece(&mut self.chunks, self.silence).await? {
                Ok(chunk) => match self.frames.push(&chunk) {
                    Ok(frames) => self.ready.extend(frames),
                    Err(TooLong) => return Some(Err(ClientError::TooLarge { most: MAX_FRAME })),
                },
                Err(error) => return Some(Err(error)),
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_event_asks_for_a_reload() {
        let heard = Heard::from(Frame { id: Some("1".into()), data: Some(r#"{"type":"new"}"#.into()) });
        assert_eq!(heard, Heard { cursor: Some("1".into()), event: Some(Event::Resync) });
    }
}
