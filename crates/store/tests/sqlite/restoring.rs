//! What a backup brings back, and what it must not.

use clawpair_core::access::Role;
use clawpair_core::pairing::PairingStatus;
use clawpair_core::store::{Invited, Joined, Mails, Members, NewInvite, Pairings, Repeatable, Repeats, SecondFactor};
use clawpair_store::{SqliteStore, backup, restore};

use crate::conformance::fixtures::{NOON, by_link, open, open_asking, paired};
use crate::conformance::members::{hash, invitation, invite, is_signed_in, join, member, sign_in};
use crate::conformance::repeats::{once, pairing};

#[tokio::test]
async fn whatever_let_somebody_in_by_a_backup_is_void_and_who_was_in_stays() {
    let folder = tempfile::tempdir().unwrap();
    let (database, copy) = (folder.path().join("platform.db"), folder.path().join("backup.db"));
    let store = SqliteStore::open(&database).unwrap();
    let (_, device) = paired(&store, 1).await;
    let waiting = open_asking(&store).await;
    clawpair_core::store::Pairings::claim(&store, by_link(&waiting, 2, NOON.plus_minutes(9))).await.unwrap();
    let expired = open(&store).await;
    let repeated = once("a", "x", NOON);
    store.open_pairing_once(pairing(NOON), repeated).await.unwrap();
    let ada = member(&store, "Ada", Role::Viewer).await;
    assert!(sign_in(&store, ada.id, "session", SecondFactor::None).await);
    let open_invitation = invite(&store, "Grace", Role::Viewer).await.unwrap();
    let mailed = NewInvite {
        invitation: invitation("Edsger", Some("edsger@example.org"), Role::Viewer),
        shown: hash("shown"),
        mailed: Some(hash("mailed")),
    };
    assert!(matches!(store.invite(mailed).await.unwrap(), Invited::Done(_)));
    backup(&database, &copy).unwrap();
    drop(store);

    // Codes lived ten minutes; the device that waits asked in the ninth and may be let in until the nineteenth.
    let at = NOON.plus_minutes(11);
    let restored = restore(&copy, &database, at).unwrap();
    assert_eq!((restored.voided, restored.signed_out, restored.withdrawn), (1, 1, 2));
    let store = SqliteStore::open(&database).unwrap();
    let status = async |id| store.pairing(id).await.unwrap().unwrap().status(at);
    assert_eq!(status(waiting.pairing.id).await, PairingStatus::Cancelled, "nobody may let it in now");
    assert_eq!(status(expired.pairing.id).await, PairingStatus::Expired);
    assert!(!is_signed_in(&store, "session").await);
    for token in [open_invitation, hash("shown"), hash("mailed")] {
        assert_eq!(join(&store, token, at).await, Joined::Over);
    }
    assert!(store.take_due_mail(10, at, at.plus_minutes(1)).await.unwrap().is_empty(), "nothing is sent that is void");
    assert!(store.member(ada.id).await.unwrap().is_some());
    let device = clawpair_core::store::Devices::device(&store, device.id).await.unwrap().unwrap();
    assert!(device.is_active());
    let again = store.open_pairing_once(pairing(at), once("a", "x", at)).await.unwrap();
    assert!(matches!(again, Repeatable::First(_)), "what was repeated is asked for anew: {again:?}");
}
