//! The list of platforms, without any platform that answers.

mod desk;

use std::time::Duration;

use clawpair_app::view::PAGE;
use clawpair_app::view::journal::JournalQuery;
use clawpair_app::view::openclaw::AddPlatform;
use clawpair_app::view::platform::{PlatformKind, PlatformState, Remedy};
use clawpair_app::{App, EMBEDDED, KeyringFailure};
use clawpair_core::secret::Secret;
use futures_util::FutureExt as _;
use rusqlite::Connection;

use crate::desk::Desk;

/// Nobody listens there: it is the port of a service that is long forgotten (RFC 1078).
const NOWHERE: &str = "ws://127.0.0.1:1";

fn gateway(name: &str, address: &str, credential: &str) -> AddPlatform {
    AddPlatform::Gateway { name: name.to_owned(), address: address.to_owned(), credential: credential.to_owned() }
}

async fn until_it_retries(app: &App, id: &str) {
    let retries = async {
        loop {
            let view = app.platforms().into_iter().find(|view| view.id == id).unwrap();
            if let PlatformState::Retrying { why, .. } = view.state {
                return why;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let why = tokio::time::timeout(Duration::from_secs(30), retries).await.expect("it tries and fails");
    assert_eq!(why.code, "gateway_unreachable");
    assert!(why.hint.is_some());
}

#[tokio::test]
async fn an_added_gateway_is_there_after_a_restart_and_keeps_trying() {
    let desk = Desk::new();
    let id = {
        let app = desk.start().await.unwrap();
        let view = app.add_platform(gateway(" Office ", NOWHERE, "token")).await.unwrap();
        assert!(view.id.starts_with("plat-"));
        assert_eq!((view.kind, view.name.as_str(), view.address.as_deref()), (PlatformKind::Openclaw, "Office", Some(NOWHERE)));
        until_it_retries(&app, &view.id).await;
        view.id
    };
    let app = desk.start().await.unwrap();
    let ids: Vec<String> = app.platforms().into_iter().map(|view| view.id).collect();
    assert_eq!(ids, [EMBEDDED.to_owned(), id.clone()]);
    until_it_retries(&app, &id).await;
}

#[tokio::test]
async fn nothing_is_at_one_address_twice() {
    let desk = Desk::new();
    let app = desk.start().await.unwrap();
    app.add_platform(gateway("", NOWHERE, "token")).await.unwrap();
    assert_eq!(app.platforms()[1].name, NOWHERE, "without a name it is called by its address");
    let refused = app.add_platform(gateway("Again", "WS://127.0.0.1:1/", "other")).await.unwrap_err();
    assert_eq!(refused.code, "platform_known");
    assert!(refused.message.contains(NOWHERE) && refused.hint.is_some());
    let secrets = desk.keyring.entries.lock().unwrap().len();
    let refused = app.add_platform(gateway("Again", "ws://localhost:1", "other")).await.unwrap_err();
    assert_eq!(refused.code, "platform_known");
    assert!(refused.message.contains("here already as “ws://127.0.0.1:1”") && refused.hint.is_some(), "{refused}");
    assert_eq!((desk.keyring.entries.lock().unwrap().len(), app.platforms().len()), (secrets, 2));
}

#[tokio::test]
async fn what_cannot_be_added_is_a_sentence_and_leaves_nothing_behind() {
    let desk = Desk::new();
    let app = desk.start().await.unwrap();
    let secrets = desk.keyring.entries.lock().unwrap().len();
    for (adding, code) in [
        (gateway("", "ws://hub.example.org", "token"), "gateway_address"),
        (gateway("", "", "token"), "gateway_address"),
        (gateway("", NOWHERE, "CPAIR:1/ABC"), "credential_unusable"),
        (gateway("\u{202e}", NOWHERE, "token"), "invalid_request"),
    ] {
        let refused = app.add_platform(adding).await.unwrap_err();
        assert_eq!(refused.code, code, "{refused}");
    }
    assert_eq!(app.platforms().len(), 1);
    assert_eq!(desk.keyring.entries.lock().unwrap().len(), secrets);
}

#[tokio::test]
async fn a_removed_gateway_takes_its_secrets_along_and_says_what_stays() {
    let desk = Desk::new();
    let app = desk.start().await.unwrap();
    let id = app.add_platform(gateway("", NOWHERE, "token")).await.unwrap().id;
    let has_secrets = || desk.keyring.entries.lock().unwrap().keys().any(|entry| entry.starts_with(&id));
    assert!(has_secrets());
    let left = app.remove_platform(&id).await.unwrap().expect("it was never reached");
    assert_eq!(left.code, "still_paired");
    assert!(left.message.contains(NOWHERE) && left.hint.unwrap().contains("openclaw devices list"));
    assert!(!has_secrets());
    assert_eq!(app.platforms().len(), 1);
    drop(app);
    assert_eq!(desk.start().await.unwrap().platforms().len(), 1);
}

#[tokio::test]
async fn what_was_done_about_a_platform_is_in_the_journal_and_so_is_how_it_ended() {
    let desk = Desk::new();
    let app = desk.start().await.unwrap();
    let id = app.add_platform(gateway("Office", NOWHERE, "token")).await.unwrap().id;
    let refused = [
        app.sign_in_platform(&id, Secret::new("not\nthe token".to_owned())).await.unwrap_err(),
        app.accept_certificate(&id, "no certificate").await.unwrap_err(),
    ];
    app.sign_in_platform(&id, Secret::new("other".to_owned())).await.unwrap();
    until_it_retries(&app, &id).await;
    app.remove_platform(&id).await.unwrap().expect("it was never reached");
    let entries = app.journal(&JournalQuery::default(), PAGE).await.unwrap().entries;
    let told: Vec<_> = entries.iter().rev().map(|entry| (entry.action.as_str(), entry.details.as_deref().unwrap_or(""))).collect();
    let [added, wrong_token, wrong_certificate, signed_in, left, forgotten] = told.as_slice() else { panic!("{told:?}") };
    assert_eq!([*added, *signed_in, *forgotten], [("add_platform", NOWHERE), ("sign_in", ""), ("platform_forgotten", "")]);
    assert_eq!(*wrong_token, ("refused", format!("sign_in: {}", refused[0].message).as_str()));
    assert_eq!(*wrong_certificate, ("refused", format!("accept_certificate: {}", refused[1].message).as_str()));
    assert!(left.0 == "refused" && left.1.starts_with("take_leave: "), "{left:?}");
    assert!(entries.iter().all(|entry| entry.platform.as_ref().is_some_and(|platform| platform.id == id)));
}

#[tokio::test]
async fn a_gateway_whose_secrets_cannot_be_forgotten_stays_and_keeps_new_ones() {
    let desk = Desk::new();
    let app = desk.start().await.unwrap();
    let id = app.add_platform(gateway("", NOWHERE, "token")).await.unwrap().id;
    *desk.keyring.before_removing.lock().unwrap() = Some(Box::new(|| Err(KeyringFailure::Locked)));
    assert_eq!(app.remove_platform(&id).await.unwrap_err().code, "storage_unavailable");
    until_it_retries(&app, &id).await;
    app.sign_in_platform(&id, Secret::new("other".to_owned())).await.unwrap();
    let kept = desk.keyring.entries.lock().unwrap().get(&format!("{id}-first")).cloned().unwrap();
    assert!(String::from_utf8(kept).unwrap().contains("other"));
    *desk.keyring.before_removing.lock().unwrap() = None;
    assert_eq!(app.remove_platform(&id).await.unwrap().unwrap().code, "still_paired");
    assert_eq!(app.remove_platform(&id).await.unwrap_err().code, "platform_unknown");
}

#[tokio::test]
async fn a_sign_in_waits_for_a_removal_and_counts_if_that_fails() {
    let desk = Desk::new();
    let app = desk.start().await.unwrap();
    let id = app.add_platform(gateway("", NOWHERE, "token")).await.unwrap().id;
    let (began, mut has_begun) = tokio::sync::mpsc::unbounded_channel();
    let (going_on, go_on) = std::sync::mpsc::channel::<()>();
    *desk.keyring.before_removing.lock().unwrap() = Some(Box::new(move || {
        began.send(()).unwrap();
        // An answer is that nobody holds it up any more.
        go_on.recv().unwrap_err();
        Err(KeyringFailure::Locked)
    }));
    let removing = tokio::spawn({
        let (app, id) = (app.clone(), id.clone());
        async move { app.remove_platform(&id).await }
    });
    has_begun.recv().await.unwrap();
    let mut signing_in = std::pin::pin!(app.sign_in_platform(&id, Secret::new("other".to_owned())));
    assert!(signing_in.as_mut().now_or_never().is_none());
    drop(going_on);
    assert_eq!(removing.await.unwrap().unwrap_err().code, "storage_unavailable");
    signing_in.await.unwrap();
    let kept = desk.keyring.entries.lock().unwrap().get(&format!("{id}-first")).cloned().unwrap();
    assert!(String::from_utf8(kept).unwrap().contains("other"));
}

#[tokio::test]
async fn a_gateway_that_the_mirror_cannot_forget_stays_until_it_can() {
    let desk = Desk::new();
    let app = desk.start().await.unwrap();
    let id = app.add_platform(gateway("", NOWHERE, "token")).await.unwrap().id;
    let mirror = database(&desk, "mirror.db");
    mirror.execute_batch("ALTER TABLE review RENAME TO away").unwrap();
    app.remove_platform(&id).await.unwrap_err();
    assert_eq!(app.platforms().len(), 2, "what is left of it could not be removed any more");
    mirror.execute_batch("ALTER TABLE away RENAME TO review").unwrap();
    assert_eq!(app.remove_platform(&id).await.unwrap().unwrap().code, "still_paired");
    assert_eq!(mirrored(&mirror), [EMBEDDED]);
}

#[tokio::test]
async fn what_is_left_of_a_gateway_that_is_not_known_any_more_goes_at_the_next_start() {
    let desk = Desk::new();
    let id = {
        let app = desk.start().await.unwrap();
        app.add_platform(gateway("", NOWHERE, "token")).await.unwrap().id
    };
    let (mirror, settings) = (database(&desk, "mirror.db"), database(&desk, "app.db"));
    let alert =
        "INSERT INTO gateway_alert VALUES ('alert-1', ?, 'device_returned', 'high', 'It is back.', 'x', 1, 0, 0, NULL, NULL)";
    settings.execute(alert, [&id]).unwrap();
    let alerts = || settings.query_row("SELECT count(*) FROM gateway_alert", [], |row| row.get::<_, i64>(0)).unwrap();
    let app = desk.start().await.unwrap();
    assert_eq!((mirrored(&mirror).len(), alerts()), (2, 1), "it is known");
    drop(app);
    settings.execute("DELETE FROM platform", []).unwrap();
    let app = desk.start().await.unwrap();
    assert_eq!((mirrored(&mirror), alerts()), (vec![EMBEDDED.to_owned()], 0));
    assert_eq!(app.platforms().len(), 1);
}

/// A file of the app, as another program would open it.
fn database(desk: &Desk, name: &str) -> Connection {
    Connection::open(desk.folder.path().join("data").join(name)).unwrap()
}

/// The platforms that the mirror has something of.
fn mirrored(mirror: &Connection) -> Vec<String> {
    let mut ids = mirror.prepare("SELECT id FROM platform WHERE NOT forgotten ORDER BY id").unwrap();
    ids.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

#[tokio::test]
async fn the_embedded_platform_stays_as_it_is() {
    let app = Desk::new().start().await.unwrap();
    assert_eq!(app.remove_platform(EMBEDDED).await.unwrap_err().code, "unsupported");
    assert_eq!(app.rename_platform(EMBEDDED, "Mine").await.unwrap_err().code, "unsupported");
    assert_eq!(app.rename_platform("plat-none", "Mine").await.unwrap_err().code, "platform_unknown");
}

#[tokio::test]
async fn another_name_is_there_after_a_restart() {
    let desk = Desk::new();
    {
        let app = desk.start().await.unwrap();
        let id = app.add_platform(gateway("", NOWHERE, "token")).await.unwrap().id;
        assert_eq!(app.rename_platform(&id, "Kitchen").await.unwrap().name, "Kitchen");
        assert!(app.rename_platform(&id, " ").await.is_err());
    }
    assert_eq!(desk.start().await.unwrap().platforms()[1].name, "Kitchen");
}

#[tokio::test]
async fn a_gateway_whose_secrets_are_gone_asks_for_a_sign_in() {
    let desk = Desk::new();
    {
        let app = desk.start().await.unwrap();
        app.add_platform(gateway("", NOWHERE, "token")).await.unwrap();
    }
    let entry = |name: &String| name.starts_with("plat-");
    desk.keyring.entries.lock().unwrap().retain(|name, _| !entry(name));
    let app = desk.start().await.unwrap();
    let refused = async {
        loop {
            if let PlatformState::Refused { remedy, .. } = app.platforms().remove(1).state {
                return remedy;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let remedy = tokio::time::timeout(Duration::from_secs(30), refused).await.expect("nothing can be tried");
    assert_eq!(remedy, Remedy::SignIn);
    let id = app.platforms().remove(1).id;
    app.sign_in_platform(&id, Secret::new("token".to_owned())).await.unwrap();
    until_it_retries(&app, &id).await;
}

#[tokio::test]
async fn a_keyring_that_fails_when_a_gateway_is_added_leaves_nothing_behind() {
    let desk = Desk::new();
    let app = desk.start().await.unwrap();
    *desk.keyring.failure.lock().unwrap() = Some(KeyringFailure::Locked);
    let refused = app.add_platform(gateway("", NOWHERE, "token")).await.unwrap_err();
    assert_eq!(refused.code, "storage_unavailable");
    assert_eq!(app.platforms().len(), 1);
    *desk.keyring.failure.lock().unwrap() = None;
    app.add_platform(gateway("", NOWHERE, "token")).await.unwrap();
}

#[tokio::test]
async fn a_gateway_whose_secrets_cannot_be_read_says_so_and_is_opened_when_they_can() {
    let desk = Desk::new();
    let id = {
        let app = desk.start().await.unwrap();
        app.add_platform(gateway("", NOWHERE, "token")).await.unwrap().id
    };
    *desk.keyring.locked.lock().unwrap() = Some("plat-");
    let app = desk.start().await.unwrap();
    let PlatformState::Refused { why, remedy } = app.platforms().remove(1).state else { panic!("{:?}", app.platforms()) };
    assert_eq!((why.code.as_str(), remedy), ("storage_unavailable", Remedy::Elsewhere));
    assert_eq!(app.platform(&id).unwrap().device_summary().await.unwrap_err(), why);
    let still = app.try_platform_now(&id).await.unwrap().state;
    assert!(matches!(still, PlatformState::Refused { .. }), "they still cannot: {still:?}");
    *desk.keyring.locked.lock().unwrap() = None;
    app.try_platform_now(&id).await.unwrap();
    until_it_retries(&app, &id).await;
}
