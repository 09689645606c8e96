//! A batch becomes what is known, in one transaction.

use std::collections::HashSet;
use std::thread::sleep;
use std::time::Duration;

use clawpair_api::DeviceStatus;
use clawpair_core::Timestamp;
use rusqlite::{Connection, params};

use crate::batch::{Applied, Batch, Extent, MAX_CHANGES, MAX_EVERYTHING, Thing, Whole};
use crate::counts::Counts;
use crate::device_row::{self, DeviceRow};
use crate::error::MirrorError;
use crate::file::Mirror;
use crate::left_in::LeftIn;
use crate::log;
use crate::lost;
use crate::observe::{Listed, Observed};
use crate::platform::{PlatformId, number_of};
use crate::reading::Reading;
use crate::record::{DeviceRecord, Standing};
use crate::review;
use crate::things;
use crate::tombstone::{self, Return};

/// Things of one transaction: another program waits five seconds for the file, and these take one.
const AT_ONCE: usize = MAX_CHANGES;
/// Whoever waits for the file looks again after a tenth of a second at the latest, and so gets it between two transactions.
const BETWEEN: Duration = Duration::from_millis(120);

impl Mirror {
    /// Takes over what a platform has said. Applying a batch twice, or an old one after a newer, does no harm: what is known from a
    /// later reading stays, and what is over stays over unless a later reading of everything, or a later look, has it again.
    ///
    /// What has more than [`MAX_CHANGES`] things is taken over in parts, and counts as read with the last one.
    ///
    /// # Errors
    /// When there is no such platform, the batch is too large, or it cannot be kept; it does not count as read then.
    pub fn apply(&self, batch: Batch) -> Result<Applied, MirrorError> {
        let most = if matches!(batch.extent, Extent::Some { .. }) { MAX_CHANGES } else { MAX_EVERYTHING };
        if batch.things.len() > most {
            return Err(MirrorError::Invalid(format!("A batch has at most {most} things.")));
        }
        let Batch { platform, reading, extent, things } = batch;
        let decided = if extent.whole().others { self.decided(&platform, reading)? } else { HashSet::new() };
        let has = Listed::new(&things, &decided);
        let (entries, mut things): (Vec<_>, Vec<_>) = things.into_iter().partition(|thing| matches!(thing, Thing::Activity(_)));
        // What is over goes first, so that a key that comes back in the same batch is seen to come back.
        things.sort_by_key(|thing| !matches!(thing, Thing::Device(record) if record.device.status == DeviceStatus::Revoked));
        let parts = things.len().div_ceil(AT_ONCE).max(1);
        let (mut rest, mut applied) = (things.into_iter(), Applied::default());
        for part in 1..=parts {
            let (is_first, is_last) = (part == 1, part == parts);
            if !is_first {
                sleep(BETWEEN);
            }
            let things: Vec<Thing> = rest.by_ref().take(AT_ONCE).collect();
            let done = self.write(|db| {
                let mut applying = Applying::new(db, &platform, reading, &extent)?;
                if is_first {
                    applying.end_missing(&has)?;
                    applying.keep_log(&entries)?;
                }
                things.into_iter().try_for_each(|thing| applying.one(thing))?;
                if is_last {
                    applying.observed.all_else(db, applying.platform, &has, applying.whole)?;
                    applying.note_reading(&extent, reading)?;
                }
                let Applying { counts, applied, .. } = applying;
                counts.write(db)?;
                Ok(applied)
            })?;
            applied.changed += done.changed;
            applied.entries += done.entries;
            applied.ended += done.ended;
            applied.lost += done.lost;
        }
        Ok(applied)
    }

    /// The keys of requests whose decision is acknowledged and may be shown by this reading.
    fn decided(&self, platform: &PlatformId, reading: Reading) -> Result<HashSet<String>, MirrorError> {
        self.read(|db| Ok(Observed::new(db, number_of(db, platform)?, reading)?.decided()))
    }
}

/// A batch under way.
pub(crate) struct Applying<'a> {
    pub(crate) db: &'a Connection,
    pub(crate) platform: i64,
    pub(crate) tick: i64,
    pub(crate) at: Timestamp,
    as_of: Timestamp,
    known_as_of: Timestamp,
    whole: Whole,
    is_look: bool,
    reads_log_anew: bool,
    whole_tick: i64,
    observed: Observed,
    left_in: LeftIn,
    counts: Counts,
    pub(crate) applied: Applied,
}

impl<'a> Applying<'a> {
    fn new(db: &'a Connection, id: &PlatformId, reading: Reading, extent: &Extent) -> Result<Self, MirrorError> {
        let platform = number_of(db, id)?;
        let (whole_tick, others_tick, known_as_of): (i64, i64, i64) = db
            .prepare_cached("SELECT whole_tick, others_tick, coalesce(as_of, 0) FROM platform WHERE number = ?")?
            .query_row([platform], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        let (tick, whole) = (reading.tick(), extent.whole());
        Ok(Self {
            db,
            platform,
            tick,
            at: reading.at(),
            as_of: reading.as_of(),
            known_as_of: Timestamp::from_millis(known_as_of),
            observed: Observed::new(db, platform, reading)?,
            left_in: LeftIn::of(db, platform)?,
            // What everything was before a later everything says nothing of what is missing.
            whole: Whole { devices: whole.devices && tick >= whole_tick, others: whole.others && tick >= others_tick },
            is_look: matches!(extent, Extent::Look { .. }),
            reads_log_anew: extent.reads_log_anew(),
            whole_tick,
            counts: Counts::default(),
            applied: Applied::default(),
        })
    }

    fn end_missing(&mut self, has: &Listed) -> Result<(), MirrorError> {
        if self.whole.devices {
            self.end_devices(&has.devices)?;
        }
        if self.whole.others {
            self.applied.changed += things::close_others(self, &has.others)?;
        }
        Ok(())
    }

    /// All at once: together they say what is missing between them.
    fn keep_log(&mut self, entries: &[Thing]) -> Result<(), MirrorError> {
        self.applied.entries = log::keep(self, entries, self.reads_log_anew && self.whole.devices)?;
        Ok(())
    }

    fn one(&mut self, thing: Thing) -> Result<(), MirrorError> {
        match thing {
            Thing::Device(record) => self.device(*record)?,
            Thing::Pairing(pairing) => self.applied.changed += usize::from(things::keep_pairing(self, &pairing)?),
            Thing::Request(request) => {
                self.observed.request(self.db, &request.request)?;
                self.applied.changed += usize::from(things::keep_request(self, &request)?);
            }
            // Kept together.
            Thing::Activity(_) => {}
        }
        Ok(())
    }

    fn device(&mut self, mut record: DeviceRecord) -> Result<(), MirrorError> {
        let standing = Standing::of(record.device.status);
        if standing.is_over() {
            record.device.connected = false;
        }
        let before = device_row::find(self.db, self.platform, &record.device.id)?;
        record.note_connection(before.as_ref().map(|before| (&before.record, self.known_as_of)), self.as_of);
        let Some(before) = before else {
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
        review::note(self.db, self.platform, self.at, before, after)?;
        if after.standing.is_over() {
            self.left_in.is_over(self.db, &after.record.device.id, self.at)?;
        }
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
                tombstone::recognise(self, &device.key_fingerprint, &device.id, Return::LetIn { joined })?;
                self.applied.lost += usize::from(lost::revoke_if_lost(self, &after.record)?);
                Ok(())
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

    fn note_reading(&self, extent: &Extent, reading: Reading) -> Result<(), MirrorError> {
        if !extent.is_reading() {
            return Ok(());
        }
        let Whole { devices, others } = extent.whole();
        let [devices, others] = [devices, others].map(|whole| if whole { reading.tick() } else { 0 });
        self.db
            .prepare_cached(
                "UPDATE platform SET cursor = coalesce(?2, cursor), as_of = max(coalesce(as_of, 0), ?3), whole_tick = max(whole_tick, ?4),
                   others_tick = max(others_tick, ?5), ahead_millis = coalesce(?6, ahead_millis), stale_at = NULL, stale = NULL
                 WHERE number = ?1",
            )?
            .execute(params![
                self.platform,
                extent.cursor(),
                reading.as_of().as_millis(),
                devices,
                others,
                reading.ahead_millis()
            ])?;
        Ok(())
    }
}
