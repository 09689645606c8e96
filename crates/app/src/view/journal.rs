//! The journal of this computer, and what leaves the app as a file.

use serde::{Deserialize, Serialize};

/// Which entries of the journal to list: what is null does not narrow.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct JournalQuery {
    /// By whom.
    pub actor: Option<JournalActor>,
    /// What, as the journal's stable word.
    pub action: Option<String>,
    /// With words that begin so.
    pub search: Option<String>,
    /// Before the entry with this number.
    #[cfg_attr(feature = "ts", ts(type = "number | null"))]
    pub before: Option<i64>,
}

/// Who an entry is by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(rename_all = "snake_case")]
pub enum JournalActor {
    /// The person at this computer.
    You,
    /// It followed from what a platform said, or from the state of the file.
    Platform,
}

impl JournalActor {
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::You => "you",
            Self::Platform => "platform",
        }
    }
}

/// What something is called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct JournalName {
    /// By programs.
    pub id: String,
    /// By people, as far as that is known.
    pub name: Option<String>,
}

/// Something that was done here, or what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct JournalEntry {
    /// Counts from 1 without gaps.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub number: i64,
    /// When.
    pub at: String,
    /// By whom.
    pub actor: JournalActor,
    /// What, as a stable word.
    pub action: String,
    /// The platform, if it is about one.
    pub platform: Option<JournalName>,
    /// The device, request or other thing there, if it is about one.
    pub thing: Option<JournalName>,
    /// What there is to say besides.
    pub details: Option<String>,
}

/// Some entries, the latest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct JournalPage {
    /// The entries.
    pub entries: Vec<JournalEntry>,
    /// The `before` of the next page, if there is one.
    #[cfg_attr(feature = "ts", ts(type = "number | null"))]
    pub next: Option<i64>,
}

/// What to write into a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(rename_all = "snake_case")]
pub enum Export {
    /// The devices of all platforms, for spreadsheets.
    DevicesCsv,
    /// The devices of all platforms, for programs.
    DevicesJson,
    /// The journal, for spreadsheets.
    JournalCsv,
    /// The journal, for programs.
    JournalJson,
    /// Both, signed.
    Bundle,
}

impl Export {
    /// Its stable word, for the journal.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::DevicesCsv => "devices_csv",
            Self::DevicesJson => "devices_json",
            Self::JournalCsv => "journal_csv",
            Self::JournalJson => "journal_json",
            Self::Bundle => "bundle",
        }
    }

    /// What the file is called if nobody wants it otherwise.
    pub const fn file_name(self) -> &'static str {
        match self {
            Self::DevicesCsv => "clawpair-devices.csv",
            Self::DevicesJson => "clawpair-devices.json",
            Self::JournalCsv => "clawpair-journal.csv",
            Self::JournalJson => "clawpair-journal.json",
            Self::Bundle => "clawpair-bundle.jsonl",
        }
    }

    /// How its name ends.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::DevicesCsv | Self::JournalCsv => "csv",
            Self::DevicesJson | Self::JournalJson => "json",
            Self::Bundle => "jsonl",
        }
    }
}

/// A file that was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct Exported {
    /// What is in it.
    pub what: Export,
    /// Where it is.
    pub file: String,
    /// The fingerprint of the key that has signed it, if it is signed.
    pub signed_by: Option<String>,
}

/// Whether a bundle is as it was signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum BundleCheck {
    /// It is.
    Whole {
        /// The file's name.
        file: String,
        /// The fingerprint of the key that has signed it.
        signed_by: String,
        /// Whether that is the key of this installation.
        ours: bool,
        /// When it was made, by the clock of that computer.
        made_at: String,
        /// How many devices are in it.
        #[cfg_attr(feature = "ts", ts(type = "number"))]
        devices: u64,
        /// How many entries of the journal.
        #[cfg_attr(feature = "ts", ts(type = "number"))]
        entries: i64,
    },
    /// It is not, and nothing in it may be believed.
    Broken {
        /// The file's name.
        file: String,
        /// The first thing that is wrong, in a sentence.
        fault: String,
    },
}
