//! Which addresses devices nearby are offered, kept true while networks come and go.

use std::net::Ipv4Addr;
use std::sync::{Mutex, PoisonError};

use clawpair_api::ErrorBody;
use clawpair_core::link::{Address, MAX_ADDRESSES};
use clawpair_core::pin::ServerPin;
use clawpair_core::store::StoreError;
use clawpair_device::connection::Connection;
use futures_util::future::join_all;

use crate::addresses::{self, LocalAddress};
use crate::embedded::Embedded;
use crate::view::{AddressChoice, AddressKind};

/// What was found at the last look.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Network {
    pub(crate) addresses: Vec<AddressChoice>,
    pub(crate) problem: Option<ErrorBody>,
    /// Whether something that should work did not.
    retry: bool,
}

/// Looks at the network, one look at a time.
#[derive(Default)]
pub(crate) struct Networks {
    looking: tokio::sync::Mutex<Vec<LocalAddress>>,
    last: Mutex<Network>,
}

impl Networks {
    pub(crate) fn last(&self) -> Network {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Listens where devices nearby can come from, tries each address, and tells the platform what to put into links.
    /// Returns whether anything has changed.
    pub(crate) async fn look(
        &self,
        embedded: &Embedded,
        nearby: impl Fn() -> Result<bool, StoreError>,
    ) -> Result<bool, StoreError> {
        let mut listed = self.looking.lock().await;
        // Asked while looking, so that of two looks the later one has the later answer.
        let nearby = nearby()?;
        *listed = addresses::list();
        let wanted: Vec<Ipv4Addr> = listed.iter().filter(|address| nearby && is_offered(address.kind)).map(|a| a.ip).collect();
        let problem = embedded.listen_nearby(&wanted);
        let addresses: Vec<AddressChoice> =
            join_all(listed.iter().map(|address| tried(embedded, address))).await.into_iter().flatten().collect();
        let silent = |choice: &AddressChoice| nearby && is_offered(choice.kind) && !choice.answers;
        let network = Network { retry: problem.is_some() || addresses.iter().any(silent), addresses, problem };
        embedded.service.advertise(advertised(&network.addresses));
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let changed = *last != network;
        *last = network;
        Ok(changed)
    }

    /// Whether another look is due: the addresses differ, or something did not work.
    pub(crate) async fn is_outdated(&self) -> bool {
        self.last().retry || *self.looking.lock().await != addresses::list()
    }
}

/// Whether the platform listens on addresses of this kind when devices nearby are let in.
const fn is_offered(kind: AddressKind) -> bool {
    matches!(kind, AddressKind::Lan | AddressKind::Vpn)
}

/// Connects to ourselves as a device would, pin and all.
async fn tried(embedded: &Embedded, address: &LocalAddress) -> Option<AddressChoice> {
    let at = embedded.at(address.ip)?;
    let answers = answers(&at, embedded.pin()).await;
    Some(AddressChoice { address: at.to_string(), interface: address.interface.clone(), kind: address.kind, answers })
}

async fn answers(at: &Address, pin: ServerPin) -> bool {
    Connection::open(std::slice::from_ref(at), pin).await.is_ok()
}

/// The same for another program of this computer: what the app offers devices if it runs, and what it will offer when it does.
pub(crate) async fn offered(port: u16, nearby: bool, pin: ServerPin) -> (Vec<Address>, bool) {
    let kind = if nearby { AddressKind::Lan } else { AddressKind::Loopback };
    let candidates: Vec<_> = addresses::list().into_iter().filter(|address| address.kind == kind).collect();
    let candidates: Vec<_> = candidates.iter().filter_map(|address| Address::new(address.ip.into(), port)).collect();
    let tried = join_all(candidates.iter().map(|at| answers(at, pin))).await;
    let answering: Vec<_> = candidates.iter().zip(tried).filter(|(_, answers)| *answers).map(|(at, _)| at.clone()).collect();
    let runs = !answering.is_empty();
    (if runs { answering } else { candidates }.into_iter().take(MAX_ADDRESSES).collect(), runs)
}

/// Local networks that answer; where there is none, this computer only.
fn advertised(addresses: &[AddressChoice]) -> Vec<Address> {
    let of = |kind| addresses.iter().filter(move |choice| choice.answers && choice.kind == kind);
    let mut chosen: Vec<_> = of(AddressKind::Lan).collect();
    if chosen.is_empty() {
        chosen.extend(of(AddressKind::Loopback));
    }
    chosen.into_iter().take(MAX_ADDRESSES).filter_map(|choice| choice.address.parse().ok()).collect()
}
