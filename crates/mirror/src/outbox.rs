//! What people have asked for, until it is seen to be done.

use clawpair_core::Timestamp;
use clawpair_core::activity::hex;
use clawpair_core::rng::{self, Rng};
use rusqlite::{Connection, Params, Row, params};

use crate::delivery::{Delivery, Wait};
use crate::device_row;
use crate::error::MirrorError;
use crate::file::Mirror;
use crate::intent::Intent;
use crate::journal::{self, Deed};
use crate::lost;
use crate::overtaking::end_what_waits;
use crate::platform::{Place, PlatformId, here, number_of, parsed};
use crate::record::moment;
use crate::things::{self, bounded};

/// Something that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Errand {
    /// Counts what was asked for on this computer.
    pub id: i64,
    /// Names it to the platform, the same for each attempt.
    pub idempotency_key: String,
    /// The device, or for a decision the request.
    pub place: Place,
    /// The key's fingerprint as it was when this was asked for.
    pub key: String,
    /// When the device had been let in then, by its platform's clock; of a request, the device that has its key already.
    pub paired_at: Option<Timestamp>,
    /// What is to be done.
    pub intent: Intent,
    /// The revision that was seen, where that matters: for `If-Match`. Once it is acknowledged, the one that it has led to.
    pub revision: Option<u32>,
    /// When it was asked for.
    pub queued_at: Timestamp,
    /// From when on it must not go out for the first time any more.
    pub expires_at: Option<Timestamp>,
    /// How often it went out.
    pub attempts: u32,
    /// When it went out last.
    pub sent_at: Option<Timestamp>,
    /// When the platform said that it was done.
    pub acknowledged_at: Option<Timestamp>,
    /// How it stands.
    pub delivery: Delivery,
}

/// Something to ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    /// Of which device, or for a decision of which request.
    pub place: Place,
    /// What.
    pub intent: Intent,
    /// The device's revision that was seen, if that may be older than the one that is known here.
    pub seen: Option<u32>,
}

pub(crate) const COLUMNS: &str = "outbox.id, idempotency_key, platform.id, subject, device_key, paired_at, intent, revision, \
     queued_at, expires_at, attempts, sent_at, acknowledged_at, state, due_at, tick, ended_at, conflict, put_off_at";
/// Of a revocation whose device is gone there is nothing left to do: nobody stays let in.
pub(crate) const NOT_GONE: &str = "conflict ->> '$.kind' IS NOT 'gone'";
pub(crate) const TABLES: &str = "outbox JOIN platform ON platform.number = outbox.platform";

pub(crate) fn errand(row: &Row<'_>) -> Result<Errand, MirrorError> {
    let time = |column: usize| -> rusqlite::Result<Option<Timestamp>> {
        Ok(row.get::<_, Option<i64>>(column)?.map(Timestamp::from_millis))
    };
    let missing = || MirrorError::Damaged("something in the outbox has no time".into());
    let ended = || time(16)?.ok_or_else(missing);
    let delivery = match row.get::<_, i64>(13)? {
        0 => {
            let until = time(14)?.ok_or_else(missing)?;
            Delivery::Queued { wait: Wait { since: time(18)?.unwrap_or(until), until } }
        }
        1 => Delivery::Sent { at: time(11)?.ok_or_else(missing)? },
        2 => Delivery::Acknowledged { at: time(12)?.ok_or_else(missing)?, tick: row.get(15)? },
        3 => Delivery::Verified { at: ended()? },
        4 => Delivery::Failed { at: ended()?, conflict: serde_json::from_str(&row.get::<_, String>(17)?)? },
        5 => Delivery::Expired { at: ended()? },
        6 => Delivery::Withdrawn { at: ended()? },
        7 => Delivery::Overtaken { at: ended()? },
        _ => Delivery::Abandoned { at: ended()? },
    };
    Ok(Errand {
        id: row.get(0)?,
        idempotency_key: row.get(1)?,
        place: Place { platform: parsed(row, 2)?, id: row.get(3)? },
        key: row.get(4)?,
        paired_at: time(5)?,
        intent: serde_json::from_str(row.get_ref(6)?.as_str().map_err(rusqlite::Error::from)?)?,
        revision: row.get(7)?,
        queued_at: Timestamp::from_millis(row.get(8)?),
        expires_at: time(9)?,
        attempts: row.get(10)?,
        sent_at: time(11)?,
        acknowledged_at: time(12)?,
        delivery,
    })
}

pub(crate) fn errands(db: &Connection, rest: &str, values: impl Params) -> Result<Vec<Errand>, MirrorError> {
    let mut statement = db.prepare_cached(&format!("SELECT {COLUMNS} FROM {TABLES} {rest}"))?;
    let mut rows = statement.query(values)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(errand(row)?);
    }
    Ok(found)
}

pub(crate) fn find(db: &Connection, id: i64) -> Result<Errand, MirrorError> {
    errands(db, "WHERE outbox.id = ?", [id])?.pop().ok_or(MirrorError::NotFound("such thing in the outbox"))
}

/// Writes how an errand stands, if it still stands as was read.
pub(crate) fn write(db: &Connection, before: &Errand, after: &Errand) -> Result<(), MirrorError> {
    let (mut wait, mut tick, mut ended, mut conflict) = (None, None, None, None);
    match &after.delivery {
        Delivery::Queued { wait: until } => wait = Some(*until),
        Delivery::Sent { .. } => {}
        Delivery::Acknowledged { tick: at, .. } => tick = Some(*at),
        Delivery::Failed { at, conflict: why } => (ended, conflict) = (Some(at.as_millis()), Some(serde_json::to_string(why)?)),
        Delivery::Verified { at }
        | Delivery::Expired { at }
        | Delivery::Withdrawn { at }
        | Delivery::Overtaken { at }
        | Delivery::Abandoned { at } => ended = Some(at.as_millis()),
    }
    let times = [wait.map(|wait| wait.until), after.sent_at, after.acknowledged_at, wait.map(|wait| wait.since)];
    let [due, sent, acknowledged, put_off] = times.map(|at| at.map(Timestamp::as_millis));
    let mut statement = db.prepare_cached(
        "UPDATE outbox SET attempts = ?3, state = ?4, due_at = ?5, sent_at = ?6, acknowledged_at = ?7, tick = ?8, ended_at = ?9,
           conflict = ?10, revision = ?11, put_off_at = ?12 WHERE id = ?1 AND state = ?2",
    )?;
    let (from, to) = (before.delivery.number(), after.delivery.number());
    let values =
        params![after.id, from, after.attempts, to, due, sent, acknowledged, tick, ended, conflict, after.revision, put_off];
    match statement.execute(values)? {
        1 => Ok(()),
        _ => Err(MirrorError::Damaged("something in the outbox changed while it was read".into())),
    }
}

impl Mirror {
    /// Asks for something. It goes out when its platform answers, after all that was asked for of the same thing before. What shuts
    /// somebody out goes ahead of what waits, and ends of that what lets somebody in; where it is for good, all of it. A second revocation of a device whose first is still under way is the first one. Decisions end with their request.
    ///
    /// # Errors
    /// When the thing is not known here or over, or it cannot be kept.
    pub fn ask(&self, place: &Place, intent: &Intent, now: Timestamp, rng: &dyn Rng) -> Result<Errand, MirrorError> {
        self.write(|db| ask(db, place, intent, None, now, rng))
    }

    /// Asks for several things: all of them or, when this fails, none.
    ///
    /// # Errors
    /// Likewise.
    pub fn ask_all(&self, wishes: &[Wish], now: Timestamp, rng: &dyn Rng) -> Result<Vec<Errand>, MirrorError> {
        self.write(|db| wishes.iter().map(|Wish { place, intent, seen }| ask(db, place, intent, *seen, now, rng)).collect())
    }

    /// What is not over yet, the oldest first; at most `limit`, and never more than 200, after the errand with this id.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn outbox(&self, after: i64, limit: usize) -> Result<Vec<Errand>, MirrorError> {
        let rest = "WHERE outbox.id > ? AND state IN (0, 1, 2, 4) ORDER BY outbox.id LIMIT ?";
        self.read(|db| errands(db, rest, [after, bounded(limit)]))
    }

    /// What was ever asked for of one thing, the latest first; at most `limit`, and never more than 200.
    ///
    /// # Errors
    /// When there is no such platform, or it cannot be read.
    pub fn asked_of(&self, place: &Place, limit: usize) -> Result<Vec<Errand>, MirrorError> {
        let rest = "WHERE outbox.platform = ? AND subject = ? ORDER BY outbox.id DESC LIMIT ?";
        self.read(|db| errands(db, rest, params![number_of(db, &place.platform)?, place.id, bounded(limit)]))
    }

    /// One errand.
    ///
    /// # Errors
    /// When there is none, or it cannot be read.
    pub fn errand(&self, id: i64) -> Result<Errand, MirrorError> {
        self.read(|db| find(db, id))
    }

    /// What a platform has acknowledged and no reading has shown yet: each is to be read again, in a reading that begins now.
    ///
    /// # Errors
    /// When there is no such platform, or it cannot be read.
    pub fn unverified(&self, platform: &PlatformId) -> Result<Vec<Errand>, MirrorError> {
        let rest = "WHERE outbox.platform = ? AND state = 2 ORDER BY outbox.id LIMIT 200";
        self.read(|db| errands(db, rest, [number_of(db, platform)?]))
    }
}

pub(crate) fn ask(
    db: &Connection,
    place: &Place,
    intent: &Intent,
    seen_at: Option<u32>,
    now: Timestamp,
    rng: &dyn Rng,
) -> Result<Errand, MirrorError> {
    let platform = number_of(db, &place.platform)?;
    if intent.revokes() {
        let rest = "WHERE outbox.platform = ? AND subject = ? AND revokes AND state IN (0, 1, 2) LIMIT 1";
        if let Some(same) = errands(db, rest, params![platform, place.id])?.pop() {
            return Ok(same);
        }
    }
    let mut seen = Seen::of(db, platform, place, intent)?;
    if seen_at.is_some() && intent.is_guarded() {
        seen.revision = seen_at;
    }
    insert(db, platform, place, intent, &seen, now, &named(rng))
}

/// A name for something that is asked for, which nothing else has.
pub(crate) fn named(rng: &dyn Rng) -> String {
    hex(&rng::bytes::<32>(rng))
}

/// What was known of a thing when something was asked for.
pub(crate) struct Seen {
    pub(crate) key: String,
    pub(crate) paired_at: Option<Timestamp>,
    pub(crate) revision: Option<u32>,
    pub(crate) expires_at: Option<Timestamp>,
}

impl Seen {
    pub(crate) fn of(db: &Connection, platform: i64, place: &Place, intent: &Intent) -> Result<Self, MirrorError> {
        if intent.decides() {
            let request = things::open_request(db, platform, &place.id)?.ok_or(MirrorError::NotFound("request that is open"))?;
            let expires_at = moment(&request.expires_at).map(|ends| here(db, platform, ends)).transpose()?;
            // A device that is let in may ask for more.
            let with_key = device_row::let_in_with(db, platform, &request.key_fingerprint)?;
            let paired_at = with_key.iter().filter_map(|row| row.record.let_in_at()).max();
            return Ok(Self { key: request.key_fingerprint, paired_at, revision: None, expires_at });
        }
        let row = device_row::find(db, platform, &place.id)?.filter(|row| !row.standing.is_over());
        let row = row.ok_or(MirrorError::NotFound("device that is let in or disabled"))?;
        Ok(Self {
            key: row.record.device.key_fingerprint.clone(),
            paired_at: row.record.let_in_at(),
            revision: if intent.is_guarded() {
                Some(row.record.device.revision.max(own_edits(db, platform, &place.id)?))
            } else {
                None
            },
            expires_at: None,
        })
    }
}

/// The revision that this program's edits of a device lead to which no list has shown yet, as far as that is known; 0 if there are none.
fn own_edits(db: &Connection, platform: i64, device: &str) -> Result<u32, MirrorError> {
    let sql = "SELECT coalesce(max(revision), 0) FROM outbox WHERE platform = ? AND subject = ? AND state IN (0, 1, 2)";
    Ok(db.prepare_cached(sql)?.query_row(params![platform, device], |row| row.get(0))?)
}

pub(crate) fn insert(
    db: &Connection,
    platform: i64,
    place: &Place,
    intent: &Intent,
    seen: &Seen,
    now: Timestamp,
    idempotency_key: &str,
) -> Result<Errand, MirrorError> {
    let times = [seen.paired_at, seen.expires_at].map(|at| at.map(Timestamp::as_millis));
    db.prepare_cached(
        "INSERT INTO outbox (idempotency_key, platform, subject, device_key, paired_at, intent, revokes, revision, queued_at, expires_at,
           state, due_at, put_off_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, 0, ?9, ?9)",
    )?
    .execute(params![
        idempotency_key,
        platform,
        place.id,
        seen.key,
        times[0],
        serde_json::to_string(intent)?,
        intent.revokes(),
        seen.revision,
        now.as_millis(),
        times[1]
    ])?;
    let id = db.last_insert_rowid();
    journal::append(db, now, &Deed::by_person("asked", journal::subject(place), Some(intent.to_string())))?;
    if matches!(intent, Intent::Approve { .. }) {
        lost::is_found(db, platform, &seen.key)?;
    }
    let errand = find(db, id)?;
    end_what_waits(db, &errand, now)?;
    Ok(errand)
}
