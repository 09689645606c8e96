//! The same typed calls, over TLS.

use clawpair_api::{
    AcceptInvitation, AcknowledgeAlert, AlertStatus, CreateInvitation, Event, Introspection, Invitation, InvitationStatus,
    PairingStatus, Retention, SignIn,
};
use clawpair_client::Trust;
use clawpair_core::access::Role;
use futures_util::TryStreamExt;

use crate::fixture::{TestServer, code, form};

#[tokio::test]
async fn codes_are_made_listed_and_taken_back() {
    let server = TestServer::start().await;
    let client = server.signed_in(Role::DeviceManager).await;
    let created = client.create_pairing_code(&form("Küche ☕")).await.unwrap();
    let page = client.open_pairings(None).await.unwrap();
    assert_eq!((page.pairings.len(), page.pairings[0].name.as_str()), (1, "Küche ☕"));
    assert_eq!(client.cancel_pairing(&created.pairing_id).await.unwrap().status, PairingStatus::Cancelled);
    let changes = client.changes(None).await.unwrap();
    assert!(matches!(&changes.changes[..], [Event::Pairing { pairing }] if pairing.id == created.pairing_id), "{changes:?}");
    assert!(client.changes(Some(&changes.cursor)).await.unwrap().changes.is_empty());
}

#[tokio::test]
async fn somebody_is_invited_and_signs_in() {
    let server = TestServer::start().await;
    let admin = server.signed_in(Role::Admin).await;
    let form = CreateInvitation { name: "Ada".into(), email: None, role: Role::Viewer, expires_in_hours: None };
    let invited = admin.invite(&form).await.unwrap();
    let withdrawn = admin.invite(&CreateInvitation { name: "Bob".into(), ..form }).await.unwrap();
    admin.withdraw_invitation(&withdrawn.invitation.id).await.unwrap();
    let listed = admin.invitations().await.unwrap();
    let is_withdrawn = |invitation: &&Invitation| invitation.status == InvitationStatus::Withdrawn;
    assert_eq!(listed.iter().find(is_withdrawn).unwrap().id, withdrawn.invitation.id);
    let anybody = server.client(Trust::Pinned(server.identity.pin()));
    let password = "correct horse battery staple".to_owned();
    let ada = anybody.accept_invitation(&AcceptInvitation { token: invited.token, password: password.clone() }).await.unwrap();
    assert_eq!(admin.members().await.unwrap(), std::slice::from_ref(&ada));
    let form = SignIn { name: Some("Ada".into()), email: None, password, totp: None, recovery_code: None };
    let (signed_in, client) = anybody.sign_in(&form).await.unwrap();
    assert_eq!((signed_in.member.id.as_str(), client.me().await.unwrap().role), (ada.id.as_str(), Role::Viewer));
    assert_eq!(client.sessions().await.unwrap(), [signed_in.session]);
    client.sign_out().await.unwrap();
    assert_eq!(code(client.me().await), "session_ended");
}

#[tokio::test]
async fn retention_is_set_by_whoever_saw_it_as_it_is() {
    let server = TestServer::start().await;
    let admin = server.signed_in(Role::Admin).await;
    let (retention, revision) = admin.retention().await.unwrap();
    let longer = Retention { alert_days: Some(100), ..retention };
    assert_eq!(admin.set_retention(revision, &longer).await.unwrap(), longer);
    assert_eq!(code(admin.set_retention(revision, &retention).await), "changed_meanwhile");
}

#[tokio::test]
async fn the_log_is_exported_whole() {
    let server = TestServer::start().await;
    let admin = server.signed_in(Role::Admin).await;
    for number in 0..300 {
        server
            .owner()
            .create_pairing_code(&clawpair_api::CreatePairingCode { typed: Some(false), ..form(&format!("Hub {number}")) })
            .await
            .unwrap();
    }
    let pieces: Vec<_> = admin.export_activity("jsonl").await.unwrap().try_collect().await.unwrap();
    let log = String::from_utf8(pieces.concat()).unwrap();
    assert_eq!(log.lines().count(), 301, "with the key");
}

#[tokio::test]
async fn the_rest_is_asked_as_well() {
    let server = TestServer::start().await;
    let admin = server.signed_in(Role::Admin).await;
    assert_eq!(admin.device_summary().await.unwrap().active, 0);
    assert_eq!(code(admin.alert("alert-00000000-0000-0000-0000-000000000000").await), "not_found");
    assert_eq!(code(admin.acknowledge_alert("nonsense", &AcknowledgeAlert::default()).await), "not_found");
    assert!(admin.alerts(AlertStatus::Open, None, None).await.unwrap().alerts.is_empty());
    assert!(admin.requests(None, None).await.unwrap().requests.is_empty());
    assert!(admin.metrics().await.unwrap().contains("clawpair_requests_total"));
    assert!(!admin.roles().await.unwrap().roles.is_empty());
    assert_eq!(server.signed_in(Role::Integrator).await.introspect("x").await.unwrap(), Introspection::Inactive { active: false });
    admin.revoke_token("x").await.unwrap();
    server.client(Trust::Pinned(server.identity.pin())).ready().await.unwrap();
}
