//! What was asked for and is not seen to be done, and keys that came back, as the window shows them.

use clawpair_api::ActivityActor;
use clawpair_mirror::{Alarm, Choice, Conflict, Delivery, EndedBy, Errand, Intent, OutboxCounts};
use serde::{Deserialize, Serialize};

use super::Refusal;

/// What was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ErrandIntent {
    /// Call a device so.
    Rename {
        /// The name.
        name: String,
    },
    /// Give a device exactly these tags.
    EditTags {
        /// The tags.
        tags: Vec<String>,
    },
    /// Shut a device out for a while.
    Disable {
        /// Why.
        reason: Option<String>,
    },
    /// Let it in again.
    Enable,
    /// Shut it out for good.
    Revoke {
        /// Why.
        reason: Option<String>,
    },
    /// Replace its credentials.
    Rotate {
        /// Of which role.
        role: String,
    },
    /// Let in who asks.
    Approve {
        /// What it will be allowed.
        permissions: Vec<String>,
    },
    /// Do not let in who asks.
    Deny {
        /// Why.
        reason: Option<String>,
    },
}

/// What a person may do about something that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(rename_all = "snake_case")]
pub enum ErrandChoice {
    /// Ask for the same again.
    TryAgain,
    /// Ask for it whatever has changed.
    Overwrite,
    /// Revoke the device that has the key now.
    RevokeReturned,
    /// Leave it as it is.
    Leave,
}

/// Why something failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(rename_all = "snake_case")]
pub enum ErrandFault {
    /// The platform no longer has the thing.
    Gone,
    /// Somebody has changed it since it was seen.
    Changed,
    /// The request was decided otherwise, or is over.
    Decided,
    /// The request asks for something else than what was seen.
    AsksOtherwise,
    /// The same key was paired again later.
    PairedAgain,
    /// It was acknowledged, and what is listed since does not show it.
    NotShown,
    /// The platform does not let this program do it.
    NotAllowed,
    /// The platform refuses it otherwise.
    Refused,
    /// It waited in a backup that was put back.
    Restored,
    /// It was asked for after the backup was made that was put back.
    AskedSince,
}

/// How something that was asked for stands. Until it is verified a revocation is NOT done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ErrandState {
    /// It waits: for its platform, for what was asked before, or for the next attempt.
    Queued {
        /// When it goes out at the earliest.
        due: String,
    },
    /// It is on its way, or its answer was lost.
    Sent,
    /// The platform says that it was done.
    Acknowledged,
    /// A later reading shows it.
    Verified,
    /// It was not done, or is not to be seen: a person has to choose.
    Failed {
        /// What happened.
        fault: ErrandFault,
        /// The same in a sentence.
        sentence: String,
        /// What a person may do, the likeliest first.
        choices: Vec<ErrandChoice>,
        /// The platform's words.
        why: Option<Refusal>,
    },
    /// It could not be sent in time.
    Expired,
    /// A person has taken it back, or left it as it is.
    Withdrawn,
    /// Something that was asked for later stands in its place.
    Overtaken,
    /// Its platform was removed, so nobody will ever know more.
    Abandoned,
}

/// Something that was asked for on this computer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct ErrandView {
    /// Counts what was asked for on this computer.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub id: i64,
    /// Of which platform.
    pub platform: String,
    /// What that is called; empty for the one inside the app.
    pub platform_name: String,
    /// The device, or for a decision the request.
    pub subject: String,
    /// What that is called, as far as it is known here.
    pub name: Option<String>,
    /// The key's fingerprint as it was when this was asked for.
    pub key: String,
    /// What is to be done.
    pub intent: ErrandIntent,
    /// When it was asked for.
    pub queued_at: String,
    /// From when on it is not sent for the first time any more.
    pub expires_at: Option<String>,
    /// How often it was sent.
    pub attempts: u32,
    /// When it was sent last.
    pub sent_at: Option<String>,
    /// When the platform said that it was done.
    pub acknowledged_at: Option<String>,
    /// When it was over, or failed.
    pub ended_at: Option<String>,
    /// Whether it can still be taken back: it was never sent.
    pub can_withdraw: bool,
    /// What was asked for before, waited and is over for it, the oldest first, and stays over also if this is taken back or left undone, as
    /// what lets somebody in does. Only what shuts somebody out overtakes so.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "ts", ts(as = "Option<Vec<ErrandIntent>>", optional))]
    pub overtook: Vec<ErrandIntent>,
    /// What was asked for before and waits again, when a revocation is taken back, or left undone after it was refused.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "ts", ts(as = "Option<Vec<ErrandIntent>>", optional))]
    pub resumes: Vec<ErrandIntent>,
    /// How it stands.
    pub state: ErrandState,
}

/// How much a person has to know of at any time; the same for all platforms together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct OutboxSummary {
    /// Revocations that are not seen to be done.
    pub not_yet_revoked: u32,
    /// Errands that wait, are on their way, or are acknowledged and not seen to be done.
    pub waiting: u32,
    /// Errands that failed and about which nobody has decided.
    pub conflicts: u32,
    /// Keys that came back and at which nobody has looked.
    pub alarms: u32,
}

/// Some of what is not over, and how much there is in all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct OutboxPage {
    /// The errands, the oldest first.
    pub errands: Vec<ErrandView>,
    /// The `after` of the next page, if there is one.
    #[cfg_attr(feature = "ts", ts(type = "number | null"))]
    pub next: Option<i64>,
    /// How much there is in all.
    pub summary: OutboxSummary,
}

/// Who has ended a device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum DeviceEndedBy {
    /// The person at this computer.
    You,
    /// Somebody else, as the platform's activity says.
    Other {
        /// Who.
        actor: ActivityActor,
    },
}

/// How somebody with a key stands at a platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(rename_all = "snake_case")]
pub enum KeyStanding {
    /// Let in.
    Active,
    /// Not let in until somebody enables it.
    Disabled,
    /// It asks to be let in.
    Asks,
}

/// Where the key of a device that may be lost is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct KeyPlace {
    /// On which platform.
    pub platform: String,
    /// What that is called; empty for the one inside the app.
    pub platform_name: String,
    /// The device or request.
    pub subject: String,
    /// What that is called.
    pub name: String,
    /// How it stands.
    pub how: KeyStanding,
}

/// The key of a device that was over came back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct AlarmView {
    /// Counts alarms on this computer.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub number: i64,
    /// The key's fingerprint.
    pub key: String,
    /// The platform where it is now.
    pub platform: String,
    /// What that is called; empty for the one inside the app.
    pub platform_name: String,
    /// The device or request that has it now.
    pub subject: String,
    /// What that is called, as far as it is known here.
    pub name: Option<String>,
    /// Whether it only asks to be let in. Else it is let in.
    pub asks: bool,
    /// When it was noticed.
    pub noticed_at: String,
    /// The platform where the device was that ended.
    pub ended_platform: String,
    /// What that is called; empty for the one inside the app.
    pub ended_platform_name: String,
    /// The device that ended.
    pub ended_device: String,
    /// What it was called.
    pub ended_name: String,
    /// Whether it was revoked. Else its platform no longer listed it.
    pub was_revoked: bool,
    /// When it ended.
    pub ended_at: String,
    /// Who has ended it, if that is known.
    pub ended_by: Option<DeviceEndedBy>,
    /// Why, if somebody said.
    pub reason: Option<String>,
}

/// What things and platforms are called.
pub(crate) struct Called {
    pub(crate) platform: String,
    pub(crate) thing: Option<String>,
}

impl From<OutboxCounts> for OutboxSummary {
    fn from(counts: OutboxCounts) -> Self {
        let count = |count: i64| u32::try_from(count).unwrap_or(u32::MAX);
        Self {
            not_yet_revoked: count(counts.not_yet_revoked),
            waiting: count(counts.waiting),
            conflicts: count(counts.conflicts),
            alarms: count(counts.alarms),
        }
    }
}

impl From<Choice> for ErrandChoice {
    fn from(choice: Choice) -> Self {
        match choice {
            Choice::TryAgain => Self::TryAgain,
            Choice::Overwrite => Self::Overwrite,
            Choice::RevokeReturned => Self::RevokeReturned,
            Choice::Leave => Self::Leave,
        }
    }
}

impl From<ErrandChoice> for Choice {
    fn from(choice: ErrandChoice) -> Self {
        match choice {
            ErrandChoice::TryAgain => Self::TryAgain,
            ErrandChoice::Overwrite => Self::Overwrite,
            ErrandChoice::RevokeReturned => Self::RevokeReturned,
            ErrandChoice::Leave => Self::Leave,
        }
    }
}

impl From<Intent> for ErrandIntent {
    fn from(intent: Intent) -> Self {
        let text = |reason: Option<clawpair_core::text::Reason>| reason.map(|reason| reason.to_string());
        match intent {
            Intent::Rename { name } => Self::Rename { name: name.to_string() },
            Intent::EditTags { tags } => Self::EditTags { tags: tags.to_strings() },
            Intent::Disable { reason } => Self::Disable { reason: text(reason) },
            Intent::Enable => Self::Enable,
            Intent::Revoke { reason } => Self::Revoke { reason: text(reason) },
            Intent::Rotate { role, .. } => Self::Rotate { role: role.to_string() },
            Intent::Approve { permissions, .. } => Self::Approve { permissions },
            Intent::Deny { reason, .. } => Self::Deny { reason: text(reason) },
        }
    }
}

impl From<&Conflict> for ErrandState {
    fn from(conflict: &Conflict) -> Self {
        let (fault, why) = match conflict {
            Conflict::Gone => (ErrandFault::Gone, None),
            Conflict::Changed => (ErrandFault::Changed, None),
            Conflict::Decided => (ErrandFault::Decided, None),
            Conflict::AsksOtherwise => (ErrandFault::AsksOtherwise, None),
            Conflict::PairedAgain { .. } => (ErrandFault::PairedAgain, None),
            Conflict::NotShown => (ErrandFault::NotShown, None),
            Conflict::NotAllowed { why } => (ErrandFault::NotAllowed, Some(why)),
            Conflict::Refused { why } => (ErrandFault::Refused, Some(why)),
            Conflict::Restored => (ErrandFault::Restored, None),
            Conflict::AskedSince => (ErrandFault::AskedSince, None),
        };
        Self::Failed {
            fault,
            sentence: conflict.sentence(),
            choices: conflict.choices().iter().map(|&choice| choice.into()).collect(),
            why: why.cloned().map(Into::into),
        }
    }
}

impl ErrandView {
    pub(crate) fn new(errand: Errand, called: Called, overtook: Vec<Errand>, resumes: Vec<Errand>) -> Self {
        let ended_at = match &errand.delivery {
            Delivery::Queued { .. } | Delivery::Sent { .. } | Delivery::Acknowledged { .. } => None,
            Delivery::Verified { at }
            | Delivery::Failed { at, .. }
            | Delivery::Expired { at }
            | Delivery::Withdrawn { at }
            | Delivery::Overtaken { at }
            | Delivery::Abandoned { at } => Some(at.to_string()),
        };
        let state = match &errand.delivery {
            Delivery::Queued { wait } => ErrandState::Queued { due: wait.until.to_string() },
            Delivery::Sent { .. } => ErrandState::Sent,
            Delivery::Acknowledged { .. } => ErrandState::Acknowledged,
            Delivery::Verified { .. } => ErrandState::Verified,
            Delivery::Failed { conflict, .. } => conflict.into(),
            Delivery::Expired { .. } => ErrandState::Expired,
            Delivery::Withdrawn { .. } => ErrandState::Withdrawn,
            Delivery::Overtaken { .. } => ErrandState::Overtaken,
            Delivery::Abandoned { .. } => ErrandState::Abandoned,
        };
        Self {
            id: errand.id,
            platform: errand.place.platform.to_string(),
            platform_name: called.platform,
            subject: errand.place.id,
            name: called.thing,
            key: errand.key,
            intent: errand.intent.into(),
            queued_at: errand.queued_at.to_string(),
            expires_at: errand.expires_at.map(|at| at.to_string()),
            attempts: errand.attempts,
            sent_at: errand.sent_at.map(|at| at.to_string()),
            acknowledged_at: errand.acknowledged_at.map(|at| at.to_string()),
            ended_at,
            can_withdraw: errand.attempts == 0 && matches!(state, ErrandState::Queued { .. }),
            overtook: overtook.into_iter().map(|earlier| earlier.intent.into()).collect(),
            resumes: resumes.into_iter().map(|earlier| earlier.intent.into()).collect(),
            state,
        }
    }
}

impl KeyPlace {
    pub(crate) fn new(known: clawpair_mirror::KeyPlace, platform_name: String) -> Self {
        Self {
            platform: known.place.platform.to_string(),
            platform_name,
            subject: known.place.id,
            name: known.name,
            how: match known.how {
                clawpair_mirror::KeyStanding::Active => KeyStanding::Active,
                clawpair_mirror::KeyStanding::Disabled => KeyStanding::Disabled,
                clawpair_mirror::KeyStanding::Asks { .. } => KeyStanding::Asks,
            },
        }
    }
}

impl AlarmView {
    pub(crate) fn new(alarm: Alarm, here: Called, there: String) -> Self {
        let tombstone = alarm.tombstone;
        Self {
            number: alarm.number,
            key: tombstone.key,
            platform: alarm.place.platform.to_string(),
            platform_name: here.platform,
            subject: alarm.place.id,
            name: here.thing,
            asks: alarm.asks,
            noticed_at: alarm.at.to_string(),
            ended_platform: tombstone.place.platform.to_string(),
            ended_platform_name: there,
            ended_device: tombstone.place.id,
            ended_name: tombstone.name,
            was_revoked: tombstone.standing == clawpair_mirror::Standing::Revoked,
            ended_at: tombstone.at.to_string(),
            ended_by: tombstone.who.map(|who| match who {
                EndedBy::You => DeviceEndedBy::You,
                EndedBy::Other { actor } => DeviceEndedBy::Other { actor },
            }),
            reason: tombstone.why,
        }
    }
}
