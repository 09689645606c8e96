//! What the transitions of one commit share: work that is done once for all of them, at its end.

use std::cell::{Cell, RefCell};
use std::ops::Deref;

use clawpair_core::activity::Head;
use clawpair_core::store::Standing;
use rusqlite::Connection;

use super::device_index::SearchEntry;
use super::known_keys::KnownKeys;
use super::{activity, device_index};

/// The open transaction of the writing connection. Every statement works on it as on any connection.
pub(crate) struct Commit<'a> {
    db: &'a Connection,
    /// The activity log's last entry, once somebody has asked for it or added to it.
    head: Cell<Option<Head>>,
    appended: Cell<bool>,
    searches: RefCell<Vec<SearchEntry>>,
    /// How many more devices stand so, in the order of [`Standing::ALL`].
    counts: Cell<[i64; Standing::ALL.len()]>,
    keys: &'a RefCell<KnownKeys>,
}

impl Deref for Commit<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        self.db
    }
}

impl<'a> Commit<'a> {
    pub(crate) const fn over(db: &'a Connection, keys: &'a RefCell<KnownKeys>) -> Self {
        let (head, appended, counts) = (Cell::new(None), Cell::new(false), Cell::new([0; Standing::ALL.len()]));
        Self { db, head, appended, searches: RefCell::new(Vec::new()), counts, keys }
    }

    /// The activity log's last entry.
    pub(super) fn head(&self) -> rusqlite::Result<Head> {
        if let Some(head) = self.head.get() {
            return Ok(head);
        }
        let head = activity::head(self.db)?;
        self.head.set(Some(head));
        Ok(head)
    }

    /// Notes that an entry was added to the log.
    pub(super) fn appended(&self, head: Head) {
        self.head.set(Some(head));
        self.appended.set(true);
    }

    /// Notes what a device is found by from now on. The search index takes all devices of a commit together: one by one, each would
    /// be a part of the index of its own, and merged with the others later.
    pub(super) fn search(&self, entry: SearchEntry) {
        self.searches.borrow_mut().push(entry);
    }

    /// Notes that so many more devices stand so.
    pub(super) fn count(&self, standing: Standing, more: i64) {
        let mut counts = self.counts.get();
        for (count, counted) in counts.iter_mut().zip(Standing::ALL) {
            *count += if counted == standing { more } else { 0 };
        }
        self.counts.set(counts);
    }

    /// The idempotency keys that are known.
    pub(super) const fn keys(&self) -> &RefCell<KnownKeys> {
        self.keys
    }

    /// Does what was left to the end. Nothing may be changed after it.
    pub(crate) fn finish(self) -> rusqlite::Result<()> {
        if let Some(head) = self.head.get().filter(|_| self.appended.get()) {
            activity::write_head(self.db, head)?;
        }
        for (standing, more) in Standing::ALL.into_iter().zip(self.counts.get()).filter(|(_, more)| *more != 0) {
            device_index::write_count(self.db, standing, more)?;
        }
        self.searches.borrow().iter().try_for_each(|entry| device_index::write_search(self.db, entry))
    }
}
