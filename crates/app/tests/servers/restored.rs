//! A backup is put back that was made before a server's state moved on, and before more was asked for.

use clawpair_api::{DeviceStatus, EditDevice};
use clawpair_app::App;
use clawpair_app::view::DeviceQuery;
use clawpair_app::view::outbox::{ErrandChoice, ErrandFault, ErrandState, ErrandView};
use clawpair_core::access::Role;

use crate::mirrored::{is_retrying, joins, let_in, list, names};
use crate::office::{Office, eventually, is_connected, until};

async fn away(office: &mut Office, app: &App, id: &str) {
    office.stop().await;
    until(app, id, is_retrying).await;
}

async fn back(office: &mut Office, app: &App, id: &str) {
    office.start_again();
    app.try_platform_now(id).await.unwrap();
    until(app, id, is_connected).await;
}

fn fault(errand: &ErrandView) -> ErrandFault {
    let ErrandState::Failed { fault, .. } = &errand.state else { panic!("{errand:?}") };
    *fault
}

async fn all_verified(app: &App) {
    eventually(app, "that all is seen to be done", async || (app.outbox_summary().not_yet_revoked == 0).then_some(())).await;
}

#[tokio::test]
async fn lists_catch_up_and_nothing_goes_out_or_is_lost() {
    let mut office = Office::open().await;
    let app = office.app().await;
    let id = office.added(&app, Role::Admin).await.id;
    for (name, key) in [("Hall", 1), ("Lamp", 2), ("Oven", 3), ("Safe", 4)] {
        joins(&office, name, key).await;
    }
    let_in(&app, &id, &["Hall", "Lamp", "Oven", "Safe"]).await;
    let devices = list(&app, &id, &DeviceQuery::default()).await;
    let of = |name: &str| devices.iter().find(|device| device.device.name == name).unwrap().device.clone();
    // Whoever holds one keeps the file open.
    let platform = || app.platform(&id).unwrap();

    away(&mut office, &app, &id).await;
    platform().revoke_device(&of("Hall").id, None).await.unwrap();
    let edit = |name: &str| EditDevice { name: Some(name.into()), ..EditDevice::default() };
    platform().edit_device(&of("Oven").id, of("Oven").revision, &edit("Stove")).await.unwrap();
    let copy = office.folder.path().join("copy.db");
    app.back_up(&copy).await.unwrap();
    // It all goes out, and more happens.
    back(&mut office, &app, &id).await;
    all_verified(&app).await;
    let_in(&app, &id, &["Lamp", "Safe", "Stove"]).await;
    let stove = office.owner().device(&of("Oven").id).await.unwrap();
    office.owner().edit_device(&stove.id, stove.revision, &edit("Kiln")).await.unwrap();
    office.owner().revoke_device(&of("Lamp").id, Some("Sold")).await.unwrap();
    joins(&office, "Gate", 5).await;
    let_in(&app, &id, &["Gate", "Kiln", "Safe"]).await;
    away(&mut office, &app, &id).await;
    platform().revoke_device(&of("Safe").id, Some("Lost")).await.unwrap();

    let looked = app.look_at_backup(&copy).await.unwrap();
    assert_eq!((looked.waiting, looked.since), (2, 1));
    let restored = app.restore().await.unwrap();
    assert_eq!((restored.questions, restored.whole), (3, true));
    assert_eq!(names(&app, &id, &DeviceQuery::default()).await, ["Hall", "Lamp", "Oven", "Safe"], "as they were then");
    let_in(&app, &id, &["Oven", "Safe"]).await;
    assert_eq!(app.outbox_summary().not_yet_revoked, 1, "who was shut out since stays so");
    let asked = app.outbox(0).await.unwrap().errands;
    let about: Vec<(&str, ErrandFault)> = asked.iter().map(|errand| (errand.subject.as_str(), fault(errand))).collect();
    let (hall, oven, safe) = (of("Hall").id, of("Oven").id, of("Safe").id);
    assert_eq!(about, [(hall.as_str(), ErrandFault::Gone), (&oven, ErrandFault::Restored), (&safe, ErrandFault::AskedSince)]);

    back(&mut office, &app, &id).await;
    let_in(&app, &id, &["Gate", "Kiln", "Safe"]).await;
    // All that waits goes out now, if anything does.
    let synced = app.sync(std::slice::from_ref(&id)).await.unwrap();
    assert!(synced[0].stale.is_none() && synced[0].errands.len() == 3, "{synced:?}");
    let there = office.owner().device(&safe).await.unwrap();
    assert_eq!((there.status, office.owner().device(&oven).await.unwrap().name.as_str()), (DeviceStatus::Active, "Kiln"));
    assert_eq!(app.outbox_summary().not_yet_revoked, 1, "a person has not decided");

    app.choose_errand(asked[0].id, ErrandChoice::Leave).await.unwrap();
    app.choose_errand(asked[1].id, ErrandChoice::Leave).await.unwrap();
    app.choose_errand(asked[2].id, ErrandChoice::TryAgain).await.unwrap();
    all_verified(&app).await;
    let there = office.owner().device(&safe).await.unwrap();
    assert_eq!((there.status, there.reason.as_deref()), (DeviceStatus::Revoked, Some("Lost")));
    let revoked = office.owner().activity([]).await.unwrap().entries.into_iter().filter(|entry| entry.action == "device_revoked");
    assert_eq!(revoked.count(), 3, "none of them twice");
    assert!(app.outbox(0).await.unwrap().errands.is_empty());
}
