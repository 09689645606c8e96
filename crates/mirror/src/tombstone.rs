//! Devices that are over: who ended them, when and why. Their keys are remembered, and one that comes back is an alarm.

use clawpair_api::{ActivityActor, ActivityEntry, ActorKind};
use clawpair_core::Timestamp;
use clawpair_core::search::Search;
use rusqlite::{Connection, OptionalExtension as _, Row, params};
use serde::{Deserialize, Serialize};

use crate::apply::Applying;
use crate::device_row::{self, DeviceRow};
use crate::error::MirrorError;
use crate::file::Mirror;
use crate::journal::{self, Deed};
use crate::outbox::{Errand, errands};
use crate::platform::{Place, ever_named, number_of, parsed};
use crate::record::{DeviceRecord, Standing, moment};
use crate::search::{Look, Searched};
use crate::things::{MAX_PAGE, bounded};
use crate::words;

/// Who has ended a device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum EndedBy {
    /// The person at this computer.
    You,
    /// Somebody else, as the platform's activity says.
    Other {
        /// Who.
        actor: ActivityActor,
    },
}

/// A device that is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tombstone {
    /// Counts tombstones on this computer.
    pub number: i64,
    /// Where it was.
    pub place: Place,
    /// Its key's fingerprint.
    pub key: String,
    /// What it was called.
    pub name: String,
    /// Revoked or gone.
    pub standing: Standing,
    /// When: by the platform's clock if it was revoked, else when it was missed.
    pub at: Timestamp,
    /// Who has ended it, if that is known.
    pub who: Option<EndedBy>,
    /// Why, if somebody said.
    pub why: Option<String>,
}

/// A key that came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alarm {
    /// Counts alarms on this computer.
    pub number: i64,
    /// The device that had it.
    pub tombstone: Tombstone,
    /// The device or request that has it now.
    pub place: Place,
    /// Whether it only asks to be let in.
    pub asks: bool,
    /// When it was noticed.
    pub at: Timestamp,
}

pub(crate) const COLUMNS: &str =
    "tombstone.number, dead.id, tombstone.device, tombstone.key, tombstone.name, tombstone.standing, tombstone.at, who, why";

pub(crate) const TABLES: &str = "tombstone JOIN platform AS dead ON dead.number = tombstone.platform";

pub(crate) fn tombstone(row: &Row<'_>) -> Result<Tombstone, MirrorError> {
    let who: Option<String> = row.get(7)?;
    Ok(Tombstone {
        number: row.get(0)?,
        place: Place { platform: parsed(row, 1)?, id: row.get(2)? },
        key: row.get(3)?,
        name: row.get(4)?,
        standing: Standing::from_number(row.get(5)?),
        at: Timestamp::from_millis(row.get(6)?),
        who: who.map(|who| serde_json::from_str(&who)).transpose()?,
        why: row.get(8)?,
    })
}

impl Mirror {
    /// Devices that are over, the last to end first, before the tombstone with this number: all, or those with words that begin as was
    /// searched for, of their names, keys and platforms, and of who has ended them and why. At most `limit`, and never more than 200.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn tombstones(&self, search: Option<&Search>, before: Option<i64>, limit: usize) -> Result<Vec<Tombstone>, MirrorError> {
        let limit = limit.clamp(1, MAX_PAGE);
        self.read(|db| {
            let mut found = Vec::new();
            if let Some(search) = search {
                let search = Searched::new(search, &ever_named(db)?);
                let mut one =
                    db.prepare_cached(&format!("SELECT {COLUMNS}, tombstone.platform FROM {TABLES} WHERE tombstone.number = ?"))?;
                search.walk(db, "tombstone_search", &[], before, |number| {
                    let mut rows = one.query([number])?;
                    let Some(row) = rows.next()? else { return Ok(Look::Other) };
                    let tombstone = tombstone(row)?;
                    if !search.finds(row.get(9)?, &words::of_tombstone(&tombstone)) {
                        return Ok(Look::Other);
                    }
                    found.push(tombstone);
                    Ok(if found.len() == limit { Look::Enough } else { Look::Fits })
                })?;
                return Ok(found);
            }
            let sql = format!("SELECT {COLUMNS} FROM {TABLES} WHERE tombstone.number < ? ORDER BY tombstone.number DESC LIMIT ?");
            let mut statement = db.prepare_cached(&sql)?;
            let mut rows = statement.query(params![before.unwrap_or(i64::MAX), bounded(limit)])?;
            while let Some(row) = rows.next()? {
                found.push(tombstone(row)?);
            }
            Ok(found)
        })
    }

    /// Keys that came back and that nobody has looked at yet, the first first; at most 200.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn alarms(&self) -> Result<Vec<Alarm>, MirrorError> {
        self.read(|db| {
            let mut statement = db.prepare_cached(&format!(
                "SELECT {COLUMNS}, alarm.number, here.id, alarm.subject, alarm.asks, alarm.at
                 FROM alarm JOIN tombstone ON tombstone.number = alarm.tombstone
                 JOIN platform AS dead ON dead.number = tombstone.platform JOIN platform AS here ON here.number = alarm.platform
                 WHERE acknowledged_at IS NULL ORDER BY alarm.number LIMIT 200"
            ))?;
            let mut rows = statement.query([])?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                found.push(Alarm {
                    number: row.get(9)?,
                    tombstone: tombstone(row)?,
                    place: Place { platform: parsed(row, 10)?, id: row.get(11)? },
                    asks: row.get(12)?,
                    at: Timestamp::from_millis(row.get(13)?),
                });
            }
            Ok(found)
        })
    }

    /// Notes that a person has looked at an alarm.
    ///
    /// # Errors
    /// When there is no such alarm that is open, or it cannot be kept.
    pub fn acknowledge_alarm(&self, number: i64, at: Timestamp) -> Result<(), MirrorError> {
        self.write(|db| {
            let sql = "UPDATE alarm SET acknowledged_at = ? WHERE number = ? AND acknowledged_at IS NULL";
            match db.execute(sql, params![at.as_millis(), number])? {
                1 => journal::append(db, at, &Deed::by_person("alarm_acknowledged", format!("alarm {number}"), None)),
                _ => Err(MirrorError::NotFound("open alarm")),
            }
        })
    }
}

/// Clocks of two platforms may differ by so much: a day.
const SKEW_MILLIS: i64 = 24 * 60 * 60 * 1_000;

/// A device has ended.
pub(crate) fn bury(to: &Applying<'_>, row: &DeviceRow) -> Result<(), MirrorError> {
    let device = &row.record.device;
    let at = device.revoked_at.as_deref().and_then(moment).unwrap_or(to.at);
    let known = "SELECT 1 FROM tombstone WHERE platform = ? AND device = ? AND standing = ? AND at = ?";
    let values = params![to.platform, device.id, row.standing.number(), at.as_millis()];
    if to.db.prepare_cached(known)?.exists(values)? {
        // From a file that was damaged.
        return Ok(());
    }
    let (who, why) = ended_by(to, &row.record)?;
    to.db
        .prepare_cached(
            "INSERT INTO tombstone (platform, device, key, name, standing, at, who, why) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        )?
        .execute(params![
            to.platform,
            device.id,
            device.key_fingerprint,
            device.name,
            row.standing.number(),
            at.as_millis(),
            who,
            why
        ])?;
    let number = to.db.last_insert_rowid();
    words::enter_tombstones(to.db, to.platform, &device.id)?;
    // The key may have come back before this was heard of.
    to.db
        .prepare_cached(
            "INSERT INTO alarm (tombstone, platform, subject, asks, at) SELECT ?1, platform, id, 0, ?2 FROM device
             WHERE key = ?3 AND key != '' AND standing < 2 AND paired_at > ?4 AND number != ?5 ON CONFLICT DO NOTHING",
        )?
        .execute(params![number, to.at.as_millis(), device.key_fingerprint, at.as_millis(), row.number])?;
    Ok(())
}

/// Clocks whose difference is known go alike within so much: a server says its time to the second, and a call takes a while.
const ALIKE_MILLIS: i64 = 10 * 1_000;

/// Who has ended a device, and why, as far as that is known here. Why is in the platform's words; a gateway has none.
fn ended_by(to: &Applying<'_>, record: &DeviceRecord) -> Result<(Option<String>, Option<String>), MirrorError> {
    let (values, why) = (params![to.platform, record.device.id], record.device.reason.clone());
    let rest = "WHERE outbox.platform = ? AND subject = ? AND revokes AND state IN (2, 3) ORDER BY outbox.id DESC";
    for revocation in errands(to.db, rest, values)? {
        if has_ended(to.db, to.platform, &revocation, record)? {
            return Ok((Some(serde_json::to_string(&EndedBy::You)?), why.or(revocation.intent.reason())));
        }
    }
    let sql = "SELECT who FROM revoker WHERE platform = ? AND device = ?";
    Ok((to.db.prepare_cached(sql)?.query_row(values, |row| row.get(0)).optional()?, why))
}

/// Whether it was a revocation, which its platform has acknowledged, that ended a device. Revoking what somebody else has revoked is
/// acknowledged, too; the device says when it was ended, and one that was before this went out was ended by others.
fn has_ended(db: &Connection, platform: i64, revocation: &Errand, record: &DeviceRecord) -> Result<bool, MirrorError> {
    // A platform may call a device as it did one with the same key before, which was another.
    if revocation.is_before(record) || is_revoked_by_member(db, platform, &revocation.place.id)? {
        return Ok(false);
    }
    let Some(ended) = record.device.revoked_at.as_deref().and_then(moment) else { return Ok(true) };
    let sql = "SELECT ahead_millis FROM platform WHERE number = ?";
    let ahead: Option<i64> = db.prepare_cached(sql)?.query_row([platform], |row| row.get(0))?;
    let ended = ended.as_millis().saturating_sub(ahead.unwrap_or(0));
    let doubt = if ahead.is_some() { ALIKE_MILLIS } else { SKEW_MILLIS };
    // One whose answer was lost may have done it, and when it went out first nobody knows any more.
    let first = revocation.sent_at.filter(|_| revocation.attempts == 1).unwrap_or(revocation.queued_at);
    Ok(ended.saturating_add(doubt) >= first.as_millis())
}

/// Whether the activity names a member as who has revoked a device. This program is none: it signs in with API keys.
fn is_revoked_by_member(db: &Connection, platform: i64, device: &str) -> Result<bool, MirrorError> {
    let sql = "SELECT who FROM revoker WHERE platform = ? AND device = ?";
    let who: Option<String> = db.prepare_cached(sql)?.query_row(params![platform, device], |row| row.get(0)).optional()?;
    let who = who.map(|who| serde_json::from_str(&who)).transpose()?;
    Ok(matches!(who, Some(EndedBy::Other { actor: ActivityActor { kind: ActorKind::Member, .. } })))
}

/// A platform has acknowledged a revocation. Where its device was missed before, as after an answer that was lost, it was ended from here.
pub(crate) fn learn(db: &Connection, revocation: &Errand) -> Result<(), MirrorError> {
    let platform = number_of(db, &revocation.place.platform)?;
    let row = device_row::find(db, platform, &revocation.place.id)?.filter(|row| row.standing.is_over());
    let Some(row) = row.filter(|_| revocation.intent.revokes()) else { return Ok(()) };
    if has_ended(db, platform, revocation, &row.record)? {
        let sql = "UPDATE tombstone SET who = ?3, why = coalesce(why, ?4)
                   WHERE number = (SELECT max(number) FROM tombstone WHERE platform = ?1 AND device = ?2)";
        let (you, why) = (serde_json::to_string(&EndedBy::You)?, revocation.intent.reason());
        db.prepare_cached(sql)?.execute(params![platform, revocation.place.id, you, why])?;
        words::enter_tombstones(db, platform, &revocation.place.id)?;
    }
    Ok(())
}

/// How a key is there that may be that of a device that is over.
#[derive(Clone, Copy)]
pub(crate) enum Return {
    /// Its device was not there, or was over; where it is new here, this is when it joined.
    LetIn { joined: Option<Timestamp> },
    /// It asks to be let in; whether it did not before.
    Asks { anew: bool },
}

/// A device or request is there. What is there anew is one more alarm, also where somebody has looked at the one before. A device that is
/// new here and had joined well before the other ended, as two platforms may have let in the same key, is none that came back.
pub(crate) fn recognise(to: &Applying<'_>, key: &str, subject: &str, how: Return) -> Result<(), MirrorError> {
    let (asks, anew, joined) = match how {
        Return::LetIn { joined } => (false, true, joined),
        Return::Asks { anew } => (true, anew, None),
    };
    let joined = joined.map(Timestamp::as_millis).filter(|joined| *joined > 0);
    let mut statement = to.db.prepare_cached(
        "INSERT INTO alarm (tombstone, platform, subject, asks, at) SELECT max(number), ?1, ?2, ?3, ?4 FROM tombstone
         WHERE key = ?5 AND key != '' AND (?6 IS NULL OR ?6 > at - ?7) HAVING count(*) > 0
         ON CONFLICT DO UPDATE SET at = excluded.at, acknowledged_at = NULL WHERE ?8",
    )?;
    statement.execute(params![to.platform, subject, asks, to.at.as_millis(), key, joined, SKEW_MILLIS, anew])?;
    Ok(())
}

/// The activity says who has revoked a device.
pub(crate) fn name_revoker(to: &Applying<'_>, entry: &ActivityEntry) -> Result<(), MirrorError> {
    let Some(device) = entry.subjects.first().filter(|_| entry.action == "device_revoked") else { return Ok(()) };
    let who = serde_json::to_string(&EndedBy::Other { actor: entry.actor.clone() })?;
    to.db
        .prepare_cached("INSERT INTO revoker (platform, device, who) VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET who = ?3")?
        .execute(params![to.platform, device.id, who])?;
    to.db
        .prepare_cached(
            "UPDATE tombstone SET who = ?3 WHERE platform = ?1 AND device = ?2 AND standing = 2 AND (who IS NULL OR ?4)",
        )?
        .execute(params![to.platform, device.id, who, entry.actor.kind == ActorKind::Member])?;
    words::enter_tombstones(to.db, to.platform, &device.id)
}
