use clawpair_core::activity::{Actor, hex};
use clawpair_core::store::NamedEntry;
use serde::{Deserialize, Serialize};

/// What somebody or something that acts is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ActorKind {
    /// The person at the computer that runs the platform.
    Owner,
    /// A holder of an API key.
    ApiKey,
    /// A member who has signed in.
    Member,
    /// Somebody at the server's own command line.
    Operator,
    /// The platform itself, by one of its rules.
    Platform,
    /// A device, or something that tried to become one.
    Device,
    /// One that this program does not know: the platform is newer.
    #[serde(other)]
    Unknown,
}

/// Who did something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ActivityActor {
    /// What it is.
    pub kind: ActorKind,
    /// `key-<uuid>` or `mem-<uuid>`; none for the others.
    pub id: Option<String>,
    /// What it is called now, if it has a name and is still known.
    pub name: Option<String>,
}

impl ActivityActor {
    /// From how the log names it.
    pub fn of(actor: &str, name: Option<String>) -> Self {
        let kind = match actor.parse() {
            Ok(Actor::Owner) => ActorKind::Owner,
            Ok(Actor::ApiKey(..)) => ActorKind::ApiKey,
            Ok(Actor::Member(..)) => ActorKind::Member,
            Ok(Actor::Operator) => ActorKind::Operator,
            Ok(Actor::Platform) => ActorKind::Platform,
            Ok(Actor::Device(_)) => ActorKind::Device,
            Err(_) => ActorKind::Unknown,
        };
        let id = matches!(kind, ActorKind::ApiKey | ActorKind::Member).then(|| actor.to_owned());
        Self { kind, id, name }
    }
}

/// What something was done to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ActivitySubject {
    /// Its id; what comes before the first `-` says what it is.
    pub id: String,
    /// What it is called now, if it is still known.
    pub name: Option<String>,
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ActivityEntry {
    /// Counts from 1 without gaps.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub number: i64,
    /// When.
    pub at: String,
    /// Who.
    pub actor: ActivityActor,
    /// What, as a stable word: `pairing_opened`, `device_revoked`, …
    pub action: String,
    /// To what.
    pub subjects: Vec<ActivitySubject>,
    /// The IP address it was done from, if it came over a network.
    pub address: Option<String>,
    /// What there is to say besides: at most 200 characters, never a secret.
    pub details: Option<String>,
    /// SHA-256 over the entry before and this one, in hexadecimal.
    pub hash: String,
}

impl From<NamedEntry> for ActivityEntry {
    fn from(named: NamedEntry) -> Self {
        let NamedEntry { entry, actor_name, subjects } = named;
        Self {
            number: entry.number,
            at: entry.at.to_string(),
            actor: ActivityActor::of(&entry.actor, actor_name),
            action: entry.action,
            subjects: subjects.into_iter().map(|(id, name)| ActivitySubject { id, name }).collect(),
            address: entry.address,
            details: entry.details,
            hash: hex(&entry.hash),
        }
    }
}

/// What happened, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ActivityPage {
    /// At most as many as asked for. Fewer do not mean that there are no more; `next` does.
    pub entries: Vec<ActivityEntry>,
    /// Pass as `after` for more.
    #[cfg_attr(feature = "ts", ts(type = "number | null"))]
    pub next: Option<i64>,
}
