//! The disk becomes full, or can be written to no more, while the app runs: each is a sentence, the lists are there, and devices are thrown
//! out all the same. Afterwards everything goes on by itself.

use std::path::PathBuf;

use clawpair_api::{DeviceStatus, EditDevice};
use clawpair_app::view::journal::JournalQuery;
use clawpair_app::view::review::ReviewQuery;
use clawpair_app::view::{DeviceQuery, Refusal};
use clawpair_app::{App, EMBEDDED};
use clawpair_core::access::Role;

use crate::disk::{self, Trouble};
use crate::mirrored::{is_retrying, joins, let_in, list, names};
use crate::office::{Office, end, eventually, form, is_connected, until};

/// Refused with this sentence and a next step.
fn is_said(refused: &Refusal, sentence: &str) {
    assert!(refused.message.starts_with(sentence) && refused.hint.is_some(), "{refused}");
}

async fn reviewed(app: &App) -> Vec<String> {
    let query = ReviewQuery { unseen_days: 30, ..ReviewQuery::default() };
    let page = app.review_devices(&query, 100).await.unwrap();
    page.devices.into_iter().map(|found| found.device.device.name).collect()
}

async fn status(office: &Office, id: &str) -> DeviceStatus {
    office.owner().device(id).await.unwrap().status
}

async fn goes_on_without(trouble: Trouble, data: PathBuf, sentence: &str) {
    let mut office = Office::open().await;
    let app = office.app_in(data).await;
    let id = office.added(&app, Role::Admin).await.id;
    for (name, key) in [("Hall", 1), ("Lamp", 2), ("Safe", 3)] {
        joins(&office, name, key).await;
    }
    let_in(&app, &id, &["Hall", "Lamp", "Safe"]).await;
    let before = list(&app, &id, &DeviceQuery::default()).await;
    let of = |name: &str| before.iter().find(|device| device.device.name == name).unwrap().device.id.clone();
    let (hall, lamp, safe) = (of("Hall"), of("Lamp"), of("Safe"));
    let journal = async || app.journal(&JournalQuery::default(), 100).await.unwrap().entries.len();
    let (platform, written) = (app.platform(&id).unwrap(), journal().await);
    disk::is(Some(trouble));

    assert_eq!(list(&app, &id, &DeviceQuery::default()).await, before);
    assert_eq!(reviewed(&app).await, ["Hall", "Lamp", "Safe"]);
    // What only the file can hold is refused.
    is_said(&app.put_in_group(&id, &hall, Some("Cellar")).await.unwrap_err(), sentence);
    is_said(&app.mark_reviewed(1).await.unwrap_err(), sentence);
    let own = app.create_pairing(EMBEDDED, &form("Gate")).await.err().expect("its own file is on the same disk");
    assert!(!own.message.is_empty());
    // A lost device is thrown out, by the server itself, and whoever asks hears that it is.
    let revoked = platform.revoke_device(&lamp, Some("Lost")).await.unwrap();
    assert_eq!((revoked.device.status, status(&office, &lamp).await), (DeviceStatus::Revoked, DeviceStatus::Revoked));
    assert!(app.outbox(0).await.unwrap().errands.is_empty() && journal().await == written);
    // The lists are as old as before, and say why.
    let notice = eventually(&app, "the notice", async || app.platforms().into_iter().find_map(|view| view.notice)).await;
    is_said(&notice, sentence);
    // Nobody can keep what nobody can hear.
    office.stop().await;
    until(&app, &id, is_retrying).await;
    assert_eq!(names(&app, &id, &DeviceQuery::default()).await, ["Hall", "Lamp", "Safe"]);
    is_said(&platform.revoke_device(&safe, None).await.unwrap_err(), sentence);
    office.start_again();
    app.try_platform_now(&id).await.unwrap();
    until(&app, &id, is_connected).await;
    assert_eq!(status(&office, &safe).await, DeviceStatus::Active);

    disk::is(None);
    // Whatever happens next brings what could not be kept.
    joins(&office, "Oven", 4).await;
    let_in(&app, &id, &["Hall", "Oven", "Safe"]).await;
    eventually(&app, "no notice", async || app.platforms().iter().all(|view| view.notice.is_none()).then_some(())).await;
    let known = platform.device(&hall).await.unwrap().device;
    let edit = EditDevice { name: Some("Cellar".into()), ..EditDevice::default() };
    platform.edit_device(&hall, known.revision, &edit).await.unwrap();
    platform.revoke_device(&safe, None).await.unwrap();
    assert!(journal().await >= written + 2, "it is written down again");
    eventually(&app, "that it is seen to be done", async || (app.outbox_summary().not_yet_revoked == 0).then_some(())).await;
    app.create_pairing(EMBEDDED, &form("Gate")).await.unwrap();
    app.put_in_group(&id, &hall, Some("Cellar")).await.unwrap();
    assert_eq!(app.overview().unwrap().problems, []);
}

#[tokio::test]
async fn on_a_full_disk_devices_are_listed_and_thrown_out_until_there_is_room_again() {
    if let Some(data) = disk::again("troubled_disk::on_a_full_disk_devices_are_listed_and_thrown_out_until_there_is_room_again") {
        goes_on_without(Trouble::Full, data, "The disk is full, so nothing more can be kept.").await;
    }
}

#[tokio::test]
async fn started_on_a_full_disk_the_app_shows_who_is_in_and_goes_on_once_there_is_room_again() {
    let this = "troubled_disk::started_on_a_full_disk_the_app_shows_who_is_in_and_goes_on_once_there_is_room_again";
    let Some(data) = disk::again(this) else { return };
    let mut office = Office::open().await;
    let app = office.app_in(data.clone()).await;
    let id = office.added(&app, Role::Admin).await.id;
    joins(&office, "Hall", 1).await;
    let_in(&app, &id, &["Hall"]).await;
    office.stop().await;
    end(app).await;
    disk::is(Some(Trouble::Full));

    let app = office.app_in(data).await;
    assert_eq!(reviewed(&app).await, ["Hall"]);
    assert_eq!(names(&app, &id, &DeviceQuery::default()).await, ["Hall"], "the list is read from the file");
    disk::is(None);
    office.start_again();
    app.try_platform_now(&id).await.unwrap();
    until(&app, &id, is_connected).await;
    joins(&office, "Lamp", 2).await;
    let_in(&app, &id, &["Hall", "Lamp"]).await;
    app.create_pairing(EMBEDDED, &form("Gate")).await.unwrap();
}

#[tokio::test]
async fn with_a_file_that_becomes_read_only_likewise() {
    if let Some(data) = disk::again("troubled_disk::with_a_file_that_becomes_read_only_likewise") {
        goes_on_without(Trouble::ReadOnly, data, "The file of devices cannot be written: it is read-only.").await;
    }
}
