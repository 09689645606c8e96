//! Clawpair's own platforms, through the REST contract.

use std::path::PathBuf;

use async_trait::async_trait;
use clawpair_api::{
    AcknowledgeAlert, ActivityPage, Alert, AlertPage, AlertRule, AlertStatus, ApiKey, ApiKeyCreated, ApproveRequest, ChangeDevices,
    ChangeOutcomes, CreateApiKey, CreatePairingCode, DenyRequest, DeviceStatus, DeviceSummary, DisableDevice, EditDevice,
    ErrorBody, ErrorCode, GrantPermissions, Pairing, PairingPage, RotateApiKey, SetAlertRule,
};
use clawpair_client::Client;
use clawpair_core::link::PairingLink;
use futures_util::{StreamExt, TryStreamExt};
use tokio::sync::broadcast;

use super::{Answer, News, Pieces, Platform, Standing};
use crate::view::platform::{Capability, PlatformDevice, PlatformDevicePage, PlatformRequest, PlatformRequestPage, PlatformState};
use crate::view::{ActivityCheck, ActivityQuery, DeviceQuery, Qr, ShownPairing};

/// News a slow listener may lag behind before it reloads.
const BACKLOG: usize = 1_024;

/// The platform inside the app, called in process.
pub(crate) struct EmbeddedPlatform {
    client: Client,
    /// Its database, where its activity log is checked.
    database: PathBuf,
    news: broadcast::Sender<News>,
}

impl EmbeddedPlatform {
    /// Begins to listen to its events.
    pub(crate) async fn start(client: Client, database: PathBuf) -> Answer<Self> {
        let news = broadcast::Sender::new(BACKLOG);
        let mut events = client.events().await?.boxed();
        let sender = news.clone();
        tokio::spawn(async move {
            while let Some(event) = events.next().await {
                // Who is not there yet loads everything when it comes.
                let _ = sender.send(News::Event(Box::new(event)));
            }
        });
        Ok(Self { client, database, news })
    }
}

#[async_trait]
impl Platform for EmbeddedPlatform {
    fn standing(&self) -> Standing {
        Standing {
            state: PlatformState::Connected { version: Some(env!("CARGO_PKG_VERSION").to_owned()) },
            capabilities: vec![
                Capability::PairingCodes,
                Capability::OpenCodes,
                Capability::Requests,
                Capability::RenameDevices,
                Capability::EditDevices,
                Capability::GrantPermissions,
                Capability::DisableDevices,
                Capability::RevokeDevices,
                Capability::ChangeManyDevices,
                Capability::ApiKeys,
                Capability::Alerts,
                Capability::AlertRules,
                Capability::Activity,
                Capability::VerifyActivity,
            ],
            pin: None,
            notice: None,
            as_of: None,
        }
    }

    fn news(&self) -> broadcast::Receiver<News> {
        self.news.subscribe()
    }

    async fn devices(&self, query: &DeviceQuery) -> Answer<PlatformDevicePage> {
        let page = self.client.devices(device_parameters(query)).await?;
        Ok(PlatformDevicePage { devices: page.devices.into_iter().map(Into::into).collect(), next: page.next })
    }

    async fn device_summary(&self) -> Answer<DeviceSummary> {
        Ok(self.client.device_summary().await?)
    }

    async fn device(&self, id: &str) -> Answer<PlatformDevice> {
        Ok(self.client.device(id).await?.into())
    }

    async fn edit_device(&self, id: &str, revision: u32, form: &EditDevice) -> Answer<PlatformDevice> {
        Ok(self.client.edit_device(id, revision, form).await?.into())
    }

    async fn grant_permissions(&self, id: &str, revision: u32, form: &GrantPermissions) -> Answer<PlatformDevice> {
        Ok(self.client.grant_permissions(id, revision, form).await?.into())
    }

    async fn revoke_device(&self, id: &str, reason: Option<&str>) -> Answer<PlatformDevice> {
        Ok(self.client.revoke_device(id, reason).await?.into())
    }

    async fn disable_device(&self, id: &str, form: &DisableDevice) -> Answer<PlatformDevice> {
        Ok(self.client.disable_device(id, form).await?.into())
    }

    async fn enable_device(&self, id: &str) -> Answer<PlatformDevice> {
        Ok(self.client.enable_device(id).await?.into())
    }

    async fn change_devices(&self, form: &ChangeDevices) -> Answer<ChangeOutcomes> {
        Ok(self.client.change_devices(form).await?)
    }

    async fn requests(&self, after: Option<&str>) -> Answer<PlatformRequestPage> {
        let page = self.client.waiting_requests(after).await?;
        Ok(PlatformRequestPage { requests: page.requests.into_iter().map(Into::into).collect(), next: page.next })
    }

    async fn approve_request(&self, id: &str, seen: &ApproveRequest) -> Answer<PlatformRequest> {
        Ok(self.client.approve_request(id, seen).await?.into())
    }

    /// Whatever has changed meanwhile: who is not let in may as well be another.
    async fn deny_request(&self, id: &str, _seen: &ApproveRequest) -> Answer<PlatformRequest> {
        Ok(self.client.deny_request(id, &DenyRequest::default()).await?.into())
    }

    async fn create_pairing(&self, form: &CreatePairingCode) -> Answer<ShownPairing> {
        create_pairing(&self.client, form).await
    }

    async fn cancel_pairing(&self, id: &str) -> Answer<Pairing> {
        Ok(self.client.cancel_pairing(id).await?)
    }

    async fn open_pairings(&self, after: Option<&str>) -> Answer<PairingPage> {
        Ok(self.client.open_pairings(after).await?)
    }

    async fn api_keys(&self) -> Answer<Vec<ApiKey>> {
        Ok(self.client.api_keys().await?)
    }

    async fn create_api_key(&self, form: &CreateApiKey) -> Answer<ApiKeyCreated> {
        Ok(self.client.create_api_key(form).await?)
    }

    async fn rotate_api_key(&self, id: &str, form: &RotateApiKey) -> Answer<ApiKeyCreated> {
        Ok(self.client.rotate_api_key(id, form).await?)
    }

    async fn revoke_api_key(&self, id: &str) -> Answer<ApiKey> {
        Ok(self.client.revoke_api_key(id).await?)
    }

    async fn alerts(&self, status: AlertStatus, after: Option<&str>) -> Answer<AlertPage> {
        Ok(self.client.alerts(status, after).await?)
    }

    async fn acknowledge_alert(&self, id: &str, form: &AcknowledgeAlert) -> Answer<Alert> {
        Ok(self.client.acknowledge_alert(id, form).await?)
    }

    async fn alert_rules(&self) -> Answer<Vec<AlertRule>> {
        Ok(self.client.alert_rules().await?)
    }

    async fn set_alert_rule(&self, id: &str, form: &SetAlertRule) -> Answer<AlertRule> {
        Ok(self.client.set_alert_rule(id, form).await?)
    }

    async fn activity(&self, query: &ActivityQuery) -> Answer<ActivityPage> {
        Ok(self.client.activity(activity_parameters(query)).await?)
    }

    async fn export_activity(&self) -> Answer<Pieces> {
        let pieces = self.client.export_activity("csv").await?;
        Ok(pieces.map_ok(|piece| piece.to_vec()).map_err(Into::into).boxed())
    }

    async fn verify_activity(&self) -> Answer<ActivityCheck> {
        let database = self.database.clone();
        let checking = tokio::task::spawn_blocking(move || clawpair_store::verify_activity(&database));
        let checked = checking.await.map_err(|error| ErrorBody::new(ErrorCode::Internal, error.to_string()))?;
        Ok(match checked.map_err(|error| ErrorBody::new(ErrorCode::StorageUnavailable, error.to_string()))? {
            Ok(whole) => ActivityCheck::Whole { first: whole.first, last: whole.last.number },
            Err(fault) => ActivityCheck::Broken { fault: fault.to_string() },
        })
    }
}

fn device_parameters(query: &DeviceQuery) -> impl Iterator<Item = (&'static str, String)> {
    let text = |name, value: &Option<String>| value.clone().map(|value| (name, value));
    let status = query.status.map(|status| match status {
        DeviceStatus::Active => "active",
        DeviceStatus::Disabled => "disabled",
        DeviceStatus::Revoked => "revoked",
    });
    let parts = [
        status.map(|word| ("status", word.to_owned())),
        query.connected.map(|connected| ("connected", connected.to_string())),
        text("device_type", &query.device_type),
        text("permission", &query.permission),
        text("tag", &query.tag),
        text("seen_before", &query.seen_before),
        text("q", &query.q),
        text("sort", &query.sort),
        text("after", &query.after),
    ];
    parts.into_iter().flatten()
}

fn activity_parameters(query: &ActivityQuery) -> impl Iterator<Item = (&'static str, String)> {
    let text = |name, value: &Option<String>| value.clone().map(|value| (name, value));
    let parts = [
        query.after.map(|number| ("after", number.to_string())),
        text("actor", &query.actor),
        text("action", &query.action),
        text("from", &query.from),
    ];
    parts.into_iter().flatten()
}

/// Makes a pairing whose link can be drawn; no code is left open otherwise.
async fn create_pairing(client: &Client, form: &CreatePairingCode) -> Answer<ShownPairing> {
    let created = client.create_pairing_code(form).await?;
    let link = created.link.unwrap_or_default();
    let read: Result<PairingLink, _> = link.parse();
    let drawn = clawpair_qr::draw(&link).map_err(|error| error.to_string());
    let (parsed, drawing) = match (read.map_err(|error| error.to_string()), drawn) {
        (Ok(parsed), Ok(drawing)) => (parsed, drawing),
        (Err(fault), _) | (_, Err(fault)) => {
            client.cancel_pairing(&created.pairing_id).await?;
            return Err(ErrorBody::new(ErrorCode::InvalidRequest, fault).into());
        }
    };
    Ok(ShownPairing {
        pairing: client.pairing(&created.pairing_id).await?,
        code: created.code,
        qr: Qr { size: drawing.size(), path: drawing.path() },
        pin: parsed.pin().to_string(),
        addresses: parsed.addresses().iter().map(ToString::to_string).collect(),
        link,
    })
}
