//! Codes, requests and activity of one platform, page by page as its own lists have them.

use clawpair_api::{ActivityEntry, Pairing};
use clawpair_core::Timestamp;
use clawpair_core::search::Search;
use rusqlite::{Connection, params};
use serde::de::DeserializeOwned;

use crate::error::MirrorError;
use crate::file::Mirror;
use crate::platform::{PlatformId, ever_named, number_of, parsed};
use crate::record::RequestRecord;
use crate::search::{Look, Searched};
use crate::things::{MAX_PAGE, bounded};
use crate::words;

/// Some things of a platform, and the last of them if there are more.
pub type PageOf<T, K> = (Vec<T>, Option<K>);

/// Which entries of a platform's activity to list: what is left out does not narrow.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ActivityFilter {
    /// By whom: `owner`, `operator`, `platform`, `device`, or an id.
    pub actor: Option<String>,
    /// What, as the log's stable word.
    pub action: Option<String>,
    /// From when on.
    pub from: Option<Timestamp>,
}

/// An entry of some platform's activity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundActivity {
    /// Counts entries in the order in which they became known here.
    pub known: i64,
    /// Whose.
    pub platform: PlatformId,
    /// As the platform tells it.
    pub entry: ActivityEntry,
}

impl Mirror {
    /// Codes of a platform that were not over when they were last read and that `wanted` wants, newest first, after the one with this id;
    /// at most `limit`, and never more than [`MAX_PAGE`](crate::MAX_PAGE).
    ///
    /// # Errors
    /// When there is no such platform, or they cannot be read.
    pub fn open_pairings_of(
        &self,
        platform: &PlatformId,
        after: Option<&str>,
        limit: usize,
        wanted: impl Fn(&Pairing) -> bool,
    ) -> Result<PageOf<Pairing, String>, MirrorError> {
        let sql = "SELECT record FROM pairing WHERE open AND platform = ?1 AND (?2 IS NULL OR (created_at, id) <
                   (SELECT created_at, id FROM pairing WHERE platform = ?1 AND id = ?2)) ORDER BY created_at DESC, id DESC";
        self.read(|db| open_of(db, sql, platform, after, limit, wanted, |pairing| pairing.id.clone()))
    }

    /// Likewise requests.
    ///
    /// # Errors
    /// Likewise.
    pub fn open_requests_of(
        &self,
        platform: &PlatformId,
        after: Option<&str>,
        limit: usize,
        wanted: impl Fn(&RequestRecord) -> bool,
    ) -> Result<PageOf<RequestRecord, String>, MirrorError> {
        let sql = "SELECT record FROM request WHERE open AND platform = ?1 AND (?2 IS NULL OR (asked_at, id) <
                   (SELECT asked_at, id FROM request WHERE platform = ?1 AND id = ?2)) ORDER BY asked_at DESC, id DESC";
        self.read(|db| open_of(db, sql, platform, after, limit, wanted, |record| record.request.id.clone()))
    }

    /// What was done on a platform, newest first, before the entry with this number, as far as no entry is missing here
    /// ([`Mirror::oldest_activity`]); bounded likewise.
    ///
    /// # Errors
    /// Likewise.
    pub fn activity_of(
        &self,
        platform: &PlatformId,
        filter: &ActivityFilter,
        before: Option<i64>,
        limit: usize,
    ) -> Result<PageOf<ActivityEntry, i64>, MirrorError> {
        self.read(|db| {
            let platform = number_of(db, platform)?;
            let mut statement = db.prepare_cached(
                "SELECT record FROM activity WHERE platform = ?1 AND number < ?2 AND (?3 IS NULL OR at >= ?3)
                   AND (?4 IS NULL OR record ->> '$.action' = ?4)
                   AND (?5 IS NULL OR coalesce(record ->> '$.actor.id', record ->> '$.actor.kind') = ?5)
                   AND number >= (SELECT log_from FROM platform WHERE platform.number = ?1)
                 ORDER BY number DESC",
            )?;
            let from = filter.from.map(Timestamp::as_millis);
            let values = params![platform, before.unwrap_or(i64::MAX), from, filter.action, filter.actor];
            page(statement.query(values)?, limit, |_| true, |entry: &ActivityEntry| entry.number)
        })
    }
}

impl Mirror {
    /// Entries of all platforms' activity with words that begin as was searched for, those that became known here last first, before the
    /// one that became known as this number; each with its own, and bounded likewise.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn search_activity(&self, search: &Search, before: Option<i64>, limit: usize) -> Result<Vec<FoundActivity>, MirrorError> {
        self.read(|db| {
            let (search, limit, mut found) = (Searched::new(search, &ever_named(db)?), limit.clamp(1, MAX_PAGE), Vec::new());
            let mut one = db.prepare_cached(
                "SELECT platform.id, record, activity.platform FROM activity JOIN platform ON platform.number = activity.platform
                 WHERE known = ?",
            )?;
            search.walk(db, "activity_search", &[], before, |known| {
                let mut rows = one.query([known])?;
                let Some(row) = rows.next()? else { return Ok(Look::Other) };
                let entry = serde_json::from_str(row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?)?;
                if !search.finds(row.get(2)?, &words::of_activity(&entry)) {
                    return Ok(Look::Other);
                }
                found.push(FoundActivity { known, platform: parsed(row, 0)?, entry });
                Ok(if found.len() == limit { Look::Enough } else { Look::Fits })
            })?;
            Ok(found)
        })
    }
}

fn open_of<T: DeserializeOwned>(
    db: &Connection,
    sql: &str,
    platform: &PlatformId,
    after: Option<&str>,
    limit: usize,
    wanted: impl Fn(&T) -> bool,
    key: impl Fn(&T) -> String,
) -> Result<PageOf<T, String>, MirrorError> {
    let mut statement = db.prepare_cached(sql)?;
    let rows = statement.query(params![number_of(db, platform)?, after])?;
    page(rows, limit, wanted, key)
}

fn page<T: DeserializeOwned, K>(
    mut rows: rusqlite::Rows<'_>,
    limit: usize,
    wanted: impl Fn(&T) -> bool,
    key: impl Fn(&T) -> K,
) -> Result<PageOf<T, K>, MirrorError> {
    let limit = usize::try_from(bounded(limit)).unwrap_or(1);
    let mut things = Vec::new();
    while let Some(row) = rows.next()? {
        let thing: T = serde_json::from_str(row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?)?;
        if !wanted(&thing) {
            continue;
        }
        if things.len() == limit {
            let next = things.last().map(key);
            return Ok((things, next));
        }
        things.push(thing);
    }
    Ok((things, None))
}
