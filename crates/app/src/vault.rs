//! The platform's keys: made once, kept in the system's keyring, or in a file where there is none.
//!
//! Losing them would lock out every paired device, so they are made on first start only. Later a keyring that is locked
//! or gone is an error that says so, never a reason for new keys.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clawpair_api::{ErrorBody, ErrorCode};
use clawpair_core::Rng;
use clawpair_core::rng;
use clawpair_server::{PlatformSecrets, private_file};
use zeroize::Zeroizing;

use crate::files;
use crate::keyring::{Keyring, KeyringFailure, patiently};
use crate::settings::{SecretsPlace, Settings};
use crate::view::SecretStorage;

/// The keys of this data folder, made on first start.
pub(crate) async fn open(
    data_dir: &Path,
    settings: &Settings,
    keyring: Arc<dyn Keyring>,
    rng: &dyn Rng,
) -> Result<PlatformSecrets, ErrorBody> {
    match settings.secrets_place().map_err(|error| unavailable(error, None))? {
        Some(SecretsPlace::Keyring { entry }) => {
            let bytes = patiently(move || keyring.get(&entry)).await.map_err(|why| unavailable(&why, Some(what_helps(&why))))?;
            PlatformSecrets::from_bytes(&bytes).map_err(|why| unavailable(why, None))
        }
        Some(SecretsPlace::File { path, .. }) => read_file(&path),
        // Nothing says where the keys are, and yet they were made: the settings are gone.
        None if data_dir.join(files::SECRETS).exists() => {
            let secrets = read_file(&data_dir.join(files::SECRETS))?;
            let reason = "they were found there when the settings were gone".to_owned();
            remember(settings, &SecretsPlace::File { path: data_dir.join(files::SECRETS), reason })?;
            Ok(secrets)
        }
        None if data_dir.join(files::PLATFORM).exists() => {
            let help =
                "Put app.db back from a backup. To start over instead, without the devices that are paired, move platform.db away.";
            Err(unavailable("app.db, which says where they are, is gone or was replaced", Some(help)))
        }
        None => first_start(data_dir, settings, keyring, rng).await,
    }
}

fn read_file(path: &Path) -> Result<PlatformSecrets, ErrorBody> {
    let help = "Put the file back where it was and start Clawpair again. Nothing was changed.";
    let failed = |why: &dyn std::fmt::Display| unavailable(format!("{}: {why}", path.display()), Some(help));
    let bytes = std::fs::read(path).map(Zeroizing::new).map_err(|why| failed(&why))?;
    PlatformSecrets::from_bytes(&bytes).map_err(|why| failed(&why))
}

const fn what_helps(failure: &KeyringFailure) -> &'static str {
    match failure {
        KeyringFailure::Absent => {
            "Start the system's keyring service (log in to the desktop) and start Clawpair again. Nothing was changed."
        }
        KeyringFailure::Missing => {
            "Restore the keyring from a backup. To start over instead, without the devices that are paired, move the data folder away."
        }
        KeyringFailure::Locked | KeyringFailure::Silent | KeyringFailure::Other(_) => {
            "Unlock the system's keyring and start Clawpair again. Nothing was changed."
        }
    }
}

/// The keys are written before their place is recorded: a crash in between leaves keys that nobody uses, or a file that is
/// found again, and no device can have paired yet.
async fn first_start(
    data_dir: &Path,
    settings: &Settings,
    keyring: Arc<dyn Keyring>,
    rng: &dyn Rng,
) -> Result<PlatformSecrets, ErrorBody> {
    let secrets = PlatformSecrets::generate(rng).map_err(|error| ErrorBody::new(ErrorCode::Internal, error.to_string()))?;
    let entry = format!("platform-{:016x}", u64::from_be_bytes(rng::bytes(rng)));
    let (for_keyring, bytes) = (entry.clone(), secrets.to_bytes());
    let kept = patiently(move || keyring.set(&for_keyring, &bytes).and_then(|()| keyring.get(&for_keyring)).map(drop));
    let place = match kept.await {
        Ok(()) => SecretsPlace::Keyring { entry },
        // There is a keyring, and the person has not opened it: that is no choice for a file.
        Err(why @ (KeyringFailure::Locked | KeyringFailure::Silent)) => return Err(unavailable(&why, Some(what_helps(&why)))),
        Err(reason) => {
            let reason = reason.to_string();
            tracing::warn!(reason, "no keyring; keeping the platform's keys in a file");
            let path = data_dir.join(files::SECRETS);
            private_file::write(&path, &secrets.to_bytes())
                .map_err(|why| unavailable(format!("{}: {why}", path.display()), None))?;
            SecretsPlace::File { path, reason }
        }
    };
    remember(settings, &place)?;
    Ok(secrets)
}

fn remember(settings: &Settings, place: &SecretsPlace) -> Result<(), ErrorBody> {
    settings.set_secrets_place(place).map_err(|error| unavailable(error, None))
}

/// Where the keys are, for showing.
pub(crate) fn place(settings: &Settings) -> Result<SecretStorage, ErrorBody> {
    match settings.secrets_place().map_err(|error| unavailable(error, None))? {
        Some(SecretsPlace::File { path, reason }) => Ok(SecretStorage::File { path: path.display().to_string(), reason }),
        Some(SecretsPlace::Keyring { .. }) | None => Ok(SecretStorage::Keyring),
    }
}

/// The file's path, if the keys are in one.
pub(crate) fn file(settings: &Settings) -> Result<PathBuf, ErrorBody> {
    match settings.secrets_place().map_err(|error| unavailable(error, None))? {
        Some(SecretsPlace::File { path, .. }) => Ok(path),
        _ => Err(ErrorBody::new(ErrorCode::InvalidRequest, "The platform's keys are in the keyring and not in a file.")),
    }
}

/// Moves the file into another folder. It is in one place or in both, and the settings name one that is there.
pub(crate) fn move_file(settings: &Settings, folder: &Path) -> Result<(), ErrorBody> {
    let help = "Choose another folder. The file stays where it was.";
    let Some(SecretsPlace::File { path, reason }) = settings.secrets_place().map_err(|error| unavailable(error, None))? else {
        return file(settings).map(drop);
    };
    if path.parent() == Some(folder) {
        return Ok(());
    }
    let copy = private_file::copy_to(&path, folder).map_err(|why| unavailable(why, Some(help)))?;
    if let Err(error) = remember(settings, &SecretsPlace::File { path: copy.clone(), reason }) {
        let _ = std::fs::remove_file(&copy);
        return Err(error);
    }
    if let Err(why) = std::fs::remove_file(&path) {
        let still = format!("they are in {} now, and could not be removed from {}: {why}", copy.display(), path.display());
        return Err(unavailable(still, Some("Remove the old file by hand.")));
    }
    Ok(())
}

fn unavailable(why: impl std::fmt::Display, help: Option<&str>) -> ErrorBody {
    let mut body = ErrorBody::new(ErrorCode::StorageUnavailable, format!("The platform's keys cannot be used: {why}."));
    body.hint = help.map(str::to_owned).or(body.hint);
    body
}
