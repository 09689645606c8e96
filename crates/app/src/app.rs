mod beside;
mod export;
mod finding;
mod following;
mod journal;
mod keeping;
mod lost;
mod mirroring;
mod outbox;
mod platforms;
mod removing;
mod review;
mod secrets;
mod servers;
mod strangers;
mod sync;
mod target;
mod twins;

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clawpair_api::{ErrorBody, ErrorCode, Event, PairingStatus};
use clawpair_client::Client;
use clawpair_core::access::{Rights, Role};
use clawpair_core::clock::{Clock as _, SystemClock};
use clawpair_core::pairing::Lifetime;
use clawpair_core::rng::SystemRng;
use clawpair_core::store::StoreError;
use clawpair_core::{permission, text};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{Mutex, broadcast};

pub use self::beside::Reach;
use self::finding::Looking;
use self::mirroring::Mirroring;
use crate::clipboard::{Clipboard, SecretClipboard};
use crate::embedded::Embedded;
use crate::files;
use crate::keyring::Keyring;
use crate::local::Local;
use crate::network::Networks;
use crate::platform::registry::{EMBEDDED, Label, Platforms};
use crate::platform::{ClawpairPlatform, Platform};
use crate::secrets::Secrets;
use crate::settings::Settings;
use crate::shown::Shown;
use crate::view::platform::{PlatformKind, PlatformView};
use crate::view::{AppEvent, Overview, Preset, Refusal, RoleChoice, Theme};
use crate::{signpost, vault};

/// How often the app looks whether networks have come or gone.
const LOOK_INTERVAL: Duration = Duration::from_secs(5);
/// How long the database may take when the app ends.
const FAREWELL: Duration = Duration::from_secs(2);
/// Events a slow window may lag behind before it reloads.
const EVENT_BACKLOG: usize = 1_024;

/// What an app stands on.
pub struct Config {
    /// Where everything is kept; made if missing, readable by its owner only.
    pub data_dir: PathBuf,
    /// The system's clipboard.
    pub clipboard: Arc<dyn Clipboard>,
    /// The system's keyring.
    pub keyring: Arc<dyn Keyring>,
    /// Where the platform listens from its first start on, if that port is free then.
    pub first_port: u16,
}

/// The desktop application without its window.
#[derive(Clone)]
pub struct App(Arc<Inner>);

struct Inner {
    /// Two apps on one folder would answer for one platform at two addresses.
    _lock: Option<File>,
    data_dir: PathBuf,
    settings: Arc<Settings>,
    /// The secrets of other platforms.
    secrets: Secrets,
    /// The platform that listens here; none in a program beside the app.
    embedded: Option<Embedded>,
    /// The same platform, in such a program.
    local: Option<Local>,
    networks: Networks,
    platforms: Platforms,
    mirroring: Mirroring,
    /// One change of the list of platforms at a time.
    changing_platforms: Mutex<()>,
    /// The backup that a person has looked at last.
    chosen_backup: Mutex<Option<PathBuf>>,
    looking: Looking,
    clipboard: SecretClipboard,
    /// What a person should know of platforms that were forgotten at this start.
    lost_sight: std::sync::Mutex<Vec<ErrorBody>>,
    shown_pairings: Shown,
    shown_api_keys: Shown,
    events: broadcast::Sender<AppEvent>,
}

pub(crate) type Answer<T> = Result<T, Refusal>;

fn storage(error: &StoreError) -> Refusal {
    ErrorBody::new(ErrorCode::StorageUnavailable, error.to_string()).into()
}

impl App {
    /// Starts the embedded platform and everything around it.
    ///
    /// # Errors
    /// A sentence for the window when the data folder, the keys or the database cannot be used.
    pub async fn start(config: Config) -> Answer<Self> {
        make_private_folder(&config.data_dir)?;
        let lock = lock(&config.data_dir)?;
        let settings = Arc::new(Settings::open(&config.data_dir.join(files::SETTINGS)).map_err(|error| storage(&error))?);
        let secrets = vault::open(&config.data_dir, &settings, Arc::clone(&config.keyring), &SystemRng).await?;
        let other_secrets = Secrets::open(&config.data_dir, &settings, config.keyring).map_err(|error| storage(&error))?;
        let remembered_port = settings.port().map_err(|error| storage(&error))?;
        let embedded = Embedded::start(&config.data_dir, secrets, remembered_port, config.first_port).await?;
        if remembered_port.is_none() {
            settings.set_port(embedded.port()).map_err(|error| storage(&error))?;
        }
        signpost::put_up(&config.data_dir, embedded.port(), embedded.pin());
        let client = Client::in_process(clawpair_server::owner_router(Arc::clone(&embedded.service)));
        let platform = ClawpairPlatform::embedded(client, config.data_dir.join(files::PLATFORM)).await?;
        let events = broadcast::Sender::new(EVENT_BACKLOG);
        let platforms = Platforms::new(events.clone());
        let shown_pairings = Shown::default();
        hide_what_ended(events.subscribe(), shown_pairings.clone());
        let label = Label { id: EMBEDDED.to_owned(), kind: PlatformKind::Embedded, name: String::new(), address: None };
        let platform: Arc<dyn Platform> = Arc::new(platform);
        let mirroring = Mirroring::open(&config.data_dir.join(files::MIRROR), SystemClock.now(), Some(events.clone()));
        platforms.add(label, mirroring.around(&mirroring::embedded(), platform));
        let app = Self(Arc::new(Inner {
            _lock: Some(lock),
            data_dir: config.data_dir,
            settings,
            secrets: other_secrets,
            embedded: Some(embedded),
            local: None,
            networks: Networks::default(),
            platforms,
            mirroring,
            changing_platforms: Mutex::default(),
            chosen_backup: Mutex::default(),
            looking: Looking::default(),
            clipboard: SecretClipboard::new(config.clipboard),
            lost_sight: std::sync::Mutex::default(),
            shown_pairings,
            shown_api_keys: Shown::default(),
            events,
        }));
        app.open_known_platforms().await?;
        app.forget_strangers();
        app.look_at_network().await?;
        app.watch_networks();
        Ok(app)
    }

    /// What the window should know, from now on.
    pub fn events(&self) -> broadcast::Receiver<AppEvent> {
        self.0.events.subscribe()
    }

    /// A platform by its id.
    ///
    /// # Errors
    /// When there is none.
    pub fn platform(&self, id: &str) -> Answer<Arc<dyn Platform>> {
        self.0.platforms.get(id)
    }

    /// How things stand with all platforms, the embedded one first.
    pub fn platforms(&self) -> Vec<PlatformView> {
        self.0.platforms.views()
    }

    /// Takes our secrets out of the clipboard and writes what was only counted; for when the app ends.
    pub async fn leave(&self) {
        self.0.clipboard.clear_now();
        // A database that does not answer must not keep the program from ending.
        if tokio::time::timeout(FAREWELL, self.flush()).await.is_err() {
            tracing::error!("the database did not answer in time; the last minute's uses of API keys are not counted");
        }
    }

    async fn flush(&self) {
        if let Some(embedded) = &self.0.embedded {
            embedded.flush().await;
        }
        if let Some(local) = &self.0.local {
            local.flush().await;
        }
    }

    fn embedded(&self) -> Answer<&Embedded> {
        self.0.embedded.as_ref().ok_or_else(|| Refusal::unsupported("Only the app itself listens for devices."))
    }

    fn watch_networks(&self) {
        let inner = Arc::downgrade(&self.0);
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(LOOK_INTERVAL).await;
                let Some(inner) = inner.upgrade() else { return };
                let app = Self(inner);
                if app.0.networks.is_outdated().await
                    && let Err(error) = app.look_at_network().await
                {
                    tracing::warn!(%error, "the network could not be looked at");
                }
            }
        });
    }

    async fn look_at_network(&self) -> Answer<()> {
        let nearby = || self.0.settings.nearby().map(|nearby| nearby.unwrap_or(false));
        if self.0.networks.look(self.embedded()?, nearby).await.map_err(|error| storage(&error))? {
            let overview = Box::new(self.overview()?);
            let _ = self.0.events.send(AppEvent::Overview { overview });
        }
        Ok(())
    }

    /// The state of the app.
    ///
    /// # Errors
    /// When the settings cannot be read.
    pub fn overview(&self) -> Answer<Overview> {
        let (settings, embedded) = (&self.0.settings, self.embedded()?);
        let network = self.0.networks.last();
        let owned = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect::<Vec<_>>();
        Ok(Overview {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            data_dir: self.0.data_dir.display().to_string(),
            secret_storage: vault::place(settings)?,
            pin: embedded.pin().to_string(),
            curl_pin: embedded.curl_pin(),
            port: embedded.port(),
            nearby: settings.nearby().map_err(|error| storage(&error))?,
            addresses: network.addresses,
            theme: settings.theme().map_err(|error| storage(&error))?,
            problems: [self.0.mirroring.problem(), embedded.port_problem(), network.problem]
                .into_iter()
                .flatten()
                .chain(self.stranger_problems())
                .collect(),
            permissions: owned(&permission::KNOWN),
            harmless_actions: owned(&permission::HARMLESS_ACTIONS),
            presets: permission::PRESETS
                .iter()
                .map(|preset| Preset { id: preset.id.to_owned(), permissions: owned(preset.permissions) })
                .collect(),
            roles: Role::ALL
                .iter()
                .map(|&role| RoleChoice {
                    role: role.word().to_owned(),
                    scopes: Rights::of(role).iter().map(|scope| scope.word().to_owned()).collect(),
                })
                .collect(),
            device_types: owned(&text::KNOWN_DEVICE_TYPES),
            expiries_minutes: Lifetime::OFFERED_MINUTES.to_vec(),
        })
    }

    /// Lets devices nearby in, or only programs on this computer.
    ///
    /// # Errors
    /// When the setting cannot be kept.
    pub async fn set_nearby(&self, on: bool) -> Answer<Overview> {
        self.0.settings.set_nearby(on).map_err(|error| storage(&error))?;
        self.refresh_addresses().await
    }

    /// Looks at the network now.
    ///
    /// # Errors
    /// When the settings cannot be read.
    pub async fn refresh_addresses(&self) -> Answer<Overview> {
        self.look_at_network().await?;
        self.overview()
    }

    /// How the window looks.
    ///
    /// # Errors
    /// When the setting cannot be kept.
    pub fn set_theme(&self, theme: Theme) -> Answer<Overview> {
        self.0.settings.set_theme(theme).map_err(|error| storage(&error))?;
        self.overview()
    }

    /// The file with the platform's keys, where there is no keyring.
    ///
    /// # Errors
    /// When they are in the keyring.
    pub fn secrets_file(&self) -> Answer<PathBuf> {
        Ok(vault::file(&self.0.settings)?)
    }

    /// Moves that file into another folder.
    ///
    /// # Errors
    /// When it cannot be written there; it stays where it was.
    pub fn move_secrets_file(&self, folder: &Path) -> Answer<Overview> {
        vault::move_file(&self.0.settings, folder)?;
        self.overview()
    }
}

/// A code that has ended needs to be shown no more, whatever the page does.
fn hide_what_ended(mut events: broadcast::Receiver<AppEvent>, shown: Shown) {
    tokio::spawn(async move {
        loop {
            match events.recv().await {
                Ok(AppEvent::Platform { event, .. }) => {
                    if let Event::Pairing { pairing } = *event
                        && pairing.status != PairingStatus::Open
                    {
                        shown.hide(&pairing.id);
                    }
                }
                Ok(AppEvent::SetupCodeUsed { used, .. }) => shown.hide(&used.id),
                Ok(_) | Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return,
            }
        }
    });
}

fn lock(data_dir: &Path) -> Answer<File> {
    let path = data_dir.join(files::LOCK);
    let file = File::create(&path).map_err(|error| cannot_use(data_dir, &error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            let message = format!("Clawpair is already running with the data folder {}.", data_dir.display());
            let mut body = ErrorBody::new(ErrorCode::StorageUnavailable, message);
            body.hint = Some("Use its window. To run a second one, give it another folder with CLAWPAIR_DATA_DIR.".into());
            Err(body.into())
        }
        Err(TryLockError::Error(error)) => Err(cannot_use(data_dir, &error).into()),
    }
}

fn cannot_use(data_dir: &Path, error: &std::io::Error) -> ErrorBody {
    let mut body =
        ErrorBody::new(ErrorCode::StorageUnavailable, format!("The data folder {} cannot be used: {error}.", data_dir.display()));
    let help = "Give yourself the right to write there, or name another folder with CLAWPAIR_DATA_DIR; then start Clawpair again.";
    body.hint = Some(help.into());
    body
}

fn make_private_folder(path: &Path) -> Answer<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    Ok(builder.create(path).map_err(|error| cannot_use(path, &error))?)
}
