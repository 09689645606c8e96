use serde_json::{Value, json};

use crate::server::{Server, command, folder, refused, run, said};

const ACCEPT: &str = "/api/v1/members/accept";
const PASSWORD: &str = "olive tractor umbrella nine";

#[tokio::test]
async fn an_invitation_made_while_the_server_runs_is_accepted_once() {
    let (_folder, data, key) = folder();
    let server = Server::start(&data);
    let at = server.address().to_string();
    let link = said(&data, &["invite", "--name", "Ada", "--role", "admin", "--expires-in", "7d", "--advertise", &at]);
    let token = link.strip_prefix(&format!("https://{at}/join#")).unwrap_or_else(|| panic!("{link}"));
    let (status, member) = server.call(&key, "POST", ACCEPT, &json!({"token": token, "password": PASSWORD})).await;
    assert_eq!((status, member["role"].as_str()), (201, Some("admin")), "{member}");
    let (_, listed) = server.call(&key, "GET", "/api/v1/members/invitations", &Value::Null).await;
    let invitation = &listed["invitations"][0];
    assert_eq!((invitation["invited_by"].as_str(), invitation["status"].as_str()), (Some("operator"), Some("accepted")));
    let days = |field: &str| invitation[field].as_str().unwrap()[..10].replace('-', "").parse::<u32>().unwrap();
    assert!(days("expires_at") > days("created_at"), "{invitation}");
}

#[test]
fn a_fresh_folder_gets_its_first_member_from_the_command_line() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let invited = run(&data, &["invite", "--name", "Ada", "--role", "admin", "--email", "ada@example.com"]);
    let (link, said) = (String::from_utf8(invited.stdout).unwrap(), String::from_utf8(invited.stderr).unwrap());
    assert!(link.starts_with("https://127.0.0.1:21327/join#cpi_") && link.ends_with('\n') && link.lines().count() == 1, "{link}");
    assert!(said.contains("No mail is set up") && !said.contains("cpi_"), "{said}");
}

#[test]
fn who_invites_needs_no_password_of_the_mail_server() {
    let (_folder, data, _) = folder();
    let file = "smtp-url = \"smtps://hub@mail.example.org\"\nsmtp-from = \"hub@example.org\"\n";
    std::fs::write(data.join("clawpair-server.toml"), file).unwrap();
    let invited = run(&data, &["invite", "--name", "Ada", "--role", "viewer", "--email", "ada@example.com"]);
    let told = String::from_utf8(invited.stderr).unwrap();
    assert!(invited.status.success() && told.contains("mails another link to ada@example.com"), "{told}");
}

#[test]
fn where_no_page_is_reached_the_token_alone_is_printed() {
    let (_folder, data, _) = folder();
    std::fs::write(data.join("clawpair-server.toml"), "plain-http = [\"127.0.0.1:8080\"]\n").unwrap();
    assert!(said(&data, &["invite", "--name", "Ada", "--role", "viewer"]).starts_with("cpi_"));
    let link = said(&data, &["invite", "--name", "Eve", "--role", "viewer", "--public-url", "https://hub.example.org"]);
    assert!(link.starts_with("https://hub.example.org/join#cpi_"), "{link}");
}

#[test]
fn what_is_wrong_with_an_invitation_or_with_mail_is_said() {
    let (_folder, data, _) = folder();
    let invite = |more: &[&str]| refused(&data, &[&["invite", "--name", "x", "--role", "viewer"], more].concat());
    assert!(invite(&["--expires-in", "soon"]).contains("7d or 12h"));
    assert!(invite(&["--expires-in", "31d"]).contains("at most 30d"));
    assert!(invite(&["--email", "nowhere"]).contains("no e-mail address"));
    assert!(invite(&["--smtp-url", "smtps://hub:tulip@mail.example.org"]).contains("--smtp-password-file"));
    assert!(invite(&["--smtp-url", "smtps://mail.example.org"]).contains("smtp-from"));
    let from = ["--smtp-url", "smtps://hub@mail.example.org", "--smtp-from", "hub@example.org"];
    assert!(refused(&data, &[&["serve", "--listen", "127.0.0.1:0"], &from[..]].concat()).contains("needs a password"));
    let serve = ["serve", "--plain-http", "127.0.0.1:0", "--smtp-url", "smtp://localhost", "--smtp-from", "hub@example.org"];
    assert!(refused(&data, &serve).contains("--public-url"));
    let output = command(&["serve", "--print-config", "--data"])
        .arg(&data)
        .args(from)
        .env("CLAWPAIR_SMTP_PASSWORD", "tulip")
        .output()
        .unwrap();
    let shown = String::from_utf8(output.stdout).unwrap();
    assert!(shown.contains("smtps://hub@mail.example.org:465") && !shown.contains("tulip"), "{shown}");
}
