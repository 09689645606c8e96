//! The file that this computer keeps of all platforms, and copies of it.

use serde::{Deserialize, Serialize};

use super::ActivityCheck;

/// The file, and how much is in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct DataFile {
    /// Where it is.
    pub path: String,
    /// Its size in bytes, with what is not yet in its place in it.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub size: u64,
    /// Entries of the journal.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub entries: i64,
    /// What was asked for and is not seen to be done.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub waiting: i64,
}

/// What a backup holds, before it is put in the place of the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct BackupView {
    /// Its name.
    pub file: String,
    /// When a platform in it was last read; null if none ever was.
    pub as_of: Option<String>,
    /// How many devices it knows.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub devices: u64,
    /// What waits in it to be sent.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub waiting: u64,
    /// What was asked for after it was made and is not over.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub since: u64,
    /// Whether the journal in it is as it was written.
    pub journal: ActivityCheck,
}

/// A backup is in the place of the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct Restored {
    /// Where the file lies that was there before, if there was one.
    pub replaced: Option<String>,
    /// What waited in the backup or was asked for since, and a person is asked about.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub questions: u64,
    /// Whether all that was asked for since could be read.
    pub whole: bool,
}
