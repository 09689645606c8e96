use std::collections::BTreeSet;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;

use serde_json::Value;

use crate::stage::{Stage, failed, stderr};

const MANY: [&str; 10] =
    ["devices", "create-pairing-code", "--count", "200", "--from", "list.csv", "--out", "codes.jsonl", "--expires-in", "2h"];

fn list(stage: &Stage, rows: usize) {
    let rows = (1..=rows).map(|number| format!("Sensor {number},IoT Sensor,\"sensor:read, sensor:report\"\n"));
    std::fs::write(stage.path("list.csv"), format!("name,type,permissions\n{}", rows.collect::<String>())).unwrap();
}

fn written(stage: &Stage) -> Vec<Value> {
    let text = std::fs::read_to_string(stage.path("codes.jsonl")).unwrap_or_default();
    text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

fn ids(written: &[Value]) -> BTreeSet<&str> {
    written.iter().map(|line| line["pairing_id"].as_str().unwrap()).collect()
}

#[test]
fn two_hundred_codes_come_from_a_list() {
    let stage = Stage::new();
    list(&stage, 200);
    let made = stage.with_key(&MANY).output().unwrap();
    assert!(made.status.success() && made.stdout.is_empty(), "{}", stderr(&made));
    assert!(stderr(&made).contains("50 of 200") && stderr(&made).contains("200 codes are in codes.jsonl"), "{}", stderr(&made));
    let written = written(&stage);
    assert_eq!((ids(&written).len(), written[6]["name"].as_str()), (200, Some("Sensor 7")));
    assert!(written.iter().all(|line| line["code"].as_str().unwrap().starts_with("OCL-") && line["link"].is_string()));
    let permissions = std::fs::metadata(stage.path("codes.jsonl")).unwrap().permissions();
    assert_eq!(permissions.mode() & 0o777, 0o600);
    assert!(!stage.path("codes.jsonl.unfinished").exists());
    // None of them may be typed, so the guess budget is untouched.
    let codes = stage.json(&["codes", "list", "--limit", "500"]);
    assert!(codes["pairings"].as_array().unwrap().iter().all(|pairing| pairing["typed_entry"] == "off"));
    let (code, why) = failed(&mut stage.with_key(&MANY));
    assert!(code == 17 && why.contains("it is there already"), "{why}");
}

#[test]
fn an_interrupted_command_goes_on_and_makes_no_code_twice() {
    let stage = Stage::new();
    list(&stage, 200);
    let mut child = stage.with_key(&MANY).stderr(std::process::Stdio::null()).spawn().unwrap();
    while written(&stage).len() < 20 {
        assert!(child.try_wait().unwrap().is_none(), "it was done before it could be interrupted");
        std::thread::yield_now();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    // As if the machine had stopped after a code was made and before its line was whole on disk.
    let mut lines = std::fs::read_to_string(stage.path("codes.jsonl")).unwrap();
    lines.truncate(lines.trim_end().len() - 30);
    std::fs::File::create(stage.path("codes.jsonl")).unwrap().write_all(lines.as_bytes()).unwrap();
    let before = written(&stage);
    let (code, why) = failed(&mut stage.with_key(&[&MANY[..8], &["--expires-in", "3h"]].concat()));
    assert!(code == 2 && why.contains("was begun with other options"), "{why}");

    let made = stage.with_key(&MANY).output().unwrap();
    assert!(made.status.success(), "{}", stderr(&made));
    assert!(stderr(&made).contains(&format!("Going on after {} of 200", before.len())), "{}", stderr(&made));
    let after = written(&stage);
    assert_eq!((after.len(), ids(&after).len()), (200, 200));
    assert_eq!(&after[..before.len()], &before[..]);
    let there = stage.json(&["codes", "list", "--limit", "1000"]);
    let there =
        there["pairings"].as_array().unwrap().iter().map(|pairing| pairing["id"].as_str().unwrap()).collect::<BTreeSet<_>>();
    assert_eq!(there, ids(&after), "the platform has exactly those that are in the file");
}

/// Of codes that people type only so many are open at once; a list that is longer waits until some are over.
#[test]
fn codes_to_be_typed_stop_within_the_guess_budget_and_go_on_later() {
    let stage = Stage::new();
    list(&stage, 53);
    let arguments = ["devices", "create-pairing-code", "--from", "list.csv", "--out", "codes.jsonl", "--typed", "true"];
    let (code, why) = failed(&mut stage.with_key(&arguments));
    assert!(code == 16 && why.contains("51 of 53 codes were made.") && why.contains("Repeating the command goes on"), "{why}");
    let before = written(&stage);
    assert_eq!(before.len(), 51);
    // The same names would make new codes with another key.
    let other = stage.said(&["keys", "create", "--name", "Other", "--role", "admin"]);
    let (code, why) = failed(stage.command(&arguments).env("CLAWPAIR_API_KEY", other));
    assert!(code == 2 && why.contains("was begun at another platform, or with another key"), "{why}");
    let over: Vec<_> = before[..2].iter().map(|line| line["pairing_id"].as_str().unwrap()).collect();
    stage.said(&[&["codes", "cancel"], &over[..]].concat());
    stage.said(&arguments);
    let after = written(&stage);
    assert_eq!((&after[..51], ids(&after).len()), (&before[..], 53));
}

#[test]
fn what_never_will_be_is_no_interruption() {
    let stage = Stage::new();
    list(&stage, 3);
    let arguments = ["devices", "create-pairing-code", "--from", "list.csv", "--out", "codes.jsonl"];
    let viewer = stage.said(&["keys", "create", "--name", "Viewer", "--role", "viewer"]);
    let (code, why) = failed(stage.command(&arguments).env("CLAWPAIR_API_KEY", viewer));
    assert!(code == 7 && why.contains("0 of 3 codes were made.") && !why.contains("goes on"), "{why}");
    assert!(!stage.path("codes.jsonl").exists() && !stage.path("codes.jsonl.unfinished").exists(), "nothing was begun");
    let made = stage.json(&arguments);
    assert_eq!(made, serde_json::json!({"file": "codes.jsonl", "codes": 3}));
    assert_eq!(written(&stage).len(), 3);
    let (code, why) = failed(&mut stage.with_key(&[&arguments[..4], &["--out", "other.jsonl", "--count", "4"]].concat()));
    assert!(code == 2 && why.contains("has 3 rows, and --count says 4"), "{why}");
}

#[test]
fn a_row_that_no_platform_takes_is_told_before_anything_is_made() {
    let stage = Stage::new();
    let arguments = ["devices", "create-pairing-code", "--from", "list.csv", "--out", "codes.jsonl"];
    for (row, fault) in [("Hall,IoT Sensor,All,1h", "row 2: “All” is no permission"), ("Hall,IoT Sensor,a:read,2d", "row 2: ")]
    {
        std::fs::write(stage.path("list.csv"), format!("name,type,permissions,expires_in\nOne,x,a:read,1h\n{row}\n")).unwrap();
        let (code, why) = failed(&mut stage.with_key(&arguments));
        assert!(code == 2 && why.contains(fault), "{why}");
    }
    assert_eq!(stage.json(&["codes", "list"])["pairings"], serde_json::json!([]));
    list(&stage, 2);
    stage.said(&arguments);
    assert_eq!(written(&stage).len(), 2);
}
