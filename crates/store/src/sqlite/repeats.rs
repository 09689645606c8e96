use async_trait::async_trait;
use clawpair_core::api_key::ApiKey;
use clawpair_core::device::Device;
use clawpair_core::id::{ApiKeyId, DeviceId, InvitationId, PairingId};
use clawpair_core::member::Invitation;
use clawpair_core::pairing::Pairing;
use clawpair_core::repeat::Once;
use clawpair_core::secret::KeyedHash;
use clawpair_core::store::{
    DeviceOrder, DeviceOutcome, Invited, NewInvite, NewPairing, Opening, Repeatable, Repeats, Rotation, StoreError,
};
use rusqlite::Connection;

use super::commit::Commit;
use super::{SqliteStore, api_keys, devices, members, pairings};

#[async_trait]
impl Repeats for SqliteStore {
    async fn open_pairing_once(&self, new: NewPairing, once: Once) -> Result<Repeatable<Opening, Pairing>, StoreError> {
        let id = *new.pairing.id.as_bytes();
        let found = |db: &Connection, id| pairings::find(db, PairingId::from_bytes(id));
        let open = move |db: &Commit<'_>| {
            let opening = pairings::open(db, &new)?;
            let made = matches!(opening, Opening::Opened(_)).then_some(id);
            Ok((opening, made))
        };
        self.writer.run(move |db| perform(db, &once, found, &open)).await
    }

    async fn create_api_key_once(&self, key: ApiKey, secret: KeyedHash, once: Once) -> Result<Repeatable<(), ApiKey>, StoreError> {
        let id = *key.id.as_bytes();
        self.writer.run(move |db| perform(db, &once, found_key, |db| Ok((api_keys::create(db, &key, secret)?, Some(id))))).await
    }

    async fn invite_once(&self, new: NewInvite, once: Once) -> Result<Repeatable<Invited, Invitation>, StoreError> {
        let id = *new.invitation.id.as_bytes();
        let found = |db: &Connection, id| members::invitation(db, InvitationId::from_bytes(id));
        let invite = move |db: &Commit<'_>| {
            let invited = members::invite(db, &new)?;
            let made = matches!(invited, Invited::Done(_)).then_some(id);
            Ok((invited, made))
        };
        self.writer.run(move |db| perform(db, &once, found, &invite)).await
    }

    async fn rotate_api_key_once(&self, rotation: Rotation, once: Once) -> Result<Repeatable<Option<ApiKey>, ApiKey>, StoreError> {
        let rotate = move |db: &Commit<'_>| {
            let rotated = api_keys::rotate(db, &rotation)?;
            let id = rotated.is_some().then_some(*rotation.id.as_bytes());
            Ok((rotated, id))
        };
        self.writer.run(move |db| perform(db, &once, found_key, &rotate)).await
    }

    async fn change_device_once(
        &self,
        id: DeviceId,
        order: DeviceOrder,
        once: Once,
    ) -> Result<Repeatable<DeviceOutcome, Device>, StoreError> {
        let found = |db: &Connection, id| devices::find(db, DeviceId::from_bytes(id));
        let change = move |db: &Commit<'_>| {
            let outcome = devices::change(db, id, &order)?;
            let done = matches!(outcome, DeviceOutcome::Changed(_) | DeviceOutcome::Unchanged(_));
            Ok((outcome, done.then_some(*id.as_bytes())))
        };
        self.writer.run(move |db| perform(db, &once, found, &change)).await
    }
}

fn found_key(db: &Connection, id: [u8; 16]) -> rusqlite::Result<Option<ApiKey>> {
    api_keys::one(db, ApiKeyId::from_bytes(id))
}

/// Does what `perform` does unless it was done before, and remembers the key if it made or changed something, whose id it returns.
fn perform<Done, Thing>(
    db: &Commit<'_>,
    once: &Once,
    find: impl Fn(&Connection, [u8; 16]) -> rusqlite::Result<Option<Thing>>,
    perform: impl Fn(&Commit<'_>) -> rusqlite::Result<(Done, Option<[u8; 16]>)>,
) -> rusqlite::Result<Repeatable<Done, Thing>> {
    if let Some(known) = db.keys().borrow_mut().find(db, once)? {
        // What was made may be gone; then the answer is gone too, and the key stays used.
        return Ok(match find(db, known.made)? {
            Some(thing) if known.fingerprint == once.fingerprint => Repeatable::Again(thing, known.salt),
            _ => Repeatable::OtherRequest,
        });
    }
    let (done, made) = perform(db)?;
    if let Some(made) = made {
        db.keys().borrow_mut().insert(db, once, made)?;
    }
    Ok(Repeatable::First(done))
}
