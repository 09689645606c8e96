//! What was asked for after a backup was made. Putting that in the place of the file must not lose it, nor who was let in, lest its key be
//! reported lost.

use std::collections::BTreeMap;
use std::path::Path;

use clawpair_core::Timestamp;
use clawpair_core::text::Name;
use rusqlite::{Connection, params};

use crate::delivery::Delivery;
use crate::error::MirrorError;
use crate::file::reader;
use crate::intent::Conflict;
use crate::journal::{self, Deed};
use crate::left_in::unless_over;
use crate::outbox::{self, COLUMNS, Errand, TABLES};
use crate::rescue::{Read, each_row};
use crate::sending::step;

/// What a file holds that a backup does not know, and that is not over or has let somebody in.
pub(crate) struct AskedSince {
    errands: BTreeMap<i64, (Errand, Name)>,
    /// Whether all of the file could be read.
    pub(crate) whole: bool,
}

impl AskedSince {
    /// Compares the file there, if one is, with a backup.
    ///
    /// # Errors
    /// When the backup cannot be read.
    pub(crate) fn of(file: &Path, backup: &Connection) -> Result<Self, MirrorError> {
        let mut errands = BTreeMap::new();
        if !file.exists() {
            return Ok(Self { errands, whole: true });
        }
        let Ok(file) = reader(file) else { return Ok(Self { errands, whole: false }) };
        let mut known = backup.prepare("SELECT 1 FROM outbox WHERE idempotency_key = ?")?;
        let select = format!(
            "SELECT {COLUMNS}, platform.name FROM {TABLES} WHERE state IN (0, 1, 2, 4)
               OR state IN (3, 7, 8) AND attempts > 0 AND intent ->> '$.kind' = 'approve' AND NOT forgotten"
        );
        let read: Read<(Errand, Name)> =
            |row| Ok(outbox::errand(row).ok().zip(row.get::<_, String>(row.as_ref().column_count() - 1)?.parse().ok()));
        let whole = each_row(&file, &select, "outbox.id", read, |(errand, platform)| {
            if !known.exists([&errand.idempotency_key])? {
                errands.insert(errand.id, (errand, platform));
            }
            Ok(true)
        })?;
        Ok(Self { errands, whole })
    }

    /// How much of it is not over.
    pub(crate) fn len(&self) -> usize {
        self.errands.values().filter(|(errand, _)| !errand.delivery.is_over()).count()
    }

    /// Enters it. What its platform has acknowledged stays so, until the next reading; what may not have been done asks a person, since
    /// the backup may have been put back to be rid of it. How much that is.
    pub(crate) fn enter(self, db: &Connection, now: Timestamp) -> Result<usize, MirrorError> {
        let mut questions = 0;
        for (errand, platform) in self.errands.into_values() {
            let entered = insert(db, &errand, &platform)?;
            let sent = Delivery::Sent { at: now };
            let delivery = match errand.delivery {
                Delivery::Acknowledged { at, .. } => sent.acknowledged(at, 0)?,
                Delivery::Failed { at, conflict } => sent.failed(at, conflict)?,
                over if over.is_over() => over,
                _ => {
                    questions += 1;
                    sent.failed(now, unless_over(db, &errand, Conflict::AskedSince)?)?
                }
            };
            journal::append(
                db,
                errand.queued_at,
                &Deed::by_person("asked", journal::subject(&errand.place), Some(errand.intent.to_string())),
            )?;
            step(db, &entered, delivery)?;
        }
        Ok(questions)
    }
}

fn insert(db: &Connection, errand: &Errand, platform: &Name) -> Result<Errand, MirrorError> {
    let id = errand.place.platform.as_str();
    db.execute(
        "INSERT INTO platform (id, name) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET forgotten = 0",
        [id, platform.as_str()],
    )?;
    let [paired_at, expires_at, sent_at] =
        [errand.paired_at, errand.expires_at, errand.sent_at].map(|at| at.map(Timestamp::as_millis));
    db.execute(
        "INSERT INTO outbox (idempotency_key, platform, subject, device_key, paired_at, intent, revokes, revision, queued_at, expires_at,
           attempts, sent_at, state, due_at)
         VALUES (?1, (SELECT number FROM platform WHERE id = ?2), ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, 0, 0)",
        params![
            errand.idempotency_key,
            id,
            errand.place.id,
            errand.key,
            paired_at,
            serde_json::to_string(&errand.intent)?,
            errand.intent.revokes(),
            errand.revision,
            errand.queued_at.as_millis(),
            expires_at,
            errand.attempts,
            sent_at
        ],
    )?;
    outbox::find(db, db.last_insert_rowid())
}
