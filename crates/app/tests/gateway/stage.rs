//! An app before a gateway.

use std::sync::Arc;
use std::time::Duration;

use clawpair_api::{Alert, AlertStatus, ApproveRequest, Event};
use clawpair_app::App;
use clawpair_app::platform::Platform;
use clawpair_app::view::journal::{JournalEntry, JournalQuery};
use clawpair_app::view::openclaw::AddPlatform;
use clawpair_app::view::platform::{PlatformDevice, PlatformRequest, PlatformState, PlatformView};
use clawpair_app::view::{AppEvent, DeviceQuery, PAGE};
use clawpair_gateway_stage::{Ask, Peer, shared};
use tokio::sync::broadcast::Receiver;
use tokio::time::timeout;
use xtask::openclaw::TOKEN;

use crate::desk::Desk;

/// Longest wait for anything: a gateway that starts on a busy machine.
const PATIENCE: Duration = Duration::from_mins(3);

/// What a device asks for that only looks.
pub const LOOK: Ask<'static> = Ask::operator(&["operator.read"]);

/// An app at its desk, with a gateway.
pub struct Stage {
    pub desk: Desk,
    pub app: App,
    /// The gateway's id in the app.
    pub id: String,
}

impl Stage {
    /// A new app that has the shared gateway.
    pub async fn new() -> Self {
        let desk = Desk::new();
        let app = desk.start().await.unwrap();
        let id = app.add_platform(with_token("Shared", shared())).await.unwrap().id;
        connected(&app, &id).await;
        Self { desk, app, id }
    }

    /// The gateway.
    pub fn gateway(&self) -> Arc<dyn Platform> {
        self.app.platform(&self.id).unwrap()
    }

    /// The device of a peer, once it is in.
    pub async fn device(&self, peer: &Peer) -> PlatformDevice {
        let (gateway, id) = (self.gateway(), peer.identity.id().to_string());
        eventually(&self.app, "the device", async || gateway.device(&id).await.ok()).await
    }

    /// The request of a peer, once it is seen.
    pub async fn request(&self, kind: &str, peer: &Peer) -> PlatformRequest {
        let (gateway, id) = (self.gateway(), format!("{kind}-{}", peer.identity.id()));
        let find = async || gateway.requests(None).await.unwrap().requests.into_iter().find(|request| request.request.id == id);
        eventually(&self.app, "the request", find).await
    }

    /// What the journal says of this, once it does so often.
    pub async fn written(&self, action: &str, times: usize) -> Vec<JournalEntry> {
        let query = JournalQuery { action: Some(action.to_owned()), ..JournalQuery::default() };
        let written = async || {
            let entries = self.app.journal(&query, PAGE).await.unwrap().entries;
            (entries.len() >= times).then_some(entries)
        };
        eventually(&self.app, "what is written down", written).await
    }

    /// The open alert about a subject, once it is there and fits.
    pub async fn alert(&self, subject: &str, fits: impl Fn(&Alert) -> bool) -> Alert {
        let gateway = self.gateway();
        let find = async || {
            let alerts = gateway.alerts(AlertStatus::Open, None).await.unwrap().alerts;
            alerts.into_iter().find(|alert| alert.subject.as_deref() == Some(subject) && fits(alert))
        };
        eventually(&self.app, "the alert", find).await
    }

    /// A device of the gateway's own computer, which is let in by itself, and its connection.
    pub async fn local(&self, name: &str) -> (Peer, clawpair_gateway_stage::Session) {
        let peer = Peer { far: false, ..Peer::foreign(name) };
        let session = peer.joins(shared(), &LOOK).await;
        self.device(&peer).await;
        (peer, session)
    }

    /// Names of the devices that a search finds.
    pub async fn found(&self, text: &str) -> Vec<String> {
        let query = DeviceQuery { q: Some(text.to_owned()), ..DeviceQuery::default() };
        let page = self.gateway().devices(&query).await.unwrap();
        page.devices.into_iter().map(|device| device.device.name).collect()
    }
}

/// A gateway on this computer, by the token of all gateways here.
pub fn with_token(name: &str, port: u16) -> AddPlatform {
    AddPlatform::Gateway { name: name.to_owned(), address: format!("ws://127.0.0.1:{port}"), credential: TOKEN.to_owned() }
}

/// Whether the keyring holds this text anywhere.
pub fn holds(desk: &Desk, text: &str) -> bool {
    let entries = desk.keyring.entries.lock().unwrap();
    entries.values().any(|secret| secret.windows(text.len()).any(|part| part == text.as_bytes()))
}

/// What was seen of a request.
pub fn seen(request: &PlatformRequest) -> ApproveRequest {
    ApproveRequest { public_key: request.request.public_key.clone(), permissions: request.request.permissions.clone() }
}

/// Looks now and whenever something is told, until there is what was awaited.
pub async fn eventually<T>(app: &App, what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let mut events = app.events();
    let looking = async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            // Everything that is awaited is told; what was missed is looked for all the same.
            let _ = events.recv().await;
        }
    };
    timeout(PATIENCE, looking).await.unwrap_or_else(|_| panic!("{what} was awaited; {:?}", app.platforms()))
}

/// Waits until a platform is in a state.
pub async fn until(app: &App, id: &str, what: &str, is_it: impl Fn(&PlatformState) -> bool) -> PlatformView {
    eventually(app, what, async || app.platforms().into_iter().find(|view| view.id == id && is_it(&view.state))).await
}

/// Waits until a platform is connected.
pub async fn connected(app: &App, id: &str) -> PlatformView {
    until(app, id, "a connection", |state| matches!(state, PlatformState::Connected { .. })).await
}

/// Waits until a platform refuses.
pub async fn refused(app: &App, id: &str) -> PlatformView {
    until(app, id, "a refusal", |state| matches!(state, PlatformState::Refused { .. })).await
}

/// The next event of a kind.
pub async fn told<T>(events: &mut Receiver<AppEvent>, what: &str, is_it: impl Fn(AppEvent) -> Option<T>) -> T {
    let listening = async {
        loop {
            if let Some(found) = is_it(events.recv().await.unwrap()) {
                return found;
            }
        }
    };
    timeout(PATIENCE, listening).await.unwrap_or_else(|_| panic!("{what} was awaited"))
}

/// An alert, if an event is one.
pub fn alert(event: AppEvent) -> Option<Alert> {
    match event {
        AppEvent::Platform { event, .. } => match *event {
            Event::Alert { alert } => Some(alert),
            _ => None,
        },
        _ => None,
    }
}
