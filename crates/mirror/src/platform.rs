//! Platforms, and how fresh what is known of them is.

use std::fmt;
use std::str::FromStr;

use clawpair_api::ErrorBody;
use clawpair_core::Timestamp;
use clawpair_core::text::{Name, TextError};
use rusqlite::{Connection, OptionalExtension as _, Row, params};
use serde::{Deserialize, Serialize};

use crate::error::MirrorError;
use crate::file::Mirror;

/// What the app calls a platform for itself: 1–64 characters that never change.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PlatformId(Name);

impl PlatformId {
    /// The text.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl FromStr for PlatformId {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        text.parse().map(Self)
    }
}

impl fmt::Display for PlatformId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A thing on a platform: a device, a pairing or a request.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Place {
    /// Where.
    pub platform: PlatformId,
    /// What the platform calls it.
    pub id: String,
}

/// Why a platform could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stale {
    /// Since when.
    pub since: Timestamp,
    /// Why, as a person may read it.
    pub why: ErrorBody,
}

/// A platform as it is known here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Platform {
    /// Which.
    pub id: PlatformId,
    /// What a person calls it.
    pub name: Name,
    /// Where the next incremental reading begins; from the beginning if there is none.
    pub cursor: Option<String>,
    /// When the last reading began that is shown here.
    pub as_of: Option<Timestamp>,
    /// Why there is no newer one; nothing if the last one went well.
    pub stale: Option<Stale>,
    /// How far its clock is ahead of this computer's, in milliseconds: what it says ends by its own.
    pub ahead_millis: i64,
    /// What it said last that it can do, in the words it was kept in; nothing if it never said.
    pub capabilities: Option<Vec<String>>,
}

impl Mirror {
    /// Enters a platform, or gives it another name. One that was forgotten begins anew. What is known already needs no disk.
    ///
    /// # Errors
    /// When it cannot be kept.
    pub fn enter_platform(&self, id: &PlatformId, name: &Name) -> Result<(), MirrorError> {
        let known = "SELECT 1 FROM platform WHERE id = ? AND name = ? AND NOT forgotten";
        if self.read(|db| Ok(db.prepare_cached(known)?.exists([id.as_str(), name.as_str()])?))? {
            return Ok(());
        }
        self.write(|db| {
            db.execute(
                "INSERT INTO platform (id, name) VALUES (?1, ?2) ON CONFLICT (id) DO UPDATE SET name = ?2, forgotten = 0",
                params![id.as_str(), name.as_str()],
            )?;
            Ok(())
        })
    }

    /// All platforms, by name.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn platforms(&self) -> Result<Vec<Platform>, MirrorError> {
        self.read(|db| {
            let mut statement = db.prepare_cached(&format!("{COLUMNS} WHERE NOT forgotten ORDER BY name, id"))?;
            let mut rows = statement.query([])?;
            let mut platforms = Vec::new();
            while let Some(row) = rows.next()? {
                platforms.push(platform(row)?);
            }
            Ok(platforms)
        })
    }

    /// What each platform is called, or was when it was forgotten: what is over outlives its platform.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn platform_names(&self) -> Result<Vec<(PlatformId, Name)>, MirrorError> {
        self.read(|db| {
            let mut statement = db.prepare_cached("SELECT id, name FROM platform")?;
            let mut rows = statement.query([])?;
            let mut names = Vec::new();
            while let Some(row) = rows.next()? {
                names.push((parsed(row, 0)?, parsed(row, 1)?));
            }
            Ok(names)
        })
    }

    /// One platform.
    ///
    /// # Errors
    /// When there is no such platform, or it cannot be read.
    pub fn platform(&self, id: &PlatformId) -> Result<Platform, MirrorError> {
        self.read(|db| {
            let mut statement = db.prepare_cached(&format!("{COLUMNS} WHERE id = ?"))?;
            let mut rows = statement.query([id.as_str()])?;
            rows.next()?.map(platform).transpose()?.ok_or(MirrorError::NotFound("platform"))
        })
    }

    /// Notes that a platform could not be read. What is known of it stays as it is; the moment of the first failure stays, too.
    ///
    /// # Errors
    /// When there is no such platform, or it cannot be kept.
    pub fn mark_stale(&self, id: &PlatformId, at: Timestamp, why: &ErrorBody) -> Result<(), MirrorError> {
        self.write(|db| {
            let number = number_of(db, id)?;
            db.prepare_cached("UPDATE platform SET stale_at = coalesce(stale_at, ?2), stale = ?3 WHERE number = ?1")?
                .execute(params![number, at.as_millis(), serde_json::to_string(why)?])?;
            Ok(())
        })
    }

    /// Keeps what a platform has said that it can do, for when it is away; each is to be written as one word.
    ///
    /// # Errors
    /// When there is no such platform, or it cannot be kept.
    pub fn keep_capabilities(&self, id: &PlatformId, capabilities: &[impl Serialize]) -> Result<(), MirrorError> {
        self.write(|db| {
            let number = number_of(db, id)?;
            db.prepare_cached("UPDATE platform SET capabilities = ?2 WHERE number = ?1")?
                .execute(params![number, serde_json::to_string(capabilities)?])?;
            Ok(())
        })
    }
}

const COLUMNS: &str = "SELECT id, name, cursor, as_of, stale_at, stale, ahead_millis, capabilities FROM platform";

fn platform(row: &Row<'_>) -> Result<Platform, MirrorError> {
    let since: Option<i64> = row.get(4)?;
    let why: Option<String> = row.get(5)?;
    let stale = match since.zip(why) {
        Some((since, why)) => Some(Stale { since: Timestamp::from_millis(since), why: serde_json::from_str(&why)? }),
        None => None,
    };
    Ok(Platform {
        id: parsed(row, 0)?,
        name: parsed(row, 1)?,
        cursor: row.get(2)?,
        as_of: row.get::<_, Option<i64>>(3)?.map(Timestamp::from_millis),
        stale,
        ahead_millis: row.get::<_, Option<i64>>(6)?.unwrap_or(0),
        capabilities: row.get::<_, Option<String>>(7)?.map(|words| serde_json::from_str(&words)).transpose()?,
    })
}

/// A column that was written from a type of ours.
pub(crate) fn parsed<T: FromStr<Err: fmt::Display>>(row: &Row<'_>, column: usize) -> Result<T, MirrorError> {
    let text: String = row.get(column)?;
    text.parse().map_err(|error: T::Err| MirrorError::Damaged(error.to_string()))
}

/// The number by which the tables name a platform.
pub(crate) fn number_of(db: &Connection, id: &PlatformId) -> Result<i64, MirrorError> {
    let number =
        db.prepare_cached("SELECT number FROM platform WHERE id = ? AND NOT forgotten")?.query_row([id.as_str()], |row| row.get(0));
    number.optional()?.ok_or(MirrorError::NotFound("platform"))
}

/// A moment of a platform's clock by this computer's.
pub(crate) fn here(db: &Connection, platform: i64, moment: Timestamp) -> Result<Timestamp, MirrorError> {
    let sql = "SELECT coalesce(ahead_millis, 0) FROM platform WHERE number = ?";
    let ahead: i64 = db.prepare_cached(sql)?.query_row([platform], |row| row.get(0))?;
    Ok(Timestamp::from_millis(moment.as_millis().saturating_sub(ahead)))
}

/// Every platform's number, id and name.
pub(crate) fn named(db: &Connection) -> Result<Vec<(i64, PlatformId, String)>, MirrorError> {
    let mut statement = db.prepare_cached("SELECT number, id, name FROM platform WHERE NOT forgotten")?;
    let mut rows = statement.query([])?;
    let mut platforms = Vec::new();
    while let Some(row) = rows.next()? {
        platforms.push((row.get(0)?, parsed(row, 1)?, row.get(2)?));
    }
    Ok(platforms)
}
