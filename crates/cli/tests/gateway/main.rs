//! The command at a real OpenClaw Gateway. `cargo xtask test gateway` installs and starts one, and runs this; without it it fails.

#[path = "../window/mod.rs"]
mod window;

use std::path::Path;
use std::process::{Command, Output};

use clawpair_app::view::openclaw::AddPlatform;
use clawpair_app::view::platform::PlatformState;
use clawpair_gateway_stage::{Ask, Peer, shared};
use serde_json::Value;
use xtask::openclaw::TOKEN;

use crate::window::{app, ended, until};

fn run(data: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_clawpair"));
    command.args(arguments).env("CLAWPAIR_DATA_DIR", data).env("CLAWPAIR_CONFIG_DIR", data).env("CLAWPAIR_KEYRING", "off");
    command.env_remove("CLAWPAIR_URL").env_remove("CLAWPAIR_PIN").stdin(std::process::Stdio::null()).output().unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_roles_token_is_replaced_once_somebody_is_sure() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let app = app(&data).await;
    let address = format!("ws://127.0.0.1:{}", shared());
    let adding = AddPlatform::Gateway { name: "Hall".into(), address, credential: TOKEN.to_owned() };
    let gateway = app.add_platform(adding).await.unwrap().id;
    until(&app, &gateway, |view| matches!(view.state, PlatformState::Connected { .. }) && view.as_of.is_some()).await;
    ended(app, &data).await;
    let peer = Peer { far: false, ..Peer::foreign("Rotated") };
    let session = peer.joins(shared(), &Ask::operator(&["operator.read"])).await;
    let id = peer.identity.id().to_string();

    let unsure = run(&data, &["devices", "rotate", &id]);
    assert_eq!(unsure.status.code(), Some(2), "{unsure:?}");
    assert!(text(&unsure.stderr).starts_with("Nothing was changed: there is nobody to ask here."), "{unsure:?}");
    let no_role = run(&data, &["devices", "rotate", &id, "--role", "node", "--yes"]);
    assert!(text(&no_role.stderr).contains("This device has tokens for: operator."), "{no_role:?}");

    let rotated = run(&data, &["--json", "devices", "rotate", &id, "--yes", "--platform", "Hall"]);
    assert!(rotated.status.success(), "{rotated:?}");
    assert_eq!(session.closed().await, 4001, "the former token has ended");
    let device: Value = serde_json::from_slice(&rotated.stdout).unwrap();
    assert_eq!((&device["id"], &device["gateway"]["tokens"][0]["role"]), (&id.as_str().into(), &"operator".into()), "{device}");

    let again = run(&data, &["devices", "rotate", &id, "--role", "operator", "--yes"]);
    let lines: Vec<&str> = text(&again.stdout).lines().collect();
    assert!(again.status.success() && lines.len() == 2, "{again:?}");
    assert_eq!(lines[0].split_whitespace().collect::<Vec<_>>(), ["ROLE", "SCOPES", "REPLACED", "AT", "REVOKED", "AT"]);
    assert!(lines[1].starts_with("operator  operator.read  20"), "{again:?}");
}
