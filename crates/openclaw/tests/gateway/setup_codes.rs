//! Setup codes, from the picture to the phone.

use clawpair_gateway_stage::{Ask, Peer, shared};
use clawpair_openclaw::Event;
use clawpair_openclaw::address::GatewayAddress;
use clawpair_openclaw::connection::Connection;
use clawpair_openclaw::credential::Credential;
use clawpair_openclaw::error::GatewayError;
use clawpair_openclaw::operations::{MadeSetupCode, SetupStatus};
use clawpair_openclaw::paired::ApprovedVia;
use clawpair_openclaw::setup_code::Grant;

use crate::stage::{MINUTE, at, caller, manager, now, refused};

/// An address that a gateway may put into a code.
fn elsewhere() -> GatewayAddress {
    "wss://gateway.example.org:18789".parse().unwrap()
}

async fn make(manager: &Connection, grant: Grant) -> MadeSetupCode {
    manager.make_setup_code(grant, Some(&elsewhere())).await.unwrap()
}

#[tokio::test]
async fn a_phone_pairs_by_our_setup_code_and_appears() {
    let (manager, mut events) = manager().await;
    let before = now();
    let made = make(&manager, Grant::Full).await;
    assert_eq!((made.grant, made.narrowed, made.code.addresses()), (Grant::Full, false, [elsewhere()].as_slice()));
    let ends = made.expires.as_millis();
    assert!((before..=now()).contains(&(ends - 10 * MINUTE)), "not ten minutes after it was made: {ends}");
    assert_eq!(manager.setup_status(&made.setup).await, Ok(SetupStatus::Open));

    let phone = Peer::phone("Pixel 9");
    let ask = Ask { role: "node", scopes: &[], auth: ("bootstrapToken", made.code.token().reveal()), commands: &[] };
    let session = phone.joins(shared(), &ask).await;
    assert!(session.hello["auth"]["deviceTokens"][0]["deviceToken"].is_string());
    let used = loop {
        if let Event::SetupUsed(used) = events.recv().await.expect("an event") {
            break used;
        }
    };
    assert_eq!((&used.setup, used.device, used.grant), (&made.setup, phone.identity.id(), Some(Grant::Full)));
    assert_eq!(manager.setup_status(&made.setup).await, Ok(SetupStatus::Used(used)));
    let list = manager.devices().await.unwrap();
    let device = list.paired.iter().find(|device| device.device == phone.identity.id()).unwrap();
    assert_eq!((device.title().as_str(), device.approved_via), ("Pixel 9", Some(ApprovedVia::SetupCode)));
    assert_eq!(device.access.roles(), made.grant.access().roles());
    for scope in made.grant.access().scopes() {
        assert!(device.access.allows(scope), "{scope} was promised");
    }

    let thief = Peer::phone("Thief");
    assert_eq!(thief.is_refused(shared(), &ask).await["code"], "AUTH_BOOTSTRAP_TOKEN_INVALID");
}

#[tokio::test]
async fn each_kind_of_code_grants_what_it_says() {
    let (manager, _events) = manager().await;
    for (grant, phone) in [(Grant::Limited, Peer::phone("Limited phone")), (Grant::Node, Peer::node("Node by code"))] {
        let made = make(&manager, grant).await;
        assert_eq!(made.grant, grant);
        let ask = Ask { role: "node", scopes: &[], auth: ("bootstrapToken", made.code.token().reveal()), commands: &[] };
        let _session = phone.joins(shared(), &ask).await;
        let list = manager.devices().await.unwrap();
        let device = list.paired.iter().find(|device| device.device == phone.identity.id()).unwrap();
        let promised = grant.access();
        assert_eq!((device.access.roles(), device.access.scopes()), (promised.roles(), promised.scopes()), "{grant}");
    }
}

#[tokio::test]
async fn a_full_code_in_clear_is_narrowed() {
    let (manager, _events) = manager().await;
    let clear: GatewayAddress = "ws://192.168.77.1:18789".parse().unwrap();
    let made = manager.make_setup_code(Grant::Full, Some(&clear)).await.unwrap();
    assert_eq!((made.grant, made.narrowed), (Grant::Limited, true));
}

#[tokio::test]
async fn a_gateway_that_only_this_computer_reaches_says_so() {
    let (manager, _events) = manager().await;
    let error = manager.make_setup_code(Grant::Full, None).await.unwrap_err();
    assert!(error.to_string().contains("only bound to loopback"), "{error}");
}

#[tokio::test]
async fn this_program_itself_is_paired_by_a_full_code_and_not_by_less() {
    let (manager, _events) = manager().await;
    let caller = caller();
    let full = make(&manager, Grant::Full).await;
    let by_code = Credential::Setup(full.code.token().clone());
    let (mine, _events) = Connection::open(&at(shared()), &caller, &by_code).await.unwrap();
    assert!(mine.devices().await.unwrap().paired.len() > 1, "it sees all devices");
    let own = Credential::Own(mine.hello().own_token.clone().unwrap());
    drop(mine);
    let (mine, _events) = Connection::open(&at(shared()), &caller, &own).await.unwrap();
    make(&mine, Grant::Node).await;

    let limited = make(&manager, Grant::Limited).await;
    let by_code = Credential::Setup(limited.code.token().clone());
    assert_eq!(refused(&at(shared()), &crate::stage::caller(), &by_code).await, GatewayError::SetupCodeEnded);
}
