//! Secrets that are kept elsewhere: a reference says where, and following it gets the secret. Neither errors nor logs ever hold what
//! was found.

mod aws;
mod azure;
mod gcp;
mod http;
mod local;
mod reference;
#[cfg(test)]
mod served;
#[cfg(test)]
mod tests;
mod vault;

use std::fmt;
use std::path::PathBuf;

use clawpair_app::Keyring;
use clawpair_core::clock::Clock;
use clawpair_core::secret::Secret;

pub(crate) use self::reference::Reference;
use crate::exit::Exit;
use crate::failure::Failure;

/// Longest secret that is taken, in bytes. An API key has 39, a password at most 128.
const MAX_SECRET: usize = 4_096;

/// What a reference is followed with.
pub(crate) struct Surroundings<'a> {
    /// The environment.
    pub(crate) variable: &'a dyn Fn(&str) -> Option<String>,
    /// The user's home folder.
    pub(crate) home: Option<PathBuf>,
    /// The system's keyring.
    pub(crate) keyring: &'a dyn Keyring,
    /// For signatures that hold the time.
    pub(crate) clock: &'a dyn Clock,
}

impl Surroundings<'_> {
    /// A variable of the environment.
    pub(crate) fn variable(&self, name: &str) -> Option<String> {
        (self.variable)(name)
    }

    /// A variable that is set and not empty.
    fn set(&self, name: &str) -> Option<String> {
        (self.variable)(name).filter(|value| !value.is_empty())
    }
}

/// The step at which following a reference failed, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stuck {
    step: String,
    why: String,
}

impl Stuck {
    fn at(step: impl Into<String>, why: impl fmt::Display) -> Self {
        Self { step: step.into(), why: why.to_string() }
    }
}

impl Reference {
    /// The secret it stands for. May ask a service on the network, and blocks meanwhile.
    pub(crate) fn follow(&self, surroundings: &Surroundings<'_>) -> Result<Secret, Failure> {
        let found = match self {
            Self::Env(name) => local::variable(name, surroundings),
            Self::File(path) => local::file(path),
            Self::Keyring(entry) => local::keyring(entry, surroundings),
            Self::Vault(place) => vault::read(place, surroundings),
            Self::AwsSm(place) => aws::read(place, surroundings),
            Self::GcpSm(place) => gcp::read(place, surroundings),
            Self::AzureKv(place) => azure::read(place, surroundings),
        };
        found.and_then(|secret| trimmed(&secret)).map_err(|stuck| self.failed(&stuck))
    }

    fn failed(&self, stuck: &Stuck) -> Failure {
        let message = format!("The secret {self} could not be had. {}: {}.", stuck.step, stuck.why);
        Failure::new(Exit::Secret, "secret_unavailable", message).hint("docs/CLI.md says what each kind of reference needs.")
    }
}

/// Without the line's end that editors and shells leave.
fn trimmed(secret: &Secret) -> Result<Secret, Stuck> {
    const STEP: &str = "Looking at the secret";
    let text = secret.reveal().trim();
    match text.len() {
        0 => Err(Stuck::at(STEP, "it is empty")),
        1..=MAX_SECRET if text.contains(char::is_control) => Err(Stuck::at(STEP, "it has several lines or control characters")),
        1..=MAX_SECRET => Ok(Secret::new(text.to_owned())),
        _ => Err(Stuck::at(STEP, format!("it is longer than {MAX_SECRET} bytes"))),
    }
}
