//! A device is lost: where its key is known, and shutting it out there.

use clawpair_api::Request;
use clawpair_core::Timestamp;
use clawpair_core::rng::Rng;
use clawpair_core::text::Reason;
use rusqlite::{Connection, params};

use crate::apply::Applying;
use crate::device_row;
use crate::error::MirrorError;
use crate::file::Mirror;
use crate::intent::Intent;
use crate::outbox::{Errand, Seen, ask, errands, insert, named};
use crate::platform::{Place, PlatformId, number_of, parsed};
use crate::record::{DeviceRecord, Standing};

/// Somebody with a certain key who is let in, may be again, or asks to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyPlace {
    /// The device or request.
    pub place: Place,
    /// What that is called.
    pub name: String,
    /// How it stands.
    pub how: KeyStanding,
}

/// How somebody with a key stands at a platform, where that is not over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyStanding {
    /// A device that is let in.
    Active,
    /// A device that is not until somebody enables it.
    Disabled,
    /// A request.
    Asks {
        /// The key as the request has it.
        public_key: String,
        /// What it asks for.
        permissions: Vec<String>,
    },
}

impl Mirror {
    /// Devices with a key that are not over, and requests with it that are open, on every platform: those that
    /// [`Mirror::revoke_everywhere`] is about, in the order of its errands.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn key_places(&self, key: &str) -> Result<Vec<KeyPlace>, MirrorError> {
        self.read(|db| key_places(db, key))
    }

    /// Asks every platform that knows a key to revoke its devices and to deny its requests: all of it or, when this fails, nothing. Where
    /// an approval from here may let it in though no list shows it yet, its device is revoked once one does.
    ///
    /// # Errors
    /// When no platform knows it as a device or request that is not over, or it cannot be kept.
    pub fn revoke_everywhere(
        &self,
        key: &str,
        reason: Option<&Reason>,
        now: Timestamp,
        rng: &dyn Rng,
    ) -> Result<Vec<Errand>, MirrorError> {
        self.write(|db| {
            let places = key_places(db, key)?;
            if !await_key(db, key, reason, now, rng)? && places.is_empty() {
                return Err(MirrorError::NotFound("device with this key that is let in"));
            }
            let reason = || reason.cloned();
            let asked = places.into_iter().map(|KeyPlace { place, how, .. }| {
                let intent = match how {
                    KeyStanding::Active | KeyStanding::Disabled => Intent::Revoke { reason: reason() },
                    KeyStanding::Asks { public_key, permissions } => Intent::Deny { public_key, permissions, reason: reason() },
                };
                ask(db, &place, &intent, None, now, rng)
            });
            asked.collect()
        })
    }
}

/// How much longer than its request an approval is reckoned with: platforms' clocks may differ by a day.
const SLACK_SECONDS: i64 = 24 * 60 * 60;

/// What went out, or may have, and was not refused. Of what waited in a backup nobody knows.
const WENT_OUT: &str =
    "(attempts > 0 AND state IN (0, 1, 2, 3, 7, 8) OR conflict ->> '$.kind' IN ('not_shown', 'restored', 'asked_since'))";

/// Notes the platforms at which an approval from here went out for a key; whether it may still let somebody in, by this computer's clock. That
/// may be wrong, so what is over by it is noted all the same: who joins is judged by the platform's. Of a platform that was removed nobody will
/// hear who joins.
fn await_key(db: &Connection, key: &str, reason: Option<&Reason>, now: Timestamp, rng: &dyn Rng) -> Result<bool, MirrorError> {
    let mut any = false;
    let rest = format!("WHERE device_key = ? AND device_key != '' AND {WENT_OUT} AND NOT platform.forgotten ORDER BY outbox.id");
    for errand in errands(db, &rest, [key])?.iter().filter(|errand| matches!(errand.intent, Intent::Approve { .. })) {
        let until = errand.expires_at.unwrap_or(errand.queued_at).plus_seconds(SLACK_SECONDS);
        any |= until >= now;
        db.prepare_cached(
            "INSERT INTO lost (platform, key, until, idempotency_key, reason) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT DO UPDATE SET until = max(until, ?3), reason = ?5",
        )?
        .execute(params![
            number_of(db, &errand.place.platform)?,
            key,
            until.as_millis(),
            named(rng),
            reason.map(Reason::as_str)
        ])?;
    }
    Ok(any)
}

/// A device is let in that was not: whether its key was reported lost, and its revocation is asked for now.
pub(crate) fn revoke_if_lost(to: &Applying<'_>, record: &DeviceRecord) -> Result<bool, MirrorError> {
    let device = &record.device;
    let mut statement = to.db.prepare_cached(
        "DELETE FROM lost WHERE platform = ?1 AND key = ?2 AND until >= ?3
         RETURNING (SELECT id FROM platform WHERE platform.number = lost.platform), idempotency_key, reason",
    )?;
    let mut rows = statement.query(params![to.platform, device.key_fingerprint, record.paired_at().as_millis()])?;
    let Some(row) = rows.next()? else { return Ok(false) };
    let place = Place { platform: parsed(row, 0)?, id: device.id.clone() };
    let (name, reason): (String, Option<String>) = (row.get(1)?, row.get(2)?);
    let intent = Intent::Revoke { reason: reason.and_then(|reason| reason.parse().ok()) };
    let seen = Seen::of(to.db, to.platform, &place, &intent)?;
    insert(to.db, to.platform, &place, &intent, &seen, to.at, &name)?;
    Ok(true)
}

/// Somebody lets a key in anew, or takes back that it is lost.
pub(crate) fn is_found(db: &Connection, platform: i64, key: &str) -> Result<(), MirrorError> {
    db.prepare_cached("DELETE FROM lost WHERE platform = ? AND key = ?")?.execute(params![platform, key])?;
    Ok(())
}

fn key_places(db: &Connection, key: &str) -> Result<Vec<KeyPlace>, MirrorError> {
    let mut places = devices(db, key)?;
    places.extend(requests(db, key)?);
    Ok(places)
}

fn devices(db: &Connection, key: &str) -> Result<Vec<KeyPlace>, MirrorError> {
    let mut statement = db.prepare_cached(&format!(
        "SELECT {}, (SELECT id FROM platform WHERE platform.number = device.platform) FROM device WHERE key = ? AND standing < 2
         ORDER BY number",
        device_row::COLUMNS
    ))?;
    let mut rows = statement.query([key])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let (device, platform): (_, PlatformId) = (device_row::read(row)?, parsed(row, 5)?);
        let how = if device.standing == Standing::Disabled { KeyStanding::Disabled } else { KeyStanding::Active };
        let device = device.record.device;
        found.push(KeyPlace { place: Place { platform, id: device.id }, name: device.name, how });
    }
    Ok(found)
}

fn requests(db: &Connection, key: &str) -> Result<Vec<KeyPlace>, MirrorError> {
    let mut statement = db.prepare_cached(
        "SELECT platform.id, request.record FROM request JOIN platform ON platform.number = request.platform
         WHERE request.key = ? AND open ORDER BY asked_at",
    )?;
    let mut rows = statement.query([key])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let platform = parsed(row, 0)?;
        let Request { id, name, public_key, permissions, .. } =
            serde_json::from_str(row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?)?;
        found.push(KeyPlace { place: Place { platform, id }, name, how: KeyStanding::Asks { public_key, permissions } });
    }
    Ok(found)
}
