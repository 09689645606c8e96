//! What the window lists of a server while that cannot be reached: everything that was known, at once, from a cold start.

use std::path::Path;

use clawpair_api::{ActivityEntry, CreateApiKey, DeviceStatus, EditDevice};
use clawpair_app::App;
use clawpair_app::view::platform::{PlatformDevice, PlatformState};
use clawpair_app::view::{ActivityQuery, DeviceQuery};
use clawpair_core::access::Role;
use rusqlite::Connection;

use crate::office::{Office, end, eventually, form, is_connected, join, until};

pub fn is_retrying(state: &PlatformState) -> bool {
    matches!(state, PlatformState::Retrying { .. })
}

fn searching(text: &str) -> DeviceQuery {
    DeviceQuery { q: Some(text.into()), ..DeviceQuery::default() }
}

pub async fn list(app: &App, id: &str, query: &DeviceQuery) -> Vec<PlatformDevice> {
    app.platform(id).unwrap().devices(query).await.unwrap().devices
}

pub async fn names(app: &App, id: &str, query: &DeviceQuery) -> Vec<String> {
    let query = DeviceQuery { sort: Some("name".into()), ..query.clone() };
    list(app, id, &query).await.into_iter().map(|device| device.device.name).collect()
}

async fn log(app: &App, id: &str) -> Vec<ActivityEntry> {
    app.platform(id).unwrap().activity(&ActivityQuery::default()).await.unwrap().entries
}

/// A device of this name joins the server, where nobody at the desk has done anything.
pub async fn joins(office: &Office, name: &str, key: u8) {
    let created = office.owner().create_pairing_code(&form(name)).await.unwrap();
    join(&created.link.unwrap(), key).await;
}

pub async fn listed(app: &App, id: &str, wanted: &[&str]) {
    eventually(app, "the list", async || (names(app, id, &DeviceQuery::default()).await == wanted).then_some(())).await;
}

pub async fn let_in(app: &App, id: &str, wanted: &[&str]) {
    let query = DeviceQuery { status: Some(DeviceStatus::Active), ..DeviceQuery::default() };
    eventually(app, "the list", async || (names(app, id, &query).await == wanted).then_some(())).await;
}

#[tokio::test]
async fn what_a_server_had_stays_in_every_list_while_it_is_away_and_after_a_start_without_it() {
    let mut office = Office::open().await;
    let app = office.app().await;
    let id = office.added(&app, Role::Admin).await.id;
    joins(&office, "Hall", 1).await;
    joins(&office, "Lamp", 2).await;
    office.owner().create_pairing_code(&form("Gate")).await.unwrap();
    listed(&app, &id, &["Hall", "Lamp"]).await;
    let entries = office.owner().activity([]).await.unwrap().entries;
    assert!(entries.len() > 4, "{entries:?}");
    eventually(&app, "the whole log", async || (log(&app, &id).await == entries).then_some(())).await;
    let before = list(&app, &id, &DeviceQuery::default()).await;
    office.stop().await;
    let lost = until(&app, &id, is_retrying).await;
    assert!(lost.as_of.is_some());
    assert_eq!(list(&app, &id, &DeviceQuery::default()).await, before);

    end(app).await;
    let app = office.app().await;
    let platform = app.platform(&id).unwrap();
    assert_eq!(list(&app, &id, &DeviceQuery::default()).await, before, "before anything was heard of the server");
    assert_eq!(names(&app, &id, &searching("lam iot")).await, ["Lamp"]);
    assert_eq!(platform.device(&before[0].device.id).await.unwrap(), before[0]);
    assert_eq!(platform.device_summary().await.unwrap().active, 2);
    assert_eq!(platform.open_pairings(None).await.unwrap().pairings[0].name, "Gate");
    assert!(platform.requests(None).await.unwrap().requests.is_empty());
    assert_eq!(log(&app, &id).await, entries);
    let away = until(&app, &id, is_retrying).await;
    assert!(away.as_of >= lost.as_of, "as of the last time that it was read: {away:?}");
    let PlatformState::Retrying { why, .. } = &away.state else { panic!() };
    assert_eq!(why.code, "server_unreachable");
    let waits = platform.revoke_device(&before[0].device.id, None).await.unwrap();
    assert_eq!(waits.device, before[0].device, "what could not be done was not done here either");
    assert_eq!(list(&app, &id, &DeviceQuery::default()).await[0].pending, waits.pending);
    let outbox = app.outbox(0).await.unwrap();
    assert_eq!((outbox.errands, outbox.summary.not_yet_revoked), (waits.pending.clone(), 1));
    app.withdraw_errand(waits.pending[0].id).await.unwrap();
    assert_eq!(list(&app, &id, &DeviceQuery::default()).await, before);

    let lamp = before.iter().find(|device| device.device.name == "Lamp").unwrap();
    office.owner().revoke_device(&lamp.device.id, Some("Lost")).await.unwrap();
    office.start_again();
    joins(&office, "Oven", 3).await;
    app.try_platform_now(&id).await.unwrap();
    until(&app, &id, is_connected).await;
    listed(&app, &id, &["Hall", "Lamp", "Oven"]).await;
    let revoked = DeviceQuery { status: Some(DeviceStatus::Revoked), ..DeviceQuery::default() };
    assert_eq!(names(&app, &id, &revoked).await, ["Lamp"]);
    let why = list(&app, &id, &revoked).await[0].device.reason.clone();
    assert_eq!(why.as_deref(), Some("Lost"));
}

#[tokio::test]
async fn what_is_changed_here_is_in_the_next_list() {
    let office = Office::open().await;
    let app = office.app().await;
    let id = office.added(&app, Role::Admin).await.id;
    joins(&office, "Hall", 1).await;
    listed(&app, &id, &["Hall"]).await;
    let platform = app.platform(&id).unwrap();
    let device = list(&app, &id, &DeviceQuery::default()).await.remove(0).device;
    let edit = EditDevice { name: Some("Cellar".into()), tags: Some(vec!["damp".into()]), ..EditDevice::default() };
    let edited = platform.edit_device(&device.id, device.revision, &edit).await.unwrap();
    assert_eq!(names(&app, &id, &DeviceQuery { tag: Some("damp".into()), ..DeviceQuery::default() }).await, ["Cellar"]);
    assert_eq!(platform.device(&device.id).await.unwrap().device, edited.device);
    let code = app.create_pairing(&id, &form("Gate")).await.unwrap();
    assert_eq!(platform.open_pairings(None).await.unwrap().pairings[0].id, code.pairing.id);
    platform.cancel_pairing(&code.pairing.id).await.unwrap();
    assert!(platform.open_pairings(None).await.unwrap().pairings.is_empty());
    platform.revoke_device(&device.id, Some("Sold")).await.unwrap();
    let summary = platform.device_summary().await.unwrap();
    assert_eq!((summary.active, summary.revoked, summary.connected), (0, 1, 0));
}

#[tokio::test]
async fn a_page_goes_on_where_the_one_before_ended_and_a_place_of_another_list_is_refused() {
    let office = Office::open().await;
    let app = office.app().await;
    let id = office.added(&app, Role::Viewer).await.id;
    let platform = app.platform(&id).unwrap();
    let other = DeviceQuery { after: Some("nowhere".into()), ..DeviceQuery::default() };
    assert_eq!(platform.devices(&other).await.unwrap_err().code, "invalid_request");
    let unreadable = DeviceQuery { sort: Some("colour".into()), ..DeviceQuery::default() };
    assert_eq!(platform.devices(&unreadable).await.unwrap_err().code, "invalid_request");
    let by_time = r#"{"order":"time","at":0,"number":1}"#.to_owned();
    let mixed = DeviceQuery { sort: Some("name".into()), after: Some(by_time), ..DeviceQuery::default() };
    assert_eq!(platform.devices(&mixed).await.unwrap_err().code, "invalid_request");
}

fn count(folder: &Path, table: &str) -> i64 {
    let file = Connection::open(folder.join("data/mirror.db")).unwrap();
    file.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap()
}

#[tokio::test]
async fn of_a_server_that_was_removed_only_what_is_over_stays() {
    let office = Office::open().await;
    let app = office.app().await;
    let id = office.added(&app, Role::Admin).await.id;
    joins(&office, "Hall", 1).await;
    joins(&office, "Lamp", 2).await;
    listed(&app, &id, &["Hall", "Lamp"]).await;
    let lamp = list(&app, &id, &searching("lamp")).await.remove(0);
    app.platform(&id).unwrap().revoke_device(&lamp.device.id, None).await.unwrap();
    let folder = office.folder.path();
    assert_eq!(count(folder, "device"), 2);
    app.remove_platform(&id).await.unwrap();
    for table in ["device", "pairing", "request", "device_label"] {
        assert_eq!(count(folder, table), 0, "{table}");
    }
    assert_eq!(count(folder, "tombstone"), 1);
}

#[tokio::test]
async fn no_secret_is_in_the_file() {
    let office = Office::open().await;
    let app = office.app().await;
    let key = office.key(Role::Admin).await.key;
    let id = app.add_platform(office.server(&key)).await.unwrap().id;
    until(&app, &id, |state| matches!(state, PlatformState::Refused { .. })).await;
    app.accept_certificate(&id, &office.pin()).await.unwrap();
    until(&app, &id, is_connected).await;
    let code = app.create_pairing(&id, &form("Hall")).await.unwrap();
    let paired = join(&code.link, 1).await;
    let open = app.create_pairing(&id, &form("Gate")).await.unwrap();
    let own = app.create_pairing(clawpair_app::EMBEDDED, &form("Desk")).await.unwrap();
    listed(&app, &id, &["Hall"]).await;
    let other = CreateApiKey { name: "Other".into(), role: Role::Viewer, scopes: None, expires_in_days: None };
    let other_key = app.platform(&id).unwrap().create_api_key(&other).await.unwrap().key;
    app.leave().await;
    let mut held = Vec::new();
    for entry in std::fs::read_dir(office.folder.path().join("data")).unwrap() {
        let path = entry.unwrap().path();
        if path.file_name().unwrap().to_string_lossy().starts_with("mirror.db") {
            held.extend(std::fs::read(&path).unwrap());
        }
    }
    let holds = |text: &str| held.windows(text.len()).any(|window| window.eq_ignore_ascii_case(text.as_bytes()));
    assert!(holds("Hall") && holds("Gate") && holds("Desk"), "the lists are in it");
    let links = [&code.link, &open.link, &own.link].map(|link| link[link.len() - 26..].to_owned());
    let codes = [&code.code, &open.code, &own.code].map(|code| code.trim_start_matches("OCL-").to_owned());
    let tokens = [&paired.tokens.access, &paired.tokens.refresh].map(|token| token.reveal().to_owned());
    assert!(links.iter().chain(&codes).chain(&tokens).all(|secret| secret.len() >= 12), "{links:?}");
    for secret in [key, other_key].into_iter().chain(links).chain(codes).chain(tokens) {
        assert!(!holds(&secret), "a secret is in the file");
    }
}

#[tokio::test]
async fn a_damaged_file_is_set_aside_and_said_so_and_read_anew() {
    let office = Office::open().await;
    let app = office.app().await;
    let id = office.added(&app, Role::Viewer).await.id;
    joins(&office, "Hall", 1).await;
    listed(&app, &id, &["Hall"]).await;
    end(app).await;
    let data = office.folder.path().join("data");
    for name in ["mirror.db-wal", "mirror.db-shm"] {
        let _ = std::fs::remove_file(data.join(name));
    }
    std::fs::write(data.join("mirror.db"), "this is no database, ".repeat(1_000)).unwrap();
    let app = office.app().await;
    let problem = app.overview().unwrap().problems.remove(0);
    assert!(problem.message.contains("is set aside as") && problem.hint.is_some(), "{problem}");
    let aside = std::fs::read_dir(&data).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let aside: Vec<String> = aside.filter(|name| name.starts_with("mirror.db.damaged-")).collect();
    assert!(matches!(&aside[..], [one] if std::fs::read(data.join(one)).unwrap().starts_with(b"this is no database")), "{aside:?}");
    until(&app, &id, is_connected).await;
    listed(&app, &id, &["Hall"]).await;
}

#[tokio::test]
async fn with_a_file_that_cannot_be_written_the_app_starts_and_asks_each_platform() {
    let office = Office::open().await;
    let app = office.app().await;
    let id = office.added(&app, Role::Viewer).await.id;
    joins(&office, "Hall", 1).await;
    listed(&app, &id, &["Hall"]).await;
    end(app).await;
    let file = office.folder.path().join("data/mirror.db");
    let mut mode = std::fs::metadata(&file).unwrap().permissions();
    mode.set_readonly(true);
    std::fs::set_permissions(&file, mode).unwrap();
    let app = office.app().await;
    let problem = app.overview().unwrap().problems.remove(0);
    assert!(problem.message.contains("read-only") && problem.hint.is_some(), "{problem}");
    until(&app, &id, is_connected).await;
    assert_eq!(names(&app, &id, &DeviceQuery::default()).await, ["Hall"]);
}
