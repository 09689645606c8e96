//! Looking for gateways on the network, while somebody wants to see them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use clawpair_openclaw::connection::Target;
use clawpair_openclaw::discovery::mdns::{Browsing, News, Sighting};
use tokio::task::JoinHandle;

use super::{Answer, App};
use crate::platform::known::{Known, KnownPlatforms};
use crate::settings::Settings;
use crate::view::openclaw::FoundGateway;
use crate::view::{AppEvent, Refusal};

/// Most gateways that are shown: anybody on the network can announce any number.
const MAX: usize = 64;

/// The looking that is going on, if any is.
#[derive(Default)]
pub(super) struct Looking(Mutex<Option<JoinHandle<()>>>);

impl Looking {
    /// Looks no more.
    pub(super) fn stop(&self) {
        self.be(None);
    }

    fn be(&self, task: Option<JoinHandle<()>>) {
        let before = std::mem::replace(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner), task);
        if let Some(before) = before {
            before.abort();
        }
    }
}

impl Drop for Looking {
    fn drop(&mut self) {
        self.stop();
    }
}

impl App {
    /// Looks for gateways on the network from now on, or no more. What is found comes as [`AppEvent::FoundGateways`].
    ///
    /// # Errors
    /// When this computer does not let it look.
    pub fn look_for_gateways(&self, on: bool) -> Answer<()> {
        if !on {
            self.0.looking.stop();
            return Ok(());
        }
        let browsing = Browsing::start().map_err(|error| {
            Refusal::new("network_unsearchable", error.to_string(), "Ask whoever runs the gateway for its address.")
        })?;
        let (settings, events) = (Arc::clone(&self.0.settings), self.0.events.clone());
        let task = tokio::spawn(look(browsing, settings, move |gateways| drop(events.send(AppEvent::FoundGateways { gateways }))));
        self.0.looking.be(Some(task));
        Ok(())
    }
}

async fn look(mut browsing: Browsing, settings: Arc<Settings>, tell: impl Fn(Vec<FoundGateway>) + Send) {
    let mut seen: BTreeMap<String, Sighting> = BTreeMap::new();
    tell(Vec::new());
    while let Some(news) = browsing.next().await {
        match news {
            News::Seen(sighting) if seen.len() < MAX || seen.contains_key(&sighting.instance) => {
                seen.insert(sighting.instance.clone(), sighting);
            }
            News::Seen(_) => continue,
            News::Gone { instance } => drop(seen.remove(&instance)),
        }
        match settings.known_platforms() {
            Ok(known) => tell(seen.values().map(|sighting| found(sighting, &known)).collect()),
            Err(error) => tracing::error!(%error, "the known platforms could not be read"),
        }
    }
}

fn found(sighting: &Sighting, known: &[Known]) -> FoundGateway {
    let at = |known: &&Known| sighting.addresses.iter().any(|address| address.to_string() == known.address);
    let known = known.iter().find(at);
    let target = known.and_then(|known| {
        let pin = known.pin.as_deref().and_then(|pin| pin.parse().ok());
        Some(Target { address: known.address.parse().ok()?, pin })
    });
    FoundGateway {
        id: sighting.instance.clone(),
        name: sighting.name.as_ref().map(ToString::to_string),
        address: sighting.addresses.first().map(ToString::to_string).unwrap_or_default(),
        claims: sighting.claims.map(|claims| claims.for_people()),
        known_as: known.map(|known| known.id.clone()),
        contradicts: target.is_some_and(|target| sighting.contradicts(&target)),
    }
}

#[cfg(test)]
mod tests {
    use clawpair_openclaw::fingerprint::Fingerprint;

    use super::*;
    use crate::view::platform::PlatformKind;

    #[test]
    fn a_known_gateway_is_named_and_one_with_another_certificate_contradicts() {
        let (right, wrong) = (Fingerprint::of(b"right"), Fingerprint::of(b"wrong"));
        let sighting = |claims| Sighting {
            instance: "hub._openclaw-gw._tcp.local.".to_owned(),
            name: None,
            addresses: vec!["wss://192.168.1.9:1".parse().unwrap(), "wss://192.168.1.2:1".parse().unwrap()],
            claims: Some(claims),
        };
        let known = Known {
            id: "plat-1".to_owned(),
            kind: PlatformKind::Openclaw,
            name: "Hub".to_owned(),
            address: "wss://192.168.1.2:1".to_owned(),
            pin: Some(right.to_string()),
        };
        let found = |claims| found(&sighting(claims), std::slice::from_ref(&known));
        assert_eq!((found(right).known_as.as_deref(), found(right).contradicts), (Some("plat-1"), false));
        assert!(found(wrong).contradicts);
        assert_eq!(super::found(&sighting(wrong), &[]).known_as, None);
    }
}
