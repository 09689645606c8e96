//! A platform whose secrets cannot be had: it is shown with the reason, and does nothing.

use async_trait::async_trait;
use clawpair_api::{AcknowledgeAlert, Alert, AlertPage, AlertStatus, ApproveRequest, DeviceSummary, EditDevice};
use clawpair_core::secret::Secret;
use clawpair_mirror::Errand;
use tokio::sync::broadcast;

use super::delivering::Delivered;
use super::reading::{Brought, Since};
use super::{Answer, News, Platform, Standing};
use crate::view::platform::{PlatformDevice, PlatformDevicePage, PlatformRequest, PlatformRequestPage, PlatformState, Remedy};
use crate::view::{DeviceQuery, Refusal};

/// A platform that is not open, and why.
pub(crate) struct Unopened {
    why: Refusal,
    news: broadcast::Sender<News>,
}

impl Unopened {
    pub(crate) fn new(why: Refusal) -> Self {
        Self { why, news: broadcast::Sender::new(1) }
    }

    fn refuse<T>(&self) -> Answer<T> {
        Err(self.why.clone())
    }
}

#[async_trait]
impl Platform for Unopened {
    fn standing(&self) -> Standing {
        Standing {
            state: PlatformState::Refused { why: self.why.clone(), remedy: Remedy::Elsewhere },
            capabilities: None,
            pin: None,
            notice: None,
            as_of: None,
        }
    }

    fn news(&self) -> broadcast::Receiver<News> {
        self.news.subscribe()
    }

    fn is_open(&self) -> bool {
        false
    }

    async fn sign_in(&self, _credential: Secret) -> Answer<()> {
        self.refuse()
    }

    async fn take_leave(&self) -> Answer<()> {
        self.refuse()
    }

    async fn read(&self, _since: &Since) -> Answer<Option<Brought>> {
        self.refuse()
    }

    async fn deliver(&self, _errand: &Errand) -> Delivered {
        Delivered::later(None, self.why.clone())
    }

    async fn devices(&self, _query: &DeviceQuery) -> Answer<PlatformDevicePage> {
        self.refuse()
    }

    async fn device_summary(&self) -> Answer<DeviceSummary> {
        self.refuse()
    }

    async fn device(&self, _id: &str) -> Answer<PlatformDevice> {
        self.refuse()
    }

    async fn edit_device(&self, _id: &str, _revision: u32, _form: &EditDevice) -> Answer<PlatformDevice> {
        self.refuse()
    }

    async fn revoke_device(&self, _id: &str, _reason: Option<&str>) -> Answer<PlatformDevice> {
        self.refuse()
    }

    async fn requests(&self, _after: Option<&str>) -> Answer<PlatformRequestPage> {
        self.refuse()
    }

    async fn approve_request(&self, _id: &str, _seen: &ApproveRequest) -> Answer<PlatformRequest> {
        self.refuse()
    }

    async fn deny_request(&self, _id: &str, _seen: &ApproveRequest) -> Answer<PlatformRequest> {
        self.refuse()
    }

    async fn alerts(&self, _status: AlertStatus, _after: Option<&str>) -> Answer<AlertPage> {
        self.refuse()
    }

    async fn acknowledge_alert(&self, _id: &str, _form: &AcknowledgeAlert) -> Answer<Alert> {
        self.refuse()
    }
}
