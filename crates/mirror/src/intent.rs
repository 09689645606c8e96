//! What a person wants of one thing, and how that can fail.

use std::fmt;

use clawpair_api::ErrorBody;
use clawpair_core::tags::Tags;
use clawpair_core::text::{Name, Reason};
use serde::{Deserialize, Serialize};

use crate::record::{DeviceRecord, Standing};

/// What is to be done on a platform.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Intent {
    /// Call a device so.
    Rename {
        /// The name.
        name: Name,
    },
    /// Give a device exactly these tags.
    EditTags {
        /// The tags.
        tags: Tags,
    },
    /// Shut a device out for a while.
    Disable {
        /// Why.
        reason: Option<Reason>,
    },
    /// Let it in again.
    Enable,
    /// Shut it out for good; where a platform knows no such thing, remove it.
    Revoke {
        /// Why.
        reason: Option<Reason>,
    },
    /// Replace the credentials of one of its roles.
    Rotate {
        /// Of which role.
        role: Name,
        /// When they were replaced last as was known when this was asked for, by the platform's clock in milliseconds.
        before: Option<i64>,
    },
    /// Let in who asks: exactly this key, with exactly these permissions.
    Approve {
        /// The key as the request has it.
        public_key: String,
        /// What it will be allowed.
        permissions: Vec<String>,
    },
    /// Do not let in who asks.
    Deny {
        /// The key as the request has it.
        #[serde(default)]
        public_key: String,
        /// What it asks for.
        #[serde(default)]
        permissions: Vec<String>,
        /// Why.
        reason: Option<Reason>,
    },
}

impl Intent {
    /// Its stable word.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Rename { .. } => "rename",
            Self::EditTags { .. } => "edit_tags",
            Self::Disable { .. } => "disable",
            Self::Enable => "enable",
            Self::Revoke { .. } => "revoke",
            Self::Rotate { .. } => "rotate",
            Self::Approve { .. } => "approve",
            Self::Deny { .. } => "deny",
        }
    }

    /// Whether it is about a request and not about a device.
    pub const fn decides(&self) -> bool {
        matches!(self, Self::Approve { .. } | Self::Deny { .. })
    }

    /// What the request asks for that it is about; nothing if it is about none.
    pub(crate) fn asked_for(&self) -> &[String] {
        match self {
            Self::Approve { permissions, .. } | Self::Deny { permissions, .. } => permissions,
            _ => &[],
        }
    }

    /// Why it is to be done, if a person said.
    pub(crate) fn reason(&self) -> Option<String> {
        match self {
            Self::Disable { reason } | Self::Revoke { reason } | Self::Deny { reason, .. } => {
                reason.as_ref().map(ToString::to_string)
            }
            _ => None,
        }
    }

    /// Whether it shuts a device out for good.
    pub const fn revokes(&self) -> bool {
        matches!(self, Self::Revoke { .. })
    }

    /// Whether afterwards nobody is let in who was, or asks to be, by what was asked for before.
    pub(crate) const fn shuts_out(&self) -> bool {
        matches!(self, Self::Revoke { .. } | Self::Deny { .. } | Self::Disable { .. })
    }

    /// Whether what was asked for before and waits ends for it: it may let in who is to be shut out, or is of no use any more.
    pub(crate) const fn ends(&self, earlier: &Self) -> bool {
        match self {
            Self::Disable { .. } => matches!(earlier, Self::Enable),
            _ => self.shuts_out(),
        }
    }

    /// Whether what was seen of a device is kept with it: it would overwrite what somebody else has written, or let in whom somebody else has
    /// shut out; and what is asked for after it is meant on top of it.
    pub(crate) const fn is_guarded(&self) -> bool {
        matches!(self, Self::Rename { .. } | Self::EditTags { .. } | Self::Disable { .. } | Self::Enable)
    }

    /// Whether a device is as this wants it to be; nothing where its platform does not say, or where this is about a request.
    pub fn is_shown_by(&self, record: &DeviceRecord, standing: Standing) -> Option<bool> {
        let device = &record.device;
        Some(match self {
            Self::Rename { name } => device.name == name.as_str(),
            Self::EditTags { tags } => {
                let mut listed = device.tags.clone();
                listed.sort();
                listed == tags.to_strings()
            }
            Self::Disable { .. } => standing != Standing::Active,
            Self::Enable => standing == Standing::Active,
            Self::Revoke { .. } => standing.is_over(),
            Self::Rotate { role, before } => record.rotations.get(role.as_str())? > &before.unwrap_or(0),
            Self::Approve { .. } | Self::Deny { .. } => return None,
        })
    }

    /// Whether, asked for later, it stands in the place of the other.
    pub(crate) const fn overtakes(&self, earlier: &Self) -> bool {
        matches!(
            (self, earlier),
            (Self::Revoke { .. }, _)
                | (Self::Rename { .. }, Self::Rename { .. })
                | (Self::EditTags { .. }, Self::EditTags { .. })
                | (Self::Disable { .. } | Self::Enable, Self::Disable { .. } | Self::Enable)
        )
    }
}

/// For the journal: its word, and what there is to say besides.
impl fmt::Display for Intent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())?;
        match self {
            Self::Rename { name } => write!(f, ": {name}"),
            Self::EditTags { tags } => write!(f, ": {}", tags.to_strings().join(" ")),
            Self::Disable { reason: Some(reason) }
            | Self::Revoke { reason: Some(reason) }
            | Self::Deny { reason: Some(reason), .. } => {
                write!(f, ": {reason}")
            }
            Self::Rotate { role, .. } => write!(f, ": {role}"),
            Self::Approve { permissions, .. } => write!(f, ": {}", permissions.join(" ")),
            Self::Disable { .. } | Self::Enable | Self::Revoke { .. } | Self::Deny { .. } => Ok(()),
        }
    }
}

/// Why something was not done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Conflict {
    /// The thing is over on its platform: whoever did that, nothing is left to do.
    Gone,
    /// Somebody has changed it since it was seen.
    Changed,
    /// The request was decided otherwise, or is over.
    Decided,
    /// The request asks for something else than what was seen.
    AsksOtherwise,
    /// The device is there with the same key as a device that joined later.
    PairedAgain {
        /// What the platform calls it now.
        id: String,
    },
    /// The platform has acknowledged it, and what it lists since does not show it.
    NotShown,
    /// The platform does not let this program do it.
    NotAllowed {
        /// In its words.
        why: ErrorBody,
    },
    /// The platform refuses it otherwise.
    Refused {
        /// In its words.
        why: ErrorBody,
    },
    /// It waited in a file that was put back from a backup, and may have been sent or withdrawn since.
    Restored,
    /// It was asked for after the backup was made that was put back, and was not known to be done.
    AskedSince,
}

/// What a person may do about a conflict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    /// Ask for the same again.
    TryAgain,
    /// Ask for it whatever has changed.
    Overwrite,
    /// Revoke the device that has the key now.
    RevokeReturned,
    /// Leave it as it is.
    Leave,
}

impl Conflict {
    /// For people.
    pub fn sentence(&self) -> String {
        match self {
            Self::Gone => "This is over on its platform: it was revoked or removed there.".into(),
            Self::Changed => "Somebody has changed this since you saw it. Nothing was overwritten.".into(),
            Self::Decided => "This request was decided otherwise or is over.".into(),
            Self::AsksOtherwise => "This request asks for something else now than what you saw. Nothing was decided.".into(),
            Self::PairedAgain { .. } => {
                "The same key was paired again after you asked for this, and is let in now. It is NOT revoked.".into()
            }
            Self::NotShown => "The platform acknowledged this, and what it lists since does not show it.".into(),
            Self::NotAllowed { why } => format!("The platform does not let you do this: {}", why.message),
            Self::Refused { why } => format!("The platform refused this: {}", why.message),
            Self::Restored => {
                "This waited in a backup that was put back. It may have been sent or withdrawn since the backup was made.".into()
            }
            Self::AskedSince => {
                "You asked for this after the backup was made that was put back, so it does not go out by itself. Unless it had arrived \
                 before, it is not done."
                    .into()
            }
        }
    }

    /// What a person may do, the likeliest first.
    pub const fn choices(&self) -> &'static [Choice] {
        match self {
            Self::Gone | Self::Decided | Self::AsksOtherwise => &[Choice::Leave],
            Self::Changed => &[Choice::Overwrite, Choice::Leave],
            Self::PairedAgain { .. } => &[Choice::RevokeReturned, Choice::Leave],
            Self::NotShown | Self::NotAllowed { .. } | Self::Refused { .. } | Self::Restored | Self::AskedSince => {
                &[Choice::TryAgain, Choice::Leave]
            }
        }
    }
}
