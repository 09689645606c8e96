//! Looking through all platforms at once, and what has changed since: a server and this computer's own, from the mirror alone.

use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use clawpair_api::{ActorKind, CreatePairingCode, GrantPermissions};
use clawpair_app::view::PAGE;
use clawpair_app::view::elsewhere::WaitingKind;
use clawpair_app::view::journal::JournalQuery;
use clawpair_app::view::outbox::DeviceEndedBy;
use clawpair_app::view::review::{
    ReviewChangePage, ReviewDevice, ReviewKind, ReviewMark, ReviewOrder, ReviewQuery, ReviewStanding,
};
use clawpair_app::{App, EMBEDDED};
use clawpair_core::access::Role;

use crate::office::{Office, end, form, join};

fn everybody() -> ReviewQuery {
    ReviewQuery { unseen_days: 30, ..ReviewQuery::default() }
}

async fn found(app: &App, query: &ReviewQuery) -> Vec<ReviewDevice> {
    app.review_devices(query, PAGE).await.unwrap().devices
}

async fn names(app: &App, query: &ReviewQuery) -> Vec<String> {
    found(app, query).await.into_iter().map(|found| found.device.device.name).collect()
}

/// Waits for the file, which is written a moment after something has happened.
async fn in_the_file<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let looking = async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_mins(1), looking).await.unwrap_or_else(|_| panic!("{what} was awaited"))
}

async fn until_named(app: &App, wanted: &[&str]) {
    in_the_file(&format!("{wanted:?}"), async || (names(app, &everybody()).await == wanted).then_some(())).await;
}

/// A device with this name, these permissions and this key's number joins one of the platforms.
async fn joins(app: &App, platform: &str, name: &str, permission: &str, key: u8) {
    let form = CreatePairingCode { permissions: vec![permission.into()], ask_first: Some(false), ..form(name) };
    let code = app.create_pairing(platform, &form).await.unwrap();
    join(&code.link, key).await;
}

/// A hub and a lamp at the server, and a tablet with the lamp's key on this computer.
async fn three(office: &Office, app: &App) -> String {
    let id = office.added(app, Role::Admin).await.id;
    joins(app, &id, "Hub", "lights:control", 1).await;
    joins(app, &id, "Lamp", "sensor:read", 2).await;
    joins(app, EMBEDDED, "Tablet", "sensor:read", 2).await;
    until_named(app, &["Hub", "Lamp", "Tablet"]).await;
    id
}

#[tokio::test]
async fn all_platforms_are_searched_filtered_and_counted_without_any_of_them() {
    let mut office = Office::open().await;
    let app = office.app().await;
    let id = three(&office, &app).await;
    office.stop().await;
    end(app).await;
    let app = office.app().await;

    let all = found(&app, &everybody()).await;
    let where_from: Vec<(&str, &str)> = all.iter().map(|found| (found.platform.as_str(), found.platform_name.as_str())).collect();
    assert_eq!(where_from, [(id.as_str(), "Office"), (id.as_str(), "Office"), (EMBEDDED, "This computer")]);
    let look = async |query: ReviewQuery| names(&app, &query).await;
    assert_eq!(look(ReviewQuery { search: Some("office la".into()), ..everybody() }).await, ["Lamp"]);
    assert_eq!(look(ReviewQuery { platform: Some(EMBEDDED.into()), ..everybody() }).await, ["Tablet"]);
    assert_eq!(look(ReviewQuery { marks: vec![ReviewMark::Broad], ..everybody() }).await, ["Hub"]);
    let never = ReviewQuery { marks: vec![ReviewMark::NeverUsed, ReviewMark::NotSeen], ..everybody() };
    assert_eq!(look(never).await, ["Hub", "Lamp", "Tablet"]);
    assert_eq!(look(ReviewQuery { marks: vec![ReviewMark::Expiring], ..everybody() }).await, [""; 0]);
    assert_eq!(look(ReviewQuery { standing: Some(ReviewStanding::Revoked), ..everybody() }).await, [""; 0]);
    let newest = ReviewQuery { order: ReviewOrder::Name, descending: true, ..everybody() };
    assert_eq!(look(newest).await, ["Tablet", "Lamp", "Hub"]);

    let counts = app.review_counts(&ReviewQuery { standing: Some(ReviewStanding::Active), ..everybody() }).await.unwrap();
    assert_eq!((counts.active, counts.disabled, counts.revoked, counts.gone), (3, 0, 0, 0));
    let broad = counts.marks.iter().find(|count| count.mark == ReviewMark::Broad).unwrap();
    assert_eq!((broad.counted.count, broad.counted.or_more), (1, false));
    assert_eq!(counts.types[0].count, 3);

    let lamp = &all[1].device.device.id;
    let seen = app.review_device(&id, lamp).await.unwrap();
    let others: Vec<&str> = seen.same_key.iter().map(|other| other.device.device.name.as_str()).collect();
    assert_eq!(others, ["Tablet"], "who else has the key");
    assert!(seen.device.expires_at.is_some(), "until when it can come back");

    let put = app.put_in_group(&id, lamp, Some("Cellar")).await.unwrap();
    assert_eq!(put.device.group.as_deref(), Some("Cellar"));
    assert_eq!(look(ReviewQuery { group: Some("Cellar".into()), ..everybody() }).await, ["Lamp"]);
    assert_eq!(app.put_in_group(&id, lamp, Some("")).await.unwrap_err().code, "invalid_request");
    app.put_in_group(&id, lamp, None).await.unwrap();
    assert_eq!(look(ReviewQuery { group: Some("Cellar".into()), ..everybody() }).await, [""; 0]);

    let nowhere = ReviewQuery { platform: Some("plat-gone".into()), ..everybody() };
    assert_eq!(app.review_devices(&nowhere, PAGE).await.unwrap_err().code, "not_found");
    let nothing = ReviewQuery { search: Some("--".into()), ..everybody() };
    assert_eq!(app.review_devices(&nothing, PAGE).await.unwrap_err().code, "invalid_request");
    let lost = ReviewQuery { after: Some("{}".into()), ..everybody() };
    assert_eq!(app.review_devices(&lost, PAGE).await.unwrap_err().code, "invalid_request");
}

async fn changed(app: &App) -> ReviewChangePage {
    app.review_changes(None, 0, PAGE).await.unwrap()
}

#[tokio::test]
async fn what_changed_is_shown_until_it_is_marked_and_what_is_over_stays_with_its_key() {
    let office = Office::open().await;
    let app = office.app().await;
    let id = three(&office, &app).await;
    let first = changed(&app).await;
    assert_eq!((first.reviewed_at.as_deref(), first.added.count, first.changes.len()), (None, 3, 3));
    app.mark_reviewed(first.changes[2].number).await.unwrap();
    let none = changed(&app).await;
    assert!(none.changes.is_empty() && none.reviewed_at.is_some(), "{none:?}");

    let all = found(&app, &everybody()).await;
    let (hub, lamp) = (&all[0].device.device, &all[1].device.device);
    let platform = app.platform(&id).unwrap();
    let grant = GrantPermissions { permissions: vec!["sensor:read".into()] };
    platform.grant_permissions(&hub.id, hub.revision, &grant).await.unwrap();
    office.owner().revoke_device(&lamp.id, Some("Sold")).await.unwrap();
    let news = in_the_file("both changes", async || Some(changed(&app).await).filter(|page| page.changes.len() == 2)).await;
    let kinds: Vec<ReviewKind> = news.changes.iter().map(|change| change.kind).collect();
    assert_eq!(kinds, [ReviewKind::Rights, ReviewKind::Ended]);
    let rights = &news.changes[0];
    assert_eq!((&rights.before, &rights.then), (&vec!["lights:control".into()], &vec!["sensor:read".into()]));
    assert_eq!(news.changes[1].device.as_ref().unwrap().standing, ReviewStanding::Revoked);
    let only = app.review_changes(Some(ReviewKind::Ended), 0, PAGE).await.unwrap().changes;
    assert_eq!(only.iter().map(|change| change.name.as_str()).collect::<Vec<_>>(), ["Lamp"]);
    app.mark_reviewed(rights.number).await.unwrap();
    assert_eq!(changed(&app).await.changes, news.changes[1..], "what was not marked stays");

    let told = in_the_file("who revoked it", async || {
        let page = app.tombstones(None, None).await.unwrap();
        page.tombstones.into_iter().next().filter(|tombstone| tombstone.who.is_some())
    })
    .await;
    assert_eq!((told.name.as_str(), told.why.as_deref(), &told.key), ("Lamp", Some("Sold"), &lamp.key_fingerprint));
    let Some(DeviceEndedBy::Other { actor }) = &told.who else { panic!("{told:?}") };
    assert_eq!(actor.kind, ActorKind::Owner, "not this app");

    joins(&app, &id, "Lamp again", "sensor:read", 2).await;
    let returned = in_the_file("the alarm", async || app.alarms().await.unwrap().pop()).await;
    assert_eq!((returned.name.as_deref(), returned.ended_name.as_str()), (Some("Lamp again"), "Lamp"));
    assert_eq!(returned.key, told.key);

    app.remove_platform(&id).await.unwrap();
    assert_eq!(names(&app, &everybody()).await, ["Tablet"]);
    let kept = app.tombstones(None, None).await.unwrap().tombstones;
    assert_eq!(kept, [told], "with the name that the platform had");
}

#[tokio::test]
async fn a_search_goes_through_everything_that_is_kept_without_any_platform() {
    let mut office = Office::open().await;
    let app = office.app().await;
    let id = three(&office, &app).await;
    let lamp = found(&app, &everybody()).await.remove(1).device.device;
    app.create_pairing(&id, &form("Lamp of the loft")).await.unwrap();
    app.create_pairing(EMBEDDED, &form("Lamp post")).await.unwrap();
    app.rename_platform(&id, "Lamp works").await.unwrap();
    office.owner().revoke_device(&lamp.id, Some("Sold in spring")).await.unwrap();
    in_the_file("the activity", async || {
        let told = app.search_activity("revoked lamp", None).await.unwrap().entries;
        told.into_iter().next().filter(|found| found.entry.action == "device_revoked")
    })
    .await;
    let waiting = async |app: &App, words| {
        let found = app.search_waiting(words).await.unwrap();
        found.into_iter().map(|found| (found.kind, found.platform_name, found.name)).collect::<Vec<_>>()
    };
    in_the_file("both codes", async || (waiting(&app, "lamp").await.len() == 2).then_some(())).await;
    office.stop().await;
    end(app).await;

    let app = office.app().await;
    assert_eq!(waiting(&app, "loft").await, [(WaitingKind::Code, "Lamp works".into(), "Lamp of the loft".into())]);
    let buried = app.tombstones(Some("spring"), None).await.unwrap().tombstones;
    assert_eq!((buried.len(), buried[0].device_id.as_str()), (1, lamp.id.as_str()));
    assert!(app.tombstones(Some("hub"), None).await.unwrap().tombstones.is_empty());
    let told = app.search_activity("works revoked", None).await.unwrap();
    assert_eq!((told.entries[0].platform_name.as_str(), told.next), ("Lamp works", None));
    let noted = JournalQuery { search: Some("loft".into()), ..JournalQuery::default() };
    let noted = app.journal(&noted, PAGE).await.unwrap().entries;
    assert_eq!(noted.iter().map(|entry| entry.action.as_str()).collect::<Vec<_>>(), ["make_code"]);
    for refused in [
        app.search_waiting("?!").await.unwrap_err(),
        app.search_activity("", None).await.unwrap_err(),
        app.tombstones(Some("--"), None).await.unwrap_err(),
    ] {
        assert_eq!(refused.code, "invalid_request");
    }
}

#[tokio::test]
async fn without_a_file_that_can_be_used_it_is_said_why() {
    let office = Office::open().await;
    end(office.app().await).await;
    let file = office.folder.path().join("data/mirror.db");
    std::fs::set_permissions(&file, PermissionsExt::from_mode(0o400)).unwrap();
    let app = office.app().await;
    let refused = app.review_devices(&everybody(), PAGE).await.unwrap_err();
    assert_eq!(refused.code, "storage_unavailable");
    assert!(refused.message.contains("read-only") && refused.hint.is_some(), "{refused}");
    assert_eq!(app.mark_reviewed(1).await.unwrap_err(), refused);
}
