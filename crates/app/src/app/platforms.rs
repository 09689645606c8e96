//! Other platforms than the embedded one: adding, renaming and removing them, and what they need from a person.

use std::sync::Arc;

use clawpair_core::clock::SystemClock;
use clawpair_core::id::PlatformId;
use clawpair_core::rng::SystemRng;
use clawpair_core::secret::Secret;
use clawpair_core::text::Name;
use clawpair_mirror::Act;
use clawpair_openclaw::connection::Target;
use clawpair_openclaw::discovery::config_file::{self, Configured};
use clawpair_openclaw::fingerprint::Fingerprint;

use super::target::target;
use super::twins::is_at;
use super::{Answer, App, storage};
use crate::platform::Platform;
use crate::platform::known::{Known, KnownPlatforms};
use crate::platform::openclaw::{Kept, OpenclawPlatform, Opening, Pasted, identity, parse_address};
use crate::platform::registry::{EMBEDDED, Label, unknown};
use crate::platform::unopened::Unopened;
use crate::view::Refusal;
use crate::view::openclaw::{AddPlatform, LocalGateway};
use crate::view::platform::{PlatformKind, PlatformView};

impl App {
    /// Opens all platforms that were added. One that cannot be opened says why in its place.
    pub(super) async fn open_known_platforms(&self) -> Answer<()> {
        for known in self.0.settings.known_platforms().map_err(|error| storage(&error))? {
            let platform = self.open(&known).await;
            self.0.platforms.add(label(known), platform);
        }
        Ok(())
    }

    /// A platform, open or with the reason why not.
    pub(super) async fn open(&self, known: &Known) -> Arc<dyn Platform> {
        self.0.mirroring.around(known, self.open_bare(known).await)
    }

    /// Likewise, without the mirror before it.
    async fn open_bare(&self, known: &Known) -> Arc<dyn Platform> {
        let opened = match known.kind {
            PlatformKind::Openclaw => self.open_gateway(known).await,
            PlatformKind::Server => self.open_server(known).await,
            PlatformKind::Embedded => Err(Refusal::unsupported("The platform inside the app is always there.")),
        };
        opened.unwrap_or_else(|why| Arc::new(Unopened::new(why)))
    }

    async fn open_gateway(&self, known: &Known) -> Answer<Arc<dyn Platform>> {
        let address = parse_address(&known.address)?;
        let pin: Option<Result<Fingerprint, _>> = known.pin.as_deref().map(str::parse);
        let target = Target { address, pin: pin.and_then(Result::ok) };
        let (secrets, settings) = (&self.0.secrets, &self.0.settings);
        let opening = Opening {
            id: known.id.clone(),
            target,
            identity: identity(settings, secrets, &SystemRng).await?,
            kept: Kept::new(secrets.clone(), &known.id),
            own_entry: known.own_entry.clone(),
            settings: Arc::clone(settings),
            clock: Arc::new(SystemClock),
            rng: Arc::new(SystemRng),
        };
        Ok(Arc::new(OpenclawPlatform::open(opening).await?))
    }

    /// Adds a platform and begins to connect to it. Nothing is sent to one whose certificate nobody has compared.
    ///
    /// # Errors
    /// When what was given cannot be used, the platform is known already, by this or another address, or its secret cannot be kept.
    pub async fn add_platform(&self, adding: AddPlatform) -> Answer<PlatformView> {
        let changing = self.0.changing_platforms.lock().await;
        let (known, platform) = match adding {
            AddPlatform::Gateway { name, address, credential } => {
                let pasted = Pasted::read(&credential)?;
                let target = target(&address, &pasted).await?;
                self.add_gateway(&name, &target, &pasted).await?
            }
            AddPlatform::LocalGateway { name } => {
                let Configured { target, token } = configured()?.ok_or_else(no_local_gateway)?;
                let pasted = token.map(Pasted::Shared).ok_or_else(no_local_token)?;
                self.add_gateway(&name, &target, &pasted).await?
            }
            AddPlatform::Server { name, address, api_key } => {
                let known = self.add_server(&name, &address, &Secret::new(api_key)).await?;
                let platform = self.open_bare(&known).await;
                (known, platform)
            }
        };
        let platform = self.0.mirroring.around(&known, platform);
        let id = known.id.clone();
        let address = known.address.clone();
        self.0.platforms.add(label(known), platform);
        self.note_platform(Act::AddPlatform, &id, Some(address), None).await;
        // One that was not known any more may be known again.
        self.tell_overview();
        drop(changing);
        self.0.platforms.view(&id)
    }

    async fn add_gateway(&self, name: &str, target: &Target, pasted: &Pasted) -> Answer<(Known, Arc<dyn Platform>)> {
        let known =
            self.new_platform(PlatformKind::Openclaw, name, target.address.to_string(), target.pin.map(|pin| pin.to_string()))?;
        self.is_new(&target.address)?;
        let kept = Kept::new(self.0.secrets.clone(), &known.id);
        kept.keep_first(pasted).await?;
        if let Err(error) = self.0.settings.add_platform(&known) {
            let _ = kept.forget().await;
            return Err(storage(&error));
        }
        let platform = self.open_bare(&known).await;
        if let Err(here_already) = self.is_no_other(&known, platform.as_ref()).await {
            if platform.forget().await.is_ok() && self.0.settings.remove_platform(&known.id).is_ok() {
                return Err(here_already);
            }
            // What could not be taken back is in the list, where it says that it is there twice.
            let reopened = self.open_bare(&known).await;
            return Ok((known, reopened));
        }
        Ok((known, platform))
    }

    /// A platform that may be added: its name can be shown, and none is at its address yet.
    pub(super) fn new_platform(&self, kind: PlatformKind, name: &str, address: String, pin: Option<String>) -> Answer<Known> {
        let name = if name.trim().is_empty() { address.clone() } else { named(name)? };
        let all = self.0.settings.known_platforms().map_err(|error| storage(&error))?;
        if let Some(other) = all.iter().find(|known| known.address == address) {
            let what = format!("“{}” is at {address} already.", other.name);
            return Err(Refusal::new("platform_known", what, "Use that one; sign in there again if it has lost its token."));
        }
        let anew = || PlatformId::generate(&SystemClock, &SystemRng).to_string();
        let id = self.stranger_at(&address).unwrap_or_else(anew);
        Ok(Known { id, kind, name, address, pin, own_entry: None })
    }

    /// Calls a platform by another name.
    ///
    /// # Errors
    /// When the name cannot be shown or kept.
    pub async fn rename_platform(&self, id: &str, name: &str) -> Answer<PlatformView> {
        let _changing = self.0.changing_platforms.lock().await;
        self.added(id)?;
        let name = named(name)?;
        self.0.settings.rename_platform(id, &name).map_err(|error| storage(&error))?;
        self.0.mirroring.rename(id, &name);
        self.0.platforms.rename(id, &name);
        self.note_platform(Act::RenamePlatform, id, Some(name), None).await;
        self.0.platforms.view(id)
    }

    /// Signs in at a platform with another token, setup code or API key.
    ///
    /// # Errors
    /// When that is none, or cannot be kept.
    pub async fn sign_in_platform(&self, id: &str, credential: Secret) -> Answer<PlatformView> {
        let _changing = self.0.changing_platforms.lock().await;
        let signed_in = self.added(id)?.sign_in(credential).await;
        self.note_platform(Act::SignIn, id, None, signed_in.as_ref().err()).await;
        signed_in?;
        self.0.platforms.view(id)
    }

    /// Accepts the certificate that a platform shows and a person has compared.
    ///
    /// # Errors
    /// When it shows another one by now.
    pub async fn accept_certificate(&self, id: &str, shown: &str) -> Answer<PlatformView> {
        let _changing = self.0.changing_platforms.lock().await;
        let accepted = self.added(id)?.accept_certificate(shown).await;
        self.note_platform(Act::AcceptCertificate, id, accepted.as_ref().ok().cloned(), accepted.as_ref().err()).await;
        self.0.settings.pin_platform(id, &accepted?).map_err(|error| storage(&error))?;
        self.0.platforms.view(id)
    }

    /// Tries to connect to a platform at once.
    ///
    /// # Errors
    /// When there is no such platform.
    pub async fn try_platform_now(&self, id: &str) -> Answer<PlatformView> {
        let _changing = self.0.changing_platforms.lock().await;
        let platform = self.added(id)?;
        if platform.is_open() {
            platform.try_now();
        } else {
            let known = self.known(id)?;
            self.0.platforms.replace(id, self.open(&known).await);
        }
        self.0.platforms.view(id)
    }

    /// The gateway on this computer, if it has a configuration.
    ///
    /// # Errors
    /// When that cannot be read.
    pub fn local_gateway(&self) -> Answer<Option<LocalGateway>> {
        let Some(Configured { target, token }) = configured()? else { return Ok(None) };
        let path = config_file::config_path(&|name| std::env::var_os(name)).unwrap_or_default();
        let address = target.address.to_string();
        let all = self.0.settings.known_platforms().map_err(|error| storage(&error))?;
        Ok(Some(LocalGateway {
            path: path.display().to_string(),
            known_as: all.into_iter().find(|known| is_at(known, &target.address)).map(|known| known.id),
            address,
            pin: target.pin.map(|pin| pin.for_people()),
            has_token: token.is_some(),
        }))
    }

    /// What a person gave of a platform that was added.
    pub(super) fn known(&self, id: &str) -> Answer<Known> {
        let all = self.0.settings.known_platforms().map_err(|error| storage(&error))?;
        all.into_iter().find(|known| known.id == id).ok_or_else(unknown)
    }

    /// A platform that a person added.
    pub(super) fn added(&self, id: &str) -> Answer<Arc<dyn Platform>> {
        if id == EMBEDDED {
            return Err(Refusal::unsupported("The platform inside the app is always there."));
        }
        self.platform(id)
    }
}

pub(super) fn label(Known { id, kind, name, address, .. }: Known) -> Label {
    Label { id, kind, name, address: Some(address) }
}

fn named(name: &str) -> Answer<String> {
    let name: Result<Name, _> = name.parse();
    name.map(|name| name.to_string()).map_err(|error| Refusal::new("invalid_request", error.to_string(), "Write another name."))
}

fn configured() -> Answer<Option<Configured>> {
    config_file::on_this_computer(&|name| std::env::var_os(name)).map_err(|error| {
        Refusal::new(
            "gateway_config_unusable",
            error.to_string(),
            "Add the gateway by its address, with its shared token or a setup code.",
        )
    })
}

fn no_local_gateway() -> Refusal {
    let what = "There is no OpenClaw configuration on this computer.";
    Refusal::new("gateway_not_here", what, "Add the gateway by its address, with its shared token or a setup code.")
}

fn no_local_token() -> Refusal {
    let what = "The gateway's configuration on this computer holds no shared token that can be read.";
    Refusal::new("gateway_token_missing", what, "Add the gateway by its address and paste its shared token or a full setup code.")
}
