//! The state file: what this device is paired with, and the claim it is in the middle of.
//!
//! It is readable by its owner only, and replaced as a whole: written beside, synced, renamed. Whoever reads it sees an
//! old or a new state and never a half one, also after a power cut. One program at a time may change it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clawpair_core::claim::ClaimSecret;
use clawpair_core::pin::ServerPin;
use clawpair_core::secret::{Pepper, Purpose};
use ed25519_dalek::SigningKey;
use tokio::time::{Instant, sleep};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::credential::Credential;
use crate::pair::Target;

mod format;

/// Largest state file that is read, in bytes.
const MAX_BYTES: u64 = 64 * 1_024;
/// How often a lock that is taken is tried again.
const RETRY: Duration = Duration::from_millis(50);

/// What the file holds.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// The pairing that is in force.
    pub paired: Option<Credential>,
    /// A claim that was begun and has no answer yet.
    pub pending: Option<Pending>,
}

/// A claim that was begun: enough to repeat it exactly, but not its secret.
#[derive(Clone, Debug)]
pub struct Pending {
    /// The key the device will have.
    pub key: SigningKey,
    /// Names the attempt.
    pub idempotency_key: Uuid,
    /// The platform's key, which is no secret; older programs did not keep it.
    pub pin: Option<ServerPin>,
    /// Which target it is for.
    identity: String,
}

impl Pending {
    /// A claim to begin.
    pub fn new(target: &Target, key: SigningKey, idempotency_key: Uuid) -> Self {
        let identity = identity(target, &key);
        Self { key, idempotency_key, pin: Some(target.pin), identity }
    }

    /// Whether this is the claim of that target.
    pub fn is_for(&self, target: &Target) -> bool {
        identity(target, &self.key) == self.identity
    }
}

/// A hash of the platform's pin and the secret, keyed with the device's key, from which neither can be had.
fn identity(target: &Target, key: &SigningKey) -> String {
    let purpose = match target.secret {
        ClaimSecret::Link(_) => Purpose::Link,
        ClaimSecret::Code(_) => Purpose::Code,
    };
    let named = Zeroizing::new(format!("{}{}", target.pin, target.secret.symbols()));
    Pepper::from_bytes(key.to_bytes()).hash(purpose, named.as_bytes()).to_text()
}

/// Why a state file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// The system refused.
    #[error("The state file {} cannot be {action}: {error}. Check the folder's permissions and free space, or choose another file with --state.", path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// What was tried.
        action: &'static str,
        /// The system's words.
        error: io::Error,
    },
    /// Not what this program writes.
    #[error("The state file {} is damaged ({why}). Restore it from a backup, or move it away and pair again.", path.display())]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// Where it is wrong, without its content.
        why: String,
    },
    /// Written by a newer program.
    #[error("The state file {} was written by a newer clawpair-device. Update this program; the file was left as it is.", path.display())]
    Newer {
        /// Which file.
        path: PathBuf,
    },
    /// Another program is changing it.
    #[error("Another clawpair-device is working with {}. Wait until it has finished.", path.display())]
    Busy {
        /// Which file.
        path: PathBuf,
    },
    /// No home folder to keep it in.
    #[error("There is no home folder to keep the state file in. Name a file with --state or CLAWPAIR_DEVICE_STATE.")]
    NoPlace,
}

/// Where the state is kept.
#[derive(Clone, Debug)]
pub struct StateFile {
    path: PathBuf,
}

impl StateFile {
    /// At a path.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// The path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The usual place: `$XDG_STATE_HOME/clawpair-device/device.json`, or `~/.local/state/…`. As the specification
    /// says, a relative `XDG_STATE_HOME` does not count.
    ///
    /// # Errors
    /// [`StateError::NoPlace`] when neither variable names a folder.
    pub fn usual(variable: impl Fn(&str) -> Option<PathBuf>) -> Result<Self, StateError> {
        let state_home = variable("XDG_STATE_HOME").filter(|path| path.is_absolute());
        let home = || variable("HOME").filter(|path| path.is_absolute()).map(|home| home.join(".local/state"));
        let folder = state_home.or_else(home).ok_or(StateError::NoPlace)?;
        Ok(Self::at(folder.join("clawpair-device/device.json")))
    }

    /// What is in it; nothing if there is no file. A file that others may read is closed to them, with a warning.
    ///
    /// # Errors
    /// When it cannot be read or was not written by this program.
    pub fn read(&self) -> Result<State, StateError> {
        let file = match File::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(State::default()),
            Err(error) => return Err(self.failed("read", error)),
        };
        if access::restrict(&file).map_err(|error| self.failed("closed to other users", error))? {
            tracing::warn!(path = %self.path.display(), "other users could read the state file; it is closed to them now. Pair again if one of them may have copied it");
        }
        let mut text = Zeroizing::new(String::new());
        file.take(MAX_BYTES + 1).read_to_string(&mut text).map_err(|error| self.failed("read", error))?;
        if text.len() as u64 > MAX_BYTES {
            return Err(StateError::Damaged { path: self.path.clone(), why: "larger than any state".into() });
        }
        format::parse(&text).map_err(|fault| match fault {
            format::Fault::Newer => StateError::Newer { path: self.path.clone() },
            format::Fault::Damaged(why) => StateError::Damaged { path: self.path.clone(), why },
        })
    }

    /// The exclusive right to change it, until the result is dropped or the program ends, however it ends.
    ///
    /// # Errors
    /// [`StateError::Busy`] while another program has it.
    pub fn lock(&self) -> Result<LockedState, StateError> {
        if let Some(folder) = self.path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            access::create_folder(folder).map_err(|error| self.failed("created", error))?;
        }
        let guard = access::private(OpenOptions::new().create(true).write(true).truncate(false)).open(self.beside("lock"));
        let guard = guard.map_err(|error| self.failed("locked", error))?;
        match guard.try_lock() {
            Ok(()) => Ok(LockedState { file: self.clone(), _guard: guard }),
            Err(fs::TryLockError::WouldBlock) => Err(StateError::Busy { path: self.path.clone() }),
            Err(fs::TryLockError::Error(error)) => Err(self.failed("locked", error)),
        }
    }

    /// The same, waiting that long for another program to finish.
    ///
    /// # Errors
    /// As [`Self::lock`].
    pub async fn lock_within(&self, patience: Duration) -> Result<LockedState, StateError> {
        let end = Instant::now() + patience;
        loop {
            match self.lock() {
                Err(StateError::Busy { .. }) if Instant::now() < end => sleep(RETRY).await,
                outcome => return outcome,
            }
        }
    }

    fn beside(&self, ending: &str) -> PathBuf {
        let mut name = self.path.as_os_str().to_owned();
        name.push(".");
        name.push(ending);
        name.into()
    }

    fn failed(&self, action: &'static str, error: io::Error) -> StateError {
        StateError::Io { path: self.path.clone(), action, error }
    }
}

/// A state file that only this program may change now.
#[derive(Debug)]
pub struct LockedState {
    file: StateFile,
    _guard: File,
}

impl LockedState {
    /// What is in it.
    ///
    /// # Errors
    /// As [`StateFile::read`].
    pub fn read(&self) -> Result<State, StateError> {
        self.file.read()
    }

    /// Replaces it; on return the new state is on the disk.
    ///
    /// # Errors
    /// When it cannot be written; then the old state is still there.
    pub fn write(&self, state: &State) -> Result<(), StateError> {
        self.replace(&format::text(state)).map_err(|error| self.file.failed("written", error))
    }

    fn replace(&self, text: &str) -> io::Result<()> {
        let new = self.file.beside("new");
        // What a crash left behind; `create_new` below then refuses whatever else might stand there.
        match fs::remove_file(&new) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = access::private(OpenOptions::new().create_new(true).write(true)).open(&new)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&new, &self.file.path)?;
        access::sync_folder(&self.file.path)
    }

    /// Deletes it. Returns whether there was one.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn delete(&self) -> Result<bool, StateError> {
        match fs::remove_file(&self.file.path) {
            Ok(()) => access::sync_folder(&self.file.path).map(|()| true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
        .map_err(|error| self.file.failed("deleted", error))
    }
}

/// Who may read what; on systems without modes the user's profile folder protects it.
#[cfg_attr(not(unix), expect(clippy::unnecessary_wraps, reason = "only Unix can fail here"))]
mod access {
    #[cfg(unix)]
    use std::fs::Permissions;
    use std::fs::{DirBuilder, File, OpenOptions};
    use std::io;
    #[cfg(unix)]
    use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
    use std::path::Path;

    pub(super) fn private(options: &mut OpenOptions) -> &mut OpenOptions {
        #[cfg(unix)]
        options.mode(0o600);
        options
    }

    pub(super) fn create_folder(folder: &Path) -> io::Result<()> {
        let mut builder = DirBuilder::new();
        #[cfg(unix)]
        builder.mode(0o700);
        builder.recursive(true).create(folder)
    }

    /// Takes the file away from others; says whether they had it.
    pub(super) fn restrict(file: &File) -> io::Result<bool> {
        #[cfg(unix)]
        if file.metadata()?.permissions().mode() & 0o077 != 0 {
            file.set_permissions(Permissions::from_mode(0o600))?;
            return Ok(true);
        }
        let _ = file;
        Ok(false)
    }

    /// Makes a change of names in a file's folder durable.
    pub(super) fn sync_folder(path: &Path) -> io::Result<()> {
        #[cfg(unix)]
        {
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
            File::open(folder)?.sync_all()?;
        }
        let _ = path;
        Ok(())
    }
}

#[cfg(test)]
#[path = "state_tests.rs"]
mod tests;
