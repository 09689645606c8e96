//! Looking at everything there is; a gateway has neither pages nor filters.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::connection::Connection;
use crate::error::GatewayError;
use crate::node::PendingNode;
use crate::paired::{PairedDevice, WARN_FROM};
use crate::pending::PendingDevice;
use crate::wire::bounded::FirstOf;
use crate::wire::frame::Nothing;

/// Most entries that are kept of each list. A gateway fails at 1,490 paired devices and has no limit for requests.
const MAX: usize = 4_096;

/// A gateway's devices.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeviceList {
    /// Who waits, newest first.
    pub pending: Vec<PendingDevice>,
    /// Who was let in, newest approval first.
    pub paired: Vec<PairedDevice>,
    /// How many entries could not be read, or were too many. One bad entry does not hide the others.
    pub unreadable: usize,
}

impl DeviceList {
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

#[derive(Deserialize)]
struct Lists<'a> {
    #[serde(borrow, default)]
    pending: FirstOf<MAX, &'a RawValue>,
    #[serde(borrow, default)]
    paired: FirstOf<MAX, &'a RawValue>,
}

impl FirstOf<MAX, &RawValue> {
    /// Those that can be read, and how many others there are.
    fn read<T>(self, read: impl Fn(&str) -> Option<T>) -> (Vec<T>, usize) {
        let count = self.kept.len() + self.more;
        let read: Vec<T> = self.kept.iter().filter_map(|raw| read(raw.get())).collect();
        let others = count - read.len();
        (read, others)
    }
}

impl Connection {
    /// All devices and device requests.
    ///
    /// # Errors
    /// The gateway's refusal, or the end of the connection.
    pub async fn devices(&self) -> Result<DeviceList, GatewayError> {
        const METHOD: &str = "device.pair.list";
        let answer = self.call_raw(METHOD, &Nothing {}).await?;
        let lists: Lists<'_> = lists(METHOD, &answer)?;
        let (pending, odd_pending) = lists.pending.read(PendingDevice::read);
        let (paired, odd_paired) = lists.paired.read(PairedDevice::read);
        Ok(DeviceList { pending, paired, unreadable: odd_pending + odd_paired })
    }

    /// All requests of nodes.
    ///
    /// # Errors
    /// The gateway's refusal, or the end of the connection.
    pub async fn node_requests(&self) -> Result<NodeRequests, GatewayError> {
        const METHOD: &str = "node.pair.list";
        let answer = self.call_raw(METHOD, &Nothing {}).await?;
        let (pending, unreadable) = lists(METHOD, &answer)?.pending.read(PendingNode::read);
        Ok(NodeRequests { pending, unreadable })
    }
}

fn lists<'a>(asked: &'static str, answer: &'a str) -> Result<Lists<'a>, GatewayError> {
    serde_json::from_str(answer)
        .map_err(|error| GatewayError::NotUnderstood { asked, why: crate::connection::handshake::fault(&error) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_bad_entry_does_not_hide_the_others() {
        let good = r#"{"deviceId":"56475aa75463474c0285df5dbf2bcab73da651358839e9b77481b2eab107708c",
            "publicKey":"A6EHv_POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg"}"#;
        let answer = format!(r#"{{"paired":[1,{good},{{"deviceId":[]}}],"later":null}}"#);
        let (paired, unreadable) = lists("x", &answer).unwrap().paired.read(PairedDevice::read);
        assert_eq!((paired.len(), unreadable), (1, 2));
    }

    #[test]
    fn a_list_that_is_too_long_is_counted_and_not_kept() {
        let answer = format!(r#"{{"pending":[{}0]}}"#, "0,".repeat(MAX + 9));
        let (pending, unreadable) = lists("x", &answer).unwrap().pending.read(PendingDevice::read);
        assert_eq!((pending.len(), unreadable), (0, MAX + 10));
    }
}
