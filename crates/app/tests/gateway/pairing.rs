//! The app pairs, keeps what it was given, and loses it.

use clawpair_app::view::AppEvent;
use clawpair_app::view::openclaw::AddPlatform;
use clawpair_app::view::platform::{Capability, PlatformState, Remedy};
use clawpair_app::{App, Reach};
use clawpair_core::secret::Secret;
use clawpair_gateway_stage::shared;
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
async fn a_gateway_that_is_here_by_two_addresses_keeps_this_app_until_both_are_removed() {
    let (stage, other) = (Stage::new().await, Stage::new().await);
    let page = stage.gateway().devices(&clawpair_app::view::DeviceQuery::default()).await.unwrap();
    let me = page.devices.into_iter().find(|device| device.gateway.as_ref().unwrap().this_app).unwrap().device.id;
    let by_name = AddPlatform::Gateway {
        name: "By name".to_owned(),
        address: format!("ws://localhost:{}", shared()),
        credential: TOKEN.to_owned(),
    };
    let twin = stage.app.add_platform(by_name).await.unwrap().id;
    connected(&stage.app, &twin).await;
    let stays = stage.app.remove_platform(&twin).await.unwrap().unwrap();
    assert_eq!(stays.code, "still_paired");
    assert!(stays.message.contains("“Shared”") && stays.hint.unwrap().contains("“Shared”"), "{}", stays.message);
    connected(&stage.app, &stage.id).await;
    assert!(stage.gateway().device(&me).await.is_ok(), "it is in as before");
    assert_eq!(stage.app.remove_platform(&stage.id).await.unwrap(), None);
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
