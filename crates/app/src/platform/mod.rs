//! The port to whatever holds pairings: the embedded platform, Clawpair servers and OpenClaw Gateways.

pub(crate) mod clawpair;
pub mod delivering;
pub(crate) mod known;
pub(crate) mod openclaw;
pub mod reading;
pub(crate) mod registry;
pub(crate) mod unopened;

use async_trait::async_trait;
use clawpair_api::{
    AcknowledgeAlert, ActivityPage, Alert, AlertPage, AlertRule, AlertStatus, ApiKey, ApiKeyCreated, ApproveRequest, ChangeDevices,
    CreateApiKey, CreatePairingCode, DeviceSummary, DisableDevice, EditDevice, Event, GrantPermissions, Pairing, PairingPage,
    RotateApiKey, SetAlertRule,
};
use clawpair_core::secret::Secret;
use clawpair_mirror::{Errand, Thing};
use futures_util::stream::BoxStream;
use tokio::sync::broadcast;

pub(crate) use self::clawpair::ClawpairPlatform;
use self::delivering::Delivered;
use self::reading::{Brought, Since};
use crate::view::many::ChangeOutcomes;
use crate::view::openclaw::{CreateSetupCode, SetupCodeUsed, ShownSetupCode};
use crate::view::platform::{Capability, PlatformDevice, PlatformDevicePage, PlatformRequest, PlatformRequestPage, PlatformState};
use crate::view::{ActivityCheck, ActivityQuery, DeviceQuery, Refusal, ShownPairing};

/// What a platform answers.
pub type Answer<T> = Result<T, Refusal>;

/// Pieces of a file, as they come.
pub type Pieces = BoxStream<'static, Answer<Vec<u8>>>;

/// Something changed on a platform, or about it.
#[derive(Clone, Debug)]
pub enum News {
    /// Its state, its capabilities, its notice or its pin.
    State,
    /// What the REST contract calls an event. A platform that cannot tell what changed says [`Event::Resync`].
    Event(Box<Event>),
    /// A setup code was used.
    SetupCodeUsed(SetupCodeUsed),
}

/// How things stand with a platform, for showing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// How things stand.
    pub state: PlatformState,
    /// What it can do, as far as whoever uses it may; nothing while it has not said.
    pub capabilities: Option<Vec<Capability>>,
    /// What was accepted, as people compare it: a gateway's certificate by its SHA-256 in pairs of digits, a server's key by the pin
    /// that it prints.
    pub pin: Option<String>,
    /// Something a person should know about it, though it works.
    pub notice: Option<Refusal>,
    /// When it was last looked at, by this computer's clock.
    pub as_of: Option<String>,
}

/// One platform. What a kind of platform cannot do, its adapter leaves out; [`Standing::capabilities`] says so beforehand.
#[async_trait]
pub trait Platform: Send + Sync {
    /// How things stand now.
    fn standing(&self) -> Standing;

    /// What changes from now on.
    fn news(&self) -> broadcast::Receiver<News>;

    /// Whether its secrets could be had. What is not open is opened anew when a person wants to try.
    fn is_open(&self) -> bool {
        true
    }

    /// Tries again without waiting, where it is not connected.
    fn try_now(&self) {}

    /// Takes another token, setup code or API key, and tries again.
    async fn sign_in(&self, _credential: Secret) -> Answer<()> {
        Err(Refusal::unsupported("This platform takes no sign-in."))
    }

    /// Accepts the certificate that a person compared: this one and no other. Answers what is to be remembered as its pin.
    async fn accept_certificate(&self, _shown: &str) -> Answer<String> {
        Err(Refusal::unsupported("This platform shows no certificate."))
    }

    /// What tells this app's own entry on the platform from those on all others, where it has one, as it was last seen, perhaps before a
    /// restart: two platforms that tell the same are one, by two addresses.
    fn own_entry(&self) -> Option<String> {
        None
    }

    /// Removes what this app has of its own on the platform, before it is forgotten here.
    async fn take_leave(&self) -> Answer<()> {
        Ok(())
    }

    /// Forgets its secrets and copies on this computer, because a person has removed it, and keeps nothing of it from then on. May be
    /// repeated; if it fails, the platform has to be opened anew.
    async fn forget(&self) -> Answer<()> {
        Ok(())
    }

    /// Sends what waits for it and reads what it has into the copy that is kept here, now.
    async fn catch_up(&self) -> Answer<()> {
        Err(Refusal::unsupported("No copy of this platform is kept here."))
    }

    /// What it has beyond what earlier readings have brought; nothing if it was not looked at since.
    async fn read(&self, since: &Since) -> Answer<Option<Brought>>;

    /// The devices that are connected now, where [`Self::read`] does not tell which are no more.
    async fn connected(&self) -> Answer<Option<Vec<PlatformDevice>>> {
        Ok(None)
    }

    /// Sends something that was asked for: an attempt that may not be the first. Its answer says what is known of it.
    async fn deliver(&self, errand: &Errand) -> Delivered;

    /// The thing an errand is about as the platform has it now, where it can be asked for one thing and knows it.
    async fn look(&self, _errand: &Errand) -> Answer<Option<Thing>> {
        Ok(None)
    }

    /// Devices, narrowed and in the order asked for.
    async fn devices(&self, query: &DeviceQuery) -> Answer<PlatformDevicePage>;

    /// How many devices there are.
    async fn device_summary(&self) -> Answer<DeviceSummary>;

    /// One device.
    async fn device(&self, id: &str) -> Answer<PlatformDevice>;

    /// Changes a device's name, type or tags, if it is still at this revision.
    async fn edit_device(&self, id: &str, revision: u32, form: &EditDevice) -> Answer<PlatformDevice>;

    /// Changes what a device may do, if it is still at this revision.
    async fn grant_permissions(&self, _id: &str, _revision: u32, _form: &GrantPermissions) -> Answer<PlatformDevice> {
        Err(Refusal::unsupported("This platform does not change what a device may do after it was let in."))
    }

    /// Shuts a device out for good, or removes it where the platform does not remember.
    async fn revoke_device(&self, id: &str, reason: Option<&str>) -> Answer<PlatformDevice>;

    /// Shuts a device out until it is enabled again.
    async fn disable_device(&self, _id: &str, _form: &DisableDevice) -> Answer<PlatformDevice> {
        Err(Refusal::unsupported("This platform does not disable devices."))
    }

    /// Lets a disabled device in again.
    async fn enable_device(&self, _id: &str) -> Answer<PlatformDevice> {
        Err(Refusal::unsupported("This platform does not disable devices."))
    }

    /// Changes many devices in one way, and says what became of each.
    async fn change_devices(&self, _form: &ChangeDevices) -> Answer<ChangeOutcomes> {
        Err(Refusal::unsupported("This platform changes one device at a time."))
    }

    /// Replaces the token of one of a device's roles.
    async fn rotate_role_token(&self, _id: &str, _role: &str) -> Answer<PlatformDevice> {
        Err(Refusal::unsupported("Devices of this platform have no tokens by role."))
    }

    /// Ends the token of one of a device's roles.
    async fn revoke_role_token(&self, _id: &str, _role: &str) -> Answer<PlatformDevice> {
        Err(Refusal::unsupported("Devices of this platform have no tokens by role."))
    }

    /// Who waits to be let in, newest first.
    async fn requests(&self, after: Option<&str>) -> Answer<PlatformRequestPage>;

    /// Lets in who asks, if that is still who and what was seen.
    async fn approve_request(&self, id: &str, seen: &ApproveRequest) -> Answer<PlatformRequest>;

    /// Does not let in who asks, if that is still who and what was seen.
    async fn deny_request(&self, id: &str, seen: &ApproveRequest) -> Answer<PlatformRequest>;

    /// Makes a pairing code and gives its secrets out, this once.
    async fn create_pairing(&self, _form: &CreatePairingCode) -> Answer<ShownPairing> {
        Err(Refusal::unsupported("This platform has setup codes instead of pairing codes."))
    }

    /// Takes a pairing code back.
    async fn cancel_pairing(&self, _id: &str) -> Answer<Pairing> {
        Err(Refusal::unsupported("This platform does not take codes back."))
    }

    /// Open pairing codes, newest first.
    async fn open_pairings(&self, _after: Option<&str>) -> Answer<PairingPage> {
        Err(Refusal::unsupported("This platform does not list the codes that are open."))
    }

    /// Makes a setup code and gives it out, this once.
    async fn create_setup_code(&self, _form: &CreateSetupCode) -> Answer<ShownSetupCode> {
        Err(Refusal::unsupported("This platform has pairing codes instead of setup codes."))
    }

    /// What became of a setup code; nothing while nobody has used it.
    async fn setup_code_used(&self, _id: &str) -> Answer<Option<SetupCodeUsed>> {
        Err(Refusal::unsupported("This platform has pairing codes instead of setup codes."))
    }

    /// All API keys, newest first.
    async fn api_keys(&self) -> Answer<Vec<ApiKey>> {
        Err(Refusal::unsupported("This platform has no API keys."))
    }

    /// Makes an API key and gives it out, this once.
    async fn create_api_key(&self, _form: &CreateApiKey) -> Answer<ApiKeyCreated> {
        Err(Refusal::unsupported("This platform has no API keys."))
    }

    /// Gives an API key a new secret and gives that out, this once.
    async fn rotate_api_key(&self, _id: &str, _form: &RotateApiKey) -> Answer<ApiKeyCreated> {
        Err(Refusal::unsupported("This platform has no API keys."))
    }

    /// Revokes an API key.
    async fn revoke_api_key(&self, _id: &str) -> Answer<ApiKey> {
        Err(Refusal::unsupported("This platform has no API keys."))
    }

    /// Alerts that somebody has looked at or not, newest first.
    async fn alerts(&self, status: AlertStatus, after: Option<&str>) -> Answer<AlertPage>;

    /// Notes that somebody has looked at an alert, and what they found.
    async fn acknowledge_alert(&self, id: &str, form: &AcknowledgeAlert) -> Answer<Alert>;

    /// The alert rules as they are set.
    async fn alert_rules(&self) -> Answer<Vec<AlertRule>> {
        Err(Refusal::unsupported("This platform has no alert rules to set."))
    }

    /// Sets an alert rule.
    async fn set_alert_rule(&self, _id: &str, _form: &SetAlertRule) -> Answer<AlertRule> {
        Err(Refusal::unsupported("This platform has no alert rules to set."))
    }

    /// What has happened, newest first.
    async fn activity(&self, _query: &ActivityQuery) -> Answer<ActivityPage> {
        Err(Refusal::unsupported("This platform keeps no activity log."))
    }

    /// The activity log as a table for spreadsheets.
    async fn export_activity(&self) -> Answer<Pieces> {
        Err(Refusal::unsupported("This platform keeps no activity log."))
    }

    /// Checks that no entry of the activity log was changed, removed or put in. A log that is not whole is no error but the answer.
    async fn verify_activity(&self) -> Answer<ActivityCheck> {
        Err(Refusal::unsupported("The activity log is checked where the platform runs."))
    }
}
