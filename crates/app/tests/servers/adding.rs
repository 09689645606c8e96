//! Adding servers, signing in and removing them.

use clawpair_app::view::openclaw::AddPlatform;
use clawpair_app::view::platform::{Capability, PlatformKind, PlatformState, Remedy};
use clawpair_app::view::{DeviceQuery, Refusal};
use clawpair_core::access::Role;
use clawpair_core::secret::Secret;

use crate::office::{Office, eventually, form, is_connected, join, until};

#[tokio::test]
async fn a_server_is_added_by_its_address_and_used_once_its_key_was_accepted() {
    let office = Office::open().await;
    let app = office.app().await;
    let view = app.add_platform(office.server(&office.key(Role::Admin).await.key)).await.unwrap();
    assert_eq!((view.kind, view.name.as_str(), view.pin), (PlatformKind::Server, "Office", None));
    let shown = until(&app, &view.id, |state| matches!(state, PlatformState::Refused { .. })).await;
    let PlatformState::Refused { remedy, .. } = shown.state else { panic!() };
    assert_eq!(remedy, Remedy::Certificate { shown: office.pin(), accepted: None });
    app.accept_certificate(&view.id, &office.pin()).await.unwrap();
    let view = until(&app, &view.id, is_connected).await;
    assert_eq!(view.pin, Some(office.pin()));
    assert_eq!(view.state, PlatformState::Connected { version: Some(env!("CARGO_PKG_VERSION").to_owned()) });
    let platform = app.platform(&view.id).unwrap();
    let code = app.create_pairing(&view.id, &form("Hub")).await.unwrap();
    app.create_pairing(&view.id, &form("Gate")).await.unwrap();
    join(&code.link, 7).await;
    let first = async || platform.devices(&DeviceQuery::default()).await.unwrap().devices.into_iter().next();
    assert_eq!(eventually(&app, "the device", first).await.device.name, "Hub");
    assert_eq!(platform.open_pairings(None).await.unwrap().pairings[0].name, "Gate");
    assert!(platform.requests(None).await.unwrap().requests.is_empty());
    let own = app.platform(clawpair_app::EMBEDDED).unwrap().devices(&DeviceQuery::default()).await.unwrap();
    assert!(own.devices.is_empty(), "the app's own platform is another one");
}

#[tokio::test]
async fn a_server_is_there_again_after_the_app_was_started_anew() {
    let office = Office::open().await;
    let id = {
        let app = office.app().await;
        let id = office.added(&app, Role::Viewer).await.id;
        app.rename_platform(&id, "Upstairs").await.unwrap();
        app.leave().await;
        id
    };
    let app = office.app().await;
    assert_eq!(until(&app, &id, is_connected).await.name, "Upstairs");
}

#[tokio::test]
async fn a_server_that_was_stopped_is_connected_to_again() {
    let mut office = Office::open().await;
    let app = office.app().await;
    let id = office.added(&app, Role::Viewer).await.id;
    office.stop().await;
    let lost = until(&app, &id, |state| matches!(state, PlatformState::Retrying { .. })).await;
    assert!(lost.as_of.is_some() && !lost.capabilities.is_empty(), "what was known stays known: {lost:?}");
    office.start_again();
    let back = until(&app, &id, is_connected).await;
    assert!(back.as_of >= lost.as_of);
}

#[tokio::test]
async fn a_revoked_key_is_replaced_by_signing_in() {
    let office = Office::open().await;
    let app = office.app().await;
    let id = office.added(&app, Role::Viewer).await.id;
    let keys = office.owner().api_keys().await.unwrap();
    office.owner().revoke_api_key(&keys[0].id).await.unwrap();
    let refused = until(&app, &id, |state| matches!(state, PlatformState::Refused { .. })).await;
    assert!(
        matches!(&refused.state, PlatformState::Refused { why, remedy: Remedy::SignIn } if why.code == "api_key_revoked"),
        "{refused:?}"
    );
    app.sign_in_platform(&id, Secret::new(office.key(Role::Admin).await.key)).await.unwrap();
    let back = until(&app, &id, is_connected).await;
    assert!(back.capabilities.contains(&Capability::ApiKeys), "{back:?}");
}

#[tokio::test]
async fn a_viewers_key_offers_nothing_that_it_may_not() {
    let office = Office::open().await;
    let app = office.app().await;
    let view = office.added(&app, Role::Viewer).await;
    for hidden in [Capability::PairingCodes, Capability::RevokeDevices, Capability::Requests, Capability::ApiKeys] {
        assert!(!view.capabilities.contains(&hidden), "{view:?}");
    }
    let refused = app.create_pairing(&view.id, &form("Hub")).await.err().unwrap();
    assert_eq!(refused.code, "access_denied");
}

#[tokio::test]
async fn a_removed_server_leaves_nothing_behind() {
    let office = Office::open().await;
    let app = office.app().await;
    let before = office.keyring.0.lock().unwrap().len();
    let id = office.added(&app, Role::Viewer).await.id;
    assert_eq!(office.keyring.0.lock().unwrap().len(), before + 1);
    assert_eq!(app.remove_platform(&id).await.unwrap(), None);
    assert_eq!(office.keyring.0.lock().unwrap().len(), before);
    assert_eq!(app.platforms().len(), 1);
}

#[tokio::test]
async fn what_is_no_server_or_no_key_is_not_added() {
    let office = Office::open().await;
    let app = office.app().await;
    let key = office.key(Role::Viewer).await.key;
    let add = async |address: &str, api_key: &str| -> Refusal {
        let adding = AddPlatform::Server { name: String::new(), address: address.into(), api_key: api_key.into() };
        app.add_platform(adding).await.unwrap_err()
    };
    let refused = [add("http://192.168.1.20", &key).await, add("https://a b", &key).await, add("https://127.0.0.1", "cpk_x").await];
    assert_eq!(refused.map(|refusal| refusal.code), ["server_address", "server_address", "api_key_malformed"]);
    assert_eq!(app.platforms().len(), 1);
    let first = app.add_platform(office.server(&key)).await.unwrap();
    assert_eq!(app.add_platform(office.server(&key)).await.unwrap_err().code, "platform_known", "{first:?}");
}
