use async_trait::async_trait;
use clawpair_core::activity::{Action, Actor};
use clawpair_core::claim::ClaimSecret;
use clawpair_core::clock::Timestamp;
use clawpair_core::device::{Device, DeviceState};
use clawpair_core::id::{DeviceId, PairingId};
use clawpair_core::pairing::{InvalidTransition, MAX_MINUTES, MAX_WRONG_GUESSES, Pairing, PairingState, REPEAT_MINUTES};
use clawpair_core::store::{Claim, ClaimOutcome, NewPairing, Page, PairingFilter, Pairings, StoreError};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::columns::{json, page, parsed, time, time_or_none, to_json};
use super::{SqliteStore, activity, devices};

#[async_trait]
impl Pairings for SqliteStore {
    async fn open_pairing(&self, new: NewPairing) -> Result<(), StoreError> {
        self.writer.run(move |db| open(db, &new)).await
    }

    async fn claim(&self, shown: Claim) -> Result<ClaimOutcome, StoreError> {
        self.writer.run(move |db| claim(db, &shown)).await
    }

    async fn cancel_pairing(
        &self,
        id: PairingId,
        by: Actor,
        at: Timestamp,
    ) -> Result<Option<Result<Pairing, InvalidTransition>>, StoreError> {
        self.writer.run(move |db| cancel(db, id, by, at)).await
    }

    async fn pairing(&self, id: PairingId) -> Result<Option<Pairing>, StoreError> {
        self.read(|db| find(db, id))
    }

    async fn pairings(
        &self,
        filter: PairingFilter,
        after: Option<PairingId>,
        limit: usize,
    ) -> Result<Page<Pairing, PairingId>, StoreError> {
        self.read(|db| list(db, filter, after, limit))
    }
}

/// Refused claims of one pairing that are worth an activity entry; a flood of them says nothing new.
const MAX_RECORDED_REFUSALS: i64 = 5;

fn read(row: &Row<'_>) -> rusqlite::Result<Pairing> {
    let state = match (time_or_none(row, "completed_at")?, time_or_none(row, "cancelled_at")?) {
        (Some(at), _) => PairingState::Completed { at },
        (None, Some(at)) => PairingState::Cancelled { at },
        (None, None) => PairingState::Open,
    };
    Ok(Pairing {
        id: PairingId::from_bytes(row.get("id")?),
        device_id: DeviceId::from_bytes(row.get("device_id")?),
        name: parsed(row, "name")?,
        device_type: parsed(row, "device_type")?,
        permissions: json(row, "permissions")?,
        created_at: time(row, "created_at")?,
        expires_at: time(row, "expires_at")?,
        state,
        wrong_guesses: row.get("wrong_guesses")?,
    })
}

pub(super) fn open(db: &Connection, new: &NewPairing) -> rusqlite::Result<()> {
    let pairing = &new.pairing;
    db.prepare_cached(
        "INSERT INTO pairing (id, device_id, name, device_type, permissions, locator, code_hash, link_hash, created_at, expires_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )?
    .execute(params![
        pairing.id.as_bytes(),
        pairing.device_id.as_bytes(),
        pairing.name.as_str(),
        pairing.device_type.as_str(),
        to_json(&pairing.permissions)?,
        new.locator,
        new.code.as_bytes(),
        new.link.as_bytes(),
        pairing.created_at.as_millis(),
        pairing.expires_at.as_millis(),
    ])?;
    activity::append(db, pairing.created_at, new.by, Action::PairingOpened(pairing.id))
}

pub(super) fn find(db: &Connection, id: PairingId) -> rusqlite::Result<Option<Pairing>> {
    db.prepare_cached("SELECT * FROM pairing WHERE id = ?")?.query_row([id.as_bytes()], read).optional()
}

pub(super) fn list(
    db: &Connection,
    filter: PairingFilter,
    after: Option<PairingId>,
    limit: usize,
) -> rusqlite::Result<Page<Pairing, PairingId>> {
    let before = after.map_or([0xff; 16], |id| *id.as_bytes());
    let rows = i64::try_from(limit + 1).unwrap_or(i64::MAX);
    let pairings = match filter {
        PairingFilter::All => db
            .prepare_cached("SELECT * FROM pairing WHERE id < ? ORDER BY id DESC LIMIT ?")?
            .query_map(params![before, rows], read)?
            .collect::<rusqlite::Result<_>>()?,
        // Nothing made earlier can still be open, so those that ended unclaimed are never walked through.
        PairingFilter::OpenAt(now) => {
            let oldest = now.plus_seconds(-60 * (i64::from(MAX_MINUTES) + 60));
            db.prepare_cached(
                "SELECT * FROM pairing WHERE id < ? AND id >= ? AND completed_at IS NULL AND cancelled_at IS NULL AND expires_at > ?
                 ORDER BY id DESC LIMIT ?",
            )?
            .query_map(params![before, PairingId::floor(oldest).as_bytes(), now.as_millis(), rows], read)?
            .collect::<rusqlite::Result<_>>()?
        }
    };
    Ok(page(pairings, limit, |pairing: &Pairing| pairing.id))
}

pub(super) fn cancel(
    db: &Connection,
    id: PairingId,
    by: Actor,
    at: Timestamp,
) -> rusqlite::Result<Option<Result<Pairing, InvalidTransition>>> {
    let Some(pairing) = find(db, id)? else { return Ok(None) };
    let cancelled = match pairing.cancel(at) {
        Ok(cancelled) => cancelled,
        Err(reason) => return Ok(Some(Err(reason))),
    };
    let changed = db
        .prepare_cached(
            "UPDATE pairing SET cancelled_at = ?1 WHERE id = ?2 AND completed_at IS NULL AND cancelled_at IS NULL AND expires_at > ?1",
        )?
        .execute(params![at.as_millis(), id.as_bytes()])?;
    if changed == 0 {
        return Ok(Some(Err(InvalidTransition::Used)));
    }
    activity::append(db, at, by, Action::PairingCancelled(id))?;
    Ok(Some(Ok(cancelled)))
}

pub(super) fn claim(db: &Connection, claim: &Claim) -> rusqlite::Result<ClaimOutcome> {
    let (query, code) = match &claim.claim.secret {
        ClaimSecret::Link(_) => ("SELECT * FROM pairing WHERE link_hash = ?", None),
        ClaimSecret::Code(code) => ("SELECT * FROM pairing WHERE code_hash = ?", Some(code)),
    };
    let found = db
        .prepare_cached(query)?
        .query_row([claim.secret.as_bytes()], |row| Ok((read(row)?, row.get::<_, Option<[u8; 32]>>("claimed_by")?)))
        .optional()?;
    let Some((pairing, claimed_by)) = found else {
        let charged = match code {
            Some(code) => charge(db, code.locator().number(), claim.at)?,
            None => Vec::new(),
        };
        return Ok(ClaimOutcome::Unknown { charged });
    };
    if let PairingState::Completed { at } = pairing.state
        && claimed_by.as_ref() == Some(claim.claim.key.as_bytes())
        && claim.at < at.plus_minutes(REPEAT_MINUTES)
        && let Some(device) = devices::find(db, pairing.device_id)?
    {
        return Ok(match device.state {
            DeviceState::Active => ClaimOutcome::Paired { pairing, device, repeated: true },
            DeviceState::Revoked { .. } => ClaimOutcome::Revoked,
        });
    }
    match pairing.clone().complete(&claim.claim.secret, claim.at) {
        Ok(completed) => complete(db, completed, claim),
        Err(reason) => refuse(db, pairing, reason, claim.at),
    }
}

fn complete(db: &Connection, pairing: Pairing, claim: &Claim) -> rusqlite::Result<ClaimOutcome> {
    let won = db
        .prepare_cached(
            "UPDATE pairing SET completed_at = ?1, claimed_by = ?2
             WHERE id = ?3 AND completed_at IS NULL AND cancelled_at IS NULL AND expires_at > ?1",
        )?
        .execute(params![claim.at.as_millis(), claim.claim.key.as_bytes(), pairing.id.as_bytes()])?;
    if won == 0 {
        return refuse(db, pairing, InvalidTransition::Used, claim.at);
    }
    let device = Device {
        id: pairing.device_id,
        name: pairing.name.clone(),
        device_type: pairing.device_type.clone(),
        permissions: pairing.permissions.clone(),
        key: claim.claim.key,
        description: claim.claim.description.clone(),
        state: DeviceState::Active,
        paired_at: claim.at,
        last_seen_at: claim.at,
        last_address: claim.address.clone(),
    };
    devices::insert(db, &device)?;
    activity::append(db, claim.at, Actor::Device, Action::PairingCompleted(pairing.id, device.id))?;
    Ok(ClaimOutcome::Paired { pairing, device, repeated: false })
}

fn refuse(db: &Connection, pairing: Pairing, reason: InvalidTransition, at: Timestamp) -> rusqlite::Result<ClaimOutcome> {
    let recorded = db
        .prepare_cached("UPDATE pairing SET refusals = refusals + 1 WHERE id = ? AND refusals < ?")?
        .execute(params![pairing.id.as_bytes(), MAX_RECORDED_REFUSALS])?;
    if recorded > 0 {
        activity::append(db, at, Actor::Device, Action::ClaimRefused(pairing.id))?;
    }
    Ok(ClaimOutcome::Refused { pairing, reason })
}

/// Charges a wrong code to every open pairing with its locator.
fn charge(db: &Connection, locator: u16, at: Timestamp) -> rusqlite::Result<Vec<Pairing>> {
    let charged: Vec<Pairing> = db
        .prepare_cached(
            "UPDATE pairing SET wrong_guesses = wrong_guesses + 1
             WHERE locator = ? AND completed_at IS NULL AND cancelled_at IS NULL AND expires_at > ? AND wrong_guesses < ?
             RETURNING *",
        )?
        .query_map(params![locator, at.as_millis(), MAX_WRONG_GUESSES], read)?
        .collect::<rusqlite::Result<_>>()?;
    for pairing in &charged {
        activity::append(db, at, Actor::Device, Action::ClaimRefused(pairing.id))?;
    }
    Ok(charged)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clawpair_core::claim::{Description, VerifiedClaim, sign};
    use clawpair_core::key::DeviceKey;
    use clawpair_core::permission::Permissions;
    use clawpair_core::secret::KeyedHash;
    use ed25519_dalek::SigningKey;

    const NOON: Timestamp = Timestamp::from_millis(1_700_000_000_000);

    fn opened(db: &Connection) -> Pairing {
        let pairing = Pairing {
            id: PairingId::from_bytes([1; 16]),
            device_id: DeviceId::from_bytes([2; 16]),
            name: "hub".parse().unwrap(),
            device_type: "IoT Gateway".parse().unwrap(),
            permissions: Permissions::parse(&["sensor:read"]).unwrap(),
            created_at: NOON,
            expires_at: NOON.plus_minutes(10),
            state: PairingState::Open,
            wrong_guesses: 0,
        };
        let (code, link) = (KeyedHash::from_bytes([3; 32]), KeyedHash::from_bytes([4; 32]));
        open(db, &NewPairing { pairing: pairing.clone(), locator: 0, code, link, by: Actor::Owner }).unwrap();
        pairing
    }

    fn claimed(at: Timestamp) -> Claim {
        let (signing, secret) = (SigningKey::from_bytes(&[7; 32]), ClaimSecret::Code("000000000000".parse().unwrap()));
        let (key, id) = (DeviceKey::from_bytes(signing.verifying_key().as_bytes()).unwrap(), uuid::Uuid::nil());
        let signature = sign(&signing, &[0; 32], &secret, &Description::default(), id);
        let claim = VerifiedClaim::verify(secret, key, &Description::default(), id, &[0; 32], &signature).unwrap();
        Claim { claim, secret: KeyedHash::from_bytes([3; 32]), address: String::new(), at }
    }

    /// What the state machine would let pass if it had looked at an older row: the database itself says no.
    #[test]
    fn the_database_refuses_what_was_decided_on_an_older_row() {
        let won = |db: &Connection, pairing: Pairing, at| {
            matches!(complete(db, pairing, &claimed(at)).unwrap(), ClaimOutcome::Paired { .. })
        };
        let fresh = || {
            let mut db = Connection::open_in_memory().unwrap();
            crate::migrate(&mut db, super::super::MIGRATIONS).unwrap();
            db
        };
        let db = fresh();
        let pairing = opened(&db);
        assert!(won(&db, pairing.clone(), NOON));
        assert!(!won(&db, pairing, NOON), "completed");
        let db = fresh();
        let pairing = opened(&db);
        cancel(&db, pairing.id, Actor::Owner, NOON).unwrap().unwrap().unwrap();
        assert!(!won(&db, pairing, NOON), "cancelled");
        let db = fresh();
        let pairing = opened(&db);
        let late = pairing.expires_at;
        assert!(!won(&db, pairing, late), "expired");
    }
}
