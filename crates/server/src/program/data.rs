//! The data folder and what lies in it.

use std::fs::{self, File, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use clawpair_core::rng::SystemRng;
use clawpair_server::{PlatformSecrets, private_file};
use zeroize::Zeroizing;

/// Largest file of keys that is looked at.
const MAX_SECRETS: u64 = 64 * 1_024;

/// Where the platform keeps everything.
pub(crate) struct DataDir(PathBuf);

impl DataDir {
    /// The folder, which need not be there yet.
    pub(crate) fn at(path: &Path) -> Self {
        Self(path.to_owned())
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// The database.
    pub(crate) fn database(&self) -> PathBuf {
        self.0.join("platform.db")
    }

    /// The settings, unless they are named elsewhere.
    pub(crate) fn config(&self) -> PathBuf {
        self.0.join("clawpair-server.toml")
    }

    /// The platform's keys: where they are named, else where systemd has put its credential, else in the folder.
    pub(crate) fn secrets(&self, named: Option<&Path>) -> PathBuf {
        let credential = || {
            let file = Path::new(&std::env::var_os("CREDENTIALS_DIRECTORY")?).join("clawpair-secrets");
            file.exists().then_some(file)
        };
        named.map(Path::to_owned).or_else(credential).unwrap_or_else(|| self.0.join("secrets.json"))
    }

    /// Makes the folder, for its owner only.
    ///
    /// # Errors
    /// When it cannot be made.
    pub(crate) fn make(&self) -> Result<()> {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&self.0).with_context(|| format!("The data folder {} cannot be made", self.0.display()))
    }

    /// Fails when there is no platform here yet.
    pub(crate) fn ensure_there(&self) -> Result<()> {
        ensure!(
            self.database().exists(),
            "There is no platform in {}: start one with clawpair-server serve, or name its folder with --data.",
            self.0.display()
        );
        Ok(())
    }

    /// The platform's keys, made when neither they nor a database are there yet.
    ///
    /// # Errors
    /// When they cannot be read, or are gone while the database that needs them is there: new ones would lock out every
    /// paired device.
    pub(crate) fn open_secrets(&self, named: Option<&Path>) -> Result<PlatformSecrets> {
        let path = self.secrets(named);
        let shown = path.display();
        match fs::metadata(&path) {
            Ok(file) => {
                ensure!(file.len() <= MAX_SECRETS, "{shown} is no file of keys: it is too large.");
                let bytes =
                    Zeroizing::new(fs::read(&path).with_context(|| format!("The platform's keys in {shown} cannot be read"))?);
                PlatformSecrets::from_bytes(&bytes).map_err(|why| {
                    anyhow::anyhow!("The platform's keys in {shown} cannot be used: {why}. Put them back from your copy.")
                })
            }
            Err(error) if error.kind() == ErrorKind::NotFound && self.database().exists() => bail!(
                "The platform's keys are not in {shown}, and its database needs them. Put the file back, or name it with --secrets. \
                 Nothing was changed: new keys would lock out every paired device."
            ),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let secrets = PlatformSecrets::generate(&SystemRng)?;
                private_file::write(&path, &secrets.to_bytes())
                    .with_context(|| format!("The platform's keys cannot be kept in {shown}"))?;
                Ok(secrets)
            }
            Err(error) => Err(error).with_context(|| format!("The platform's keys in {shown} cannot be read")),
        }
    }

    /// Held by every running platform on this folder; several may run on one database.
    ///
    /// # Errors
    /// When a restore is going on.
    pub(crate) fn share(&self) -> Result<File> {
        let file = self.lock_file()?;
        match file.try_lock_shared() {
            Ok(()) => Ok(file),
            Err(TryLockError::WouldBlock) => {
                bail!("A backup is being restored into {}; wait until that is done.", self.0.display())
            }
            Err(TryLockError::Error(error)) => Err(error).context("The data folder cannot be locked"),
        }
    }

    /// Held while the database is replaced.
    ///
    /// # Errors
    /// When a platform runs.
    pub(crate) fn own(&self) -> Result<File> {
        let file = self.lock_file()?;
        match file.try_lock() {
            Ok(()) => Ok(file),
            Err(TryLockError::WouldBlock) => bail!("A platform runs on {}. Stop it, then restore.", self.0.display()),
            Err(TryLockError::Error(error)) => Err(error).context("The data folder cannot be locked"),
        }
    }

    fn lock_file(&self) -> Result<File> {
        let path = self.0.join("clawpair-server.lock");
        File::create(&path).with_context(|| format!("{} cannot be made", path.display()))
    }
}
