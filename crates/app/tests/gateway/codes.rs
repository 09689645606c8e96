//! Setup codes, from the app to a phone.

use clawpair_app::view::AppEvent;
use clawpair_app::view::openclaw::{AddPlatform, CreateSetupCode, SetupGrant};
use clawpair_core::secret::Secret;
use clawpair_gateway_stage::{Ask, Peer, shared};
use clawpair_openclaw::setup_code::SetupCode;

use crate::desk::Desk;
use crate::stage::{Stage, connected, holds, told};

fn form(grant: SetupGrant, address: &str) -> CreateSetupCode {
    CreateSetupCode { grant, address: Some(address.to_owned()) }
}

#[tokio::test]
async fn a_phone_pairs_by_our_setup_code_and_appears() {
    let stage = Stage::new().await;
    let mut events = stage.app.events();
    let shown = stage.app.create_setup_code(&stage.id, &form(SetupGrant::Limited, "wss://127.0.0.1:9")).await.unwrap();
    assert_eq!(
        (shown.grant, shown.narrowed, shown.roles.as_slice()),
        (SetupGrant::Limited, false, &["operator".to_owned(), "node".to_owned()][..])
    );
    assert!(shown.qr.path.starts_with('M') && shown.scopes.contains(&"operator.write".to_owned()));
    let checked = &shown.addresses[0];
    assert_eq!(checked.problem.as_ref().unwrap().code, "gateway_unreachable");
    assert!(checked.warnings.iter().any(|warning| warning.fatal && warning.message.contains("looks for the gateway in itself")));
    assert_eq!(stage.gateway().setup_code_used(&shown.id).await.unwrap(), None);

    let code: SetupCode = shown.text.parse().unwrap();
    let phone = Peer::phone("Pixel 9");
    let ask = Ask { role: "node", scopes: &[], auth: ("bootstrapToken", code.token().reveal()), commands: &[] };
    let _session = phone.joins(shared(), &ask).await;
    let ours = |event| match event {
        AppEvent::SetupCodeUsed { platform, used } if used.id == shown.id => Some((platform, used)),
        _ => None,
    };
    let (platform, used) = told(&mut events, "that it was used", ours).await;
    assert_eq!((platform, used.device_id.as_str()), (stage.id.clone(), phone.identity.id().to_string().as_str()));
    assert_eq!(stage.gateway().setup_code_used(&shown.id).await.unwrap(), Some(used));
    assert_eq!(stage.device(&phone).await.device.device_type, "OpenClaw phone");
    assert!(stage.app.copy_pairing(&shown.id, clawpair_app::view::CopyWhat::Code).is_err(), "a used code is hidden");
}

#[tokio::test]
async fn a_gateway_is_added_by_its_setup_code_alone() {
    let stage = Stage::new().await;
    let here = format!("ws://127.0.0.1:{}", shared());
    let shown = stage.gateway().create_setup_code(&form(SetupGrant::Full, &here)).await.unwrap();
    let desk = Desk::new();
    let app = desk.start().await.unwrap();
    let by_code = |address: &str| {
        let (name, credential) = ("By code".to_owned(), shown.text.clone());
        AddPlatform::Gateway { name, address: address.to_owned(), credential }
    };
    let elsewhere = app.add_platform(by_code("ws://127.0.0.1:9")).await.unwrap_err();
    assert!(elsewhere.message.contains(&here) && elsewhere.message.contains("ws://127.0.0.1:9"), "{elsewhere}");

    let id = app.add_platform(by_code("")).await.unwrap().id;
    assert_eq!(connected(&app, &id).await.address, Some(here));
    let code: SetupCode = shown.text.parse().unwrap();
    assert!(!holds(&desk, code.token().reveal()), "a code that was used is forgotten");
    drop(app);
    connected(&desk.start().await.unwrap(), &id).await;
}

#[tokio::test]
async fn nobody_signs_in_with_a_code_of_another_gateway() {
    let stage = Stage::new().await;
    let shown = stage.gateway().create_setup_code(&form(SetupGrant::Full, "wss://gateway.example.org:1")).await.unwrap();
    let refused = stage.app.sign_in_platform(&stage.id, Secret::new(shown.text.clone())).await.unwrap_err();
    assert_eq!(refused.code, "setup_code_elsewhere");
    assert!(refused.message.contains("wss://gateway.example.org:1"), "{refused}");
    let code: SetupCode = shown.text.parse().unwrap();
    assert!(!holds(&stage.desk, code.token().reveal()), "it is not even kept");
}

#[tokio::test]
async fn an_address_that_leads_here_has_no_problem() {
    let stage = Stage::new().await;
    let here = format!("ws://127.0.0.1:{}", shared());
    let shown = stage.gateway().create_setup_code(&form(SetupGrant::Full, &here)).await.unwrap();
    assert_eq!(shown.addresses[0].address, here);
    assert_eq!(shown.addresses[0].problem, None);
}

#[tokio::test]
async fn a_full_code_in_clear_is_narrowed_and_says_so() {
    let stage = Stage::new().await;
    let shown = stage.gateway().create_setup_code(&form(SetupGrant::Full, "ws://192.168.77.1:18789")).await.unwrap();
    assert_eq!((shown.grant, shown.narrowed), (SetupGrant::Limited, true));
    assert!(shown.addresses[0].warnings.iter().any(|warning| warning.message.contains("not encrypted")));
}

#[tokio::test]
async fn what_the_gateway_refuses_is_a_sentence() {
    let stage = Stage::new().await;
    let without = CreateSetupCode { grant: SetupGrant::Node, address: None };
    let refused = stage.gateway().create_setup_code(&without).await.err().unwrap();
    assert!(refused.message.contains("only bound to loopback") && refused.hint.is_some(), "{refused}");
    let refused = stage.gateway().create_setup_code(&form(SetupGrant::Node, "ws://hub.example.org")).await.err().unwrap();
    assert_eq!(refused.code, "gateway_address");
}
