use serde_json::Value;

use crate::server::{Server, folder, refused, said};

const DEVICES: &str = "/api/v1/devices";

#[tokio::test]
async fn a_key_made_while_the_server_runs_works_at_once_and_a_revoked_one_no_more() {
    let (_folder, data, _) = folder();
    let server = Server::start(&data);
    let key = said(&data, &["key", "create", "--name", "CI", "--role", "viewer", "--expires-in", "90d"]);
    assert_eq!(server.call(&key, "GET", DEVICES, &Value::Null).await.0, 200);
    let listed = said(&data, &["key", "list"]);
    let line = listed.lines().find(|line| line.ends_with(" CI")).unwrap();
    assert!(line.contains("viewer") && line.contains("until ") && !listed.contains(&key), "{listed}");
    said(&data, &["key", "revoke", line.split(' ').next().unwrap()]);
    let (status, refusal) = server.call(&key, "GET", DEVICES, &Value::Null).await;
    assert_eq!((status, refusal["code"].as_str()), (401, Some("api_key_revoked")));
}

#[test]
fn the_contract_is_printed_without_a_platform() {
    let (folder, _, _) = folder();
    let document: serde_json::Value = serde_json::from_str(&said(&folder.path().join("nowhere"), &["openapi"])).unwrap();
    assert!(document["paths"]["/api/v1/devices"].is_object());
    assert!(!folder.path().join("nowhere").exists());
}

#[test]
fn what_is_wrong_with_a_key_command_is_said() {
    let (_folder, data, _) = folder();
    assert!(refused(&data, &["key", "create", "--name", "x", "--role", "boss"]).contains("“boss” is no role"));
    assert!(refused(&data, &["key", "create", "--name", "", "--role", "viewer"]).contains("name is empty"));
    let beyond = ["key", "create", "--name", "x", "--role", "viewer", "--scopes", "devices:revoke"];
    assert!(refused(&data, &beyond).contains("does not have the scope devices:revoke"));
    assert!(refused(&data, &["key", "create", "--name", "x", "--role", "viewer", "--expires-in", "soon"]).contains("90d"));
    assert!(refused(&data, &["key", "revoke", "key-x"]).contains("key-x"));
    assert!(refused(&data.join("elsewhere"), &["key", "list"]).contains("There is no platform in"));
}

#[test]
fn keys_are_never_made_anew_for_a_database_that_needs_the_old_ones() {
    let (_folder, data, _) = folder();
    std::fs::rename(data.join("secrets.json"), data.join("moved.json")).unwrap();
    let why = refused(&data, &["serve", "--listen", "127.0.0.1:0"]);
    assert!(why.contains("would lock out every paired device"), "{why}");
    assert!(!data.join("secrets.json").exists());
    let moved = data.join("moved.json");
    said(&data, &["key", "--secrets", moved.to_str().unwrap(), "list"]);
}
