//! The idempotency keys of the last day, found in memory.
//!
//! Keys are random. An index of them in the database would touch a page of its own for each, in every commit; so their table only
//! grows at its end, and the one writing thread remembers where each key lies. Every transition reads what is new in the table
//! first, so keys that another program wrote are known too; and a place is only believed once the row there has the key.

use std::collections::HashMap;

use clawpair_core::clock::Timestamp;
use clawpair_core::repeat::{Once, REMEMBERED_HOURS, Salt};
use clawpair_core::secret::KeyedHash;
use rusqlite::{Connection, OptionalExtension, params};

/// Most keys that are forgotten at once. More than come in with one commit, so that they go faster than they come.
const FORGOTTEN_AT_ONCE: i64 = 512;

/// Where keys lie in their table, by the beginning of their hash. Two that begin alike share a place; the earlier one is
/// forgotten then, which happens once in 10⁷ days with a million keys each.
#[derive(Default)]
pub(crate) struct KnownKeys {
    numbers: HashMap<u64, i64>,
    /// The last row that was read.
    newest: i64,
}

/// A request that was done under a key.
pub(super) struct Known {
    pub(super) fingerprint: KeyedHash,
    pub(super) salt: Salt,
    pub(super) made: [u8; 16],
}

fn beginning(key: &KeyedHash) -> u64 {
    key.as_bytes().first_chunk().copied().map_or(0, u64::from_be_bytes)
}

impl KnownKeys {
    /// What was done under this key, unless that is too long ago.
    pub(super) fn find(&mut self, db: &Connection, once: &Once) -> rusqlite::Result<Option<Known>> {
        self.read_new(db)?;
        self.forget_old(db, oldest(once.at))?;
        let Some(number) = self.numbers.get(&beginning(&once.key)) else { return Ok(None) };
        db.prepare_cached("SELECT fingerprint, salt, made FROM idempotency WHERE number = ? AND key_hash = ? AND +at > ?")?
            .query_row(params![number, once.key.as_bytes(), oldest(once.at)], |row| {
                Ok(Known { fingerprint: KeyedHash::from_bytes(row.get(0)?), salt: row.get(1)?, made: row.get(2)? })
            })
            .optional()
    }

    /// Remembers that this was made under a key.
    pub(super) fn insert(&mut self, db: &Connection, once: &Once, made: [u8; 16]) -> rusqlite::Result<()> {
        db.prepare_cached("INSERT INTO idempotency (key_hash, fingerprint, salt, made, at) VALUES (?, ?, ?, ?, ?)")?
            .execute(params![once.key.as_bytes(), once.fingerprint.as_bytes(), once.salt, made, once.at.as_millis()])?;
        self.newest = db.last_insert_rowid();
        self.numbers.insert(beginning(&once.key), self.newest);
        Ok(())
    }

    fn read_new(&mut self, db: &Connection) -> rusqlite::Result<()> {
        let mut statement = db.prepare_cached("SELECT number, key_hash FROM idempotency WHERE number > ? ORDER BY number")?;
        let mut rows = statement.query([self.newest])?;
        while let Some(row) = rows.next()? {
            self.newest = row.get(0)?;
            self.numbers.insert(beginning(&KeyedHash::from_bytes(row.get(1)?)), self.newest);
        }
        Ok(())
    }

    /// The newest row always stays, so that no number is given twice.
    fn forget_old(&mut self, db: &Connection, oldest: i64) -> rusqlite::Result<()> {
        let first =
            db.prepare_cached("SELECT at FROM idempotency ORDER BY number LIMIT 1")?.query_row([], |row| row.get::<_, i64>(0));
        if first.optional()?.is_none_or(|at| at > oldest) {
            return Ok(());
        }
        let mut last = None;
        let mut statement = db.prepare_cached("SELECT number, key_hash, at FROM idempotency ORDER BY number LIMIT ?")?;
        let mut rows = statement.query([FORGOTTEN_AT_ONCE])?;
        while let Some(row) = rows.next()? {
            let (number, key, at): (i64, _, i64) = (row.get(0)?, KeyedHash::from_bytes(row.get(1)?), row.get(2)?);
            if at > oldest || number >= self.newest {
                break;
            }
            if self.numbers.get(&beginning(&key)) == Some(&number) {
                self.numbers.remove(&beginning(&key));
            }
            last = Some(number);
        }
        if let Some(last) = last {
            db.prepare_cached("DELETE FROM idempotency WHERE number <= ?")?.execute([last])?;
        }
        Ok(())
    }
}

/// What was done at this moment or before is forgotten at `now`.
fn oldest(now: Timestamp) -> i64 {
    now.plus_seconds(-REMEMBERED_HOURS * 3_600).as_millis()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Timestamp = Timestamp::from_millis(1_700_000_000_000);

    fn database() -> Connection {
        let mut db = Connection::open_in_memory().unwrap();
        crate::migrate(&mut db, crate::sqlite::MIGRATIONS).unwrap();
        db
    }

    fn once(key: u8, at: Timestamp) -> Once {
        Once { key: KeyedHash::from_bytes([key; 32]), fingerprint: KeyedHash::from_bytes([9; 32]), salt: [key; 16], at }
    }

    #[test]
    fn a_key_that_another_program_wrote_is_known() {
        let db = database();
        let (mut here, mut there) = (KnownKeys::default(), KnownKeys::default());
        assert!(here.find(&db, &once(1, NOON)).unwrap().is_none());
        there.insert(&db, &once(1, NOON), [7; 16]).unwrap();
        assert_eq!(here.find(&db, &once(1, NOON)).unwrap().unwrap().made, [7; 16]);
    }

    #[test]
    fn a_place_whose_row_was_undone_is_not_believed() {
        let db = database();
        let mut keys = KnownKeys::default();
        db.execute_batch("BEGIN").unwrap();
        keys.insert(&db, &once(1, NOON), [7; 16]).unwrap();
        db.execute_batch("ROLLBACK").unwrap();
        assert!(keys.find(&db, &once(1, NOON)).unwrap().is_none());
        KnownKeys::default().insert(&db, &once(2, NOON), [8; 16]).unwrap();
        assert!(keys.find(&db, &once(1, NOON)).unwrap().is_none(), "another key has its number");
    }

    #[test]
    fn keys_are_forgotten_after_a_day_and_their_numbers_are_not_given_again() {
        let (db, day) = (database(), NOON.plus_seconds(REMEMBERED_HOURS * 3_600));
        let mut keys = KnownKeys::default();
        for key in 1..=3 {
            keys.insert(&db, &once(key, NOON), [key; 16]).unwrap();
        }
        assert!(keys.find(&db, &once(2, day.plus_seconds(-1))).unwrap().is_some());
        for key in 1..=3 {
            assert!(keys.find(&db, &once(key, day)).unwrap().is_none());
        }
        let left: Vec<i64> = db
            .prepare("SELECT number FROM idempotency")
            .unwrap()
            .query_map([], |row| row.get(0))
            .unwrap()
            .collect::<Result<_, _>>()
            .unwrap();
        assert_eq!((left, keys.numbers.len()), (vec![3], 1));
        keys.insert(&db, &once(1, day), [5; 16]).unwrap();
        assert_eq!(keys.find(&db, &once(1, day)).unwrap().unwrap().made, [5; 16]);
    }
}
