//! `app.db` is put back from a backup that is older than a server, alone or together with the mirror.

use std::path::Path;

use clawpair_api::DeviceStatus;
use clawpair_app::App;
use clawpair_app::view::DeviceQuery;
use clawpair_app::view::journal::{JournalActor, JournalQuery};
use clawpair_app::view::outbox::ErrandChoice;
use clawpair_app::view::platform::PlatformState;
use clawpair_core::access::Role;

use crate::mirrored::{is_retrying, joins, let_in, list};
use crate::office::{Office, end, eventually, is_connected, until};

/// An older `app.db` takes the place of the one there is.
fn put_back(copy: &Path, data_dir: &Path) {
    for rest in ["-wal", "-shm"] {
        let _ = std::fs::remove_file(data_dir.join(format!("app.db{rest}")));
    }
    std::fs::copy(copy, data_dir.join("app.db")).unwrap();
}

/// A desk that has lost sight of a server, and the server's id.
async fn out_of_sight(office: &mut Office, revokes: bool) -> (App, String) {
    let (data_dir, copy) = (office.folder.path().join("data"), office.folder.path().join("copy.db"));
    end(office.app().await).await;
    std::fs::copy(data_dir.join("app.db"), &copy).unwrap();
    let app = office.app().await;
    let id = office.added(&app, Role::Admin).await.id;
    joins(office, "Hall", 1).await;
    let_in(&app, &id, &["Hall"]).await;
    office.stop().await;
    until(&app, &id, is_retrying).await;
    let hall = list(&app, &id, &DeviceQuery::default()).await.remove(0).device;
    if revokes {
        app.platform(&id).unwrap().revoke_device(&hall.id, Some("Lost")).await.unwrap();
    }
    end(app).await;
    put_back(&copy, &data_dir);
    let app = office.app().await;
    assert!(app.platform(&id).is_err(), "it is not known any more");
    (app, id)
}

/// What the journal says of a platform itself since it was added, and by whom.
async fn told(app: &App) -> Vec<(JournalActor, String)> {
    let entries = app.journal(&JournalQuery::default(), 100).await.unwrap().entries;
    let of_it = entries.into_iter().filter(|entry| entry.action.starts_with("platform_"));
    of_it.map(|entry| (entry.actor, entry.action)).collect()
}

#[tokio::test]
async fn revocations_of_a_server_that_is_not_known_any_more_are_told_and_go_out_once_it_is_added_again() {
    let mut office = Office::open().await;
    let (app, id) = out_of_sight(&mut office, true).await;
    assert_eq!(app.outbox_summary().not_yet_revoked, 1);
    assert!(told(&app).await.is_empty());
    let problems = app.overview().unwrap().problems;
    let [problem] = problems.as_slice() else { panic!("{problems:?}") };
    assert_eq!(problem.message, "This computer does not know “Office” any more, and 1 device is NOT revoked there.");
    assert!(problem.hint.as_ref().unwrap().contains(&format!("https://{}", office.at)), "{problem:?}");

    added_again(&mut office, &app, &id).await;
    is_revoked(&office, &app).await;
}

/// It answers again, and goes on under its id.
async fn added_again(office: &mut Office, app: &App, id: &str) {
    office.start_again();
    let again = app.add_platform(office.server(&office.key(Role::Admin).await.key)).await.unwrap();
    assert_eq!(again.id, id);
    assert!(app.overview().unwrap().problems.is_empty());
    until(app, id, |state| matches!(state, PlatformState::Refused { .. })).await;
    app.accept_certificate(id, &office.pin()).await.unwrap();
    until(app, id, is_connected).await;
}

async fn is_revoked(office: &Office, app: &App) {
    eventually(app, "that it is seen to be done", async || (app.outbox_summary().not_yet_revoked == 0).then_some(())).await;
    let there = office.owner().devices([]).await.unwrap().devices.remove(0);
    assert_eq!((there.status, there.reason.as_deref()), (DeviceStatus::Revoked, Some("Lost")));
}

/// The mirror's backup is put back, too.
async fn restored(app: &App, copy: &Path) {
    app.look_at_backup(copy).await.unwrap();
    app.restore().await.unwrap();
}

#[tokio::test]
async fn revocations_of_a_server_that_is_not_known_any_more_are_kept_when_the_mirror_is_put_back_too() {
    let mut office = Office::open().await;
    let (app, id) = out_of_sight(&mut office, true).await;
    let copy = office.folder.path().join("mirror-copy.db");
    app.back_up(&copy).await.unwrap();
    restored(&app, &copy).await;
    assert_eq!(app.outbox_summary().not_yet_revoked, 1);
    assert!(told(&app).await.is_empty(), "nobody has removed it");
    let problems = app.overview().unwrap().problems;
    assert!(matches!(&problems[..], [problem] if problem.message.contains("1 device is NOT revoked there")), "{problems:?}");

    added_again(&mut office, &app, &id).await;
    let [errand] = app.outbox(0).await.unwrap().errands.try_into().unwrap();
    app.choose_errand(errand.id, ErrandChoice::TryAgain).await.unwrap();
    is_revoked(&office, &app).await;
}

#[tokio::test]
async fn what_ends_with_a_server_that_is_added_again_and_removed_is_a_persons_doing() {
    let mut office = Office::open().await;
    let (app, id) = out_of_sight(&mut office, true).await;
    app.add_platform(office.server(&office.key(Role::Admin).await.key)).await.unwrap();
    app.remove_platform(&id).await.unwrap();
    assert_eq!(told(&app).await, [(JournalActor::You, "platform_forgotten".to_owned())]);
    assert_eq!((app.outbox_summary().not_yet_revoked, app.overview().unwrap().problems), (0, Vec::new()));
}

#[tokio::test]
async fn a_server_of_which_nothing_waits_is_forgotten_and_the_journal_blames_nobody() {
    let mut office = Office::open().await;
    let (app, _) = out_of_sight(&mut office, false).await;
    assert_eq!(told(&app).await, [(JournalActor::Platform, "platform_unknown".to_owned())]);
    assert!(app.overview().unwrap().problems.is_empty());
}
