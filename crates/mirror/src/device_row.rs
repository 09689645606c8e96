//! One device in its table, its labels and the search index.

use clawpair_core::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use crate::counts::Counts;
use crate::error::MirrorError;
use crate::label::{Label, signature};
use crate::record::{DeviceRecord, MAX_RECORD_BYTES, Standing};
use crate::search::{entered, label_word, platform_word, standing_word};
use crate::words;

/// A device as its row has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DeviceRow {
    pub(crate) number: i64,
    pub(crate) standing: Standing,
    pub(crate) tick: i64,
    pub(crate) group: Option<String>,
    pub(crate) record: DeviceRecord,
}

pub(crate) const COLUMNS: &str = "number, standing, tick, local_group, record";

pub(crate) fn read(row: &Row<'_>) -> Result<DeviceRow, MirrorError> {
    Ok(DeviceRow {
        number: row.get(0)?,
        standing: Standing::from_number(row.get(1)?),
        tick: row.get(2)?,
        group: row.get(3)?,
        record: serde_json::from_str(row.get_ref(4)?.as_str().map_err(rusqlite::Error::from)?)?,
    })
}

pub(crate) fn find(db: &Connection, platform: i64, id: &str) -> Result<Option<DeviceRow>, MirrorError> {
    let mut statement = db.prepare_cached(&format!("SELECT {COLUMNS} FROM device WHERE platform = ? AND id = ?"))?;
    let mut rows = statement.query(params![platform, id])?;
    rows.next()?.map(read).transpose()
}

/// The devices of a platform that have a key and are not over.
pub(crate) fn let_in_with(db: &Connection, platform: i64, key: &str) -> Result<Vec<DeviceRow>, MirrorError> {
    let sql = format!("SELECT {COLUMNS} FROM device WHERE key = ? AND key != '' AND platform = ? AND standing < 2");
    let mut statement = db.prepare_cached(&sql)?;
    let mut rows = statement.query(params![key, platform])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(read(row)?);
    }
    Ok(found)
}

/// What a device is listed, counted and found by.
struct Entry {
    labels: Vec<Label>,
    words: Vec<String>,
    indexed: Indexed,
}

/// The columns that indexes are over.
#[derive(PartialEq, Eq)]
struct Indexed {
    key: String,
    standing: Standing,
    signature: i64,
    sort_name: String,
    times: [Option<i64>; 3],
}

impl Entry {
    fn of(row: &DeviceRow) -> Self {
        let record = &row.record;
        let labels = record.labels(row.group.as_deref());
        let times = [Some(record.paired_at()), record.seen_at(), record.expires_at];
        let indexed = Indexed {
            key: record.device.key_fingerprint.clone(),
            standing: row.standing,
            signature: signature(&labels),
            sort_name: record.device.name.to_lowercase(),
            times: times.map(|at| at.map(Timestamp::as_millis)),
        };
        Self { labels, words: record.words(), indexed }
    }

    fn label_words(&self) -> impl Iterator<Item = String> {
        self.labels.iter().filter_map(label_word)
    }

    /// Whether the search index has the same of both.
    fn is_found_like(&self, other: &Self) -> bool {
        self.indexed.standing == other.indexed.standing && self.words == other.words && self.label_words().eq(other.label_words())
    }

    /// What the search index holds: beginnings of words, and words for what searches are narrowed by, except what changes all the time.
    fn search_words(&self, platform: i64) -> Vec<String> {
        let mut words = entered(self.words.iter().map(String::as_str));
        words.extend([platform_word(platform), standing_word(self.indexed.standing)]);
        words.extend(self.label_words());
        words
    }
}

/// Enters a device that was not known.
pub(crate) fn insert(
    db: &Connection,
    counts: &mut Counts,
    platform: i64,
    record: DeviceRecord,
    standing: Standing,
    tick: i64,
) -> Result<DeviceRow, MirrorError> {
    db.prepare_cached(
        "INSERT INTO device (platform, id, key, standing, signature, sort_name, paired_at, seen_at, expires_at, revision, tick, words, record)
         VALUES (?, ?, '', 0, 0, '', 0, 0, NULL, 0, 0, '', '')",
    )?
    .execute(params![platform, record.device.id])?;
    let number = db.last_insert_rowid();
    let row = DeviceRow { number, standing, tick, group: kept_group(db, platform, &record.device.id)?, record };
    let entry = Entry::of(&row);
    write(db, &row, None, &entry)?;
    label(db, row.number, &entry.labels)?;
    counts.add(&entry.labels, platform, standing, 1);
    enter_search(db, row.number, &entry.search_words(platform))?;
    words::follow_name(db, platform, &row.record.device.id)?;
    Ok(row)
}

/// The group it was in before its file was set aside.
fn kept_group(db: &Connection, platform: i64, id: &str) -> Result<Option<String>, MirrorError> {
    let sql = "DELETE FROM group_kept WHERE platform = ? AND device = ? RETURNING local_group";
    Ok(db.prepare_cached(sql)?.query_row(params![platform, id], |row| row.get(0)).optional()?)
}

/// Follows a change of a device that is known.
pub(crate) fn update(
    db: &Connection,
    counts: &mut Counts,
    platform: i64,
    before: &DeviceRow,
    after: &DeviceRow,
) -> Result<(), MirrorError> {
    let (old, new) = (Entry::of(before), Entry::of(after));
    write(db, after, Some(&old.indexed), &new)?;
    for gone in old.labels.iter().filter(|label| !new.labels.contains(label)) {
        db.prepare_cached("DELETE FROM device_label WHERE label = ? AND number = ?")?
            .execute(params![gone.as_str(), after.number])?;
    }
    label(db, after.number, &new.labels.iter().filter(|label| !old.labels.contains(label)).cloned().collect::<Vec<_>>())?;
    counts.add(&old.labels, platform, before.standing, -1);
    counts.add(&new.labels, platform, after.standing, 1);
    if after.record.device.name != before.record.device.name {
        words::follow_name(db, platform, &after.record.device.id)?;
    }
    if !new.is_found_like(&old) {
        db.prepare_cached("DELETE FROM device_search WHERE rowid = ?")?.execute([after.number])?;
        enter_search(db, after.number, &new.search_words(platform))?;
    }
    Ok(())
}

/// Removes a device, as if it had never been known.
pub(crate) fn remove(db: &Connection, counts: &mut Counts, platform: i64, row: &DeviceRow) -> Result<(), MirrorError> {
    let labels = row.record.labels(row.group.as_deref());
    for label in &labels {
        db.prepare_cached("DELETE FROM device_label WHERE label = ? AND number = ?")?
            .execute(params![label.as_str(), row.number])?;
    }
    counts.add(&labels, platform, row.standing, -1);
    db.prepare_cached("DELETE FROM device_search WHERE rowid = ?")?.execute([row.number])?;
    db.prepare_cached("DELETE FROM device WHERE number = ?")?.execute([row.number])?;
    Ok(())
}

/// Writes the row; the columns that indexes are over only if they are different, because naming one costs as much as changing it.
fn write(db: &Connection, row: &DeviceRow, before: Option<&Indexed>, entry: &Entry) -> Result<(), MirrorError> {
    let json = serde_json::to_string(&row.record)?;
    if json.len() > MAX_RECORD_BYTES {
        return Err(MirrorError::Invalid(format!("What a platform says of one device has more than {MAX_RECORD_BYTES} bytes.")));
    }
    let words = entry.words.join(" ");
    db.prepare_cached("UPDATE device SET revision = ?2, tick = ?3, local_group = ?4, words = ?5, record = ?6 WHERE number = ?1")?
        .execute(params![row.number, row.record.device.revision, row.tick, row.group, words, json])?;
    if before.is_none_or(|before| *before != entry.indexed) {
        let Indexed { key, standing, signature, sort_name, times: [paired_at, seen_at, expires_at] } = &entry.indexed;
        db.prepare_cached(
            "UPDATE device SET key = ?2, standing = ?3, signature = ?4, sort_name = ?5, paired_at = ?6, seen_at = ?7, expires_at = ?8
             WHERE number = ?1",
        )?
        .execute(params![row.number, key, standing.number(), signature, sort_name, paired_at, seen_at.unwrap_or(0), expires_at])?;
    }
    Ok(())
}

fn label(db: &Connection, number: i64, labels: &[Label]) -> Result<(), MirrorError> {
    let mut statement = db.prepare_cached("INSERT INTO device_label (label, number) VALUES (?, ?)")?;
    for label in labels.iter().filter(|label| **label != Label::all()) {
        statement.execute(params![label.as_str(), number])?;
    }
    Ok(())
}

fn enter_search(db: &Connection, number: i64, words: &[String]) -> Result<(), MirrorError> {
    db.prepare_cached("INSERT INTO device_search (rowid, parts) VALUES (?, ?)")?.execute(params![number, words.join(" ")])?;
    Ok(())
}

/// Enters all devices into the search index as this program does; one that cannot be read stays as it is.
pub(crate) fn enter_all(db: &Connection) -> Result<(), MirrorError> {
    let mut statement = db.prepare(&format!("SELECT {COLUMNS}, platform FROM device"))?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (Ok(device), platform) = (read(row), row.get(5)?) else { continue };
        db.prepare_cached("DELETE FROM device_search WHERE rowid = ?")?.execute([device.number])?;
        enter_search(db, device.number, &Entry::of(&device).search_words(platform))?;
    }
    Ok(())
}
