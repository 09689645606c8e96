//! Devices that were thrown out of a gateway. The gateway forgets them; `app.db` does not.

use std::collections::HashSet;

use clawpair_api::Alert;
use clawpair_core::clock::Timestamp;
use clawpair_core::store::StoreError;
use clawpair_openclaw::access::Role;
use clawpair_openclaw::ids::DeviceId;
use clawpair_openclaw::returned::{Back, How, ThrownOut};
use rusqlite::{Connection, Row, params};

use super::alerts::Hit;
use super::back::Noticed;
use crate::settings::Settings;

/// Most that are remembered of one gateway; the longest gone are forgotten.
const MAX: i64 = 2_000;

/// A device that was thrown out, and how it stood when it was last looked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Remembered {
    pub(super) gone: ThrownOut,
    pub(super) stand: Stand,
    /// When the gateway was asked to let it in, by the gateway's clock, while nobody has heard what came of that.
    pub(super) let_in: Option<Timestamp>,
}

/// How a device stands that was thrown out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stand {
    /// The gateway was asked, and its answer was not heard: the device may be in as before.
    Unanswered,
    /// It is out.
    Out,
    /// It came back.
    Back(Back),
}

impl Stand {
    const fn word(self) -> Option<&'static str> {
        match self {
            Self::Unanswered => Some("unanswered"),
            Self::Out => None,
            Self::Back(Back::Asking) => Some("asking"),
            Self::Back(Back::In) => Some("in"),
        }
    }

    fn of(word: Option<&str>) -> Self {
        match word {
            None => Self::Out,
            Some("unanswered") => Self::Unanswered,
            Some("in") => Self::Back(Back::In),
            Some(_) => Self::Back(Back::Asking),
        }
    }
}

/// What is remembered of one gateway.
pub(super) struct Memory<'a> {
    pub(super) settings: &'a Settings,
    pub(super) platform: &'a str,
}

impl Memory<'_> {
    /// All that were thrown out.
    pub(super) fn all(&self) -> Result<Vec<Remembered>, StoreError> {
        let sql = "SELECT device, role, at, back, let_in FROM gateway_thrown_out WHERE platform = ?1";
        self.settings.with(|database| database.prepare(sql)?.query_map([self.platform], read)?.collect())
    }

    fn of(&self, database: &Connection, device: &DeviceId) -> rusqlite::Result<Vec<Remembered>> {
        let sql = "SELECT device, role, at, back, let_in FROM gateway_thrown_out WHERE platform = ?1 AND device = ?2";
        database.prepare(sql)?.query_map([self.platform, &device.to_string()], read)?.collect()
    }

    /// The devices whose removal a look that began at `asked` of the gateway's clock may not show yet.
    pub(super) fn removed_since(&self, asked: Timestamp) -> Result<HashSet<DeviceId>, StoreError> {
        let removed = |known: &Remembered| {
            known.gone.how == How::Removed && known.stand != Stand::Unanswered && !known.gone.is_judged_by(asked)
        };
        Ok(self.all()?.into_iter().filter(removed).map(|known| known.gone.device).collect())
    }

    /// Remembers that a gateway is about to be asked to throw a device out: its answer may never be heard. Answers what was remembered of
    /// the device before.
    pub(super) fn is_to_go(&self, gone: &ThrownOut) -> Result<Vec<Remembered>, StoreError> {
        self.settings.with(|database| {
            let all = database.unchecked_transaction()?;
            let before = self.of(&all, &gone.device)?;
            self.enter(&all, &Remembered { gone: gone.clone(), stand: Stand::Unanswered, let_in: None })?;
            all.commit().map(|()| before)
        })
    }

    /// Remembers that a device was thrown out just now.
    pub(super) fn throw_out(&self, gone: &ThrownOut) -> Result<(), StoreError> {
        self.settings.with(|database| {
            let all = database.unchecked_transaction()?;
            self.enter(&all, &Remembered { gone: gone.clone(), stand: Stand::Out, let_in: None })?;
            all.commit()
        })
    }

    /// Remembers that a device was found to be out that was to be thrown out. What is known of it since stays.
    pub(super) fn is_gone(&self, gone: &ThrownOut) -> Result<(), StoreError> {
        self.settings.with(|database| {
            let all = database.unchecked_transaction()?;
            let is_known = |known: &Remembered| known.gone.how == gone.how && known.stand != Stand::Unanswered;
            if !self.of(&all, &gone.device)?.iter().any(is_known) {
                self.enter(&all, &Remembered { gone: gone.clone(), stand: Stand::Out, let_in: None })?;
            }
            all.commit()
        })
    }

    fn enter(&self, database: &Connection, Remembered { gone, stand, let_in }: &Remembered) -> rusqlite::Result<()> {
        let ThrownOut { device, how, at } = gone;
        let (device, let_in) = (device.to_string(), let_in.map(Timestamp::as_millis));
        // Whoever is removed has no roles left.
        if *how == How::Removed {
            database.execute("DELETE FROM gateway_thrown_out WHERE platform = ?1 AND device = ?2", [self.platform, &device])?;
        }
        let sql = "INSERT INTO gateway_thrown_out (platform, device, role, at, back, let_in) VALUES (?1, ?2, ?3, ?4, ?5, ?6) \
                   ON CONFLICT DO UPDATE SET at = excluded.at, back = excluded.back, let_in = excluded.let_in";
        database.execute(sql, params![self.platform, device, role(how), at.as_millis(), stand.word(), let_in])?;
        let sql = "DELETE FROM gateway_thrown_out WHERE platform = ?1 AND rowid NOT IN \
                   (SELECT rowid FROM gateway_thrown_out WHERE platform = ?1 ORDER BY at DESC LIMIT ?2)";
        database.execute(sql, params![self.platform, MAX]).map(drop)
    }

    /// Forgets that a device was thrown out, because it was let in again on purpose.
    pub(super) fn let_in(&self, device: &DeviceId) -> Result<(), StoreError> {
        self.let_in_at(device, Timestamp::from_millis(i64::MAX))
    }

    /// Likewise, where it was let in at that moment of the gateway: who was thrown out later is out.
    pub(super) fn let_in_at(&self, device: &DeviceId, at: Timestamp) -> Result<(), StoreError> {
        let sql = "DELETE FROM gateway_thrown_out WHERE platform = ?1 AND device = ?2 AND at <= ?3";
        let values = params![self.platform, device.to_string(), at.as_millis()];
        self.settings.with(|database| database.execute(sql, values)).map(drop)
    }

    /// Remembers that a gateway is about to be asked to let a device in, at this moment of its clock: being in is no return then, and
    /// the answer may never be heard.
    pub(super) fn is_to_come_in(&self, device: &DeviceId, at: Timestamp) -> Result<(), StoreError> {
        self.set_let_in(device, Some(at))
    }

    /// Remembers that the gateway has refused to let it in.
    pub(super) fn stays_out(&self, device: &DeviceId) -> Result<(), StoreError> {
        self.set_let_in(device, None)
    }

    fn set_let_in(&self, device: &DeviceId, at: Option<Timestamp>) -> Result<(), StoreError> {
        let sql = "UPDATE gateway_thrown_out SET let_in = ?3 WHERE platform = ?1 AND device = ?2";
        let values = params![self.platform, device.to_string(), at.map(Timestamp::as_millis)];
        self.settings.with(|database| database.execute(sql, values)).map(drop)
    }

    /// Remembers of a device what was remembered before, because nothing came of what was asked.
    pub(super) fn put_back(&self, device: &DeviceId, before: &[Remembered]) -> Result<(), StoreError> {
        self.settings.with(|database| {
            let all = database.unchecked_transaction()?;
            all.execute(
                "DELETE FROM gateway_thrown_out WHERE platform = ?1 AND device = ?2",
                [self.platform, &device.to_string()],
            )?;
            before.iter().try_for_each(|known| self.enter(&all, known))?;
            all.commit()
        })
    }

    /// Remembers how a device stands now, or forgets it, and raises the alert about that: both or none. Nothing is raised if another
    /// program has noticed it before.
    pub(super) fn note(
        &self,
        noticed: &Noticed,
        raise: impl FnOnce(&Connection, &Hit) -> rusqlite::Result<Alert>,
    ) -> Result<Option<Alert>, StoreError> {
        let Noticed { before: Remembered { gone, stand, let_in }, now, hit } = noticed;
        let as_before = "WHERE platform = ?1 AND device = ?2 AND role = ?3 AND at = ?4 AND back IS ?5 AND let_in IS ?6";
        let (device, role, at) = (gone.device.to_string(), role(&gone.how), gone.at.as_millis());
        let (back, let_in) = (stand.word(), let_in.map(Timestamp::as_millis));
        self.settings.with(|database| {
            let all = database.unchecked_transaction()?;
            let changed = match now {
                Some(now) => all.execute(
                    &format!("UPDATE gateway_thrown_out SET back = ?7, let_in = NULL {as_before}"),
                    params![self.platform, device, role, at, back, let_in, now.word()],
                )?,
                None => all.execute(
                    &format!("DELETE FROM gateway_thrown_out {as_before}"),
                    params![self.platform, device, role, at, back, let_in],
                )?,
            };
            let alert = hit.as_ref().filter(|_| changed == 1).map(|hit| raise(&all, hit)).transpose()?;
            all.commit().map(|()| alert)
        })
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
    let stand = Stand::of(row.get::<_, Option<String>>(3)?.as_deref());
    let gone = ThrownOut { device: device.parse().map_err(odd)?, how, at: Timestamp::from_millis(row.get(2)?) };
    let let_in = row.get::<_, Option<i64>>(4)?.map(Timestamp::from_millis);
    Ok(Remembered { gone, stand, let_in })
}
