//! Reading a platform of ours into a copy: what has changed, and the newest of its activity log.

use std::collections::VecDeque;

use clawpair_api::{Device, ErrorCode};
use clawpair_client::{Client, ClientError, Retry};
use clawpair_mirror::{Extent, MAX_CHANGES, Thing};

use super::Answer;
use crate::platform::reading::{Brought, Since};

/// Things of one reading of what has changed after which the rest is left to the next.
const ENOUGH: usize = MAX_CHANGES / 2;
/// Most entries of the activity log that one reading brings, the newest. What is older than these is looked up on the platform itself.
const MOST_ENTRIES: usize = MAX_CHANGES / 4;

/// What has changed since a cursor, or everything where there is none or the platform does not know it any more.
pub(super) async fn read(client: &Client, since: &Since, reads_activity: bool) -> Answer<Brought> {
    let mut whole = since.cursor.is_none();
    let mut cursor = since.cursor.clone();
    let (mut things, mut more) = (Vec::new(), true);
    while more && (whole || things.len() < ENOUGH) {
        let list = match rested(client.changes(cursor.as_deref()).await).await {
            Err(error) if !whole && error.refusal() == Some(ErrorCode::CursorUnknown) => {
                // Another database, or this one before it was restored.
                (whole, cursor) = (true, None);
                things.clear();
                continue;
            }
            list => list?,
        };
        let Some(list) = list else { continue };
        things.extend(list.changes.into_iter().filter_map(Thing::of));
        (cursor, more) = (Some(list.cursor), list.more);
    }
    if reads_activity && !more {
        let known = if whole { None } else { since.activity };
        things.extend(activity(client, known).await?);
    }
    let extent = if whole { Extent::Everything { cursor } } else { Extent::Some { cursor } };
    Ok(Brought { extent, things, more })
}

/// An answer, or nothing after so long as a server that wants fewer calls says: many pages are read one after the other.
async fn rested<T>(answer: Result<T, ClientError>) -> Result<Option<T>, ClientError> {
    match answer {
        Err(error) if error.refusal() == Some(ErrorCode::RateLimited) => match error.retry() {
            Retry::Later(Some(wait)) => {
                tokio::time::sleep(wait).await;
                Ok(None)
            }
            _ => Err(error),
        },
        answer => answer.map(Some),
    }
}

/// The entries after a number, the oldest first, so that those which name who did something come in its order.
async fn activity(client: &Client, known: Option<i64>) -> Result<VecDeque<Thing>, ClientError> {
    let mut entries = VecDeque::new();
    let mut before: Option<i64> = None;
    while entries.len() < MOST_ENTRIES {
        let asked = client.activity(before.map(|number| ("after", number.to_string()))).await;
        let Some(page) = rested(asked).await? else { continue };
        let is_known = |number: i64| known.is_some_and(|known| number <= known);
        let reached = page.entries.last().is_some_and(|entry| is_known(entry.number));
        let new = page.entries.into_iter().filter(|entry| !is_known(entry.number));
        new.for_each(|entry| entries.push_front(Thing::Activity(Box::new(entry))));
        before = page.next.filter(|next| !reached && !is_known(*next));
        if before.is_none() {
            break;
        }
    }
    Ok(entries)
}

/// Every device whose live channel is open.
pub(super) async fn connected(client: &Client) -> Answer<Vec<Device>> {
    let (mut devices, mut after) = (Vec::new(), None);
    loop {
        let parameters = [("connected", Some("true".to_owned())), ("after", after.clone())].into_iter();
        let asked = client.devices(parameters.filter_map(|(name, value)| value.map(|value| (name, value)))).await;
        let Some(page) = rested(asked).await? else { continue };
        devices.extend(page.devices);
        after = page.next;
        if after.is_none() {
            return Ok(devices);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use clawpair_api::ErrorBody;
    use clawpair_client::Refusal;
    use tokio::time::Instant;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_server_that_wants_fewer_calls_is_given_its_time() {
        let refused = |code, retry_after| -> Result<(), ClientError> {
            Err(ClientError::Refused(Refusal { body: ErrorBody::new(code, "No."), status: 429, retry_after }))
        };
        let (start, wait) = (Instant::now(), Duration::from_secs(7));
        assert_eq!(rested(refused(ErrorCode::RateLimited, Some(wait))).await, Ok(None));
        assert_eq!(start.elapsed().as_secs(), 7);
        assert!(rested(refused(ErrorCode::RateLimited, None)).await.is_err());
        assert!(rested(refused(ErrorCode::AccessDenied, Some(wait))).await.is_err());
        assert_eq!(rested(Ok(1)).await, Ok(Some(1)));
    }
}
