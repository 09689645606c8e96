//! A real platform of ours, to which calls and answers are lost.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use clawpair_api::{ErrorBody, ErrorCode};

use super::*;
use crate::platform::ClawpairPlatform;

/// What happens to what is sent from now on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    None,
    /// Nobody answers.
    Away,
    /// It does not arrive, and nobody says so.
    CallLost,
    /// It is done, and nobody says so.
    AnswerLost,
    /// It arrives twice.
    Twice,
    /// It is to be tried again later.
    Busy,
    /// Likewise what is to be called otherwise, and all else goes well.
    EditsFail,
    /// This person may do nothing.
    Forbidden,
}

pub(super) struct Troubled {
    pub(super) itself: ClawpairPlatform,
    trouble: Mutex<Trouble>,
    /// What was sent so far, whatever came of it.
    pub(super) sent: AtomicUsize,
    news: broadcast::Sender<News>,
}

impl Troubled {
    pub(super) fn new(itself: ClawpairPlatform) -> Self {
        Self { itself, trouble: Mutex::new(Trouble::None), sent: AtomicUsize::new(0), news: broadcast::Sender::new(16) }
    }

    fn trouble(&self) -> Trouble {
        *self.trouble.lock().unwrap()
    }

    pub(super) fn is(&self, trouble: Trouble) {
        *self.trouble.lock().unwrap() = trouble;
        let _ = self.news.send(News::State);
    }

    fn here(&self) -> Answer<&ClawpairPlatform> {
        if self.trouble() == Trouble::Away { Err(away()) } else { Ok(&self.itself) }
    }
}

fn away() -> Refusal {
    Refusal::new("server_unreachable", "It does not answer.", "Wait.")
}

fn forbidden() -> Refusal {
    Refusal::new("access_denied", "You may not do this.", "Ask an Admin.")
}

#[async_trait]
impl Platform for Troubled {
    fn standing(&self) -> Standing {
        let state = match self.trouble() {
            Trouble::Away => PlatformState::Retrying { at: "2026-10-01T12:00:00Z".into(), why: away() },
            _ => PlatformState::Connected { version: None },
        };
        Standing { state, ..self.itself.standing() }
    }
    fn news(&self) -> broadcast::Receiver<News> {
        self.news.subscribe()
    }
    async fn read(&self, since: &Since) -> Answer<Option<Brought>> {
        self.here()?.read(since).await
    }
    async fn deliver(&self, errand: &Errand) -> Delivered {
        self.sent.fetch_add(1, Ordering::SeqCst);
        match self.trouble() {
            Trouble::Away | Trouble::CallLost => Delivered::lost(away()),
            Trouble::AnswerLost => {
                self.itself.deliver(errand).await;
                Delivered::lost(away())
            }
            Trouble::Twice => {
                let first = self.itself.deliver(errand).await;
                self.itself.deliver(errand).await;
                first
            }
            Trouble::Busy => Delivered::later(Some(Duration::from_secs(30)), away()),
            Trouble::EditsFail if matches!(errand.intent, Intent::Rename { .. } | Intent::EditTags { .. }) => {
                Delivered::later(None, away())
            }
            Trouble::Forbidden => Delivered::refused(ErrorBody::new(ErrorCode::AccessDenied, "No."), forbidden()),
            Trouble::None | Trouble::EditsFail => self.itself.deliver(errand).await,
        }
    }
    async fn look(&self, errand: &Errand) -> Answer<Option<Thing>> {
        self.here()?.look(errand).await
    }
    async fn devices(&self, query: &DeviceQuery) -> Answer<PlatformDevicePage> {
        self.here()?.devices(query).await
    }
    async fn device_summary(&self) -> Answer<DeviceSummary> {
        self.here()?.device_summary().await
    }
    async fn device(&self, id: &str) -> Answer<PlatformDevice> {
        self.here()?.device(id).await
    }
    async fn edit_device(&self, id: &str, revision: u32, form: &EditDevice) -> Answer<PlatformDevice> {
        self.here()?.edit_device(id, revision, form).await
    }
    async fn grant_permissions(&self, id: &str, revision: u32, form: &GrantPermissions) -> Answer<PlatformDevice> {
        self.here()?.grant_permissions(id, revision, form).await
    }
    async fn revoke_device(&self, id: &str, reason: Option<&str>) -> Answer<PlatformDevice> {
        self.here()?.revoke_device(id, reason).await
    }
    async fn change_devices(&self, form: &ChangeDevices) -> Answer<ChangeOutcomes> {
        match self.trouble() {
            Trouble::CallLost => Err(away()),
            Trouble::AnswerLost => {
                self.itself.change_devices(form).await?;
                Err(away())
            }
            _ => self.here()?.change_devices(form).await,
        }
    }
    async fn requests(&self, after: Option<&str>) -> Answer<PlatformRequestPage> {
        self.here()?.requests(after).await
    }
    async fn approve_request(&self, id: &str, seen: &ApproveRequest) -> Answer<PlatformRequest> {
        self.here()?.approve_request(id, seen).await
    }
    async fn deny_request(&self, id: &str, seen: &ApproveRequest) -> Answer<PlatformRequest> {
        self.here()?.deny_request(id, seen).await
    }
    async fn alerts(&self, status: AlertStatus, after: Option<&str>) -> Answer<AlertPage> {
        self.here()?.alerts(status, after).await
    }
    async fn acknowledge_alert(&self, id: &str, form: &AcknowledgeAlert) -> Answer<Alert> {
        self.here()?.acknowledge_alert(id, form).await
    }
}
