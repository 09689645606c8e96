//! The lines that people read elsewhere, as they are written.

use std::path::Path;
use std::process::Command;

use crate::stage::{PASSWORD, Stage, failed, piped, said, stderr};

const CREATE: &str = r#"devices create-pairing-code --name "New Production Sensor" --type "IoT.Sensor.Temperature" --permissions "sensor:read, telemetry:publish" --expires-in "30m""#;

/// The program's name before a line, run by a shell as a person would.
fn line(stage: &Stage, line: &str) -> Command {
    let program = env!("CARGO_BIN_EXE_clawpair");
    let mut shell = Command::new("sh");
    shell.args(["-c", &format!("'{program}' {line}")]);
    for (name, value) in stage.command(&[]).get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    shell
}

#[test]
fn configure_and_create_a_code() {
    let stage = Stage::new();
    let configured = line(&stage, &format!("configure --api-key {}", stage.key)).output().unwrap();
    assert!(configured.status.success() && configured.stdout.is_empty(), "{}", stderr(&configured));
    let told = stderr(&configured);
    assert!(told.contains("Others on this computer can see the API key") && told.contains("knows this key as CI, admin"), "{told}");
    let code = said(&mut line(&stage, CREATE));
    assert!(
        code.parse::<clawpair_core::code::PairingCode>().is_ok() && code.starts_with("OCL-") && code.lines().count() == 1,
        "{code}"
    );
    let codes = stage.json(&["codes", "list"]);
    assert_eq!(codes["pairings"][0]["name"], "New Production Sensor");
    assert_eq!(codes["pairings"][0]["permissions"], serde_json::json!(["sensor:read", "telemetry:publish"]));
}

/// The README's line for curl, its address aside, which is another in each test.
#[test]
fn curl_makes_a_code_by_the_readmes_line() {
    let stage = Stage::new();
    let readme = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../README.md")).unwrap();
    let (_, from_curl) = readme.split_once("\ncurl --insecure").unwrap();
    let (line, answer) = from_curl.split_once("\n# {").unwrap();
    let line = format!("curl --silent --show-error --insecure{line}").replace("https://127.0.0.1:21327", &stage.url);
    let made = said(Command::new("sh").args(["-c", &line]).env("PIN", &stage.curl_pin).env("KEY", &stage.key));
    let made: serde_json::Value = serde_json::from_str(&made).unwrap();
    assert!(made["code"].as_str().unwrap().parse::<clawpair_core::code::PairingCode>().is_ok(), "{made}");
    for (field, value) in made.as_object().unwrap() {
        let begins = answer.split_once(&format!("\"{field}\":\"")).unwrap_or_else(|| panic!("no {field} in the README")).1;
        assert!(value.as_str().unwrap().starts_with(&begins[..4]), "{field}: {value}");
    }
    let other = "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    let refused = Command::new("sh").args(["-c", &line]).env("PIN", other).env("KEY", &stage.key).output().unwrap();
    assert!(!refused.status.success() && refused.stdout.is_empty(), "{}", stderr(&refused));
}

#[test]
fn log_in_and_create_a_code() {
    let stage = Stage::new();
    stage.ada_joins();
    let signed_in = line(&stage, &format!("login --username Ada --password '{PASSWORD}'")).output().unwrap();
    assert!(signed_in.status.success() && signed_in.stdout.is_empty(), "{}", stderr(&signed_in));
    assert!(stderr(&signed_in).contains("Others on this computer can see the password"), "{}", stderr(&signed_in));
    assert!(said(&mut line(&stage, CREATE)).starts_with("OCL-"));
    assert!(said(&mut line(&stage, "whoami")).contains("Ada"));
    said(&mut line(&stage, "logout"));
    let (code, why) = failed(&mut line(&stage, "whoami"));
    assert!(code == 6 && why.contains("There is no API key for"), "{why}");
}

#[test]
fn a_wrong_key_or_password_is_not_kept() {
    let stage = Stage::new();
    stage.ada_joins();
    let wrong = format!("{}0", &stage.key[..stage.key.len() - 1]);
    let wrong = if wrong == stage.key { format!("{}1", &stage.key[..stage.key.len() - 1]) } else { wrong };
    assert_eq!(failed(&mut line(&stage, &format!("configure --api-key {wrong}"))).0, 6);
    let (code, why) = failed(&mut line(&stage, "login --username Ada --password 'not this one at all'"));
    assert!(code == 6 && why.contains("Check the name and the password"), "{why}");
    assert_eq!(failed(&mut line(&stage, "whoami")).0, 6);
}

#[test]
fn a_code_is_shown_again_by_who_made_it_while_it_lives() {
    let stage = Stage::new();
    let created = stage.json(&["devices", "create-pairing-code", "--name", "Hall", "--type", "x", "--permissions", "a:read"]);
    let id = created["pairing_id"].as_str().unwrap();
    assert_eq!(stage.said(&["codes", "show", id, "--code"]), created["code"].as_str().unwrap());
    assert_eq!(stage.said(&["codes", "show", id, "--link"]), created["link"].as_str().unwrap());
    let qr = stage.said(&["codes", "show", id, "--qr"]);
    assert!(qr.lines().count() > 15 && qr.lines().all(|line| line.chars().count() <= 40), "{qr}");
    let kept = std::fs::read_to_string(stage.path("config/made-codes.json")).unwrap();
    assert!(!kept.contains(&created["code"].as_str().unwrap()[4..]) && !kept.contains("CPAIR:"), "neither code nor link is kept");

    let other = stage.said(&["keys", "create", "--name", "Other", "--role", "admin"]);
    let (code, why) = failed(stage.command(&["codes", "show", id, "--code"]).env("CLAWPAIR_API_KEY", other));
    assert!(code == 7 && why.contains("made with another key"), "{why}");
    assert_eq!(stage.json(&["codes", "list"])["pairings"].as_array().unwrap().len(), 1, "nothing new was made");

    stage.said(&["codes", "cancel", id]);
    let (code, why) = failed(&mut stage.with_key(&["codes", "show", id, "--code"]));
    assert!(code == 9 && why.contains("This code is cancelled"), "{why}");
}

#[test]
fn nothing_is_made_where_its_picture_could_not_be_kept() {
    let stage = Stage::new();
    let create = ["devices", "create-pairing-code", "--name", "Hall", "--type", "x", "--permissions", "a:read", "--qr-file"];
    std::fs::write(stage.path("there.png"), "").unwrap();
    for (file, expected) in [("code.jpg", 2), ("there.png", 17), ("nowhere/code.png", 17)] {
        assert_eq!(failed(&mut stage.with_key(&[&create[..], &[file]].concat())).0, expected, "{file}");
    }
    assert_eq!(stage.json(&["codes", "list"])["pairings"], serde_json::json!([]));
    stage.said(&[&create[..], &["code.png"]].concat());
    assert!(stage.path("code.png").exists());
}

/// One by one and in one pipe, so that none is on the command line.
#[test]
fn a_token_and_a_password_are_piped_in_line_by_line() {
    let stage = Stage::new();
    let mut accept = stage.command(&["members", "accept", "--password", "-"]);
    let accepted = piped(&mut accept, &format!("{}\n{PASSWORD}\n", stage.invitation));
    assert!(accepted.status.success(), "{}", stderr(&accepted));
    let mut login = stage.command(&["login", "--username", "Ada", "--password", "-", "--second-factor", "-"]);
    let refused = piped(&mut login, &format!("{PASSWORD}\n"));
    assert!(stderr(&refused).contains("does not have the six digits"), "{}", stderr(&refused));
    assert!(piped(&mut stage.command(&["login", "--username", "Ada"]), PASSWORD).status.success());
}

#[test]
fn every_result_is_one_document() {
    let stage = Stage::new();
    let configured = piped(&mut stage.command(&["--json", "configure"]), &stage.key);
    let configured: serde_json::Value = serde_json::from_slice(&configured.stdout).unwrap();
    assert_eq!((&configured["me"]["name"], &configured["kept_in"]), (&"CI".into(), &"file".into()));
    let here = |arguments: &[&str]| -> serde_json::Value {
        serde_json::from_str(&said(&mut stage.command(&[&["--json"], arguments].concat()))).unwrap()
    };
    let create = ["devices", "create-pairing-code", "--name", "Hall", "--type", "x", "--permissions", "a:read"];
    let ids = [here(&create), here(&create)].map(|created| created["pairing_id"].as_str().unwrap().to_owned());
    let nothing = "pair-018c2f6e-5b1c-7d2a-9c3e-0123456789ab";
    let cancelled = stage.command(&["--json", "codes", "cancel", &ids[0], nothing, &ids[1]]).output().unwrap();
    let page: serde_json::Value = serde_json::from_slice(&cancelled.stdout).unwrap();
    assert_eq!(page["pairings"].as_array().unwrap().len(), 2, "{page}");
    let failure: serde_json::Value = serde_json::from_slice(&cancelled.stderr).unwrap();
    assert!(failure["message"].as_str().unwrap().starts_with(&format!("Not taken back: {nothing}.")), "{failure}");
    assert_eq!(cancelled.status.code(), Some(8));
    let added = here(&["platforms", "add", "hub", "--url", &stage.url]);
    assert_eq!(added, serde_json::json!({"name": "hub", "url": stage.url, "pin": stage.pin, "has_credential": true}));
    assert_eq!(here(&["platforms", "remove", "hub"])["name"], "hub");
    assert_eq!(here(&["logout"]), serde_json::json!({"platform": stage.url, "had_any": false}));
}
