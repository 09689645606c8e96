//! Whether the client has every call that a manager may make, at its place.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::Request;
use axum::http::header::IF_MATCH;
use clawpair_api::endpoints::{self, Credential};
use clawpair_api::{
    AcceptInvitation, AcknowledgeAlert, AlertStatus, ApproveRequest, ChangeDevices, ChangeEmail, ChangePassword, ConfirmEmail,
    ConfirmPassword, CreateApiKey, CreateInvitation, DenyRequest, DisableDevice, EditDevice, EditMember, GrantPermissions,
    Retention, RotateApiKey, SetAlertRule, SetTotp, SignIn,
};
use clawpair_client::Client;
use clawpair_core::access::Role;
use clawpair_core::watch::RuleAction;

use crate::fixture::form;

/// Method, path with `{id}`, and whether `If-Match` was sent.
type Place = (String, String, bool);

/// Anybody may make these, and the client has them.
const FOR_EVERYBODY: [&str; 4] = ["members.accept", "members.confirm_email", "session.sign_in", "platform.ready"];

#[tokio::test]
async fn every_call_of_a_manager_is_there_and_no_other() {
    let asked = Arc::new(Mutex::new(BTreeSet::new()));
    let heard = Arc::clone(&asked);
    let router = Router::new().fallback(async move |request: Request| {
        let path = request.uri().path().replace("/the-id", "/{id}");
        heard.lock().unwrap().insert((request.method().to_string(), path, request.headers().contains_key(IF_MATCH)));
    });
    ask_everything(&Client::in_process(router)).await;
    let wanted: BTreeSet<Place> = endpoints::all()
        .filter(|endpoint| {
            matches!(endpoint.credential, Credential::Manager(_) | Credential::AnyManager(_))
                || FOR_EVERYBODY.contains(&endpoint.id)
        })
        .map(|endpoint| (endpoint.method.as_str().to_owned(), endpoint.path.to_owned(), endpoint.if_match))
        .collect();
    assert_eq!(*asked.lock().unwrap(), wanted);
}

/// Answers are empty here, so what comes of a call says nothing.
async fn ask_everything(client: &Client) {
    let id = "the-id";
    let password = || "p".to_owned();
    let confirm = ConfirmPassword { password: password() };
    ask_about_devices(client, id).await;
    let _ = client.me().await;
    let _ = client.roles().await;
    let _ = client.permissions().await;
    let _ = client.alerts(AlertStatus::Open, None, None).await;
    let _ = client.alert(id).await;
    let _ = client.acknowledge_alert(id, &AcknowledgeAlert::default()).await;
    let _ = client.alert_rules().await;
    let rule = SetAlertRule { enabled: true, action: RuleAction::Alert, parameters: [].into() };
    let _ = client.set_alert_rule(id, &rule).await;
    let _ = client.activity([]).await;
    let _ = client.export_activity("csv").await.is_ok();
    let _ = client.api_keys().await;
    let key = CreateApiKey { name: "CI".into(), role: Role::Viewer, scopes: None, expires_in_days: None };
    let _ = client.create_api_key(&key).await;
    let _ = client.api_key(id).await;
    let _ = client.rotate_api_key(id, &RotateApiKey { overlap_minutes: 0 }).await;
    let _ = client.revoke_api_key(id).await;
    let _ = client.members().await;
    let _ = client.member(id).await;
    let _ = client.edit_member(id, &EditMember { role: None, disabled: Some(true) }).await;
    let _ = client.remove_member(id).await;
    let _ = client.invitations().await;
    let invitation = CreateInvitation { name: "Ada".into(), email: None, role: Role::Viewer, expires_in_hours: None };
    let _ = client.invite(&invitation).await;
    let _ = client.withdraw_invitation(id).await;
    let _ = client.accept_invitation(&AcceptInvitation { token: "t".into(), password: password() }).await;
    let _ = client.confirm_email(&ConfirmEmail { token: "t".into() }).await;
    let sign_in = SignIn { name: None, email: None, password: password(), totp: None, recovery_code: None };
    let _ = client.sign_in(&sign_in).await.is_ok();
    let _ = client.sign_out().await;
    let _ = client.sessions().await;
    let _ = client.end_session(id).await;
    let _ = client.change_password(&ChangePassword { password: password(), new_password: password() }).await;
    let _ = client.my_email().await;
    let _ = client.change_email(&ChangeEmail { password: password(), email: "a@example.org".into() }).await;
    let _ = client.propose_totp().await.is_ok();
    let totp = SetTotp { password: password(), secret: "s".into(), code: "000000".into() };
    let _ = client.set_totp(&totp).await.is_ok();
    let _ = client.remove_totp(&confirm).await;
    let _ = client.replace_recovery_codes(&confirm).await.is_ok();
    let retention = Retention { activity_days: None, pairing_days: None, alert_days: None, sign_in_days: None };
    let _ = client.retention().await;
    let _ = client.set_retention(1, &retention).await;
    let _ = client.changes(None).await;
    let _ = client.events().await.is_ok();
    let _ = client.introspect("t").await;
    let _ = client.revoke_token("t").await;
    let _ = client.ready().await;
    let _ = client.metrics().await;
}

async fn ask_about_devices(client: &Client, id: &str) {
    let _ = client.create_pairing_code(&form("Hub")).await.is_ok();
    let _ = client.open_pairings(None).await;
    let _ = client.pairing_summary().await;
    let _ = client.pairing(id).await;
    let _ = client.cancel_pairing(id).await;
    let _ = client.waiting_requests(None, None).await;
    let _ = client.request(id).await;
    let seen = ApproveRequest { public_key: "k".into(), permissions: Vec::new() };
    let _ = client.approve_request(id, &seen).await;
    let _ = client.deny_request(id, &DenyRequest::default()).await;
    let _ = client.devices([]).await;
    let _ = client.device_summary().await;
    let _ = client.device(id).await;
    let _ = client.edit_device(id, 1, &EditDevice::default()).await;
    let _ = client.grant_permissions(id, 1, &GrantPermissions { permissions: Vec::new() }).await;
    let _ = client.change_devices(&ChangeDevices::Enable { device_ids: Vec::new() }).await;
    let _ = client.revoke_device(id, None).await;
    let _ = client.disable_device(id, Some(1), &DisableDevice::default()).await;
    let _ = client.enable_device(id, Some(1)).await;
}
