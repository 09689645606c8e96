use serde_json::json;

use crate::stage::{Stage, failed, piped, said, stderr};

#[test]
fn a_server_is_added_by_its_key_and_used_by_name() {
    let stage = Stage::new();
    let add = |arguments: &[&str]| {
        let mut command = stage.command(&[&["platforms", "add", "hub", "--url", &stage.url], arguments].concat());
        command.env_remove("CLAWPAIR_URL").env_remove("CLAWPAIR_PIN");
        command
    };
    let (code, why) = failed(&mut add(&[]));
    assert!(code == 4 && why.contains(&format!("It shows the key {}", stage.pin)) && why.contains("--pin"), "{why}");
    let (code, why) = failed(&mut add(&["--pin", "00000000000000000000000000"]));
    assert!(code == 4 && why.contains("another key than the one you accepted"), "{why}");
    said(&mut add(&["--pin", &stage.pin]));
    let there = |arguments: &[&str]| {
        let mut command = stage.command(arguments);
        command.env_remove("CLAWPAIR_URL").env_remove("CLAWPAIR_PIN");
        command
    };
    let reference = there(&["configure", "--api-key", "env:DEPLOY_KEY"]).env("DEPLOY_KEY", &stage.key).output().unwrap();
    assert!(reference.status.success());
    let kept = std::fs::read_dir(stage.path("config/credentials")).unwrap().next().unwrap().unwrap().path();
    assert!(!std::fs::read_to_string(kept).unwrap().contains(&stage.key), "of a reference only where the key is");
    for arguments in [&["whoami"][..], &["--platform", "hub", "whoami"], &["--platform", &stage.url, "whoami"]] {
        assert!(said(there(arguments).env("DEPLOY_KEY", &stage.key)).contains("CI"), "{arguments:?}");
    }
    let listed = said(&mut there(&["--json", "platforms", "list"]));
    let listed: serde_json::Value = serde_json::from_str(&listed).unwrap();
    let expected = json!({"name": "hub", "url": stage.url, "pin": stage.pin, "has_credential": true});
    assert_eq!(listed, json!({ "platforms": [expected] }));
    said(&mut there(&["platforms", "add", "other", "--url", "https://other.example.org", "--offline"]));
    let (code, why) = failed(&mut there(&["whoami"]));
    assert!(code == 15 && why.contains("There are several platforms: hub, other, local."), "{why}");
    said(&mut there(&["platforms", "remove", "other"]));
    said(&mut there(&["platforms", "remove", "hub"]));
    let (code, why) = failed(&mut there(&["whoami"]));
    assert!(code == 15 && why.contains("No platform was named"), "{why}");
    let (code, why) = failed(&mut there(&["--platform", "nowhere", "whoami"]));
    assert!(code == 15 && why.contains("No platform is known by this name."), "{why}");
}

#[test]
fn what_goes_wrong_has_its_exit_code_and_is_json_for_programs() {
    let stage = Stage::new();
    let (code, why) = failed(&mut stage.with_key(&["--json", "devices", "show", "dev-018c2f6e-5b1c-7d2a-9c3e-0123456789ab"]));
    let failure: serde_json::Value = serde_json::from_str(&why).unwrap();
    assert!(code == 8 && failure["code"] == "not_found" && failure["message"].is_string(), "{failure}");
    let viewer = stage.said(&["keys", "create", "--name", "Viewer", "--role", "viewer"]);
    let create = ["devices", "create-pairing-code", "--name", "x", "--type", "x", "--permissions", "a:read"];
    assert_eq!(failed(stage.command(&create).env("CLAWPAIR_API_KEY", &viewer)).0, 7);
    assert_eq!(failed(stage.with_key(&["whoami"]).env("CLAWPAIR_URL", "https://127.0.0.1:1")).0, 3);
    assert_eq!(failed(stage.command(&["whoami"]).env("CLAWPAIR_API_KEY", "vault:secret/x#key")).0, 13);
    assert_eq!(
        failed(&mut stage.with_key(&["devices", "create-pairing-code", "--name", "x", "--type", "x", "--permissions", "All"])).0,
        2
    );
    assert_eq!(
        failed(&mut stage.with_key(&["devices", "revoke", "dev-018c2f6e-5b1c-7d2a-9c3e-0123456789ab"])).0,
        2,
        "nobody to ask"
    );
}

#[test]
fn the_environments_key_and_pin_go_to_the_platform_that_it_names_alone() {
    let (stage, other) = (Stage::new(), Stage::new());
    let there = ["--platform", &other.url, "whoami"];
    let (code, why) = failed(&mut stage.with_key(&there));
    assert!(code == 6 && why.contains("for the platform that CLAWPAIR_URL names"), "{why}");
    said(&mut stage.command(&["--pin", &other.pin, "platforms", "add", "other", "--url", &other.url]));
    let configured = piped(&mut stage.command(&["--platform", "other", "configure"]), &other.key);
    assert!(configured.status.success(), "{}", stderr(&configured));
    for named in ["other", &other.url] {
        assert!(said(&mut stage.with_key(&["--platform", named, "whoami"])).contains("CI"));
    }
    assert!(said(&mut stage.with_key(&["--platform", &stage.url, "whoami"])).contains("CI"));
    assert!(
        said(
            stage
                .with_key(&there[..2])
                .args(&there[2..])
                .env("CLAWPAIR_URL", "other")
                .env("CLAWPAIR_PIN", &other.pin)
                .env("CLAWPAIR_API_KEY", &other.key)
        )
        .contains("CI")
    );
    assert!(!stage.log().contains("api_key_invalid") && !other.log().contains("api_key_invalid"), "no key was shown elsewhere");
}
