//! What the window lists of a gateway while that cannot be reached, also after a start without it.

use clawpair_app::view::DeviceQuery;
use clawpair_app::view::platform::{PlatformDevice, PlatformState};
use clawpair_gateway_stage::{Between, Peer, shared};

use crate::desk::Desk;
use crate::stage::{LOOK, connected, eventually, until, with_token};

#[tokio::test]
async fn what_a_gateway_had_is_listed_without_it_and_what_changed_meanwhile_follows() {
    let between = Between::before(shared()).await;
    let desk = Desk::new();
    let app = desk.start().await.unwrap();
    let id = app.add_platform(with_token("Workshop", between.port())).await.unwrap().id;
    connected(&app, &id).await;
    let local = |name| Peer { far: false, ..Peer::foreign(name) };
    let (kept, removed, asks) = (local("Kept 4711"), local("Removed"), Peer::foreign("Asks"));
    let sessions = (kept.joins(shared(), &LOOK).await, removed.joins(shared(), &LOOK).await);
    asks.asks(shared(), &LOOK).await;
    let gateway = app.platform(&id).unwrap();
    let [kept_id, removed_id] = [&kept, &removed].map(|peer| peer.identity.id().to_string());
    for device in [&kept_id, &removed_id] {
        eventually(&app, "the device", async || gateway.device(device).await.ok()).await;
    }
    let asking = format!("device-{}", asks.identity.id());
    let waiting = async || gateway.requests(None).await.unwrap().requests.into_iter().find(|one| one.request.id == asking);
    let request = eventually(&app, "the request", waiting).await;
    assert_eq!((request.request.name.as_str(), request.gateway.is_some()), ("Asks", true));
    gateway.revoke_device(&removed_id, None).await.unwrap();
    assert_eq!(gateway.device(&removed_id).await.unwrap_err().code, "not_found", "in the very next list");
    drop(sessions);
    between.cut();
    until(&app, &id, "another try", |state| matches!(state, PlatformState::Retrying { .. })).await;
    let shown = async || gateway.devices(&DeviceQuery::default()).await.unwrap().devices;
    let before: Vec<PlatformDevice> = shown().await;
    let kept_device = before.iter().find(|device| device.device.id == kept_id).unwrap();
    assert!(kept_device.gateway.as_ref().is_some_and(|gateway| gateway.roles == ["operator"]), "{kept_device:?}");
    drop((app, gateway));

    let app = desk.start().await.unwrap();
    let gateway = app.platform(&id).unwrap();
    assert_eq!(gateway.devices(&DeviceQuery::default()).await.unwrap().devices, before);
    let search = DeviceQuery { q: Some("4711 kep".to_owned()), ..DeviceQuery::default() };
    let found = gateway.devices(&search).await.unwrap().devices;
    assert_eq!(found.iter().map(|device| &device.device.id).collect::<Vec<_>>(), [&kept_id]);
    let waits: Vec<String> = gateway.requests(None).await.unwrap().requests.into_iter().map(|one| one.request.id).collect();
    assert!(waits.contains(&asking), "{waits:?}");
    assert!(gateway.device_summary().await.unwrap().active >= 1);
    let away = until(&app, &id, "another try", |state| matches!(state, PlatformState::Retrying { .. })).await;
    assert!(away.as_of.is_some());

    between.shut(false);
    app.try_platform_now(&id).await.unwrap();
    connected(&app, &id).await;
    let late = local("Late");
    let _session = late.joins(shared(), &LOOK).await;
    let late_id = late.identity.id().to_string();
    eventually(&app, "what joined since", async || gateway.device(&late_id).await.ok()).await;
    assert!(gateway.device(&kept_id).await.is_ok());
}
