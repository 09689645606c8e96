//! What the app remembers about itself, in `app.db`.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use clawpair_core::store::StoreError;
use clawpair_store::{Migration, migrate, open_private};
use rusqlite::{Connection, OptionalExtension};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::view::Theme;

const MIGRATIONS: &[Migration] = &[
    "CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT",
    "CREATE TABLE platform (id TEXT PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL, address TEXT NOT NULL UNIQUE, pin TEXT) STRICT",
    // Moments are milliseconds since 1970: those of gateways by their clocks, those of alerts by this computer's.
    "CREATE TABLE gateway_thrown_out (platform TEXT NOT NULL, device TEXT NOT NULL, role TEXT NOT NULL, at INTEGER NOT NULL, back TEXT,
         PRIMARY KEY (platform, device, role)) STRICT;
     CREATE TABLE gateway_alert (id TEXT PRIMARY KEY, platform TEXT NOT NULL, rule TEXT NOT NULL, severity TEXT NOT NULL,
         sentence TEXT NOT NULL, subject TEXT NOT NULL, count INTEGER NOT NULL, first_at INTEGER NOT NULL, last_at INTEGER NOT NULL,
         acknowledged_at INTEGER, note TEXT) STRICT",
    // When its gateway was asked to let it in, by the gateway's clock, while nobody has heard what came of that.
    "ALTER TABLE gateway_thrown_out ADD COLUMN let_in INTEGER",
    "ALTER TABLE platform ADD COLUMN own_entry TEXT",
];

/// Where the platform's keys were put on first start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SecretsPlace {
    /// In the system's keyring, under this name.
    Keyring { entry: String },
    /// In this file, for this reason.
    File { path: PathBuf, reason: String },
}

/// A key of this installation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyOf {
    /// By which gateways know it.
    Gateways,
    /// With which bundles are signed.
    Bundles,
}

impl KeyOf {
    /// What its entry begins with.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Gateways => "identity",
            Self::Bundles => "signing",
        }
    }

    const fn setting(self) -> &'static str {
        match self {
            Self::Gateways => "gateway_identity",
            Self::Bundles => "signing_key",
        }
    }
}

/// The settings of one data folder.
pub(crate) struct Settings(Mutex<Connection>);

impl Settings {
    pub(crate) fn open(path: &Path) -> Result<Self, StoreError> {
        let mut connection = open_private(path)?;
        migrate(&mut connection, MIGRATIONS)?;
        Ok(Self(Mutex::new(connection)))
    }

    /// Asks the database itself, for what is more than a setting.
    pub(crate) fn with<T>(&self, ask: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, StoreError> {
        let connection = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        ask(&connection).map_err(|error| StoreError::Unavailable(error.to_string()))
    }

    fn get<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, StoreError> {
        let connection = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let text: Option<String> = connection
            .query_row("SELECT value FROM setting WHERE name = ?", [name], |row| row.get(0))
            .optional()
            .map_err(|error| StoreError::Unavailable(error.to_string()))?;
        text.map(|text| serde_json::from_str(&text))
            .transpose()
            .map_err(|error| StoreError::Unavailable(format!("setting {name}: {error}")))
    }

    fn set(&self, name: &str, value: &impl Serialize) -> Result<(), StoreError> {
        let unavailable = |error: &dyn std::error::Error| StoreError::Unavailable(error.to_string());
        let text = serde_json::to_string(value).map_err(|error| unavailable(&error))?;
        let connection = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        connection
            .execute("INSERT INTO setting VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = ?2", [name, &text])
            .map_err(|error| unavailable(&error))?;
        Ok(())
    }

    /// Sets what is still as it was read, whichever program reads and writes besides; whether it was.
    fn replace(&self, name: &str, before: Option<&str>, value: &str) -> Result<bool, StoreError> {
        let unavailable = |error: &dyn std::error::Error| StoreError::Unavailable(error.to_string());
        let json = |text: &str| serde_json::to_string(text).map_err(|error| unavailable(&error));
        let (before, value) = (before.map(json).transpose()?, json(value)?);
        let sql = if before.is_some() {
            "UPDATE setting SET value = ?2 WHERE name = ?1 AND value = ?3"
        } else {
            "INSERT INTO setting SELECT ?1, ?2 WHERE ?3 IS NULL ON CONFLICT DO NOTHING"
        };
        let connection = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let changed = connection.execute(sql, (name, value, before)).map_err(|error| unavailable(&error))?;
        Ok(changed == 1)
    }

    pub(crate) fn theme(&self) -> Result<Theme, StoreError> {
        Ok(self.get("theme")?.unwrap_or_default())
    }

    pub(crate) fn set_theme(&self, theme: Theme) -> Result<(), StoreError> {
        self.set("theme", &theme)
    }

    /// Whether devices nearby may pair; `None` until the person has decided.
    pub(crate) fn nearby(&self) -> Result<Option<bool>, StoreError> {
        self.get("nearby")
    }

    pub(crate) fn set_nearby(&self, on: bool) -> Result<(), StoreError> {
        self.set("nearby", &on)
    }

    /// The port the platform listened on last, which paired devices remember.
    pub(crate) fn port(&self) -> Result<Option<u16>, StoreError> {
        self.get("port")
    }

    pub(crate) fn set_port(&self, port: u16) -> Result<(), StoreError> {
        self.set("port", &port)
    }

    /// The entry with a key of this installation.
    pub(crate) fn key_entry(&self, of: KeyOf) -> Result<Option<String>, StoreError> {
        self.get(of.setting())
    }

    /// Another entry instead, unless a program has put one there since; whether it did.
    pub(crate) fn replace_key_entry(&self, of: KeyOf, before: Option<&str>, entry: &str) -> Result<bool, StoreError> {
        self.replace(of.setting(), before, entry)
    }

    pub(crate) fn secrets_place(&self) -> Result<Option<SecretsPlace>, StoreError> {
        self.get("secrets_place")
    }

    pub(crate) fn set_secrets_place(&self, place: &SecretsPlace) -> Result<(), StoreError> {
        self.set("secrets_place", place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_set_is_there_after_reopening() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("app.db");
        let place = SecretsPlace::File { path: "/somewhere".into(), reason: "no keyring".into() };
        {
            let settings = Settings::open(&path).unwrap();
            assert_eq!(
                (settings.theme().unwrap(), settings.nearby().unwrap(), settings.port().unwrap()),
                (Theme::System, None, None)
            );
            settings.set_theme(Theme::Dark).unwrap();
            settings.set_nearby(true).unwrap();
            settings.set_nearby(false).unwrap();
            settings.set_secrets_place(&place).unwrap();
        }
        let settings = Settings::open(&path).unwrap();
        assert_eq!((settings.theme().unwrap(), settings.nearby().unwrap()), (Theme::Dark, Some(false)));
        assert_eq!(settings.secrets_place().unwrap(), Some(place));
    }
}
