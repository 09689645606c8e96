//! The other platforms that a person added, in `app.db`. Their secrets are elsewhere.

use clawpair_core::store::StoreError;
use rusqlite::{Row, params};

use crate::settings::Settings;
use crate::view::platform::PlatformKind;

/// A platform that was added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Known {
    /// `plat-<uuid>`.
    pub(crate) id: String,
    pub(crate) kind: PlatformKind,
    /// What a person calls it; not empty.
    pub(crate) name: String,
    /// Where it is, as its kind of address writes itself. No two are at one.
    pub(crate) address: String,
    /// The certificate or key that was accepted, as its kind of pin writes itself.
    pub(crate) pin: Option<String>,
    /// What tells this app's own entry on it from those on all others, as it was last seen; nothing of platforms that have none.
    pub(crate) own_entry: Option<String>,
}

/// Those of one data folder.
pub(crate) trait KnownPlatforms {
    /// All, in the order they were added.
    fn known_platforms(&self) -> Result<Vec<Known>, StoreError>;
    /// Takes one in.
    fn add_platform(&self, known: &Known) -> Result<(), StoreError>;
    /// Calls one by another name.
    fn rename_platform(&self, id: &str, name: &str) -> Result<(), StoreError>;
    /// Remembers what was accepted of one.
    fn pin_platform(&self, id: &str, pin: &str) -> Result<(), StoreError>;
    /// Remembers what tells this app's own entry on one.
    fn keep_own_entry(&self, id: &str, entry: &str) -> Result<(), StoreError>;
    /// Forgets one, and what was remembered about it.
    fn remove_platform(&self, id: &str) -> Result<(), StoreError>;
    /// Forgets what was remembered about platforms that are not known: a look that was still being made when its platform was removed
    /// may have left an alert.
    fn forget_strangers(&self) -> Result<(), StoreError>;
}

impl KnownPlatforms for Settings {
    fn known_platforms(&self) -> Result<Vec<Known>, StoreError> {
        self.with(|database| {
            let mut statement = database.prepare("SELECT id, kind, name, address, pin, own_entry FROM platform ORDER BY id")?;
            statement.query_map([], read)?.collect()
        })
    }

    fn add_platform(&self, known: &Known) -> Result<(), StoreError> {
        let Known { id, kind, name, address, pin, own_entry } = known;
        let sql = "INSERT INTO platform (id, kind, name, address, pin, own_entry) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        let values = params![id, kind.word(), name, address, pin, own_entry];
        self.with(|database| database.execute(sql, values)).map(drop)
    }

    fn rename_platform(&self, id: &str, name: &str) -> Result<(), StoreError> {
        self.with(|database| database.execute("UPDATE platform SET name = ?2 WHERE id = ?1", [id, name])).map(drop)
    }

    fn pin_platform(&self, id: &str, pin: &str) -> Result<(), StoreError> {
        self.with(|database| database.execute("UPDATE platform SET pin = ?2 WHERE id = ?1", [id, pin])).map(drop)
    }

    fn keep_own_entry(&self, id: &str, entry: &str) -> Result<(), StoreError> {
        self.with(|database| database.execute("UPDATE platform SET own_entry = ?2 WHERE id = ?1", [id, entry])).map(drop)
    }

    fn remove_platform(&self, id: &str) -> Result<(), StoreError> {
        self.with(|database| {
            let all = database.unchecked_transaction()?;
            all.execute("DELETE FROM gateway_thrown_out WHERE platform = ?1", [id])?;
            all.execute("DELETE FROM gateway_alert WHERE platform = ?1", [id])?;
            all.execute("DELETE FROM platform WHERE id = ?1", [id])?;
            all.commit()
        })
    }

    fn forget_strangers(&self) -> Result<(), StoreError> {
        self.with(|database| {
            database.execute_batch(
                "DELETE FROM gateway_thrown_out WHERE platform NOT IN (SELECT id FROM platform);
                 DELETE FROM gateway_alert WHERE platform NOT IN (SELECT id FROM platform);",
            )
        })
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<Known> {
    let word: String = row.get(1)?;
    let kind = [PlatformKind::Server, PlatformKind::Openclaw].into_iter().find(|kind| kind.word() == word);
    let unknown = || rusqlite::Error::FromSqlConversionFailure(1, rusqlite::types::Type::Text, "no kind of platform".into());
    Ok(Known {
        id: row.get(0)?,
        kind: kind.ok_or_else(unknown)?,
        name: row.get(2)?,
        address: row.get(3)?,
        pin: row.get(4)?,
        own_entry: row.get(5)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn are_there_after_reopening_in_the_order_they_came() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("app.db");
        let known = |id: &str, kind, address: &str| Known {
            id: id.to_owned(),
            kind,
            name: "Office".to_owned(),
            address: address.to_owned(),
            pin: None,
            own_entry: None,
        };
        {
            let settings = Settings::open(&path).unwrap();
            settings.add_platform(&known("plat-1", PlatformKind::Openclaw, "wss://hub:1")).unwrap();
            settings.add_platform(&known("plat-2", PlatformKind::Server, "https://hub:2")).unwrap();
            settings.add_platform(&known("plat-3", PlatformKind::Openclaw, "wss://hub:3")).unwrap();
            settings.rename_platform("plat-1", "Kitchen").unwrap();
            settings.pin_platform("plat-1", "ab12").unwrap();
            settings.keep_own_entry("plat-1", "me 1").unwrap();
            settings.remove_platform("plat-3").unwrap();
            assert!(settings.add_platform(&known("plat-4", PlatformKind::Server, "https://hub:2")).is_err(), "one at one address");
        }
        let first = Known {
            name: "Kitchen".to_owned(),
            pin: Some("ab12".to_owned()),
            own_entry: Some("me 1".to_owned()),
            ..known("plat-1", PlatformKind::Openclaw, "wss://hub:1")
        };
        let second = known("plat-2", PlatformKind::Server, "https://hub:2");
        assert_eq!(Settings::open(&path).unwrap().known_platforms().unwrap(), [first, second]);
    }
}
