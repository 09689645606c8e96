//! The files in the data folder.

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
/// Where the embedded platform is, for other programs of the same person.
pub(crate) const SIGNPOST: &str = "platform.json";
