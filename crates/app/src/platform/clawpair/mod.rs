//! Clawpair's own platforms, through the REST contract: the one inside the app and servers.

mod delivering;
mod embedded;
mod pairing;
mod parameters;
mod reading;
mod sees;
mod server;

use async_trait::async_trait;
use clawpair_api::{
    AcknowledgeAlert, ActivityPage, Alert, AlertPage, AlertRule, AlertStatus, ApiKey, ApiKeyCreated, ApproveRequest, ChangeDevices,
    CreateApiKey, CreatePairingCode, DenyRequest, DeviceSummary, DisableDevice, EditDevice, GrantPermissions, Pairing, PairingPage,
    RotateApiKey, SetAlertRule,
};
use clawpair_client::Client;
use clawpair_core::secret::Secret;
use clawpair_mirror::{Errand, Thing};
use futures_util::{StreamExt, TryStreamExt};
use tokio::sync::broadcast;

use self::embedded::Embedded;
use self::sees::Sees;
use self::server::Server;
pub(crate) use self::server::{KeptKey, Opening};
use super::delivering::Delivered;
use super::reading::{Brought, Since};
use super::{Answer, News, Pieces, Platform, Standing};
use crate::view::many::ChangeOutcomes;
use crate::view::platform::{PlatformDevice, PlatformDevicePage, PlatformRequest, PlatformRequestPage};
use crate::view::{ActivityCheck, ActivityQuery, DeviceQuery, Refusal, ShownPairing};

/// News a slow listener may lag behind before it reloads.
const BACKLOG: usize = 1_024;

/// A platform of ours.
pub(crate) struct ClawpairPlatform(Reach);

enum Reach {
    /// Called in process.
    Embedded(Embedded),
    /// Over HTTPS.
    Server(Server),
}

impl ClawpairPlatform {
    /// The platform inside the app, whose events are listened to from now on.
    pub(crate) async fn embedded(client: Client, database: std::path::PathBuf) -> Answer<Self> {
        Ok(Self(Reach::Embedded(Embedded::start(client, database).await?)))
    }

    /// A server, to which the app stays connected from now on.
    ///
    /// # Errors
    /// When its API key cannot be read.
    pub(crate) async fn server(opening: Opening) -> Answer<Self> {
        Ok(Self(Reach::Server(Server::open(opening).await?)))
    }

    /// For asking it; an error says why that is not possible now.
    fn client(&self) -> Answer<Client> {
        match &self.0 {
            Reach::Embedded(embedded) => Ok(embedded.client()),
            Reach::Server(server) => server.client(),
        }
    }

    /// How far the platform's clock is ahead of this computer's; the one inside the app has the same.
    fn ahead_millis(&self, client: &Client) -> Option<i64> {
        match &self.0 {
            Reach::Embedded(_) => None,
            Reach::Server(server) => server.ahead_millis(client),
        }
    }
}

#[async_trait]
impl Platform for ClawpairPlatform {
    fn standing(&self) -> Standing {
        match &self.0 {
            Reach::Embedded(_) => Embedded::standing(),
            Reach::Server(server) => server.standing(),
        }
    }

    fn news(&self) -> broadcast::Receiver<News> {
        match &self.0 {
            Reach::Embedded(embedded) => embedded.news(),
            Reach::Server(server) => server.news(),
        }
    }

    fn try_now(&self) {
        if let Reach::Server(server) = &self.0 {
            server.try_now();
        }
    }

    async fn sign_in(&self, credential: Secret) -> Answer<()> {
        match &self.0 {
            Reach::Embedded(_) => Err(Refusal::unsupported("This platform takes no sign-in.")),
            Reach::Server(server) => server.sign_in(&credential).await,
        }
    }

    async fn accept_certificate(&self, shown: &str) -> Answer<String> {
        match &self.0 {
            Reach::Embedded(_) => Err(Refusal::unsupported("This platform shows no certificate.")),
            Reach::Server(server) => server.accept_certificate(shown),
        }
    }

    async fn forget(&self) -> Answer<()> {
        match &self.0 {
            Reach::Embedded(_) => Err(Refusal::unsupported("The platform inside the app is always there.")),
            Reach::Server(server) => server.forget().await,
        }
    }

    async fn read(&self, since: &Since) -> Answer<Option<Brought>> {
        let (client, sees) = match &self.0 {
            Reach::Embedded(embedded) => (embedded.client(), Sees::ALL),
            Reach::Server(server) => server.reader()?,
        };
        let brought = reading::read(&client, since, sees).await?;
        Ok(Some(Brought { ahead_millis: self.ahead_millis(&client), ..brought }))
    }

    async fn connected(&self) -> Answer<Option<Vec<PlatformDevice>>> {
        let devices = reading::connected(&self.client()?).await?;
        Ok(Some(devices.into_iter().map(Into::into).collect()))
    }

    async fn deliver(&self, errand: &Errand) -> Delivered {
        match self.client() {
            Ok(client) => delivering::deliver(&client, errand).await,
            Err(why) => Delivered::later(None, why),
        }
    }

    async fn look(&self, errand: &Errand) -> Answer<Option<Thing>> {
        delivering::look(&self.client()?, errand).await
    }

    async fn devices(&self, query: &DeviceQuery) -> Answer<PlatformDevicePage> {
        let page = self.client()?.devices(parameters::device_parameters(query)).await?;
        Ok(PlatformDevicePage { devices: page.devices.into_iter().map(Into::into).collect(), next: page.next })
    }

    async fn device_summary(&self) -> Answer<DeviceSummary> {
        Ok(self.client()?.device_summary().await?)
    }

    async fn device(&self, id: &str) -> Answer<PlatformDevice> {
        Ok(self.client()?.device(id).await?.into())
    }

    async fn edit_device(&self, id: &str, revision: u32, form: &EditDevice) -> Answer<PlatformDevice> {
        Ok(self.client()?.edit_device(id, revision, form).await?.into())
    }

    async fn grant_permissions(&self, id: &str, revision: u32, form: &GrantPermissions) -> Answer<PlatformDevice> {
        Ok(self.client()?.grant_permissions(id, revision, form).await?.into())
    }

    async fn revoke_device(&self, id: &str, reason: Option<&str>) -> Answer<PlatformDevice> {
        Ok(self.client()?.revoke_device(id, reason).await?.into())
    }

    async fn disable_device(&self, id: &str, form: &DisableDevice) -> Answer<PlatformDevice> {
        Ok(self.client()?.disable_device(id, None, form).await?.into())
    }

    async fn enable_device(&self, id: &str) -> Answer<PlatformDevice> {
        Ok(self.client()?.enable_device(id, None).await?.into())
    }

    async fn change_devices(&self, form: &ChangeDevices) -> Answer<ChangeOutcomes> {
        Ok(self.client()?.change_devices(form).await?.into())
    }

    async fn requests(&self, after: Option<&str>) -> Answer<PlatformRequestPage> {
        let page = self.client()?.waiting_requests(after, None).await?;
        Ok(PlatformRequestPage { requests: page.requests.into_iter().map(Into::into).collect(), next: page.next })
    }

    async fn approve_request(&self, id: &str, seen: &ApproveRequest) -> Answer<PlatformRequest> {
        Ok(self.client()?.approve_request(id, seen).await?.into())
    }

    /// Whatever has changed meanwhile: who is not let in may as well be another.
    async fn deny_request(&self, id: &str, _seen: &ApproveRequest) -> Answer<PlatformRequest> {
        Ok(self.client()?.deny_request(id, &DenyRequest::default()).await?.into())
    }

    async fn create_pairing(&self, form: &CreatePairingCode) -> Answer<ShownPairing> {
        pairing::create_pairing(&self.client()?, form).await
    }

    async fn cancel_pairing(&self, id: &str) -> Answer<Pairing> {
        Ok(self.client()?.cancel_pairing(id).await?)
    }

    async fn open_pairings(&self, after: Option<&str>) -> Answer<PairingPage> {
        Ok(self.client()?.open_pairings(after).await?)
    }

    async fn api_keys(&self) -> Answer<Vec<ApiKey>> {
        Ok(self.client()?.api_keys().await?)
    }

    async fn create_api_key(&self, form: &CreateApiKey) -> Answer<ApiKeyCreated> {
        Ok(self.client()?.create_api_key(form).await?)
    }

    async fn rotate_api_key(&self, id: &str, form: &RotateApiKey) -> Answer<ApiKeyCreated> {
        Ok(self.client()?.rotate_api_key(id, form).await?)
    }

    async fn revoke_api_key(&self, id: &str) -> Answer<ApiKey> {
        Ok(self.client()?.revoke_api_key(id).await?)
    }

    async fn alerts(&self, status: AlertStatus, after: Option<&str>) -> Answer<AlertPage> {
        Ok(self.client()?.alerts(status, after, None).await?)
    }

    async fn acknowledge_alert(&self, id: &str, form: &AcknowledgeAlert) -> Answer<Alert> {
        Ok(self.client()?.acknowledge_alert(id, form).await?)
    }

    async fn alert_rules(&self) -> Answer<Vec<AlertRule>> {
        Ok(self.client()?.alert_rules().await?)
    }

    async fn set_alert_rule(&self, id: &str, form: &SetAlertRule) -> Answer<AlertRule> {
        Ok(self.client()?.set_alert_rule(id, form).await?)
    }

    async fn activity(&self, query: &ActivityQuery) -> Answer<ActivityPage> {
        Ok(self.client()?.activity(parameters::activity_parameters(query)).await?)
    }

    async fn export_activity(&self) -> Answer<Pieces> {
        let pieces = self.client()?.export_activity("csv").await?;
        Ok(pieces.map_ok(|piece| piece.to_vec()).map_err(Into::into).boxed())
    }

    async fn verify_activity(&self) -> Answer<ActivityCheck> {
        match &self.0 {
            Reach::Embedded(embedded) => embedded.verify_activity().await,
            Reach::Server(_) => Err(Refusal::unsupported("The activity log is checked where the platform runs.")),
        }
    }
}

#[cfg(test)]
#[path = "server_tests.rs"]
mod tests;
