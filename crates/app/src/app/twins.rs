//! One gateway by two addresses: it is not added twice, and where two of the list turn out to be one, that is known from then on.

use std::time::Duration;

use clawpair_openclaw::address::GatewayAddress;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::timeout;

use super::{Answer, App, storage};
use crate::platform::Platform;
use crate::platform::known::{Known, KnownPlatforms};
use crate::platform::openclaw::is_one;
use crate::view::Refusal;
use crate::view::platform::{PlatformKind, PlatformState};

/// How long a gateway that is added may take to show who it is. One that takes longer is added, and found out later.
const PATIENCE: Duration = Duration::from_secs(10);

impl App {
    /// That none of the list is at the address of the gateway that is to be added, by whatever name.
    ///
    /// # Errors
    /// A sentence that names the one that is.
    pub(super) fn is_new(&self, address: &GatewayAddress) -> Answer<()> {
        self.gateways()?.iter().find(|known| is_at(known, address)).map_or(Ok(()), |other| Err(here_already(other)))
    }

    /// That none of the list that is connected has turned out to be the gateway that was opened just now. One that is not reached any more
    /// stays beside it: what waits for it can be asked for here.
    ///
    /// # Errors
    /// A sentence that names the one it is.
    pub(super) async fn is_no_other(&self, known: &Known, platform: &dyn Platform) -> Answer<()> {
        let _ = timeout(PATIENCE, first_answer(platform)).await;
        let Some(other) = self.same_as(known, platform)? else { return Ok(()) };
        let is_reached =
            self.platform(&other.id).is_ok_and(|other| matches!(other.standing().state, PlatformState::Connected { .. }));
        if is_reached { Err(here_already(&other)) } else { Ok(()) }
    }

    /// Another one of the list that is the same gateway, by another address.
    pub(super) fn same_as(&self, known: &Known, platform: &dyn Platform) -> Answer<Option<Known>> {
        let Some(entry) = platform.own_entry().or_else(|| known.own_entry.clone()) else { return Ok(None) };
        let of = |other: &Known| self.platform(&other.id).ok().and_then(|platform| platform.own_entry());
        let is_same = |other: &Known| other.id != known.id && of(other).as_ref().or(other.own_entry.as_ref()) == Some(&entry);
        Ok(self.gateways()?.into_iter().find(is_same))
    }

    fn gateways(&self) -> Answer<Vec<Known>> {
        let mut known = self.0.settings.known_platforms().map_err(|error| storage(&error))?;
        known.retain(|known| known.kind == PlatformKind::Openclaw);
        Ok(known)
    }
}

/// Whether a gateway that is known is certainly the one at this address.
pub(super) fn is_at(known: &Known, address: &GatewayAddress) -> bool {
    known.address.parse().is_ok_and(|at| is_one(address, &at))
}

/// Waits until a gateway has answered, or it is clear that it does not.
async fn first_answer(platform: &dyn Platform) {
    let mut news = platform.news();
    while platform.standing().state == PlatformState::Connecting {
        if matches!(news.recv().await, Err(RecvError::Closed)) {
            return;
        }
    }
}

fn here_already(other: &Known) -> Refusal {
    let what = format!("This gateway is here already as “{}”, at {}.", other.name, other.address);
    let next = format!("Use “{}”. If it is not reached by that address any more, remove it, and add it by this one.", other.name);
    Refusal::new("platform_known", what, next)
}
