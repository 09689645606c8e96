//! Letting in exactly what a person saw, or not.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::connection::Connection;
use crate::error::GatewayError;
use crate::ids::RequestId;
use crate::node::{PendingNode, SeenNode};
use crate::paired::PairedDevice;
use crate::pending::{PendingDevice, Seen};
use crate::wire::bounded::Text;

/// Why a decision was not carried out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecisionError<T> {
    /// What waits now is not what was seen.
    #[error("This changed while you looked: it asks for something else now. Look again, and decide about that.")]
    Changed {
        /// What waits now.
        now: Box<T>,
    },
    /// It does not wait any more.
    #[error(
        "This changed while you looked: nobody waits here any more. The request ended, was withdrawn, or somebody else decided."
    )]
    Gone,
    /// The gateway said no, or could not be asked.
    #[error(transparent)]
    Gateway(#[from] GatewayError),
}

/// Something that waits for a decision about what was seen of it.
trait Waiting: Clone {
    type Seen;
    fn request(&self) -> &RequestId;
    fn is_of(&self, seen: &Self::Seen) -> bool;
    fn is_still(&self, seen: &Self::Seen) -> bool;
}

impl Waiting for PendingDevice {
    type Seen = Seen;
    fn request(&self) -> &RequestId {
        &self.request
    }
    fn is_of(&self, seen: &Seen) -> bool {
        self.key == seen.key
    }
    fn is_still(&self, seen: &Seen) -> bool {
        self.seen() == *seen
    }
}

impl Waiting for PendingNode {
    type Seen = SeenNode;
    fn request(&self) -> &RequestId {
        &self.request
    }
    fn is_of(&self, seen: &SeenNode) -> bool {
        self.node == seen.node
    }
    fn is_still(&self, seen: &SeenNode) -> bool {
        self.seen() == *seen
    }
}

/// The request that is still what was seen. It is found by its key: "the latest" may be another's, and a device that asks
/// for more gets another id.
fn still_waiting<T: Waiting>(pending: &[T], seen: &T::Seen) -> Result<RequestId, DecisionError<T>> {
    let mut of_it = pending.iter().filter(|entry| entry.is_of(seen)).peekable();
    let Some(first) = of_it.peek().copied() else { return Err(DecisionError::Gone) };
    match of_it.find(|entry| entry.is_still(seen)) {
        Some(entry) => Ok(entry.request().clone()),
        None => Err(DecisionError::Changed { now: Box::new(first.clone()) }),
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Decision<'a> {
    request_id: &'a str,
}

#[derive(Deserialize)]
struct Approved<'a> {
    #[serde(borrow)]
    device: &'a RawValue,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Decided<'a> {
    #[serde(borrow)]
    request_id: Text<'a>,
}

impl Connection {
    /// That a device's request is still what was seen.
    ///
    /// # Errors
    /// As [`Self::approve`].
    pub async fn is_still_asked(&self, seen: &Seen) -> Result<(), DecisionError<PendingDevice>> {
        still_waiting(&self.devices().await?.pending, seen).map(drop)
    }

    /// Lets a device in for what was seen, as it is now.
    ///
    /// # Errors
    /// [`DecisionError::Changed`] and [`DecisionError::Gone`] if it is not what was seen any more; nothing was decided then.
    pub async fn approve(&self, seen: &Seen) -> Result<PairedDevice, DecisionError<PendingDevice>> {
        const METHOD: &str = "device.pair.approve";
        let request = still_waiting(&self.devices().await?.pending, seen)?;
        let reply = self.ask(METHOD, &Decision { request_id: request.as_str() }).await?;
        let device = match reply.read::<Approved<'_>>() {
            Ok(approved) => PairedDevice::read(approved.device.get()),
            Err(error) => return Err(self.why_not(error, seen).await),
        };
        let odd = |why: &str| GatewayError::NotUnderstood { asked: METHOD, why: why.to_owned() };
        let device = device.ok_or_else(|| odd("no device in it"))?;
        if device.key == seen.key { Ok(device) } else { Err(odd("it approved another key").into()) }
    }

    /// Does not let a device in. It may ask again.
    ///
    /// # Errors
    /// As [`Self::approve`].
    pub async fn reject(&self, seen: &Seen) -> Result<(), DecisionError<PendingDevice>> {
        let request = still_waiting(&self.devices().await?.pending, seen)?;
        match self.decide("device.pair.reject", &request).await {
            Ok(()) => Ok(()),
            Err(error) => Err(self.why_not(error, seen).await),
        }
    }

    /// Lets the gateway use what a node offers, as it was seen.
    ///
    /// # Errors
    /// As [`Self::approve`].
    pub async fn approve_node(&self, seen: &SeenNode) -> Result<(), DecisionError<PendingNode>> {
        self.decide_node("node.pair.approve", seen).await
    }

    /// Does not let the gateway use what a node offers.
    ///
    /// # Errors
    /// As [`Self::approve`].
    pub async fn reject_node(&self, seen: &SeenNode) -> Result<(), DecisionError<PendingNode>> {
        self.decide_node("node.pair.reject", seen).await
    }

    async fn decide_node(&self, method: &'static str, seen: &SeenNode) -> Result<(), DecisionError<PendingNode>> {
        let request = still_waiting(&self.node_requests().await?.pending, seen)?;
        match self.decide(method, &request).await {
            Err(error @ GatewayError::Refused { .. }) => match still_waiting(&self.node_requests().await?.pending, seen) {
                Ok(_) => Err(error.into()),
                Err(changed) => Err(changed),
            },
            other => other.map_err(DecisionError::Gateway),
        }
    }

    async fn decide(&self, method: &'static str, request: &RequestId) -> Result<(), GatewayError> {
        let reply = self.ask(method, &Decision { request_id: request.as_str() }).await?;
        if reply.read::<Decided<'_>>()?.request_id == request.as_str() {
            return Ok(());
        }
        Err(GatewayError::NotUnderstood { asked: method, why: "it is about another request".to_owned() })
    }

    /// A refusal has no code that says that the request changed between looking and deciding, so it is looked again.
    async fn why_not(&self, error: GatewayError, seen: &Seen) -> DecisionError<PendingDevice> {
        if !matches!(error, GatewayError::Refused { .. }) {
            return error.into();
        }
        match self.devices().await.map(|list| still_waiting(&list.pending, seen)) {
            Ok(Err(changed)) => changed,
            Ok(Ok(_)) | Err(_) => error.into(),
        }
    }
}
