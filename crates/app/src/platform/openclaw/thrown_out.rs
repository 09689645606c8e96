//! Devices that were thrown out of a gateway. The gateway forgets them; `app.db` does not.

use std::collections::HashSet;

use clawpair_core::clock::Timestamp;
use clawpair_core::store::StoreError;
use clawpair_openclaw::access::Role;
use clawpair_openclaw::ids::DeviceId;
use clawpair_openclaw::returned::{Back, How, ThrownOut};
use rusqlite::{Row, params};

use crate::settings::Settings;

/// Most that are remembered of one gateway; the longest gone are forgotten.
const MAX: i64 = 2_000;

/// A device that was thrown out, and how far it was back when it was last looked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Remembered {
    pub(super) gone: ThrownOut,
    pub(super) back: Option<Back>,
}

/// What is remembered of one gateway.
pub(super) struct Memory<'a> {
    pub(super) settings: &'a Settings,
    pub(super) platform: &'a str,
}

impl Memory<'_> {
    /// All that were thrown out.
    pub(super) fn all(&self) -> Result<Vec<Remembered>, StoreError> {
        let sql = "SELECT device, role, at, back FROM gateway_thrown_out WHERE platform = ?1";
        self.settings.with(|database| database.prepare(sql)?.query_map([self.platform], read)?.collect())
    }

    /// The devices whose removal a look that began at `asked` of the gateway's clock may not show yet.
    pub(super) fn removed_since(&self, asked: Timestamp) -> Result<HashSet<DeviceId>, StoreError> {
        let removed = |gone: &ThrownOut| gone.how == How::Removed && !gone.is_judged_by(asked);
        Ok(self.all()?.into_iter().filter(|known| removed(&known.gone)).map(|known| known.gone.device).collect())
    }

    /// Remembers that a device was thrown out just now.
    pub(super) fn throw_out(&self, gone: &ThrownOut) -> Result<(), StoreError> {
        let ThrownOut { device, how, at } = gone;
        let device = device.to_string();
        self.settings.with(|database| {
            // Whoever is removed has no roles left.
            if *how == How::Removed {
                database.execute("DELETE FROM gateway_thrown_out WHERE platform = ?1 AND device = ?2", [self.platform, &device])?;
            }
            let sql = "INSERT INTO gateway_thrown_out VALUES (?1, ?2, ?3, ?4, NULL) \
                       ON CONFLICT DO UPDATE SET at = excluded.at, back = NULL";
            database.execute(sql, params![self.platform, device, role(how), at.as_millis()])?;
            let sql = "DELETE FROM gateway_thrown_out WHERE platform = ?1 AND rowid NOT IN \
                       (SELECT rowid FROM gateway_thrown_out WHERE platform = ?1 ORDER BY at DESC LIMIT ?2)";
            database.execute(sql, params![self.platform, MAX]).map(drop)
        })
    }

    /// Forgets that a device was thrown out, because it is let in again on purpose. Answers what was forgotten.
    pub(super) fn let_in(&self, device: &DeviceId) -> Result<Vec<Remembered>, StoreError> {
        let mut forgotten = self.all()?;
        forgotten.retain(|remembered| remembered.gone.device == *device);
        let sql = "DELETE FROM gateway_thrown_out WHERE platform = ?1 AND device = ?2";
        self.settings.with(|database| database.execute(sql, [self.platform, &device.to_string()]))?;
        Ok(forgotten)
    }

    /// Remembers again what was forgotten, because the device was not let in after all.
    pub(super) fn put_back(&self, forgotten: &[Remembered]) -> Result<(), StoreError> {
        for Remembered { gone, back } in forgotten {
            self.throw_out(gone)?;
            self.note(gone, *back)?;
        }
        Ok(())
    }

    /// Remembers how far a device is back.
    pub(super) fn note(&self, gone: &ThrownOut, back: Option<Back>) -> Result<(), StoreError> {
        let word = back.map(|back| match back {
            Back::Asking => "asking",
            Back::In => "in",
        });
        let sql = "UPDATE gateway_thrown_out SET back = ?4 WHERE platform = ?1 AND device = ?2 AND role = ?3";
        let (device, role) = (gone.device.to_string(), role(&gone.how));
        self.settings.with(|database| database.execute(sql, params![self.platform, device, role, word])).map(drop)
    }
}

/// The role whose token was revoked; empty for a device that was removed.
fn role(how: &How) -> &str {
    match how {
        How::Removed => "",
        How::Revoked(role) => role.as_str(),
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<Remembered> {
    let odd = |_| rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, "no device".into());
    let (device, role): (String, String) = (row.get(0)?, row.get(1)?);
    let how = if role.is_empty() { How::Removed } else { How::Revoked(Role::of(&role)) };
    let back = row.get::<_, Option<String>>(3)?.map(|word| if word == "in" { Back::In } else { Back::Asking });
    let gone = ThrownOut { device: device.parse().map_err(odd)?, how, at: Timestamp::from_millis(row.get(2)?) };
    Ok(Remembered { gone, back })
}
