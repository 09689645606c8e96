//! Two gateways and the app's own platform side by side, one of which is killed.

use clawpair_api::DeviceStatus;
use clawpair_app::EMBEDDED;
use clawpair_app::view::platform::PlatformState;
use clawpair_gateway_stage::{Peer, own, shared};
use xtask::openclaw::Setup;

use crate::desk::Desk;
use crate::stage::{LOOK, connected, eventually, seen, until, with_token};

#[tokio::test]
async fn each_platform_has_its_own_state_and_things() {
    let (mut process, _folder) = own(Setup { asks_locally: true, ..Setup::default() });
    let desk = Desk::new();
    let app = desk.start().await.unwrap();
    let one = app.add_platform(with_token("One", shared())).await.unwrap().id;
    let other = app.add_platform(with_token("Other", process.port())).await.unwrap().id;
    connected(&app, &one).await;
    // The other wants to be asked even about this app, and says how.
    let view = until(&app, &other, "the request", |state| matches!(state, PlatformState::WaitingForApproval { .. })).await;
    let PlatformState::WaitingForApproval { request: Some(request), why } = view.state else { panic!("{:?}", view.state) };
    assert_eq!(
        (why.code.as_str(), why.hint),
        ("gateway_approval_needed", Some(format!("On the gateway's computer, run: openclaw devices approve {request}")))
    );
    process.approve(&request).unwrap();
    connected(&app, &other).await;

    let peer = Peer { far: false, ..Peer::foreign("Only there") };
    let (there, id) = (app.platform(&other).unwrap(), peer.identity.id().to_string());
    peer.asks(process.port(), &LOOK).await;
    let asking = async || there.requests(None).await.ok()?.requests.pop();
    let request = eventually(&app, "the request", asking).await;
    there.approve_request(&request.request.id, &seen(&request)).await.unwrap();
    let session = peer.joins(process.port(), &LOOK).await;
    eventually(&app, "the device", async || there.device(&id).await.ok()).await;
    assert_eq!(app.platform(&one).unwrap().device(&id).await.unwrap_err().code, "not_found");
    assert_eq!(app.platform(EMBEDDED).unwrap().device_summary().await.unwrap().active, 0);

    // A crash of one is no matter of the others, and what was known of it stays known.
    drop(session);
    process.kill().unwrap();
    let view = until(&app, &other, "another try", |state| matches!(state, PlatformState::Retrying { .. })).await;
    assert!(view.as_of.is_some());
    assert_eq!(there.device(&id).await.unwrap().device.name, "Only there");
    // What is asked of it meanwhile waits, and is not taken for done.
    let asked = there.revoke_device(&id, None).await.unwrap();
    assert!(asked.device.status == DeviceStatus::Active && asked.pending.len() == 1, "{asked:?}");
    let states = app.platforms();
    assert!(
        matches!(states[0].state, PlatformState::Connected { .. }) && matches!(states[1].state, PlatformState::Connected { .. })
    );

    process.run().unwrap();
    app.try_platform_now(&other).await.unwrap();
    connected(&app, &other).await;
    eventually(&app, "its end", async || there.device(&id).await.is_err().then_some(())).await;

    // The next start finds all three.
    drop((app, there));
    let app = desk.start().await.unwrap();
    let names: Vec<String> = app.platforms().into_iter().map(|view| view.name).collect();
    assert_eq!(names, ["", "One", "Other"]);
    connected(&app, &other).await;
}
