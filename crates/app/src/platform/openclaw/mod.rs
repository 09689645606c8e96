//! OpenClaw Gateways: what the crate `openclaw` keeps of one, as the window shows it.

mod acting;
mod alerts;
mod back;
mod delivering;
mod effect;
mod kept;
mod listing;
mod meant;
mod pasted;
mod reading;
mod refusal;
mod roster;
mod setup;
mod shared;
mod shown_device;
mod shown_request;
mod standing;
#[cfg(test)]
mod tests;
mod throwing;
mod thrown_out;

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use async_trait::async_trait;
use clawpair_api::{AcknowledgeAlert, Alert, AlertPage, AlertStatus, ApproveRequest, ChangeDevices, DeviceSummary, EditDevice};
use clawpair_core::clock::Clock;
use clawpair_core::rng::Rng;
use clawpair_core::secret::Secret;
use clawpair_core::store::StoreError;
use clawpair_mirror::Errand;
use clawpair_openclaw::access::Role;
use clawpair_openclaw::address::GatewayAddress;
use clawpair_openclaw::connection::{Caller, Target};
use clawpair_openclaw::error::GatewayError;
use clawpair_openclaw::fingerprint::Fingerprint;
use clawpair_openclaw::identity::DeviceIdentity;
use clawpair_openclaw::ids::{DeviceId, PublicKey};
use clawpair_openclaw::operations::SetupStatus;
use clawpair_openclaw::preflight::preflight;
use clawpair_openclaw::supervisor::{Gateway, Keeper, Settings as GatewaySettings, Snapshot, State};
use tokio::sync::broadcast;
use tokio::task::JoinHandle;

pub(crate) use self::kept::{Kept, identity};
use self::meant::is_of;
pub(crate) use self::meant::{is_one, leads_to};
pub(crate) use self::pasted::Pasted;
use self::reading::Age;
use self::roster::Roster;
pub(crate) use self::setup::parse_address;
use self::shared::{Shared, watch_gateway};
use self::shown_request::Waiting;
use super::delivering::Delivered;
use super::reading::{Brought, Since};
use super::{Answer, News, Platform, Standing};
use crate::addresses::Surroundings;
use crate::settings::Settings;
use crate::view::many::ChangeOutcomes;
use crate::view::openclaw::{CreateSetupCode, SetupCodeUsed, ShownSetupCode};
use crate::view::platform::{PlatformDevice, PlatformDevicePage, PlatformRequest, PlatformRequestPage};
use crate::view::{DeviceQuery, Refusal};

/// News a slow listener may lag behind before it reloads.
const BACKLOG: usize = 256;
/// What this app is called at gateways.
const CALLED: &str = "Clawpair";
/// Requests on a page.
const REQUESTS: usize = 100;

/// What a gateway's adapter stands on.
pub(crate) struct Opening {
    /// The platform's id.
    pub(crate) id: String,
    pub(crate) target: Target,
    pub(crate) identity: DeviceIdentity,
    pub(crate) kept: Arc<Kept>,
    /// What told this app's own entry when it was last seen.
    pub(crate) own_entry: Option<String>,
    pub(crate) settings: Arc<Settings>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) rng: Arc<dyn Rng>,
}

/// One gateway, to which the app stays connected until this is dropped.
pub(crate) struct OpenclawPlatform {
    gateway: Gateway,
    address: GatewayAddress,
    kept: Arc<Kept>,
    shared: Arc<Shared>,
    watching: JoinHandle<()>,
}

impl Drop for OpenclawPlatform {
    fn drop(&mut self) {
        self.watching.abort();
    }
}

impl OpenclawPlatform {
    /// Begins to connect.
    ///
    /// # Errors
    /// When the secrets cannot be read.
    pub(crate) async fn open(opening: Opening) -> Answer<Self> {
        let Opening { id, target, identity, kept, own_entry, settings, clock, rng } = opening;
        let (own, first) = (kept.own().await?, kept.first().await?);
        let (address, pin, own_id) = (target.address.clone(), target.pin, identity.id());
        let gateway = Gateway::start(GatewaySettings {
            target,
            caller: Caller { identity, name: CALLED.to_owned(), clock: Arc::clone(&clock) },
            own,
            first,
            keeper: Arc::clone(&kept) as Arc<dyn Keeper>,
            rng: Arc::clone(&rng),
        });
        let shared = Arc::new(Shared {
            id,
            own: own_id,
            own_entry: Mutex::new(own_entry),
            settings,
            clock,
            rng,
            state: gateway.state(),
            snapshot: gateway.snapshot(),
            pin: RwLock::new(pin),
            news: broadcast::Sender::new(BACKLOG),
            roster: Mutex::default(),
        });
        let watching = tokio::spawn(watch_gateway(Arc::clone(&shared), gateway.setup_uses()));
        Ok(Self { gateway, address, kept, shared, watching })
    }

    /// The newest look at the gateway, or why there was none yet.
    fn roster(&self) -> Answer<Arc<Roster>> {
        match self.shared.roster() {
            Some(roster) => Ok(roster),
            None => Err(self.gateway.act().err().unwrap_or(GatewayError::Starting).into()),
        }
    }

    fn find(&self, id: &str) -> Answer<PlatformDevice> {
        let roster = self.roster()?;
        let device = roster.find(&device_id(id)?).ok_or_else(no_device)?;
        Ok(shown_device::shown(device, &roster.snapshot, &self.shared.own))
    }
}

/// A page of a look that nobody has prepared yet: all that the app adds to a gateway's answer, for measuring it.
///
/// # Errors
/// When the query cannot be read.
pub fn page_of_look(snapshot: Arc<Snapshot>, query: &DeviceQuery) -> Answer<PlatformDevicePage> {
    let nobody = DeviceId::of(&PublicKey::from_bytes([0; 32]));
    listing::page(&Roster::new(snapshot), query, &nobody)
}

#[async_trait]
impl Platform for OpenclawPlatform {
    fn standing(&self) -> Standing {
        let (state, snapshot) = (self.shared.state.borrow().clone(), self.shared.snapshot.borrow().clone());
        let snapshot = snapshot.as_deref();
        Standing {
            state: standing::state(&state, self.shared.pin()),
            capabilities: snapshot.map(standing::capabilities),
            pin: self.shared.pin(),
            notice: snapshot.and_then(standing::notice),
            as_of: snapshot.map(|snapshot| snapshot.here(snapshot.taken).to_string()),
        }
    }

    fn news(&self) -> broadcast::Receiver<News> {
        self.shared.news.subscribe()
    }

    fn try_now(&self) {
        self.gateway.try_now();
    }

    async fn sign_in(&self, credential: Secret) -> Answer<()> {
        let pasted = Pasted::read(credential.reveal())?;
        if let Pasted::Setup(code) = &pasted {
            is_of(code, &self.address, *self.shared.pin.read().unwrap_or_else(PoisonError::into_inner))?;
        }
        let first = self.kept.keep_first(&pasted).await?;
        self.gateway.sign_in_with(first);
        Ok(())
    }

    async fn accept_certificate(&self, shown: &str) -> Answer<String> {
        let accepted: Fingerprint = shown
            .parse()
            .map_err(|error| Refusal::new("fingerprint_unreadable", format!("{error}"), "Copy it whole, and compare again."))?;
        let now = match &*self.shared.state.borrow() {
            State::Refused { why: GatewayError::NotPinned { shown, .. } } => Some(*shown),
            State::Refused { why: GatewayError::OtherCertificate { shown, .. } } => *shown,
            _ => None,
        };
        if now != Some(accepted) {
            let what = "The gateway does not show this certificate any more. Nothing was accepted.";
            return Err(Refusal::new("certificate_changed", what, "Look at what it shows now, and compare that."));
        }
        *self.shared.pin.write().unwrap_or_else(PoisonError::into_inner) = Some(accepted);
        self.gateway.accept_certificate(accepted);
        Ok(accepted.to_string())
    }

    fn own_entry(&self) -> Option<String> {
        self.shared.own_entry()
    }

    async fn take_leave(&self) -> Answer<()> {
        Ok(self.gateway.act()?.remove(&self.shared.own).await?)
    }

    async fn forget(&self) -> Answer<()> {
        self.kept.forget().await
    }

    async fn read(&self, since: &Since) -> Answer<Option<Brought>> {
        let looked = self.shared.roster();
        let age = looked.as_ref().map(|roster| Age::of(&roster.snapshot, since.cursor.as_deref()));
        let afresh = since.afresh || age == Some(Age::Earlier);
        if afresh {
            self.gateway.look().await?;
        } else if age == Some(Age::Known) {
            // It is looked at anew as long as it is connected, so nothing newer is missing.
            let is_current = since.stale && matches!(*self.shared.state.borrow(), State::Connected { .. });
            return Ok(looked.filter(|_| is_current).map(|roster| reading::nothing_new(&roster.snapshot)));
        }
        // It was reached, and is being looked at for the first time.
        let Some(roster) = self.shared.roster() else { return Ok(None) };
        let removed = if afresh {
            // It began after all that was acknowledged, so what it lists is so.
            HashSet::new()
        } else {
            // Asked for after the look: who is removed later still is entered later, too, and stays out.
            self.shared.memory().removed_since(roster.snapshot.taken).map_err(storage)?
        };
        let brought = reading::everything(&roster, &self.shared.own, &removed, self.shared.clock.now());
        Ok(Some(Brought { asked: afresh, ..brought }))
    }

    async fn deliver(&self, errand: &Errand) -> Delivered {
        Self::deliver(self, errand).await
    }

    async fn devices(&self, query: &DeviceQuery) -> Answer<PlatformDevicePage> {
        listing::page(&*self.roster()?, query, &self.shared.own)
    }

    async fn device_summary(&self) -> Answer<DeviceSummary> {
        Ok(self.roster()?.summary)
    }

    async fn device(&self, id: &str) -> Answer<PlatformDevice> {
        self.find(id)
    }

    async fn edit_device(&self, id: &str, revision: u32, form: &EditDevice) -> Answer<PlatformDevice> {
        self.rename(id, revision, form).await
    }

    async fn revoke_device(&self, id: &str, _reason: Option<&str>) -> Answer<PlatformDevice> {
        self.remove(id).await
    }

    async fn change_devices(&self, form: &ChangeDevices) -> Answer<ChangeOutcomes> {
        match form {
            ChangeDevices::Revoke { device_ids, .. } => Ok(self.remove_many(device_ids).await),
            _ => Err(Refusal::unsupported("A gateway removes devices; it neither disables them nor gives them tags.")),
        }
    }

    async fn rotate_role_token(&self, id: &str, role: &str) -> Answer<PlatformDevice> {
        self.rotate(id, &Role::of(role)).await
    }

    async fn revoke_role_token(&self, id: &str, role: &str) -> Answer<PlatformDevice> {
        self.revoke(id, Role::of(role)).await
    }

    async fn requests(&self, after: Option<&str>) -> Answer<PlatformRequestPage> {
        let (roster, now) = (self.roster()?, self.shared.clock.now());
        let all = Waiting::all(&roster.snapshot, now);
        // The list is short-lived: where the last one is gone, it begins anew.
        let start = after.and_then(|after| all.iter().position(|waiting| waiting.id() == after)).map_or(0, |at| at + 1);
        let page = &all[start..all.len().min(start + REQUESTS)];
        let next = page.last().filter(|_| start + page.len() < all.len()).map(Waiting::id);
        Ok(PlatformRequestPage { requests: page.iter().map(|waiting| waiting.shown(&roster, now)).collect(), next })
    }

    async fn approve_request(&self, id: &str, seen: &ApproveRequest) -> Answer<PlatformRequest> {
        self.decide(id, seen, true).await
    }

    async fn deny_request(&self, id: &str, seen: &ApproveRequest) -> Answer<PlatformRequest> {
        self.decide(id, seen, false).await
    }

    async fn create_setup_code(&self, form: &CreateSetupCode) -> Answer<ShownSetupCode> {
        let address = setup::address(form.address.as_deref())?;
        let roster = self.roster()?;
        let made = self.gateway.act()?.make_setup_code(form.grant.into(), address.as_ref()).await?;
        let around = Surroundings::now();
        setup::shown(&made, &roster.snapshot, preflight(&made.code, &|ip| around.is_bridge(ip)).await)
    }

    async fn setup_code_used(&self, id: &str) -> Answer<Option<SetupCodeUsed>> {
        let setup = id.parse().map_err(|_| Refusal::new("not_found", "There is no such setup code.", "Make a new one."))?;
        Ok(match self.gateway.act()?.setup_status(&setup).await? {
            SetupStatus::Open => None,
            SetupStatus::Used(used) => {
                self.shared.was_used(&used);
                Some(setup::used(&used))
            }
        })
    }

    async fn alerts(&self, status: AlertStatus, after: Option<&str>) -> Answer<AlertPage> {
        self.shared.alerts().page(status, after).map_err(storage)
    }

    async fn acknowledge_alert(&self, id: &str, form: &AcknowledgeAlert) -> Answer<Alert> {
        let note = form.note.as_deref().map(str::parse::<clawpair_core::text::Reason>).transpose();
        let note = note.map_err(|error| Refusal::new("invalid_request", format!("{error}"), "Write a shorter note."))?;
        let alert =
            self.shared.alerts().acknowledge(id, note.as_ref().map(clawpair_core::text::Reason::as_str)).map_err(storage)?;
        alert.ok_or_else(|| Refusal::new("not_found", "There is no such alert any more.", "Look at the list again."))
    }
}

fn device_id(id: &str) -> Answer<DeviceId> {
    id.parse().map_err(|_| no_device())
}

fn no_device() -> Refusal {
    let what = "The gateway has no such device any more: it was removed.";
    Refusal::new("not_found", what, "Look at the list again.")
}

#[expect(clippy::needless_pass_by_value, reason = "a function for map_err")]
fn storage(error: StoreError) -> Refusal {
    Refusal::new("storage_unavailable", error.to_string(), "Free some space on the disk, and start the app again.")
}
