//! One gateway by two addresses: it is not added twice, and where two of the list turn out to be one, that is known from then on.

use std::time::Duration;

use clawpair_openclaw::address::GatewayAddress;
use clawpair_openclaw::connection::Target;
use clawpair_openclaw::connection::dial::shown_certificate;
use clawpair_openclaw::fingerprint::Fingerprint;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::timeout;

use super::{Answer, App, storage};
use crate::platform::Platform;
use crate::platform::known::{Known, KnownPlatforms};
use crate::platform::openclaw::{Pasted, is_one};
use crate::view::Refusal;
use crate::view::platform::{PlatformKind, PlatformState};

/// How long a gateway that is added may take to show who it is. One that takes longer is added, and found out later.
const PATIENCE: Duration = Duration::from_secs(10);

impl App {
    /// That none of the list is the gateway that is to be added, as far as that can be told before anything is sent to it: by its
    /// addresses and its certificate.
    ///
    /// # Errors
    /// A sentence that names the one it is.
    pub(super) async fn is_new(&self, target: &Target, pasted: &Pasted) -> Answer<()> {
        let mut addresses = vec![&target.address];
        if let Pasted::Setup(code) = pasted {
            addresses.extend(code.addresses());
        }
        let gateways = self.gateways()?;
        if let Some(other) = gateways.iter().find(|known| addresses.iter().any(|address| is_at(known, address))) {
            return Err(here_already(other));
        }
        if gateways.is_empty() || !target.address.tls() {
            return Ok(());
        }
        let shown = match target.pin {
            Some(pin) => Some(pin),
            // One that cannot be asked shows it when it is connected to.
            None => timeout(PATIENCE, shown_certificate(&target.address)).await.ok().and_then(Result::ok),
        };
        shown.map_or(Ok(()), |shown| self.is_of_no_other(&target.address.to_string(), shown))
    }

    /// That no gateway of the list has this certificate, which one at another address shows.
    ///
    /// # Errors
    /// A sentence that names the one that has it.
    pub(super) fn is_of_no_other(&self, address: &str, shown: Fingerprint) -> Answer<()> {
        let shown = shown.to_string();
        let gateways = self.gateways()?;
        let other = gateways.iter().find(|known| known.address != address && known.pin.as_ref() == Some(&shown));
        other.map_or(Ok(()), |other| Err(same_certificate(address, other)))
    }

    /// That none of the list has turned out to be the gateway that was opened just now.
    ///
    /// # Errors
    /// A sentence that names the one it is.
    pub(super) async fn is_no_other(&self, known: &Known, platform: &dyn Platform) -> Answer<()> {
        let _ = timeout(PATIENCE, first_answer(platform)).await;
        self.same_as(known, platform)?.map_or(Ok(()), |other| Err(here_already(&other)))
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
    Refusal::new("platform_known", what, use_other(other))
}

fn same_certificate(address: &str, other: &Known) -> Refusal {
    let what = format!("{address} shows the certificate of “{}”, which is here already at {}.", other.name, other.address);
    let next = format!("{} If it is another gateway, give it a certificate of its own.", use_other(other));
    Refusal::new("platform_known", what, next)
}

fn use_other(other: &Known) -> String {
    format!("Use “{}”. If it is not reached by that address any more, remove it, and add it by this one.", other.name)
}
