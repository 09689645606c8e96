//! A data folder of the app, which knows a server of its own process, and the command beside it.

use std::path::PathBuf;
use std::process::Command;

use clawpair_app::App;
use clawpair_app::view::openclaw::AddPlatform;
use clawpair_app::view::platform::PlatformState;
use clawpair_core::claim::{ClaimSecret, Description};
use clawpair_core::link::PairingLink;
use clawpair_device::{Target, pair};
use clawpair_mirror::{Mirror, Place};
use ed25519_dalek::SigningKey;
use uuid::Uuid;

use crate::stage::Stage;
use crate::window::{app, ended, until};

/// A desk with the app, which knows one server by the name of Office.
pub struct Desk {
    pub stage: Stage,
    folder: PathBuf,
    /// What the app calls the server.
    pub office: String,
}

impl Desk {
    pub async fn new() -> Self {
        let stage = Stage::new();
        let folder = stage.path("data");
        let app = app(&folder).await;
        let adding = AddPlatform::Server { name: "Office".into(), address: stage.url.clone(), api_key: stage.key.clone() };
        let office = app.add_platform(adding).await.unwrap().id;
        until(&app, &office, |view| matches!(view.state, PlatformState::Refused { .. })).await;
        app.accept_certificate(&office, &stage.pin).await.unwrap();
        until(&app, &office, |view| matches!(view.state, PlatformState::Connected { .. }) && view.as_of.is_some()).await;
        let desk = Self { stage, folder, office };
        desk.end(app).await;
        desk
    }

    /// Another start of the app.
    pub async fn app(&self) -> App {
        app(&self.folder).await
    }

    /// Ends it, and waits until another may start.
    pub async fn end(&self, app: App) {
        ended(app, &self.folder).await;
    }

    /// The command, which is told neither a server nor a key.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.stage.command(arguments);
        command.env_remove("CLAWPAIR_URL").env_remove("CLAWPAIR_PIN").env("CLAWPAIR_DATA_DIR", &self.folder);
        command
    }

    /// What the app keeps of its platforms, opened by another program.
    pub fn mirror(&self) -> Mirror {
        Mirror::open(&self.folder.join("mirror.db")).unwrap()
    }

    pub fn place(&self, id: &str) -> Place {
        Place { platform: self.office.parse().unwrap(), id: id.to_owned() }
    }

    /// A device with the key that this number stands for joins the server.
    pub async fn joins(&self, name: &str, key: u8) -> String {
        let create =
            ["devices", "create-pairing-code", "--link", "--name", name, "--type", "IoT Sensor", "--permissions", "sensor:read"];
        join(&self.stage.said(&[&create[..], &["--typed=false"]].concat()), key).await
    }
}

/// A device pairs by a link.
pub async fn join(link: &str, key: u8) -> String {
    let link: PairingLink = link.parse().unwrap();
    let target = Target { addresses: link.addresses().to_vec(), pin: link.pin(), secret: ClaimSecret::Link(link.secret().clone()) };
    let key = SigningKey::from_bytes(&[key; 32]);
    pair(&target, &key, Uuid::from_bytes([5; 16]), &Description::default()).await.unwrap().device.id
}
