//! A batch becomes what is known, in one transaction.

use std::collections::HashSet;

use clawpair_api::DeviceStatus;
use clawpair_core::Timestamp;
use rusqlite::{Connection, params};

use crate::batch::{Applied, Batch, Extent, MAX_CHANGES, MAX_EVERYTHING, Thing, Whole};
use crate::counts::Counts;
use crate::device_row::{self, DeviceRow};
use crate::error::MirrorError;
use crate::file::Mirror;
use crate::log;
use crate::observe::{Listed, Observed};
use crate::platform::number_of;
use crate::reading::Reading;
use crate::record::{DeviceRecord, Standing};
use crate::review;
use crate::things;
use crate::tombstone;

impl Mirror {
    /// Takes over what a platform has said. Applying a batch twice, or an old one after a newer, does no harm: what is known from a
    /// later reading stays, and what is over stays over unless a later reading of everything, or a later look, has it again.
    ///
    /// # Errors
    /// When there is no such platform, the batch is too large, or it cannot be kept; nothing of it is known then.
    pub fn apply(&self, batch: Batch) -> Result<Applied, MirrorError> {
        let most = if matches!(batch.extent, Extent::Some { .. }) { MAX_CHANGES } else { MAX_EVERYTHING };
        if batch.things.len() > most {
            return Err(MirrorError::Invalid(format!("A batch has at most {most} things.")));
        }
        self.write(|db| {
            let platform = number_of(db, &batch.platform)?;
            let (whole_tick, others_tick): (i64, i64) = db
                .prepare_cached("SELECT whole_tick, others_tick FROM platform WHERE number = ?")?
                .query_row([platform], |row| Ok((row.get(0)?, row.get(1)?)))?;
            let (tick, whole) = (batch.reading.tick(), batch.extent.whole());
            let mut applying = Applying {
                db,
                platform,
                tick,
                at: batch.reading.at(),
                observed: Observed::new(db, platform, batch.reading)?,
                // What everything was before a later everything says nothing of what is missing.
                whole: Whole { devices: whole.devices && tick >= whole_tick, others: whole.others && tick >= others_tick },
                is_look: matches!(batch.extent, Extent::Look { .. }),
                is_everything: matches!(batch.extent, Extent::Everything { .. }),
                whole_tick,
                counts: Counts::default(),
                applied: Applied::default(),
            };
            applying.all(batch.things)?;
            let Applying { counts, applied, .. } = applying;
            counts.write(db)?;
            if batch.extent.is_reading() {
                note_reading(db, platform, &batch.extent, batch.reading)?;
            }
            Ok(applied)
        })
    }
}

/// A batch under way.
pub(crate) struct Applying<'a> {
    pub(crate) db: &'a Connection,
    pub(crate) platform: i64,
    pub(crate) tick: i64,
    pub(crate) at: Timestamp,
    whole: Whole,
    is_look: bool,
    is_everything: bool,
    whole_tick: i64,
    observed: Observed,
    counts: Counts,
    pub(crate) applied: Applied,
}

impl Applying<'_> {
    fn all(&mut self, mut things: Vec<Thing>) -> Result<(), MirrorError> {
        // What is over goes first, so that a key that comes back in the same batch is seen to come back.
        let has = Listed::new(&things);
        if self.whole.devices {
            self.end_devices(&has.devices)?;
        }
        if self.whole.others {
            self.applied.changed += things::close_others(self, &has.others)?;
        }
        self.applied.entries = log::keep(self, &things, self.is_everything && self.whole.devices)?;
        things.sort_by_key(|thing| !matches!(thing, Thing::Device(record) if record.device.status == DeviceStatus::Revoked));
        for thing in things {
            match thing {
                Thing::Device(record) => self.device(*record)?,
                Thing::Pairing(pairing) => self.applied.changed += usize::from(things::keep_pairing(self, &pairing)?),
                Thing::Request(request) => {
                    self.observed.request(self.db, &request.request)?;
                    self.applied.changed += usize::from(things::keep_request(self, &request)?);
                }
                // Kept above: together they say what is missing between them.
                Thing::Activity(_) => {}
            }
        }
        self.observed.all_else(self.db, self.platform, &has, self.whole)
    }

    fn device(&mut self, mut record: DeviceRecord) -> Result<(), MirrorError> {
        let standing = Standing::of(record.device.status);
        if standing.is_over() {
            record.device.connected = false;
        }
        let Some(before) = device_row::find(self.db, self.platform, &record.device.id)? else {
            self.observed.device(self.db, &record, standing)?;
            let row = device_row::insert(self.db, &mut self.counts, self.platform, record, standing, self.tick)?;
            return self.changed(None, &row);
        };
        if self.says_more(&before, &record, standing) {
            self.observed.device(self.db, &record, standing)?;
            let after = DeviceRow { standing, tick: self.tick.max(before.tick), record, ..before.clone() };
            self.follow(&before, &after)?;
        }
        Ok(())
    }

    /// Whether codes and requests that were over may be open again.
    pub(crate) const fn may_bring_back(&self) -> bool {
        self.whole.others || self.is_look
    }

    /// Whether a record is to replace what is known.
    fn says_more(&self, before: &DeviceRow, record: &DeviceRecord, standing: Standing) -> bool {
        let known_at = before.tick.max(self.whole_tick);
        let (older, revision) = (self.tick < known_at, before.record.device.revision);
        if before.standing == Standing::Revoked && !standing.is_over() {
            return (self.whole.devices || self.is_look) && self.tick > known_at;
        }
        if before.standing == Standing::Gone && !standing.is_over() {
            return self.tick > known_at;
        }
        match (self.is_look, older) {
            (true, older) => !older,
            (false, true) => record.device.revision > revision,
            (false, false) => self.whole.devices || record.device.revision >= revision,
        }
    }

    fn follow(&mut self, before: &DeviceRow, after: &DeviceRow) -> Result<(), MirrorError> {
        if (before.standing, &before.record) == (after.standing, &after.record) {
            if !self.whole.devices {
                // After a reading of everything the platform's own note says how old this is.
                self.db
                    .prepare_cached("UPDATE device SET tick = ? WHERE number = ?")?
                    .execute(params![after.tick, after.number])?;
            }
            return Ok(());
        }
        device_row::update(self.db, &mut self.counts, self.platform, before, after)?;
        self.changed(Some(before), after)
    }

    /// What follows from a device that is new or different.
    fn changed(&mut self, before: Option<&DeviceRow>, after: &DeviceRow) -> Result<(), MirrorError> {
        self.applied.changed += 1;
        review::note(self, before, after)?;
        let was_let_in = before.is_some_and(|before| !before.standing.is_over());
        match (was_let_in, after.standing.is_over()) {
            (true, true) => {
                self.applied.ended += 1;
                tombstone::bury(self, after)
            }
            (false, true) if before.is_none() => tombstone::bury(self, after),
            (false, false) => {
                let device = &after.record.device;
                let joined = if before.is_none() { Some(after.record.paired_at()) } else { None };
                tombstone::recognise(self, &device.key_fingerprint, &device.id, false, joined)
            }
            (true, false) | (false, true) => Ok(()),
        }
    }

    /// The devices that are not among those a platform has.
    fn end_devices(&mut self, has: &HashSet<String>) -> Result<(), MirrorError> {
        let mut statement = self.db.prepare_cached("SELECT id FROM device WHERE platform = ? AND standing != 3")?;
        let known = statement.query_map([self.platform], |row| row.get(0))?.collect::<Result<Vec<String>, _>>()?;
        for id in known.into_iter().filter(|id| !has.contains(id)) {
            let Some(before) = device_row::find(self.db, self.platform, &id)? else { continue };
            if before.tick > self.tick || before.standing.is_over() {
                continue;
            }
            let mut after = DeviceRow { standing: Standing::Gone, tick: self.tick, ..before.clone() };
            // Nobody who looks at the record alone may take it for let in.
            after.record.device.status = DeviceStatus::Revoked;
            after.record.device.connected = false;
            self.follow(&before, &after)?;
        }
        Ok(())
    }
}

fn note_reading(db: &Connection, platform: i64, extent: &Extent, reading: Reading) -> Result<(), MirrorError> {
    let Whole { devices, others } = extent.whole();
    let [devices, others] = [devices, others].map(|whole| if whole { reading.tick() } else { 0 });
    db.prepare_cached(
        "UPDATE platform SET cursor = coalesce(?2, cursor), as_of = max(coalesce(as_of, 0), ?3), whole_tick = max(whole_tick, ?4),
           others_tick = max(others_tick, ?5), ahead_millis = coalesce(?6, ahead_millis), stale_at = NULL, stale = NULL WHERE number = ?1",
    )?
    .execute(params![platform, extent.cursor(), reading.at().as_millis(), devices, others, reading.ahead_millis()])?;
    Ok(())
}
