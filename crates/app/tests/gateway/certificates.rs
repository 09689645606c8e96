//! A gateway that speaks TLS: its certificate is shown, compared, accepted, and changes.

use std::net::Ipv4Addr;

use clawpair_app::view::AppEvent;
use clawpair_app::view::openclaw::AddPlatform;
use clawpair_app::view::platform::{PlatformState, PlatformView, Remedy};
use clawpair_core::watch::Severity;
use clawpair_gateway_stage::own;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use xtask::openclaw::{Setup, TOKEN};

use crate::desk::Desk;
use crate::stage::{Stage, connected, eventually, refused, told};

/// What a platform that refuses shows, and what was accepted.
fn certificate(view: &PlatformView) -> (String, Option<String>) {
    match &view.state {
        PlatformState::Refused { remedy: Remedy::Certificate { shown, accepted }, .. } => (shown.clone(), accepted.clone()),
        other => panic!("no certificate to compare: {other:?}"),
    }
}

/// A port at which everything is passed on to another.
async fn passed_on_to(port: u16) -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let here = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut near, _)) = listener.accept().await {
            let mut far = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.unwrap();
            tokio::spawn(async move { copy_bidirectional(&mut near, &mut far).await });
        }
    });
    here
}

#[tokio::test]
async fn a_certificate_counts_when_a_person_has_accepted_it_and_no_longer() {
    let (mut process, _folder) = own(Setup { tls: true, announces: true, ..Setup::default() });
    let desk = Desk::new();
    let app = desk.start().await.unwrap();
    let mut events = app.events();
    app.look_for_gateways(true).unwrap();
    let port = format!(":{}", process.port());
    let announced = |event| match event {
        AppEvent::FoundGateways { gateways } => gateways.into_iter().find(|gateway| gateway.address.ends_with(&port)),
        _ => None,
    };
    let found = told(&mut events, "the announcement", announced).await;
    app.look_for_gateways(false).unwrap();

    let address = format!("wss://127.0.0.1:{}", process.port());
    let adding = AddPlatform::Gateway { name: "Encrypted".to_owned(), address: address.clone(), credential: TOKEN.to_owned() };
    let id = app.add_platform(adding).await.unwrap().id;
    let view = refused(&app, &id).await;
    let (shown, accepted) = certificate(&view);
    assert_eq!((view.pin, accepted, shown.len()), (None, None, 95));
    assert_eq!((found.claims.as_ref(), found.known_as), (Some(&shown), None), "the announcement says the same, and is no pin");

    let wrong = shown.replace(&shown[..2], if shown.starts_with("00") { "11" } else { "00" });
    assert_eq!(app.accept_certificate(&id, &wrong).await.unwrap_err().code, "certificate_changed");
    assert_eq!(app.accept_certificate(&id, "none").await.unwrap_err().code, "fingerprint_unreadable");
    let view = app.accept_certificate(&id, &shown).await.unwrap();
    assert_eq!(view.pin.as_ref(), Some(&shown));
    connected(&app, &id).await;

    // By another address it is found out once it is connected to: two gateways may show one certificate.
    let elsewhere = format!("wss://127.0.0.1:{}", passed_on_to(process.port()).await);
    let again = AddPlatform::Gateway { name: String::new(), address: elsewhere, credential: TOKEN.to_owned() };
    let again = app.add_platform(again).await.unwrap().id;
    assert_eq!(certificate(&refused(&app, &again).await).0, shown);
    app.accept_certificate(&again, &shown).await.unwrap();
    connected(&app, &again).await;
    let notice = async || app.platforms().into_iter().find(|view| view.id == again)?.notice;
    assert_eq!(eventually(&app, "that it is here twice", notice).await.code, "platform_twice");
    app.remove_platform(&again).await.unwrap();

    // It is another one after a restart of both.
    process.stop();
    std::fs::remove_dir_all(process.state().join("gateway/tls")).unwrap();
    process.run().unwrap();
    drop(app);
    let app = desk.start().await.unwrap();
    let (renewed, accepted) = certificate(&refused(&app, &id).await);
    assert_eq!(accepted.as_ref(), Some(&shown));
    assert_ne!(renewed, shown);
    let stage = Stage { desk, app, id };
    let raised = stage.alert(&renewed, |_| true).await;
    assert_eq!((raised.rule.as_str(), raised.severity), ("gateway_certificate_changed", Severity::High));
    assert!(raised.sentence.contains(&address));

    stage.app.accept_certificate(&stage.id, &renewed).await.unwrap();
    connected(&stage.app, &stage.id).await;
    // The pin is remembered.
    let Stage { desk, app, id } = stage;
    drop(app);
    let view = connected(&desk.start().await.unwrap(), &id).await;
    assert_eq!(view.pin, Some(renewed));
}
