//! Which platform a command is for, and being let in there.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clawpair_app::{Local, SystemKeyring, data_dir};
use clawpair_client::{Authorities, Client, Credential, Patience, Server, ServerAddress, ServerAddressError, Trust};
use clawpair_core::pin::ServerPin;
use clawpair_core::rng::SystemRng;

use crate::credentials::{Credentials, Kept, given};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::folders::Folders;
use crate::known::{Known, LOCAL, Platforms};
use crate::output::Output;
use crate::secrets::Surroundings;

/// The platform that the environment names, and what else it says of that one.
const URL_VARIABLE: &str = "CLAWPAIR_URL";
const PIN_VARIABLE: &str = "CLAWPAIR_PIN";
const KEY_VARIABLE: &str = "CLAWPAIR_API_KEY";

/// What every command that asks a platform is given.
pub(crate) struct Context<'a> {
    pub(crate) output: Output,
    pub(crate) surroundings: &'a Surroundings<'a>,
    pub(crate) folders: &'a Folders,
    /// A name or an address, where the command line has one.
    pub(crate) platform: Option<String>,
    /// Where the command line has one.
    pub(crate) pin: Option<ServerPin>,
}

/// A platform that was chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Chosen {
    /// The one of this computer, in this folder.
    Local(PathBuf),
    /// A server.
    Server(Known),
}

/// A platform that was chosen, and a way to call it.
pub(crate) struct Session {
    pub(crate) client: Client,
    local: Option<Local>,
}

impl Chosen {
    /// By what its credentials are kept.
    pub(crate) fn entry(&self) -> String {
        match self {
            Self::Local(_) => LOCAL.to_owned(),
            Self::Server(known) => known.address.to_string(),
        }
    }

    /// It, let in as whoever the credential says.
    pub(crate) async fn session_as(&self, credential: Credential) -> Result<Session, Failure> {
        match self {
            Self::Local(folder) => {
                let local = opened(folder).await?;
                Ok(Session { client: local.caller(credential), local: Some(local) })
            }
            Self::Server(known) => Ok(Session { client: stranger(known)?.with(credential), local: None }),
        }
    }

    /// For people.
    pub(crate) fn in_words(&self) -> String {
        match self {
            Self::Local(_) => "The platform of this computer".to_owned(),
            Self::Server(known) => known.address.to_string(),
        }
    }
}

impl Context<'_> {
    pub(crate) fn credentials(&self) -> Credentials<'_> {
        let off = self.surroundings.variable("CLAWPAIR_KEYRING").is_some_and(|value| value == "off");
        Credentials { folders: self.folders, keyring: (!off).then_some(self.surroundings.keyring) }
    }

    /// A variable of the environment that is there and not empty.
    fn said(&self, name: &str) -> Option<String> {
        self.surroundings.variable(name).filter(|text| !text.trim().is_empty())
    }

    /// The platform that was named, or the only one there is.
    pub(crate) fn chosen(&self) -> Result<Chosen, Failure> {
        let chosen = match self.platform.clone().or_else(|| self.said(URL_VARIABLE)) {
            Some(text) => self.called(&text)?,
            None => self.only_one()?,
        };
        Ok(match chosen {
            Chosen::Server(known) => Chosen::Server(Known { pin: self.pin_of(&known)?, ..known }),
            local @ Chosen::Local(_) => local,
        })
    }

    /// The platform that is called so.
    fn called(&self, text: &str) -> Result<Chosen, Failure> {
        let platforms = Platforms::read(self.folders)?;
        match text.trim() {
            LOCAL => Ok(Chosen::Local(self.local_folder()?)),
            text => match platforms.known.get(text) {
                Some(known) => Ok(Chosen::Server(known.clone())),
                None => Ok(Chosen::Server(addressed(text, &platforms)?)),
            },
        }
    }

    fn only_one(&self) -> Result<Chosen, Failure> {
        let (platforms, local) = (Platforms::read(self.folders)?, self.local_folder()?);
        let mut all: Vec<_> = platforms.known.values().cloned().map(Chosen::Server).collect();
        all.extend(data_dir::has_a_platform(&local).then_some(Chosen::Local(local)));
        match all.len() {
            1 => Ok(all.remove(0)),
            0 => Err(none()),
            _ => Err(several(&platforms)),
        }
    }

    pub(crate) fn local_folder(&self) -> Result<PathBuf, Failure> {
        let folder = data_dir::find(|name| self.surroundings.variable(name).map(PathBuf::from));
        folder.map_err(|error| Failure::new(Exit::LocalFile, "no_home", error.to_string()))
    }

    /// Whether the environment's pin and key are of this platform: they are of the one that it names, and go to no other.
    fn is_of_environment(&self, chosen: &Chosen) -> bool {
        let Some(named) = self.said(URL_VARIABLE) else { return true };
        self.called(&named).is_ok_and(|named| named.entry() == chosen.entry())
    }

    /// The key of a server to trust, as it was given or else is known.
    pub(crate) fn pin_of(&self, known: &Known) -> Result<Option<ServerPin>, Failure> {
        if self.pin.is_some() {
            return Ok(self.pin);
        }
        let said = self.said(PIN_VARIABLE).filter(|_| self.is_of_environment(&Chosen::Server(known.clone())));
        let pin = said.map(|text| text.parse::<ServerPin>()).transpose();
        pin.map(|pin| pin.or(known.pin)).map_err(|error| Failure::input(format!("What {PIN_VARIABLE} says is no pin. {error}")))
    }

    /// Whatever lets this program in there, if there is anything: the variable first, then what was kept.
    fn credential(&self, chosen: &Chosen) -> Result<Option<Credential>, Failure> {
        let kept = match self.said(KEY_VARIABLE).filter(|_| self.is_of_environment(chosen)) {
            Some(text) => Some(given(&text)?),
            None => self.credentials().get(&chosen.entry())?,
        };
        kept.map(|kept: Kept| kept.credential(self.surroundings)).transpose()
    }

    /// The chosen platform, let in as whoever the credential says, or as the owner of this computer's.
    pub(crate) async fn session(&self) -> Result<Session, Failure> {
        let chosen = self.chosen()?;
        match (self.credential(&chosen)?, &chosen) {
            (Some(credential), _) => chosen.session_as(credential).await,
            (None, Chosen::Local(folder)) => {
                let local = opened(folder).await?;
                Ok(Session { client: local.owner(), local: Some(local) })
            }
            (None, Chosen::Server(known)) => {
                let message = format!("There is no API key for {}.", known.address);
                let hint = if self.said(KEY_VARIABLE).is_some() {
                    "The one in CLAWPAIR_API_KEY is for the platform that CLAWPAIR_URL names. Set that to this platform, too, or run clawpair configure or clawpair login."
                } else {
                    "Set CLAWPAIR_API_KEY, or run clawpair configure --api-key or clawpair login."
                };
                Err(Failure::new(Exit::NotLetIn, "unauthenticated", message).hint(hint))
            }
        }
    }
}

async fn opened(folder: &Path) -> Result<Local, Failure> {
    Local::open(folder, Arc::new(SystemKeyring)).await.map_err(refused)
}

impl Session {
    /// Whether devices can reach the platform now, as far as is known.
    pub(crate) fn is_reachable(&self) -> bool {
        self.local.as_ref().is_none_or(Local::app_runs)
    }

    /// Writes what is only counted in memory.
    pub(crate) async fn end(self) -> Result<(), Failure> {
        match self.local {
            Some(local) => local.leave().await.map_err(refused),
            None => Ok(()),
        }
    }
}

/// A client of a server that shows nothing yet.
pub(crate) fn stranger(known: &Known) -> Result<Client, Failure> {
    let trust = known.pin.map_or_else(|| Trust::Authorities(Authorities::of_system()), Trust::Pinned);
    let server = Server { address: known.address.clone(), trust, patience: Patience::default(), rng: Arc::new(SystemRng) };
    Ok(Client::remote(server)?)
}

/// A server by its address, with the key that is known for it. What was given is not quoted: it may be something else that was pasted.
fn addressed(text: &str, platforms: &Platforms) -> Result<Known, Failure> {
    let unknown = |message: &str| {
        let hint =
            format!("Known by name are: {}. An address has https://, a host, and a port if it is not 21327.", names(platforms));
        Failure::new(Exit::WhichPlatform, "no_such_platform", message).hint(hint)
    };
    if !text.contains("://") && !text.contains(['.', ':']) {
        return Err(unknown("No platform is known by this name."));
    }
    let address: ServerAddress = text.parse().map_err(|error| match error {
        ServerAddressError::Clear { .. } => unknown(&error.to_string()),
        ServerAddressError::Scheme { .. } | ServerAddressError::Malformed { .. } => unknown("This is no server's address."),
    })?;
    let pin = platforms.known.values().find(|known| known.address == address).and_then(|known| known.pin);
    Ok(Known { address, pin })
}

fn names(platforms: &Platforms) -> String {
    platforms.known.keys().map(String::as_str).chain([LOCAL]).collect::<Vec<_>>().join(", ")
}

fn none() -> Failure {
    Failure::new(Exit::WhichPlatform, "no_platform", "No platform was named, and there is none on this computer.")
        .hint("Set CLAWPAIR_URL, add a server with clawpair platforms add, or start Clawpair once.")
}

fn several(platforms: &Platforms) -> Failure {
    let message = format!("There are several platforms: {}.", names(platforms));
    Failure::new(Exit::WhichPlatform, "several_platforms", message).hint("Choose one with --platform or CLAWPAIR_URL.")
}

/// The app's refusals have the codes of the contract, and some of their own.
fn refused(refusal: clawpair_app::view::Refusal) -> Failure {
    let exit = match refusal.code.as_str() {
        "not_found" => Exit::WhichPlatform,
        _ => Exit::LocalFile,
    };
    Failure { exit, code: refusal.code, message: refusal.message, hint: refusal.hint }
}
