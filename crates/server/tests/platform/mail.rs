//! Mail: invitations that are sent, addresses that are verified, and mail servers that do not answer. The clock is stepped, and
//! due mails are handed over when a test says so.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use axum::http::{Method, StatusCode};
use clawpair_core::mail::MailFault;
use clawpair_server::{Mail, Mailer, NotSent};
use serde_json::{Value, json};

use crate::fixture::TestPlatform;
use crate::members::{Browser, INVITATIONS, MEMBERS, PASSWORD, accept, invite, join};

const MY_EMAIL: &str = "/api/v1/me/email";
const CONFIRM: &str = "/api/v1/members/confirm-email";

/// A mail server of this process.
#[derive(Default)]
struct Postbox {
    mails: Mutex<Vec<Mail>>,
    fault: Mutex<Option<NotSent>>,
}

#[async_trait]
impl Mailer for Postbox {
    async fn send(&self, mail: &Mail) -> Result<(), NotSent> {
        if let Some(fault) = self.fault.lock().unwrap().clone() {
            return Err(fault);
        }
        self.mails.lock().unwrap().push(mail.clone());
        Ok(())
    }
}

impl Postbox {
    fn of(platform: &TestPlatform) -> Arc<Self> {
        let postbox = Arc::new(Self::default());
        platform.service.use_mailer(postbox.clone());
        postbox
    }

    fn fails(&self, fault: Option<NotSent>) {
        *self.fault.lock().unwrap() = fault;
    }

    /// What the latest mail's link carries, after what is due was sent.
    async fn token(&self, platform: &TestPlatform, page: &str) -> Value {
        platform.service.send_due_mail().await.unwrap();
        let mails = self.mails.lock().unwrap();
        let text = mails.last().expect("a mail").text.reveal();
        let start = format!("https://{}{page}#", platform.address);
        let link = text.lines().find(|line| line.starts_with(&start)).unwrap_or_else(|| panic!("{text}"));
        json!(link[start.len()..])
    }
}

/// The only invitation's mail.
async fn delivery(platform: &TestPlatform) -> Value {
    platform.owner(Method::GET, INVITATIONS, Value::Null).await.1["invitations"][0]["mail"].clone()
}

fn not_yet() -> NotSent {
    NotSent::Yet(MailFault::new("The mail server cannot be reached."))
}

async fn change(ada: &Browser<'_>, email: &str) -> (StatusCode, Value) {
    ada.call(Method::POST, MY_EMAIL, json!({"password": PASSWORD, "email": email})).await
}

async fn confirm(platform: &TestPlatform, token: &Value) -> (StatusCode, Value) {
    platform.call(Method::POST, CONFIRM, None, json!({"token": token})).await
}

#[tokio::test]
async fn accepting_by_the_mailed_link_verifies_the_address_and_by_the_shown_one_does_not() {
    let platform = TestPlatform::start().await;
    let postbox = Postbox::of(&platform);
    let created = invite(&platform, json!({"name": "Ada", "email": "ada@example.com", "role": "viewer"})).await;
    assert_eq!(created["invitation"]["mail"], json!({"status": "waiting", "sent_at": null, "attempts": 0, "reason": null}));
    let shown = format!("https://{}/join#{}", platform.address, created["token"].as_str().unwrap());
    assert_eq!(created["link"], json!(shown));
    let token = postbox.token(&platform, "/join").await;
    assert_ne!(token, created["token"]);
    assert_eq!(
        delivery(&platform).await,
        json!({"status": "sent", "sent_at": "2023-10-27T10:30:00Z", "attempts": 0, "reason": null})
    );
    let (status, ada) = accept(&platform, &token, PASSWORD).await;
    assert_eq!(status, StatusCode::CREATED, "{ada}");
    assert_eq!(ada["email_verified"], json!({"at": "2023-10-27T10:30:00Z", "by": "invitation"}));
    assert_eq!(accept(&platform, &created["token"], "granite violin mellow otter").await.1["code"], "invitation_over");
    let created = invite(&platform, json!({"name": "Eve", "email": "eve@example.com", "role": "viewer"})).await;
    let (_, eve) = accept(&platform, &created["token"], PASSWORD).await;
    assert_eq!((&eve["email"], &eve["email_verified"]), (&json!("eve@example.com"), &Value::Null));
}

#[tokio::test]
async fn a_platform_without_mail_says_so_in_a_sentence() {
    let platform = TestPlatform::start().await;
    let created = invite(&platform, json!({"name": "Ada", "email": "ada@example.com", "role": "viewer"})).await;
    assert_eq!(created["invitation"]["mail"]["status"], "not_sent");
    assert!(created["invitation"]["mail"]["reason"].as_str().unwrap().contains("pass the link on yourself"));
    assert_eq!(invite(&platform, json!({"name": "Eve", "role": "viewer"})).await["invitation"]["mail"], Value::Null);
    accept(&platform, &created["token"], PASSWORD).await;
    let (status, refused) = change(&Browser::of(&platform, "Ada").await, "countess@example.com").await;
    assert_eq!((status, refused["code"].as_str()), (StatusCode::CONFLICT, Some("no_mail")));
}

#[tokio::test]
async fn a_mail_waits_for_a_mail_server_that_does_not_answer_and_goes_out_when_it_does() {
    let platform = TestPlatform::start().await;
    let postbox = Postbox::of(&platform);
    postbox.fails(Some(not_yet()));
    invite(&platform, json!({"name": "Ada", "email": "ada@example.com", "role": "viewer"})).await;
    assert_eq!(platform.service.send_due_mail().await.unwrap(), 1);
    let told = json!({"status": "waiting", "sent_at": null, "attempts": 1, "reason": "The mail server cannot be reached."});
    assert_eq!(delivery(&platform).await, told);
    assert_eq!(platform.service.send_due_mail().await.unwrap(), 0, "not at once");
    postbox.fails(None);
    // The next program on the same database knows nothing but that.
    let platform = platform.restarted().await;
    platform.service.use_mailer(postbox.clone());
    platform.step_minutes(1);
    let token = postbox.token(&platform, "/join").await;
    assert_eq!(delivery(&platform).await["status"], "sent");
    assert_eq!(accept(&platform, &token, PASSWORD).await.0, StatusCode::CREATED);
}

#[tokio::test]
async fn a_mail_that_can_never_arrive_is_given_up_with_the_reason() {
    let platform = TestPlatform::start().await;
    let postbox = Postbox::of(&platform);
    postbox.fails(Some(NotSent::Ever(MailFault::new("There is no such mailbox."))));
    invite(&platform, json!({"name": "Ada", "email": "ada@example.com", "role": "viewer"})).await;
    platform.service.send_due_mail().await.unwrap();
    let told = delivery(&platform).await;
    assert_eq!((told["status"].as_str(), told["reason"].as_str()), (Some("not_sent"), Some("There is no such mailbox.")));
    postbox.fails(None);
    platform.step_minutes(120);
    assert_eq!(platform.service.send_due_mail().await.unwrap(), 0);
}

#[tokio::test]
async fn a_withdrawn_invitation_is_mailed_no_more() {
    let platform = TestPlatform::start().await;
    let postbox = Postbox::of(&platform);
    let created = invite(&platform, json!({"name": "Ada", "email": "ada@example.com", "role": "viewer"})).await;
    let path = format!("{INVITATIONS}/{}", created["invitation"]["id"].as_str().unwrap());
    platform.owner(Method::DELETE, &path, Value::Null).await;
    assert_eq!(platform.service.send_due_mail().await.unwrap(), 0);
    assert!(postbox.mails.lock().unwrap().is_empty());
}

#[tokio::test]
async fn an_address_cannot_be_flooded_with_mail() {
    let platform = TestPlatform::start().await;
    let _postbox = Postbox::of(&platform);
    let form = |i: u32| json!({"name": format!("Ada {i}"), "email": "ada@example.com", "role": "viewer"});
    for i in 0..5 {
        invite(&platform, form(i)).await;
    }
    let (status, refused) = platform.owner(Method::POST, INVITATIONS, form(5)).await;
    assert_eq!((status, refused["code"].as_str()), (StatusCode::TOO_MANY_REQUESTS, Some("rate_limited")));
    assert!(refused["message"].as_str().unwrap().contains("5 mails in 24 hours"), "{refused}");
    join(&platform, "Eve", "viewer").await;
    assert_eq!(change(&Browser::of(&platform, "Eve").await, "ada@example.com").await.0, StatusCode::TOO_MANY_REQUESTS);
    platform.step_minutes(24 * 60);
    invite(&platform, form(5)).await;
}

#[tokio::test]
async fn another_address_counts_once_the_link_of_its_mail_was_opened() {
    let platform = TestPlatform::start().await;
    let postbox = Postbox::of(&platform);
    join(&platform, "Ada", "viewer").await;
    let ada = Browser::of(&platform, "Ada").await;
    let (status, refused) = ada.call(Method::POST, MY_EMAIL, json!({"password": "wrong", "email": "ada@example.com"})).await;
    assert_eq!((status, refused["code"].as_str()), (StatusCode::UNAUTHORIZED, Some("sign_in_failed")));
    let (status, asked) = change(&ada, "Ada@example.com").await;
    assert_eq!(
        (status, asked["status"].as_str(), asked["email"].as_str()),
        (StatusCode::OK, Some("open"), Some("ada@example.com"))
    );
    assert_eq!(change(&ada, "ada@example.com").await, (status, asked), "asked for twice, mailed once");
    let token = postbox.token(&platform, "/confirm-email").await;
    assert_eq!(postbox.mails.lock().unwrap().len(), 1);
    let (_, mine) = ada.call(Method::GET, MY_EMAIL, Value::Null).await;
    assert_eq!((&mine["member"]["email"], mine["change"]["mail"]["status"].as_str()), (&Value::Null, Some("sent")));
    // Whoever reads the mail need not be signed in there.
    assert_eq!(confirm(&platform, &token).await, (StatusCode::OK, json!({"email": "ada@example.com"})));
    assert_eq!(confirm(&platform, &token).await.0, StatusCode::OK, "opened twice");
    let (_, mine) = ada.call(Method::GET, MY_EMAIL, Value::Null).await;
    assert_eq!(mine["member"]["email_verified"]["by"], "confirmation");
    assert_eq!(mine["change"]["status"], "confirmed");
    Browser::sign_in(&platform, json!({"email": "ada@example.com", "password": PASSWORD})).await.unwrap();
}

#[tokio::test]
async fn a_link_that_was_replaced_or_is_too_old_changes_nothing() {
    let platform = TestPlatform::start().await;
    let postbox = Postbox::of(&platform);
    join(&platform, "Ada", "viewer").await;
    let ada = Browser::of(&platform, "Ada").await;
    change(&ada, "ada@example.com").await;
    let old = postbox.token(&platform, "/confirm-email").await;
    change(&ada, "countess@example.com").await;
    let new = postbox.token(&platform, "/confirm-email").await;
    assert_eq!(confirm(&platform, &old).await.1["code"], "confirmation_over");
    platform.step_minutes(24 * 60);
    assert_eq!(confirm(&platform, &new).await.1["code"], "confirmation_over");
    let (status, refused) = confirm(&platform, &json!("cpi_0123")).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(refused["message"].as_str().unwrap().contains("cpe_"), "{refused}");
}

#[tokio::test]
async fn whether_an_address_is_taken_only_its_owner_hears() {
    let platform = TestPlatform::start().await;
    let postbox = Postbox::of(&platform);
    let created = invite(&platform, json!({"name": "Ada", "email": "ada@example.com", "role": "viewer"})).await;
    accept(&platform, &created["token"], PASSWORD).await;
    join(&platform, "Eve", "viewer").await;
    let eve = Browser::of(&platform, "Eve").await;
    let (known, unknown) = (change(&eve, "ada@example.com").await, change(&eve, "eve@example.com").await);
    assert_eq!((known.0, known.1["status"].clone()), (unknown.0, unknown.1["status"].clone()));
    change(&eve, "ada@example.com").await;
    let token = postbox.token(&platform, "/confirm-email").await;
    assert_eq!(confirm(&platform, &token).await.1["code"], "name_taken");
}

#[tokio::test]
async fn no_token_of_a_mail_is_on_disk() {
    let platform = TestPlatform::start().await;
    let postbox = Postbox::of(&platform);
    let created = invite(&platform, json!({"name": "Ada", "email": "ada@example.com", "role": "viewer"})).await;
    let invitation = postbox.token(&platform, "/join").await;
    accept(&platform, &invitation, PASSWORD).await;
    change(&Browser::of(&platform, "Ada").await, "countess@example.com").await;
    let address = postbox.token(&platform, "/confirm-email").await;
    let disk: Vec<u8> =
        std::fs::read_dir(platform.folder.path()).unwrap().flat_map(|file| std::fs::read(file.unwrap().path()).unwrap()).collect();
    let holds = |text: &str| disk.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(holds("countess@example.com"), "the files were read");
    for token in [&created["token"], &invitation, &address] {
        let token = token.as_str().unwrap();
        assert!(token.len() == 30 && !holds(&token[4..]), "{token}");
    }
    assert!(!format!("{:?}", postbox.mails.lock().unwrap()).contains("cp"), "nor printed");
}

#[tokio::test]
async fn pages_of_links_change_nothing_by_being_opened_and_run_nothing_foreign() {
    let platform = TestPlatform::start().await;
    for (page, path) in [("/join", "api/v1/members/accept"), ("/confirm-email", "api/v1/members/confirm-email")] {
        let router = clawpair_server::router(platform.service.clone());
        let response = crate::fixture::send(router, Method::GET, page, None, Value::Null).await;
        let header = |name: &str| response.headers()[name].to_str().unwrap().to_owned();
        assert!(header("content-security-policy").starts_with("default-src 'none'; script-src 'self'"));
        assert_eq!(header("referrer-policy"), "no-referrer");
        let body = http_body_util::BodyExt::collect(response.into_body()).await.unwrap().to_bytes();
        let html = String::from_utf8(body.to_vec()).unwrap();
        assert!(html.contains(&format!("data-path=\"{path}\"")) && !html.contains("style=") && !html.contains("onclick"), "{html}");
    }
    let members = platform.owner(Method::GET, MEMBERS, Value::Null).await.1;
    assert_eq!(members["members"], json!([]));
}
