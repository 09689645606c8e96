//! The files in the data folder.

use std::path::Path;

/// The embedded platform's database.
pub(crate) const PLATFORM: &str = "platform.db";
/// The app's own settings.
pub(crate) const SETTINGS: &str = "app.db";
/// What all platforms had when they were last heard.
pub(crate) const MIRROR: &str = "mirror.db";
/// Held by the app that runs on this folder.
pub(crate) const LOCK: &str = "clawpair.lock";
/// The platform's keys, where there is no keyring.
pub(crate) const SECRETS: &str = "platform-secrets.json";
/// The secrets of other platforms, one file each, where there is no keyring.
pub(crate) const OTHER_SECRETS: &str = "secrets";
/// Held by the program that changes a secret of another platform.
pub(crate) const SECRETS_LOCK: &str = "secrets.lock";
/// Where the embedded platform is, for other programs of the same person.
pub(crate) const SIGNPOST: &str = "platform.json";

/// What lies in the data folder, or begins with such a name: journals, locks, and files that were set aside.
const OWN: [&str; 8] = [PLATFORM, SETTINGS, MIRROR, LOCK, SECRETS, OTHER_SECRETS, SECRETS_LOCK, SIGNPOST];

/// Whether this names one of the files in a data folder, whatever way leads there.
pub(crate) fn is_own(data_dir: &Path, path: &Path) -> bool {
    let Some((folder, name)) = path.parent().zip(path.file_name()) else { return false };
    // A bare name is in the folder where the program runs.
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let (Ok(folder), Ok(data_dir)) = (folder.canonicalize(), data_dir.canonicalize()) else { return false };
    // Some systems take names for the same that differ in case.
    let name = name.to_string_lossy().to_lowercase();
    folder == data_dir && OWN.iter().any(|own| name.starts_with(own)) || folder == data_dir.join(OTHER_SECRETS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_files_are_known_by_any_way_that_leads_to_them() {
        let outside = tempfile::tempdir().unwrap();
        let data = outside.path().join("data");
        std::fs::create_dir_all(data.join(OTHER_SECRETS)).unwrap();
        for own in ["mirror.db", "Mirror.DB", "mirror.db-wal", "platform.db", "app.db", "secrets/plat-1", "../data/app.db"] {
            assert!(is_own(&data, &data.join(own)), "{own}");
        }
        for other in ["devices.csv", "backup.db", "../mirror.db", "nowhere/mirror.db"] {
            assert!(!is_own(&data, &data.join(other)), "{other}");
        }
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(&data, outside.path().join("link")).unwrap();
            assert!(is_own(&data, &outside.path().join("link/mirror.db")));
        }
    }
}
