mod alerts;
mod devices;
mod manage;

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clawpair_api::{
    ApiKey, ApiKeyCreated, CreateApiKey, CreatePairingCode, ErrorBody, ErrorCode, Event, Pairing, PairingPage, PairingStatus,
};
use clawpair_client::Client;
use clawpair_core::access::{Rights, Role};
use clawpair_core::pairing::Lifetime;
use clawpair_core::rng::SystemRng;
use clawpair_core::secret::Secret;
use clawpair_core::store::StoreError;
use clawpair_core::{permission, text};
use futures_util::StreamExt;
use tokio::sync::broadcast;

use crate::clipboard::{Clipboard, SecretClipboard};
use crate::embedded::Embedded;
use crate::files;
use crate::keyring::Keyring;
use crate::network::Networks;
use crate::settings::Settings;
use crate::shown::{self, Shown};
use crate::vault;
use crate::view::{AppEvent, Copied, CopyWhat, Overview, Preset, Qr, RoleChoice, ShownPairing, Theme};

/// How often the app looks whether networks have come or gone.
const LOOK_INTERVAL: Duration = Duration::from_secs(5);
/// How long the database may take when the app ends.
const FAREWELL: Duration = Duration::from_secs(2);
/// How long a new API key can be shown at most.
const KEY_SHOWN: Duration = Duration::from_mins(10);
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
    _lock: File,
    data_dir: PathBuf,
    settings: Settings,
    embedded: Embedded,
    networks: Networks,
    client: Client,
    clipboard: SecretClipboard,
    shown_pairings: Shown,
    shown_api_keys: Shown,
    events: broadcast::Sender<AppEvent>,
}

type Answer<T> = Result<T, ErrorBody>;

fn storage(error: &StoreError) -> ErrorBody {
    ErrorBody::new(ErrorCode::StorageUnavailable, error.to_string())
}

impl App {
    /// Starts the embedded platform and everything around it.
    ///
    /// # Errors
    /// A sentence for the window when the data folder, the keys or the database cannot be used.
    pub async fn start(config: Config) -> Answer<Self> {
        make_private_folder(&config.data_dir)?;
        let lock = lock(&config.data_dir)?;
        let settings = Settings::open(&config.data_dir.join(files::SETTINGS)).map_err(|error| storage(&error))?;
        let secrets = vault::open(&config.data_dir, &settings, config.keyring, &SystemRng).await?;
        let remembered_port = settings.port().map_err(|error| storage(&error))?;
        let embedded = Embedded::start(&config.data_dir, secrets, remembered_port, config.first_port).await?;
        if remembered_port.is_none() {
            settings.set_port(embedded.port()).map_err(|error| storage(&error))?;
        }
        let client = Client::in_process(clawpair_server::owner_router(Arc::clone(&embedded.service)));
        let app = Self(Arc::new(Inner {
            _lock: lock,
            data_dir: config.data_dir,
            settings,
            embedded,
            networks: Networks::default(),
            client,
            clipboard: SecretClipboard::new(config.clipboard),
            shown_pairings: Shown::default(),
            shown_api_keys: Shown::default(),
            events: broadcast::Sender::new(EVENT_BACKLOG),
        }));
        app.look_at_network().await?;
        app.forward_events().await?;
        app.watch_networks();
        Ok(app)
    }

    /// What the window should know, from now on.
    pub fn events(&self) -> broadcast::Receiver<AppEvent> {
        self.0.events.subscribe()
    }

    /// Forgets every secret that was shown; for when the page that showed it is gone.
    pub fn hide_all(&self) {
        self.0.shown_pairings.hide_all();
        self.0.shown_api_keys.hide_all();
    }

    /// Takes our secrets out of the clipboard and writes what was only counted; for when the app ends.
    pub async fn leave(&self) {
        self.0.clipboard.clear_now();
        // A database that does not answer must not keep the program from ending.
        if tokio::time::timeout(FAREWELL, self.0.embedded.flush()).await.is_err() {
            tracing::error!("the database did not answer in time; the last minute's uses of API keys are not counted");
        }
    }

    async fn forward_events(&self) -> Answer<()> {
        let mut events = self.0.client.events().await?.boxed();
        let (sender, shown) = (self.0.events.clone(), self.0.shown_pairings.clone());
        tokio::spawn(async move {
            while let Some(event) = events.next().await {
                if let Event::Pairing { pairing } = &event
                    && pairing.status != PairingStatus::Open
                {
                    shown.hide(&pairing.id);
                }
                // A window that is not there yet loads everything when it comes.
                let _ = sender.send(AppEvent::Platform(Box::new(event)));
            }
        });
        Ok(())
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
        if self.0.networks.look(&self.0.embedded, nearby).await.map_err(|error| storage(&error))? {
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
        let Inner { settings, embedded, .. } = &*self.0;
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
            problem: embedded.port_problem().or(network.problem),
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
        vault::file(&self.0.settings)
    }

    /// Moves that file into another folder.
    ///
    /// # Errors
    /// When it cannot be written there; it stays where it was.
    pub fn move_secrets_file(&self, folder: &Path) -> Answer<Overview> {
        vault::move_file(&self.0.settings, folder)?;
        self.overview()
    }

    /// Makes a pairing and gives out its secrets, this once.
    ///
    /// # Errors
    /// The platform's refusal, or a link that cannot be drawn; no code is left open then.
    pub async fn create_pairing(&self, form: &CreatePairingCode) -> Answer<ShownPairing> {
        let created = self.0.client.create_pairing_code(form).await?;
        let link = created.link.unwrap_or_default();
        let drawing = match clawpair_qr::draw(&link) {
            Ok(drawing) => drawing,
            Err(error) => {
                self.0.client.cancel_pairing(&created.pairing_id).await?;
                return Err(ErrorBody::new(ErrorCode::InvalidRequest, error.to_string()));
            }
        };
        let pairing = self.0.client.pairing(&created.pairing_id).await?;
        let addresses = link.parse().map_or_else(
            |_| Vec::new(),
            |link: clawpair_core::link::PairingLink| link.addresses().iter().map(ToString::to_string).collect(),
        );
        let life = Duration::from_mins(u64::from(form.expires_in_minutes));
        self.0.shown_pairings.show(&pairing.id, vec![Secret::new(created.code.clone()), Secret::new(link.clone())], life);
        Ok(ShownPairing {
            pairing,
            code: created.code,
            link,
            qr: Qr { size: drawing.size(), path: drawing.path() },
            pin: self.0.embedded.pin().to_string(),
            addresses,
        })
    }

    /// Forgets the secrets of a pairing; it stays open.
    pub fn hide_pairing(&self, id: &str) {
        self.0.shown_pairings.hide(id);
    }

    /// Copies a secret that is still shown.
    ///
    /// # Errors
    /// When it is hidden, or the clipboard refuses.
    pub fn copy_pairing(&self, id: &str, what: CopyWhat) -> Answer<Copied> {
        let index = match what {
            CopyWhat::Code => 0,
            CopyWhat::Link => 1,
        };
        self.0.clipboard.copy(self.0.shown_pairings.get(id, index)?.reveal())
    }

    /// Takes a code back.
    ///
    /// # Errors
    /// The platform's refusal.
    pub async fn cancel_pairing(&self, id: &str) -> Answer<Pairing> {
        let pairing = self.0.client.cancel_pairing(id).await?;
        self.hide_pairing(id);
        Ok(pairing)
    }

    /// Open pairings, newest first.
    ///
    /// # Errors
    /// The platform's refusal.
    pub async fn list_pairings(&self, after: Option<&str>) -> Answer<PairingPage> {
        self.0.client.open_pairings(after).await
    }

    /// All API keys, newest first.
    ///
    /// # Errors
    /// The platform's refusal.
    pub async fn list_api_keys(&self) -> Answer<Vec<ApiKey>> {
        self.0.client.api_keys().await
    }

    /// Makes an API key and gives it out, this once.
    ///
    /// # Errors
    /// The platform's refusal.
    pub async fn create_api_key(&self, form: &CreateApiKey) -> Answer<ApiKeyCreated> {
        let created = self.0.client.create_api_key(form).await?;
        self.0.shown_api_keys.show(&created.api_key.id, vec![Secret::new(created.key.clone())], KEY_SHOWN);
        Ok(created)
    }

    /// Copies an API key that is still shown.
    ///
    /// # Errors
    /// When it is hidden, or the clipboard refuses.
    pub fn copy_api_key(&self, id: &str) -> Answer<Copied> {
        self.0.clipboard.copy(self.0.shown_api_keys.get(id, 0)?.reveal())
    }

    /// Copies a line for a terminal that holds a secret which is still shown.
    ///
    /// # Errors
    /// When none of what is shown is in it, or the clipboard refuses.
    pub fn copy_line(&self, line: &str) -> Answer<Copied> {
        if self.0.shown_pairings.is_part_of(line) || self.0.shown_api_keys.is_part_of(line) {
            return self.0.clipboard.copy(line);
        }
        Err(shown::hidden())
    }

    /// Forgets an API key's secret; the key keeps working.
    pub fn hide_api_key(&self, id: &str) {
        self.0.shown_api_keys.hide(id);
    }

    /// Revokes an API key.
    ///
    /// # Errors
    /// The platform's refusal.
    pub async fn revoke_api_key(&self, id: &str) -> Answer<ApiKey> {
        self.0.client.revoke_api_key(id).await
    }
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
            Err(body)
        }
        Err(TryLockError::Error(error)) => Err(cannot_use(data_dir, &error)),
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
    builder.create(path).map_err(|error| cannot_use(path, &error))
}
