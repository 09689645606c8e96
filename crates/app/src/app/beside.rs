//! The app for another program of the same person, whether or not its window is open: it listens nowhere and shows nothing.

use std::path::Path;
use std::sync::Arc;

use clawpair_api::{ErrorBody, ErrorCode};
use clawpair_core::clock::{Clock as _, SystemClock};
use tokio::sync::{Mutex, broadcast};

use super::finding::Looking;
use super::mirroring::{Mirroring, embedded};
use super::platforms::label;
use super::{Answer, App, EVENT_BACKLOG, Inner, storage};
use crate::clipboard::{Clipboard, SecretClipboard};
use crate::keyring::Keyring;
use crate::local::Local;
use crate::network::Networks;
use crate::platform::known::KnownPlatforms as _;
use crate::platform::registry::{EMBEDDED, Label, Platforms};
use crate::platform::unopened::Unopened;
use crate::platform::{ClawpairPlatform, Platform};
use crate::secrets::Secrets;
use crate::settings::Settings;
use crate::shown::Shown;
use crate::view::Refusal;
use crate::view::platform::PlatformKind;
use crate::{data_dir, files};

/// How far another program reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// What is kept on this computer. No platform hears of it, and nothing is sent.
    Files,
    /// Platforms, too: they are connected to and read, and what waits is sent.
    Platforms,
}

/// The platform inside the app, for a program that is not the app.
pub(super) struct Beside {
    platform: Arc<dyn Platform>,
    local: Option<Local>,
}

impl Beside {
    /// One that cannot be opened says why in its place.
    async fn open(folder: &Path, keyring: Arc<dyn Keyring>) -> Self {
        let opened = async {
            let local = Local::open(folder, keyring).await?;
            let platform = ClawpairPlatform::embedded(local.owner(), folder.join(files::PLATFORM)).await?;
            Ok::<_, Refusal>((platform, local))
        };
        match opened.await {
            Ok((platform, local)) => Self { platform: Arc::new(platform), local: Some(local) },
            Err(why) => Self { platform: Arc::new(Unopened::new(why)), local: None },
        }
    }
}

/// No program without a window copies anything.
struct NoClipboard;

impl Clipboard for NoClipboard {
    fn read(&self) -> Option<String> {
        None
    }

    fn write_secret(&self, _: &str) -> Result<(), String> {
        Err("There is no clipboard here.".to_owned())
    }

    fn clear(&self) {}
}

impl App {
    /// The app of a data folder for a program beside it, which may run at the same time.
    ///
    /// # Errors
    /// When the app has never run there, or what it keeps cannot be used.
    pub async fn beside(folder: &Path, keyring: Arc<dyn Keyring>, reach: Reach) -> Answer<Self> {
        if !data_dir::has_a_platform(folder) {
            return Err(no_app(folder));
        }
        let settings = Arc::new(Settings::open(&folder.join(files::SETTINGS)).map_err(|error| storage(&error))?);
        let secrets = Secrets::open(folder, &settings, Arc::clone(&keyring)).map_err(|error| storage(&error))?;
        let events = broadcast::Sender::new(EVENT_BACKLOG);
        let platforms = Platforms::new(events.clone());
        let (path, now) = (folder.join(files::MIRROR), SystemClock.now());
        let (mirroring, local) = match reach {
            Reach::Files => (Mirroring::open(&path, now, None), None),
            Reach::Platforms => {
                let Beside { platform, local } = Beside::open(folder, keyring).await;
                let mirroring = Mirroring::open(&path, now, None);
                let platform = mirroring.around(&embedded(), platform);
                platforms.add(inside(), platform);
                (mirroring, local)
            }
        };
        mirroring.outbox()?;
        let app = Self(Arc::new(Inner {
            _lock: None,
            data_dir: folder.to_owned(),
            settings,
            secrets,
            embedded: None,
            local,
            networks: Networks::default(),
            platforms,
            mirroring,
            changing_platforms: Mutex::default(),
            chosen_backup: Mutex::default(),
            looking: Looking::default(),
            clipboard: SecretClipboard::new(Arc::new(NoClipboard)),
            lost_sight: std::sync::Mutex::default(),
            shown_pairings: Shown::default(),
            shown_api_keys: Shown::default(),
            events,
        }));
        match reach {
            Reach::Files => app.name_known_platforms()?,
            Reach::Platforms => app.open_known_platforms().await?,
        }
        Ok(app)
    }

    /// All platforms are there by name; none of them can be asked.
    fn name_known_platforms(&self) -> Answer<()> {
        let known = self.0.settings.known_platforms().map_err(|error| storage(&error))?;
        for label in [inside()].into_iter().chain(known.into_iter().map(label)) {
            let why = Refusal::unsupported("No platform is asked by this command.");
            self.0.platforms.add(label, Arc::new(Unopened::new(why)));
        }
        Ok(())
    }

    /// What a person should know about the file of devices.
    pub fn file_problem(&self) -> Option<ErrorBody> {
        self.0.mirroring.problem()
    }
}

fn inside() -> Label {
    Label { id: EMBEDDED.to_owned(), kind: PlatformKind::Embedded, name: String::new(), address: None }
}

fn no_app(folder: &Path) -> Refusal {
    let message = format!("Clawpair has never run with the data folder {}.", folder.display());
    let hint = "Start Clawpair once, and add the platforms there.".to_owned();
    ErrorBody { hint: Some(hint), ..ErrorBody::new(ErrorCode::NotFound, message) }.into()
}
