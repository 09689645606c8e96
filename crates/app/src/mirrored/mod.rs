//! Platforms whose lists are read from the mirror alone, so that no network makes the window slow or empty.

pub(crate) mod across;
mod asking;
mod changing;
mod delivering;
mod lists;
pub(crate) mod looked;
mod many;
mod noting;
mod open;
#[cfg(test)]
mod outbox_tests;
mod records;
mod rest;
mod tasks;
#[cfg(test)]
mod tests;
mod upkeep;

use std::sync::Arc;

use async_trait::async_trait;
use clawpair_api::{
    AcknowledgeAlert, ActivityPage, Alert, AlertPage, AlertRule, AlertStatus, ApiKey, ApiKeyCreated, ApproveRequest, ChangeDevices,
    CreateApiKey, CreatePairingCode, DeviceStatus, DeviceSummary, DisableDevice, EditDevice, GrantPermissions, Pairing,
    PairingPage, RotateApiKey, SetAlertRule,
};
use clawpair_core::secret::Secret;
use clawpair_mirror::{Act, Errand, Intent, Place, Thing};
use tokio::sync::broadcast;

pub(crate) use self::open::{Opened, on_file, open_file};
use self::records::{thing_of_device, thing_of_request};
pub(crate) use self::upkeep::Upkeep;
use crate::platform::delivering::Delivered;
use crate::platform::reading::{Brought, Since};
use crate::platform::{Answer, News, Pieces, Platform, Standing};
use crate::view::many::ChangeOutcomes;
use crate::view::openclaw::{CreateSetupCode, SetupCodeUsed, ShownSetupCode};
use crate::view::platform::{
    PlatformDevice, PlatformDevicePage, PlatformKind, PlatformRequest, PlatformRequestPage, PlatformState,
};
use crate::view::{ActivityCheck, ActivityQuery, DeviceQuery, Refusal, ShownPairing};

/// A platform whose lists are the mirror's; whatever else is asked goes to the platform itself.
pub(crate) struct Mirrored {
    upkeep: Upkeep,
}

impl Mirrored {
    pub(crate) const fn new(upkeep: Upkeep) -> Self {
        Self { upkeep }
    }

    fn kind(&self) -> PlatformKind {
        self.upkeep.shared.kind
    }

    fn itself(&self) -> &dyn Platform {
        self.upkeep.shared.platform.as_ref()
    }

    /// Whether the platform keeps nothing of a device that is over.
    fn forgets(&self) -> bool {
        self.kind() == PlatformKind::Openclaw
    }

    /// Who has to be asked instead: the platform inside the app, which is always there, and one of which nothing was read yet, since an
    /// empty list would say that there is nothing.
    fn asked_itself(&self) -> Option<&dyn Platform> {
        let inside = self.kind() == PlatformKind::Embedded;
        (inside || !self.upkeep.shared.freshness().whole).then(|| self.itself())
    }

    /// Notes with devices that the platform itself has listed what was asked for of them.
    async fn note_with_devices(&self, devices: &mut [PlatformDevice]) -> Answer<()> {
        let shared = &self.upkeep.shared;
        if shared.outbox.is_empty() || devices.is_empty() {
            return Ok(());
        }
        let (id, outbox, mut noted) = (shared.id.clone(), Arc::clone(&shared.outbox), devices.to_vec());
        let noted = shared
            .on_file(move |_| {
                outbox.note_with_devices(&id, &mut noted)?;
                Ok(noted)
            })
            .await?;
        devices.clone_from_slice(&noted);
        Ok(())
    }

    fn not_found(id: &str) -> Refusal {
        Refusal::new("not_found", format!("There is no device {id} any more."), "Look at the list again.")
    }

    /// After a change: the lists show it from now on.
    async fn changed(&self, things: Vec<Thing>) {
        let shared = &self.upkeep.shared;
        if self.kind() == PlatformKind::Embedded {
            // Its events bring it.
            return;
        }
        if !self.forgets() {
            shared.enter(things).await;
            shared.wanted.notify_one();
            return;
        }
        // A gateway is looked at after each change, and only that look says how things are. Who was removed is in none.
        let over = |thing: &Thing| match thing {
            Thing::Device(record) => record.device.status == DeviceStatus::Revoked,
            _ => false,
        };
        let ended: Vec<Thing> = things.into_iter().filter(over).collect();
        if !ended.is_empty() {
            shared.enter(ended).await;
        }
        if let Err(why) = shared.read_on().await {
            tracing::warn!(%why, "a gateway's last look could not be entered");
        }
    }

    async fn changed_device(&self, device: PlatformDevice) -> Answer<PlatformDevice> {
        self.changed(vec![thing_of_device(device.clone())]).await;
        Ok(device)
    }

    async fn decided(&self, request: PlatformRequest) -> Answer<PlatformRequest> {
        self.changed(vec![thing_of_request(request.clone())]).await;
        Ok(request)
    }
}

#[async_trait]
impl Platform for Mirrored {
    fn standing(&self) -> Standing {
        let (standing, freshness) = (self.itself().standing(), self.upkeep.shared.freshness());
        if self.kind() == PlatformKind::Embedded {
            return standing;
        }
        // Elsewhere the state itself says why nothing newer is known.
        let silent = matches!(standing.state, PlatformState::Connected { .. } | PlatformState::Connecting);
        Standing {
            // Until then the lists are the platform's own.
            as_of: if freshness.whole { freshness.as_of.map(|at| at.to_string()) } else { standing.as_of },
            capabilities: standing.capabilities.or_else(|| self.upkeep.shared.capabilities()),
            notice: standing.notice.or_else(|| freshness.stale.filter(|_| silent)),
            ..standing
        }
    }

    fn news(&self) -> broadcast::Receiver<News> {
        // Whoever hears of something finds it in the lists, which of the platform inside the app are its own.
        if self.kind() == PlatformKind::Embedded { self.itself().news() } else { self.upkeep.shared.listen() }
    }

    fn is_open(&self) -> bool {
        self.itself().is_open()
    }

    fn try_now(&self) {
        self.itself().try_now();
    }

    async fn sign_in(&self, credential: Secret) -> Answer<()> {
        self.itself().sign_in(credential).await
    }

    async fn accept_certificate(&self, shown: &str) -> Answer<String> {
        self.itself().accept_certificate(shown).await
    }

    fn own_entry(&self) -> Option<String> {
        self.itself().own_entry()
    }

    async fn take_leave(&self) -> Answer<()> {
        self.itself().take_leave().await
    }

    async fn forget(&self) -> Answer<()> {
        // A keyring is locked more often than a disk is full; what was read and asked for stays then.
        self.itself().forget().await?;
        self.upkeep.shared.forget().await
    }

    async fn read(&self, since: &Since) -> Answer<Option<Brought>> {
        self.itself().read(since).await
    }

    async fn catch_up(&self) -> Answer<()> {
        self.upkeep.catch_up().await
    }

    async fn connected(&self) -> Answer<Option<Vec<PlatformDevice>>> {
        self.itself().connected().await
    }

    async fn deliver(&self, errand: &Errand) -> Delivered {
        self.itself().deliver(errand).await
    }

    async fn look(&self, errand: &Errand) -> Answer<Option<Thing>> {
        self.itself().look(errand).await
    }

    async fn devices(&self, query: &DeviceQuery) -> Answer<PlatformDevicePage> {
        if let Some(platform) = self.asked_itself() {
            let mut page = platform.devices(query).await?;
            self.note_with_devices(&mut page.devices).await?;
            return Ok(page);
        }
        let shared = &self.upkeep.shared;
        let query = lists::device_query(&shared.id, query, self.forgets())?;
        let (id, outbox) = (shared.id.clone(), Arc::clone(&shared.outbox));
        shared
            .on_file(move |mirror| {
                let mut page = lists::devices(mirror, &query)?;
                outbox.note_with_devices(&id, &mut page.devices)?;
                Ok(page)
            })
            .await
    }

    async fn device_summary(&self) -> Answer<DeviceSummary> {
        if let Some(platform) = self.asked_itself() {
            return platform.device_summary().await;
        }
        let (shared, forgets) = (&self.upkeep.shared, self.forgets());
        let id = shared.id.clone();
        shared.on_file(move |mirror| lists::summary(mirror, &id, forgets)).await
    }

    async fn device(&self, id: &str) -> Answer<PlatformDevice> {
        if let Some(platform) = self.asked_itself() {
            let mut device = [platform.device(id).await?];
            self.note_with_devices(&mut device).await?;
            let [device] = device;
            return Ok(device);
        }
        let (shared, forgets) = (&self.upkeep.shared, self.forgets());
        let place = Place { platform: shared.id.clone(), id: id.to_owned() };
        let outbox = Arc::clone(&shared.outbox);
        let found = shared
            .on_file(move |mirror| {
                let mut found = lists::device(mirror, &place, forgets)?;
                outbox.note_with_devices(&place.platform, found.as_mut_slice())?;
                Ok(found)
            })
            .await?;
        found.ok_or_else(|| Self::not_found(id))
    }

    async fn edit_device(&self, id: &str, revision: u32, form: &EditDevice) -> Answer<PlatformDevice> {
        self.edit(id, revision, form).await
    }

    async fn grant_permissions(&self, id: &str, revision: u32, form: &GrantPermissions) -> Answer<PlatformDevice> {
        self.only_now("What a device may do")?;
        let changed = self.itself().grant_permissions(id, revision, form).await;
        self.note(Act::GrantPermissions, Some(id), Some(&form.permissions.join(" ")), changed.as_ref().err()).await;
        self.changed_device(changed?).await
    }

    async fn revoke_device(&self, id: &str, reason: Option<&str>) -> Answer<PlatformDevice> {
        if let Some(device) = self.ask_of_device(id, Intent::Revoke { reason: changing::reason(reason)? }).await? {
            return Ok(device);
        }
        let revoked = self.itself().revoke_device(id, reason).await;
        self.note(Act::RevokeDevice, Some(id), reason, revoked.as_ref().err()).await;
        self.changed_device(revoked?).await
    }

    async fn disable_device(&self, id: &str, form: &DisableDevice) -> Answer<PlatformDevice> {
        if let Some(device) = self.ask_of_device(id, Intent::Disable { reason: changing::reason(form.reason.as_deref())? }).await? {
            return Ok(device);
        }
        let disabled = self.itself().disable_device(id, form).await;
        self.note(Act::DisableDevice, Some(id), form.reason.as_deref(), disabled.as_ref().err()).await;
        self.changed_device(disabled?).await
    }

    async fn enable_device(&self, id: &str) -> Answer<PlatformDevice> {
        if let Some(device) = self.ask_of_device(id, Intent::Enable).await? {
            return Ok(device);
        }
        let enabled = self.itself().enable_device(id).await;
        self.note(Act::EnableDevice, Some(id), None, enabled.as_ref().err()).await;
        self.changed_device(enabled?).await
    }

    async fn change_devices(&self, form: &ChangeDevices) -> Answer<ChangeOutcomes> {
        self.change_many(form).await
    }

    async fn rotate_role_token(&self, id: &str, role: &str) -> Answer<PlatformDevice> {
        self.rotate(id, role).await
    }

    async fn revoke_role_token(&self, id: &str, role: &str) -> Answer<PlatformDevice> {
        self.only_now("Which tokens a device has")?;
        let revoked = self.itself().revoke_role_token(id, role).await;
        self.note(Act::RevokeToken, Some(id), Some(role), revoked.as_ref().err()).await;
        self.changed_device(revoked?).await
    }

    async fn requests(&self, after: Option<&str>) -> Answer<PlatformRequestPage> {
        if let Some(platform) = self.asked_itself() {
            let mut page = platform.requests(after).await?;
            if !self.upkeep.shared.outbox.is_empty() {
                let (id, outbox) = (self.upkeep.shared.id.clone(), Arc::clone(&self.upkeep.shared.outbox));
                page = self
                    .upkeep
                    .shared
                    .on_file(move |_| {
                        outbox.note_with_requests(&id, &mut page.requests)?;
                        Ok(page)
                    })
                    .await?;
            }
            return Ok(page);
        }
        let shared = &self.upkeep.shared;
        let (id, after, clocks) = (shared.id.clone(), after.map(str::to_owned), shared.clocks());
        let outbox = Arc::clone(&shared.outbox);
        shared
            .on_file(move |mirror| {
                let mut page = lists::requests(mirror, &id, after.as_deref(), clocks)?;
                outbox.note_with_requests(&id, &mut page.requests)?;
                Ok(page)
            })
            .await
    }

    async fn approve_request(&self, id: &str, seen: &ApproveRequest) -> Answer<PlatformRequest> {
        self.decide(id, seen, true).await
    }

    async fn deny_request(&self, id: &str, seen: &ApproveRequest) -> Answer<PlatformRequest> {
        self.decide(id, seen, false).await
    }

    async fn create_pairing(&self, form: &CreatePairingCode) -> Answer<ShownPairing> {
        let shown = self.itself().create_pairing(form).await;
        let id = shown.as_ref().ok().map(|shown| shown.pairing.id.clone());
        self.note(Act::MakeCode, id.as_deref(), Some(&form.name), shown.as_ref().err()).await;
        let mut shown = shown?;
        self.changed(vec![Thing::Pairing(Box::new(shown.pairing.clone()))]).await;
        shown.pairing.expires_at = self.upkeep.shared.clocks().here(shown.pairing.expires_at);
        Ok(shown)
    }

    async fn cancel_pairing(&self, id: &str) -> Answer<Pairing> {
        let cancelled = self.itself().cancel_pairing(id).await;
        let name = cancelled.as_ref().ok().map(|pairing| pairing.name.clone());
        self.note(Act::CancelCode, Some(id), name.as_deref(), cancelled.as_ref().err()).await;
        let pairing = cancelled?;
        self.changed(vec![Thing::Pairing(Box::new(pairing.clone()))]).await;
        Ok(pairing)
    }

    async fn open_pairings(&self, after: Option<&str>) -> Answer<PairingPage> {
        if self.forgets() || self.asked_itself().is_some() {
            return self.itself().open_pairings(after).await;
        }
        let shared = &self.upkeep.shared;
        let (id, after, clocks) = (shared.id.clone(), after.map(str::to_owned), shared.clocks());
        shared.on_file(move |mirror| lists::open_pairings(mirror, &id, after.as_deref(), clocks)).await
    }

    async fn create_setup_code(&self, form: &CreateSetupCode) -> Answer<ShownSetupCode> {
        let shown = self.itself().create_setup_code(form).await;
        self.note(Act::MakeSetupCode, None, None, shown.as_ref().err()).await;
        shown
    }

    async fn setup_code_used(&self, id: &str) -> Answer<Option<SetupCodeUsed>> {
        self.itself().setup_code_used(id).await
    }

    async fn api_keys(&self) -> Answer<Vec<ApiKey>> {
        self.itself().api_keys().await
    }

    async fn create_api_key(&self, form: &CreateApiKey) -> Answer<ApiKeyCreated> {
        let created = self.itself().create_api_key(form).await;
        let id = created.as_ref().ok().map(|created| created.api_key.id.clone());
        self.note(Act::CreateApiKey, id.as_deref(), Some(&form.name), created.as_ref().err()).await;
        created
    }

    async fn rotate_api_key(&self, id: &str, form: &RotateApiKey) -> Answer<ApiKeyCreated> {
        let rotated = self.itself().rotate_api_key(id, form).await;
        let name = rotated.as_ref().ok().map(|rotated| rotated.api_key.name.clone());
        self.note(Act::RotateApiKey, Some(id), name.as_deref(), rotated.as_ref().err()).await;
        rotated
    }

    async fn revoke_api_key(&self, id: &str) -> Answer<ApiKey> {
        let revoked = self.itself().revoke_api_key(id).await;
        let name = revoked.as_ref().ok().map(|key| key.name.clone());
        self.note(Act::RevokeApiKey, Some(id), name.as_deref(), revoked.as_ref().err()).await;
        revoked
    }

    async fn alerts(&self, status: AlertStatus, after: Option<&str>) -> Answer<AlertPage> {
        self.itself().alerts(status, after).await
    }

    async fn acknowledge_alert(&self, id: &str, form: &AcknowledgeAlert) -> Answer<Alert> {
        let acknowledged = self.itself().acknowledge_alert(id, form).await;
        self.note(Act::AcknowledgeAlert, Some(id), form.note.as_deref(), acknowledged.as_ref().err()).await;
        acknowledged
    }

    async fn alert_rules(&self) -> Answer<Vec<AlertRule>> {
        self.itself().alert_rules().await
    }

    async fn set_alert_rule(&self, id: &str, form: &SetAlertRule) -> Answer<AlertRule> {
        let set = self.itself().set_alert_rule(id, form).await;
        self.note(Act::SetAlertRule, Some(id), None, set.as_ref().err()).await;
        set
    }

    async fn activity(&self, query: &ActivityQuery) -> Answer<ActivityPage> {
        if self.forgets() || self.asked_itself().is_some() {
            return self.itself().activity(query).await;
        }
        let filter = lists::activity_filter(query)?;
        let shared = &self.upkeep.shared;
        let (id, before) = (shared.id.clone(), query.after);
        match shared.on_file(move |mirror| lists::activity(mirror, &id, &filter, before)).await? {
            Some(page) => Ok(page),
            None => self.itself().activity(query).await.map_err(lists::not_here),
        }
    }

    async fn export_activity(&self) -> Answer<Pieces> {
        self.itself().export_activity().await
    }

    async fn verify_activity(&self) -> Answer<ActivityCheck> {
        self.itself().verify_activity().await
    }
}
