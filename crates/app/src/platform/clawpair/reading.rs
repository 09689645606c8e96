//! Reading a platform of ours into a copy: what has changed, and the newest of its activity log.

use std::collections::VecDeque;
use std::time::Duration;

use async_trait::async_trait;
use clawpair_api::{ActivityPage, ChangeList, Device, DevicePage, ErrorCode};
use clawpair_client::{Client, ClientError, Retry};
use clawpair_mirror::{MAX_CHANGES, MAX_EVERYTHING, Thing};

use super::Answer;
use super::sees::Sees;
use crate::platform::reading::{Brought, Since};
use crate::view::Refusal;

/// Things of one reading of what has changed after which the rest is left to the next.
const ENOUGH: usize = MAX_CHANGES / 2;
/// Most entries of the activity log that one reading brings, the newest. What is older than these is looked up on the platform itself.
const MOST_ENTRIES: usize = MAX_CHANGES / 4;
/// Most pages of one reading. A server has a hundred things on a page, and leaves out what the key may not see.
const MOST_PAGES: usize = 2 * MAX_EVERYTHING / 100;
/// Longest that one reading waits in all because the server wants fewer calls. One that wants more time is read later.
const MOST_WAITING: Duration = Duration::from_mins(1);

/// What is asked, a page at a time.
#[async_trait]
pub(super) trait Pages: Sync {
    async fn changes(&self, since: Option<&str>) -> Result<ChangeList, ClientError>;
    async fn activity(&self, before: Option<i64>) -> Result<ActivityPage, ClientError>;
    async fn connected(&self, after: Option<&str>) -> Result<DevicePage, ClientError>;
}

#[async_trait]
impl Pages for Client {
    async fn changes(&self, since: Option<&str>) -> Result<ChangeList, ClientError> {
        self.changes(since).await
    }

    async fn activity(&self, before: Option<i64>) -> Result<ActivityPage, ClientError> {
        self.activity(before.map(|number| ("after", number.to_string()))).await
    }

    async fn connected(&self, after: Option<&str>) -> Result<DevicePage, ClientError> {
        let parameters = [("connected", Some("true")), ("after", after)].into_iter();
        self.devices(parameters.filter_map(|(name, value)| value.map(|value| (name, value.to_owned())))).await
    }
}

/// What has changed since a cursor, or everything where there is none or the platform does not know it any more.
pub(super) async fn read(server: &dyn Pages, since: &Since, sees: Sees) -> Answer<Brought> {
    let mut reading = Reading::new();
    let Changes { mut things, cursor, whole, more } = reading.changes(server, sees.cursor(since.cursor.as_deref())).await?;
    if sees.activity() && !more {
        let known = if whole { None } else { since.activity };
        things.extend(reading.activity(server, known).await?);
    }
    Ok(Brought { extent: sees.extent(whole, cursor), things, more, asked: true, as_of: None, ahead_millis: None })
}

/// Every device whose live channel is open.
pub(super) async fn connected(server: &dyn Pages) -> Answer<Vec<Device>> {
    Reading::new().connected(server).await
}

/// What one reading has cost so far. A server that is broken, or means harm, must not make one that never ends.
struct Reading {
    pages: usize,
    waited: Duration,
    /// Things it may bring.
    most: usize,
}

struct Changes {
    things: Vec<Thing>,
    cursor: Option<String>,
    whole: bool,
    more: bool,
}

impl Reading {
    const fn new() -> Self {
        Self { pages: 0, waited: Duration::ZERO, most: MAX_EVERYTHING }
    }

    async fn changes(&mut self, server: &dyn Pages, mut cursor: Option<String>) -> Answer<Changes> {
        let mut whole = cursor.is_none();
        let (mut things, mut more) = (Vec::new(), true);
        while more && (whole || things.len() < ENOUGH) {
            let answer = server.changes(cursor.as_deref()).await;
            if !whole && answer.as_ref().is_err_and(|error| error.refusal() == Some(ErrorCode::CursorUnknown)) {
                // Another database, or this one before it was restored.
                (whole, cursor) = (true, None);
                things.clear();
                continue;
            }
            let Some(list) = self.rested(answer).await? else { continue };
            if list.more && cursor.as_ref() == Some(&list.cursor) {
                return Err(stands_still());
            }
            things.extend(list.changes.into_iter().filter_map(Thing::of));
            self.is_enough(things.len())?;
            (cursor, more) = (Some(list.cursor), list.more);
        }
        Ok(Changes { things, cursor, whole, more })
    }

    /// The entries after a number, the oldest first, so that those which name who did something come in its order.
    async fn activity(&mut self, server: &dyn Pages, known: Option<i64>) -> Answer<VecDeque<Thing>> {
        let mut entries = VecDeque::new();
        let mut before: Option<i64> = None;
        while entries.len() < MOST_ENTRIES {
            let Some(page) = self.rested(server.activity(before).await).await? else { continue };
            let is_known = |number: i64| known.is_some_and(|known| number <= known);
            let reached = page.entries.last().is_some_and(|entry| is_known(entry.number));
            let new = page.entries.into_iter().filter(|entry| !is_known(entry.number));
            new.for_each(|entry| entries.push_front(Thing::Activity(Box::new(entry))));
            let Some(next) = page.next.filter(|next| !reached && !is_known(*next)) else { break };
            if before.is_some_and(|before| next >= before) {
                return Err(stands_still());
            }
            before = Some(next);
        }
        Ok(entries)
    }

    async fn connected(&mut self, server: &dyn Pages) -> Answer<Vec<Device>> {
        let (mut devices, mut after) = (Vec::new(), None);
        loop {
            let Some(page) = self.rested(server.connected(after.as_deref()).await).await? else { continue };
            devices.extend(page.devices);
            self.is_enough(devices.len())?;
            if page.next.is_none() {
                return Ok(devices);
            }
            if page.next == after {
                return Err(stands_still());
            }
            after = page.next;
        }
    }

    /// A page, or nothing after so long as a server that wants fewer calls says: many are read one after the other.
    async fn rested<T>(&mut self, answer: Result<T, ClientError>) -> Answer<Option<T>> {
        self.pages += 1;
        if self.pages > MOST_PAGES {
            return Err(too_many());
        }
        let error = match answer {
            Ok(page) => return Ok(Some(page)),
            Err(error) => error,
        };
        let wait = match error.retry() {
            Retry::Later(Some(wait)) if error.refusal() == Some(ErrorCode::RateLimited) => wait,
            _ => return Err(error.into()),
        };
        // A second at least, lest one that says “at once” is asked for ever.
        let wait = wait.max(Duration::from_secs(1));
        if self.waited + wait > MOST_WAITING {
            return Err(Refusal::left_alone(wait));
        }
        self.waited += wait;
        tokio::time::sleep(wait).await;
        Ok(None)
    }

    fn is_enough(&self, things: usize) -> Answer<()> {
        if things > self.most { Err(too_many()) } else { Ok(()) }
    }
}

fn stands_still() -> Refusal {
    let what = "The server says that there is more, and answers with the same again. What was read before is still shown.";
    Refusal::new("server_stands_still", what, "Update the server; if it stays so, tell whoever runs it.")
}

fn too_many() -> Refusal {
    let what = format!(
        "The server lists more than {MAX_EVERYTHING} things, which is more than this app keeps. What was read before is still shown."
    );
    Refusal::new(
        "server_lists_too_much",
        what,
        "Have old codes and devices removed on the server, or manage it with the command clawpair.",
    )
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use clawpair_api::{ErrorBody, Event};
    use serde_json::json;
    use tokio::time::Instant;

    use super::*;

    /// A server that always answers alike, but for cursors that are numbers and move.
    struct Odd {
        changes: ChangeList,
        moves: bool,
        asked: AtomicUsize,
    }

    impl Odd {
        fn answering(changes: ChangeList, moves: bool) -> Self {
            Self { changes, moves, asked: AtomicUsize::new(0) }
        }

        fn asked(&self) -> usize {
            self.asked.fetch_add(1, Ordering::SeqCst) + 1
        }
    }

    #[async_trait]
    impl Pages for Odd {
        async fn changes(&self, since: Option<&str>) -> Result<ChangeList, ClientError> {
            if since == Some("lost") {
                return refused(ErrorCode::CursorUnknown, None);
            }
            let asked = self.asked();
            let cursor = if self.moves { asked.to_string() } else { self.changes.cursor.clone() };
            Ok(ChangeList { cursor, ..self.changes.clone() })
        }
        async fn activity(&self, before: Option<i64>) -> Result<ActivityPage, ClientError> {
            let next = if self.moves { before.unwrap_or(i64::MAX) - 1 } else { 5 };
            Ok(ActivityPage { entries: Vec::new(), next: Some(next) })
        }
        async fn connected(&self, _: Option<&str>) -> Result<DevicePage, ClientError> {
            let asked = self.asked();
            let next = if self.moves { asked.to_string() } else { "dev-1".to_owned() };
            Ok(DevicePage { devices: Vec::new(), next: Some(next) })
        }
    }

    fn refused<T>(code: ErrorCode, retry_after: Option<Duration>) -> Result<T, ClientError> {
        Err(ClientError::Refused(clawpair_client::Refusal { body: ErrorBody::new(code, "No."), status: 429, retry_after }))
    }

    fn changes(count: usize, cursor: &str, more: bool) -> ChangeList {
        let pairing = json!({
            "id": "pair-1", "device_id": "dev-1", "name": "Hub", "device_type": "IoT Gateway", "permissions": ["sensor:read"],
            "status": "open", "ask_first": false, "typed_entry": "open", "created_at": "2026-10-01T12:00:00Z",
            "expires_at": "2026-10-01T12:10:00Z", "ended_at": null,
        });
        let code = Event::Pairing { pairing: serde_json::from_value(pairing).unwrap() };
        ChangeList { changes: vec![code; count], cursor: cursor.to_owned(), more }
    }

    /// The code of the refusal with which each kind of reading ends.
    async fn ends(server: &Odd) -> [String; 3] {
        let changes = Reading::new().changes(server, None).await.err().unwrap();
        let activity = Reading::new().activity(server, None).await.unwrap_err();
        let connected = Reading::new().connected(server).await.unwrap_err();
        [changes, activity, connected].map(|refusal| refusal.code)
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_that_wants_fewer_calls_is_given_its_time() {
        let (start, mut reading, wait) = (Instant::now(), Reading::new(), Duration::from_secs(7));
        assert_eq!(reading.rested(refused::<()>(ErrorCode::RateLimited, Some(wait))).await, Ok(None));
        assert_eq!(start.elapsed().as_secs(), 7);
        assert!(reading.rested(refused::<()>(ErrorCode::RateLimited, None)).await.is_err());
        assert!(reading.rested(refused::<()>(ErrorCode::AccessDenied, Some(wait))).await.is_err());
        assert_eq!(reading.rested(Ok(1)).await, Ok(Some(1)));
        assert_eq!(start.elapsed().as_secs(), 7);
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_wants_more_time_than_a_reading_has_is_read_later() {
        let limited = |seconds| refused::<()>(ErrorCode::RateLimited, Some(Duration::from_secs(seconds)));
        let start = Instant::now();
        let busy = Reading::new().rested(limited(3_600)).await.unwrap_err();
        assert_eq!((busy.code.as_str(), start.elapsed().as_secs()), ("rate_limited", 0));
        assert!(busy.message.contains("3600 s") && busy.hint.is_some());
        // A little each time, and for ever.
        for seconds in [0, 1, 25] {
            let (start, mut reading) = (Instant::now(), Reading::new());
            while reading.rested(limited(seconds)).await.is_ok() {}
            assert!(start.elapsed() <= MOST_WAITING, "{:?}", start.elapsed());
        }
    }

    #[tokio::test]
    async fn a_cursor_that_does_not_move_ends_the_reading_with_a_sentence() {
        let still = Odd::answering(changes(1, "a", true), false);
        assert_eq!(ends(&still).await, ["server_stands_still"; 3]);
        let refusal = Reading::new().changes(&still, Some("a".to_owned())).await.err().unwrap();
        assert!(refusal.code == "server_stands_still" && refusal.hint.is_some());
        // Nothing new is no fault.
        let idle = Odd::answering(changes(0, "a", false), false);
        let read = Reading::new().changes(&idle, Some("a".to_owned())).await.unwrap();
        assert_eq!((read.cursor.as_deref(), read.whole, read.more), (Some("a"), false, false));
    }

    #[tokio::test]
    async fn pages_without_end_end() {
        let empty = Odd::answering(changes(0, "", true), true);
        assert_eq!(ends(&empty).await, ["server_lists_too_much"; 3]);
        // However few pages they are on.
        let full = Odd::answering(changes(4, "", true), true);
        let refusal = Reading { most: 10, ..Reading::new() }.changes(&full, None).await.err().unwrap();
        assert_eq!((refusal.code.as_str(), full.asked.into_inner()), ("server_lists_too_much", 3));
    }

    #[tokio::test]
    async fn many_changes_are_left_to_the_next_reading_and_a_lost_cursor_begins_with_everything() {
        let many = Odd::answering(changes(ENOUGH, "b", true), false);
        let some = Reading::new().changes(&many, Some("a".to_owned())).await.unwrap();
        assert_eq!((some.things.len(), some.cursor.as_deref(), some.whole, some.more), (ENOUGH, Some("b"), false, true));
        let one = Odd::answering(changes(1, "b", false), false);
        let all = Reading::new().changes(&one, Some("lost".to_owned())).await.unwrap();
        assert_eq!((all.things.len(), all.cursor.as_deref(), all.whole), (1, Some("b"), true));
    }
}
