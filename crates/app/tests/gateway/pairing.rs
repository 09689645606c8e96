//! The app pairs, keeps what it was given, and loses it.

use clawpair_app::view::AppEvent;
use clawpair_app::view::openclaw::AddPlatform;
use clawpair_app::view::platform::{Capability, PlatformState, Remedy};
use clawpair_app::{App, Reach};
use clawpair_core::secret::Secret;
use clawpair_gateway_stage::{Between, shared};
use xtask::openclaw::TOKEN;

use crate::desk::Desk;
use crate::stage::{Stage, connected, eventually, holds, refused, told, with_token};

#[tokio::test]
async fn the_first_pairing_leaves_an_own_token_and_no_shared_one() {
    let stage = Stage::new().await;
    let view = connected(&stage.app, &stage.id).await;
    assert!(view.capabilities.contains(&Capability::SetupCodes) && view.notice.is_none() && view.as_of.is_some());
    let PlatformState::Connected { version: Some(version) } = &view.state else { panic!("{:?}", view.state) };
    assert!(version.starts_with("2026."), "{version}");
    assert!(!holds(&stage.desk, TOKEN), "the shared token is forgotten");

    let Stage { desk, app, id } = stage;
    drop(app);
    let app = desk.start().await.unwrap();
    connected(&app, &id).await;
    let devices = app.platform(&id).unwrap().devices(&clawpair_app::view::DeviceQuery::default()).await.unwrap().devices;
    assert_eq!(devices.iter().filter(|device| device.gateway.as_ref().unwrap().this_app).count(), 1, "it is the same device");
}

#[tokio::test]
async fn an_own_token_that_ends_under_us_is_a_sentence_and_a_sign_in_mends_it() {
    let (mine, other) = (Stage::new().await, Stage::new().await);
    let this_app = async || {
        let devices = mine.gateway().devices(&clawpair_app::view::DeviceQuery::default()).await.unwrap().devices;
        devices.into_iter().find(|device| device.gateway.as_ref().unwrap().this_app)
    };
    let me = eventually(&mine.app, "this app", this_app).await.device.id;
    eventually(&other.app, "the other app", async || other.gateway().device(&me).await.ok()).await;
    other.gateway().rotate_role_token(&me, "operator").await.unwrap();
    let view = refused(&mine.app, &mine.id).await;
    let PlatformState::Refused { why, remedy } = view.state else { panic!("{:?}", view.state) };
    assert_eq!((why.code.as_str(), remedy), ("gateway_own_token_ended", Remedy::SignIn));
    assert!(why.hint.unwrap().contains("gateway.auth.token"));

    mine.app.sign_in_platform(&mine.id, Secret::new("not\nthe token".to_owned())).await.unwrap_err();
    mine.app.sign_in_platform(&mine.id, Secret::new("not-the-token".to_owned())).await.unwrap();
    let wrong = |state: &PlatformState| matches!(state, PlatformState::Refused { why, .. } if why.code == "gateway_token_wrong");
    crate::stage::until(&mine.app, &mine.id, "the wrong token", wrong).await;
    mine.app.sign_in_platform(&mine.id, Secret::new(TOKEN.to_owned())).await.unwrap();
    connected(&mine.app, &mine.id).await;
    assert!(!holds(&mine.desk, TOKEN));
}

#[tokio::test]
async fn rotating_this_apps_own_token_keeps_the_new_one_and_it_does_not_throw_itself_out() {
    let stage = Stage::new().await;
    let page = stage.gateway().devices(&clawpair_app::view::DeviceQuery::default()).await.unwrap();
    let me = page.devices.into_iter().find(|device| device.gateway.as_ref().unwrap().this_app).unwrap().device.id;
    for refused in [stage.gateway().revoke_device(&me, None).await, stage.gateway().revoke_role_token(&me, "operator").await] {
        assert_eq!(refused.unwrap_err().code, "this_app");
    }
    let before = stage.desk.keyring.entries.lock().unwrap().clone();
    stage.gateway().rotate_role_token(&me, "operator").await.unwrap();
    connected(&stage.app, &stage.id).await;
    assert_ne!(*stage.desk.keyring.entries.lock().unwrap(), before);
    let Stage { desk, app, id } = stage;
    drop(app);
    connected(&desk.start().await.unwrap(), &id).await;
}

#[tokio::test]
async fn a_token_that_the_command_has_replaced_is_the_windows_too() {
    let stage = Stage::new().await;
    let (data, keyring) = (stage.desk.folder.path().join("data"), stage.desk.keyring.clone());
    let command = App::beside(&data, keyring, Reach::Platforms).await.unwrap();
    connected(&command, &stage.id).await;
    let gateway = command.platform(&stage.id).unwrap();
    let page = gateway.devices(&clawpair_app::view::DeviceQuery::default()).await.unwrap();
    let me = page.devices.into_iter().find(|device| device.gateway.as_ref().unwrap().this_app).unwrap().device.id;
    let mut events = stage.app.events();
    gateway.rotate_role_token(&me, "operator").await.unwrap();
    let is_cut = |event| match event {
        AppEvent::Platforms { platforms } => platforms.into_iter().find_map(|view| match view.state {
            PlatformState::Retrying { why, .. } if view.id == stage.id => Some(why.code),
            _ => None,
        }),
        _ => None,
    };
    assert_eq!(told(&mut events, "the cut", is_cut).await, "gateway_closed");
    connected(&stage.app, &stage.id).await;
    drop((gateway, command));
    let Stage { desk, app, id } = stage;
    drop(app);
    connected(&desk.start().await.unwrap(), &id).await;
}

#[tokio::test]
async fn the_gateway_on_this_computer_needs_no_pasting() {
    let app = Desk::new().start().await.unwrap();
    let found = app.local_gateway().unwrap().expect("there is a configuration");
    assert_eq!(found.address, format!("ws://127.0.0.1:{}", shared()));
    assert!(found.has_token && found.known_as.is_none());
    let id = app.add_platform(AddPlatform::LocalGateway { name: "Here".to_owned() }).await.unwrap().id;
    connected(&app, &id).await;
    assert_eq!(app.local_gateway().unwrap().unwrap().known_as, Some(id));
    assert_eq!(app.add_platform(with_token("", shared())).await.unwrap_err().code, "platform_known");
}

#[tokio::test]
async fn a_gateway_that_is_here_is_not_added_by_another_address() {
    let stage = Stage::new().await;
    let between = Between::before(shared()).await;
    let secrets = || stage.desk.keyring.entries.lock().unwrap().clone();
    let before = secrets();
    // One port of this computer is one gateway's. What is at another port has to be asked.
    for address in [format!("ws://localhost:{}", shared()), format!("ws://127.0.0.1:{}", between.port())] {
        let again = AddPlatform::Gateway { name: "Again".to_owned(), address, credential: TOKEN.to_owned() };
        let refused = stage.app.add_platform(again).await.unwrap_err();
        assert_eq!(refused.code, "platform_known");
        assert!(refused.message.contains("here already as “Shared”"), "{refused}");
        assert!(refused.hint.unwrap().starts_with("Use “Shared”."));
        assert_eq!(stage.app.platforms().len(), 2);
    }
    assert_eq!(secrets(), before, "nothing of it is kept");
    let Stage { desk, app, id } = stage;
    drop(app);
    let app = desk.start().await.unwrap();
    connected(&app, &id).await;
    assert_eq!(app.platforms().len(), 2);
}

#[tokio::test]
async fn a_gateway_that_is_here_by_two_addresses_keeps_this_app_until_both_are_removed() {
    let (stage, other) = (Stage::new().await, Stage::new().await);
    let page = stage.gateway().devices(&clawpair_app::view::DeviceQuery::default()).await.unwrap();
    let me = page.devices.into_iter().find(|device| device.gateway.as_ref().unwrap().this_app).unwrap().device.id;
    // It does not answer when it is added, so nobody knows yet which it is.
    let between = Between::before(shared()).await;
    between.shut(true);
    let twin = stage.app.add_platform(with_token("Far", between.port())).await.unwrap().id;
    between.shut(false);
    stage.app.try_platform_now(&twin).await.unwrap();
    connected(&stage.app, &twin).await;
    for (id, one) in [(&stage.id, "“Far”"), (&twin, "“Shared”")] {
        let notice = async || stage.app.platforms().into_iter().find(|view| view.id == *id)?.notice;
        let notice = eventually(&stage.app, "that it is here twice", notice).await;
        assert!(notice.code == "platform_twice" && notice.message.contains(one), "{notice}");
    }

    // After a restart one of the two is out of reach, and known to be the same all the same.
    between.shut(true);
    let Stage { desk, app, id } = stage;
    drop(app);
    let app = desk.start().await.unwrap();
    connected(&app, &id).await;
    let stays = app.remove_platform(&id).await.unwrap().unwrap();
    assert_eq!(stays.code, "still_paired");
    assert!(stays.message.contains("“Far”") && stays.hint.unwrap().contains("“Far”"), "{}", stays.message);
    between.shut(false);
    app.try_platform_now(&twin).await.unwrap();
    connected(&app, &twin).await;
    assert!(app.platform(&twin).unwrap().device(&me).await.is_ok(), "it is in as before");
    assert_eq!(app.remove_platform(&twin).await.unwrap(), None);
    eventually(&other.app, "its end", async || other.gateway().device(&me).await.err()).await;
}

#[tokio::test]
async fn removing_the_gateway_removes_this_app_from_it() {
    let (mine, other) = (Stage::new().await, Stage::new().await);
    let page = mine.gateway().devices(&clawpair_app::view::DeviceQuery::default()).await.unwrap();
    let me = page.devices.into_iter().find(|device| device.gateway.as_ref().unwrap().this_app).unwrap().device.id;
    assert_eq!(mine.app.remove_platform(&mine.id).await.unwrap(), None);
    let entries =
        mine.app.journal(&clawpair_app::view::journal::JournalQuery::default(), clawpair_app::view::PAGE).await.unwrap().entries;
    assert_eq!([&entries[1].action, &entries[0].action], ["take_leave", "platform_forgotten"]);
    eventually(&other.app, "its end", async || other.gateway().device(&me).await.err()).await;
}
