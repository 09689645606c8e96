//! How many devices a reviewer would find by each filter, before choosing it.

use clawpair_core::Timestamp;
use rusqlite::{Connection, params};

use crate::counts::having;
use crate::error::MirrorError;
use crate::file::Mirror;
use crate::label::{Label, Mark};
use crate::platform::{PlatformId, named, number_of};
use crate::record::Standing;
use crate::review::MAX_COUNTED;

/// Most labels of one kind that are offered.
const MAX_OFFERED: i64 = 500;

/// Among which devices to count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FacetQuery {
    /// Of this platform; of all without it.
    pub platform: Option<PlatformId>,
    /// That stand so; however they stand without it.
    pub standing: Option<Standing>,
    /// Since when the silent ones are counted.
    pub not_seen_since: Option<Timestamp>,
    /// Until when those are counted whose credentials end.
    pub expires_before: Option<Timestamp>,
}

/// How many devices each filter alone would find.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facets {
    /// Never heard after they joined.
    pub never_used: i64,
    /// With permissions that change, spend or do something.
    pub broad: i64,
    /// Of a type that is none of the known.
    pub unknown_type: i64,
    /// Not heard since that moment, or never; at most [`MAX_COUNTED`], which means so many or more.
    pub not_seen: i64,
    /// Whose credentials end before that moment; at most [`MAX_COUNTED`] likewise.
    pub expiring: i64,
    /// Tags by name, each with how many; at most 500.
    pub tags: Vec<(String, i64)>,
    /// This computer's groups likewise.
    pub groups: Vec<(String, i64)>,
    /// Types likewise.
    pub types: Vec<(String, i64)>,
}

impl Mirror {
    /// How many devices each filter alone would find.
    ///
    /// # Errors
    /// When there is no such platform, or it cannot be read.
    pub fn facets(&self, query: &FacetQuery) -> Result<Facets, MirrorError> {
        self.read(|db| {
            let platform = query.platform.as_ref().map(|id| number_of(db, id)).transpose()?;
            let platforms: Vec<i64> = named(db)?
                .into_iter()
                .map(|(number, _, _)| number)
                .filter(|number| platform.is_none_or(|one| one == *number))
                .collect();
            let standings: Vec<Standing> =
                Standing::ALL.into_iter().filter(|standing| query.standing.is_none_or(|one| one == *standing)).collect();
            let marked = |mark| having(db, &Label::mark(mark), platform, query.standing);
            let offered = |kind| offered(db, kind, platform, query.standing);
            Ok(Facets {
                never_used: marked(Mark::NeverUsed)?,
                broad: marked(Mark::Broad)?,
                unknown_type: marked(Mark::UnknownType)?,
                not_seen: query.not_seen_since.map_or(Ok(0), |since| not_seen(db, &platforms, &standings, since))?,
                expiring: query.expires_before.map_or(Ok(0), |before| expiring(db, &platforms, &standings, before))?,
                tags: offered('#')?,
                groups: offered('g')?,
                types: offered('t')?,
            })
        })
    }
}

fn not_seen(db: &Connection, platforms: &[i64], standings: &[Standing], since: Timestamp) -> Result<i64, MirrorError> {
    let mut statement = db.prepare_cached(
        "SELECT count(*) FROM (SELECT 1 FROM device INDEXED BY device_by_seen
                               WHERE platform = ? AND standing = ? AND seen_at < ? LIMIT ?)",
    )?;
    let mut count = 0;
    for platform in platforms {
        for standing in standings {
            let left = MAX_COUNTED - count;
            count +=
                statement.query_row(params![platform, standing.number(), since.as_millis(), left], |row| row.get::<_, i64>(0))?;
        }
    }
    Ok(count)
}

/// The index is of all platforms in one.
const EXPIRING: &str = "SELECT platform, standing FROM device INDEXED BY device_by_expiry WHERE expires_at < ? LIMIT ?";

fn expiring(db: &Connection, platforms: &[i64], standings: &[Standing], before: Timestamp) -> Result<i64, MirrorError> {
    let mut statement = db.prepare_cached(EXPIRING)?;
    let mut rows = statement.query(params![before.as_millis(), MAX_COUNTED])?;
    let mut count = 0;
    while let Some(row) = rows.next()? {
        let (platform, standing): (i64, i64) = (row.get(0)?, row.get(1)?);
        count += i64::from(platforms.contains(&platform) && standings.contains(&Standing::from_number(standing)));
    }
    Ok(count)
}

fn offered(
    db: &Connection,
    kind: char,
    platform: Option<i64>,
    standing: Option<Standing>,
) -> Result<Vec<(String, i64)>, MirrorError> {
    let next = char::from_u32(u32::from(kind) + 1).unwrap_or(kind);
    let mut statement = db.prepare_cached(
        "SELECT substr(label, 2), sum(devices) FROM device_count
         WHERE label >= ?1 AND label < ?2 AND (?3 IS NULL OR platform = ?3) AND (?4 IS NULL OR standing = ?4)
         GROUP BY label HAVING sum(devices) > 0 ORDER BY label LIMIT ?5",
    )?;
    let values = params![kind.to_string(), next.to_string(), platform, standing.map(Standing::number), MAX_OFFERED];
    let rows = statement.query_map(values, |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counting_whose_credentials_end_looks_at_no_device() {
        let folder = tempfile::tempdir().unwrap();
        let mirror = Mirror::open(&folder.path().join("mirror.db")).unwrap();
        let plan = mirror.read(|db| {
            Ok(db.query_row(&format!("EXPLAIN QUERY PLAN {EXPIRING}"), params![1, 1], |row| row.get::<_, String>("detail"))?)
        });
        assert!(plan.unwrap().contains("USING COVERING INDEX device_by_expiry"));
    }
}
