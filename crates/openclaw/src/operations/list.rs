//! Looking at everything there is; a gateway has neither pages nor filters.

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use crate::connection::Connection;
use crate::error::GatewayError;
use crate::node::PendingNode;
use crate::paired::{PairedDevice, WARN_FROM};
use crate::pending::PendingDevice;
use crate::wire::bounded::FirstOf;
use crate::wire::frame::Nothing;
use crate::wire::reply::Reply;

/// Most entries that are kept of each list. A gateway fails at 1,490 paired devices and has no limit for requests.
const MAX: usize = 4_096;

/// A gateway's devices.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeviceList {
    /// Who waits, newest first.
    pub pending: Vec<PendingDevice>,
    /// Who was let in, newest approval first.
    pub paired: Vec<PairedDevice>,
    /// How many of those who wait could not be read, or were too many. One bad entry does not hide the others.
    pub unreadable_pending: usize,
    /// Likewise of those who were let in.
    pub unreadable_paired: usize,
}

impl DeviceList {
    /// How many entries of both lists could not be read.
    pub const fn unreadable(&self) -> usize {
        self.unreadable_pending + self.unreadable_paired
    }

    /// Whether so many devices are paired that the gateway will soon fail.
    pub const fn is_crowded(&self) -> bool {
        self.paired.len() >= WARN_FROM
    }
}

/// The requests of nodes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NodeRequests {
    /// Who waits.
    pub pending: Vec<PendingNode>,
    /// How many entries could not be read, or were too many.
    pub unreadable: usize,
}

/// The answer to both lists: of entries, or of their JSON.
#[derive(Deserialize)]
#[serde(bound = "P: Deserialize<'de>, D: Deserialize<'de>")]
struct Lists<P, D> {
    #[serde(default)]
    pending: FirstOf<MAX, P>,
    #[serde(default)]
    paired: FirstOf<MAX, D>,
}

impl DeviceList {
    /// Reads all entries at once, and one by one only if one of them cannot be read.
    fn read(reply: &Reply) -> Result<Self, GatewayError> {
        match reply.read::<Lists<PendingDevice, PairedDevice>>() {
            Ok(Lists { pending, paired }) => {
                let (unreadable_pending, unreadable_paired) = (pending.more, paired.more);
                return Ok(Self { pending: pending.kept, paired: paired.kept, unreadable_pending, unreadable_paired });
            }
            Err(GatewayError::NotUnderstood { .. }) => {}
            Err(refusal) => return Err(refusal),
        }
        let lists: Lists<&RawValue, &RawValue> = reply.read()?;
        let (pending, unreadable_pending) = one_by_one(&lists.pending, PendingDevice::read);
        let (paired, unreadable_paired) = one_by_one(&lists.paired, PairedDevice::read);
        Ok(Self { pending, paired, unreadable_pending, unreadable_paired })
    }
}

/// Those that can be read, and how many others there are.
fn one_by_one<T>(list: &FirstOf<MAX, &RawValue>, read: impl Fn(&str) -> Option<T>) -> (Vec<T>, usize) {
    let count = list.kept.len() + list.more;
    let read: Vec<T> = list.kept.iter().filter_map(|raw| read(raw.get())).collect();
    let others = count - read.len();
    (read, others)
}

impl Connection {
    /// All devices and device requests.
    ///
    /// # Errors
    /// The gateway's refusal, or the end of the connection.
    pub async fn devices(&self) -> Result<DeviceList, GatewayError> {
        DeviceList::read(&self.ask("device.pair.list", &Nothing {}).await?)
    }

    /// All requests of nodes.
    ///
    /// # Errors
    /// The gateway's refusal, or the end of the connection.
    pub async fn node_requests(&self) -> Result<NodeRequests, GatewayError> {
        let reply = self.ask("node.pair.list", &Nothing {}).await?;
        let lists: Lists<&RawValue, IgnoredAny> = reply.read()?;
        let (pending, unreadable) = one_by_one(&lists.pending, PendingNode::read);
        Ok(NodeRequests { pending, unreadable })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn listed(payload: &str) -> Result<DeviceList, GatewayError> {
        DeviceList::read(&Reply::new("x", format!(r#"{{"ok":true,"payload":{payload}}}"#).into()))
    }

    const GOOD: &str = r#"{"deviceId":"56475aa75463474c0285df5dbf2bcab73da651358839e9b77481b2eab107708c",
        "publicKey":"A6EHv_POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg","displayName":"a","requestId":"r","scopes":["operator.read"],
        "tokens":[{"role":"operator","revokedAtMs":1}],"connected":true,"ts":1}"#;

    proptest! {
        #[test]
        fn a_damaged_entry_is_read_or_counted_and_hides_no_other(at in 0usize..GOOD.len(), with in "[\\x20-\\x7e]") {
            let mut damaged = GOOD.to_owned();
            damaged.replace_range(at..=at, &with);
            let answer = format!(r#"{{"pending":[{damaged},{GOOD}],"paired":[{GOOD},{damaged}]}}"#);
            // Damage to the JSON itself leaves nothing to read.
            if let Ok(list) = listed(&answer) {
                prop_assert!(list.pending.contains(&PendingDevice::read(GOOD).unwrap()));
                prop_assert!(list.paired.contains(&PairedDevice::read(GOOD).unwrap()));
                prop_assert_eq!(list.pending.len() + list.paired.len() + list.unreadable(), 4);
            }
        }

        #[test]
        fn any_answer_is_read_or_refused(answer in "\\{\"(pending|paired)\":(\\[[0-9n\"{}:,]{0,20}\\]|null|1)\\}|.{0,60}") {
            let _ = listed(&answer);
        }
    }

    #[test]
    fn one_bad_entry_does_not_hide_the_others() {
        let answer = format!(r#"{{"paired":[1,{GOOD},{{"deviceId":[]}}],"later":null}}"#);
        let list = listed(&answer).unwrap();
        assert_eq!((list.paired.len(), list.unreadable_paired, list.unreadable_pending), (1, 2, 0));
        let all = listed(&format!(r#"{{"paired":[{GOOD},{GOOD}]}}"#)).unwrap();
        assert_eq!((all.paired.len(), all.unreadable()), (2, 0));
        let asks = listed(&format!(r#"{{"paired":[{GOOD}],"pending":[{GOOD},{{"requestId":7}}]}}"#)).unwrap();
        assert_eq!((asks.pending.len(), asks.unreadable_paired, asks.unreadable_pending), (1, 0, 1));
        assert!(listed("[").is_err());
    }

    #[test]
    fn a_list_that_is_too_long_is_counted_and_not_kept() {
        let answer = format!(r#"{{"pending":[{}0]}}"#, "0,".repeat(MAX + 9));
        let list = listed(&answer).unwrap();
        assert_eq!((list.pending.len(), list.unreadable_pending), (0, MAX + 10));
    }
}
