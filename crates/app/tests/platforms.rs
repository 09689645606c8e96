//! The list of platforms, without any platform that answers.

mod desk;

use std::time::Duration;

use clawpair_app::view::openclaw::AddPlatform;
use clawpair_app::view::platform::{PlatformKind, PlatformState, Remedy};
use clawpair_app::{App, EMBEDDED, KeyringFailure};
use clawpair_core::secret::Secret;

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
    assert!(app.try_platform_now(&id).await.unwrap().capabilities.is_empty(), "they still cannot");
    *desk.keyring.locked.lock().unwrap() = None;
    app.try_platform_now(&id).await.unwrap();
    until_it_retries(&app, &id).await;
}
