//! Sending and reading without the window: what is on file, on the server, and said.

use std::path::Path;

use clawpair_app::view::review::{ReviewQuery, ReviewStanding};
use clawpair_app::view::{AppEvent, PAGE};
use clawpair_core::clock::{Clock as _, SystemClock};
use clawpair_core::rng::SystemRng;
use clawpair_mirror::{Delivery, Intent};

use crate::desk::Desk;
use crate::stage::{failed, said, stderr};

const REVOKE: Intent = Intent::Revoke { reason: None };

fn json(command: &mut std::process::Command) -> serde_json::Value {
    let output = command.output().unwrap();
    serde_json::from_slice(&output.stdout).unwrap_or_else(|why| panic!("{why}: {output:?}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_asked_for_offline_goes_out_and_is_seen_to_be_done() {
    let desk = Desk::new().await;
    let (lost, kept) = (desk.joins("Lost", 1).await, desk.joins("Kept", 2).await);
    said(&mut desk.command(&["sync"]));
    let mirror = desk.mirror();
    let errand = mirror.ask(&desk.place(&lost), &REVOKE, SystemClock.now(), &SystemRng).unwrap();
    let listed = said(&mut desk.command(&["outbox", "list"]));
    assert!(listed.contains("revoke Lost") && listed.contains("NOT yet revoked: waits since"), "{listed}");
    let synced = json(&mut desk.command(&["--json", "sync"]));
    let office = synced["platforms"].as_array().unwrap().iter().find(|platform| platform["name"] == "Office").unwrap();
    assert_eq!(
        (&office["errands"][0]["state"]["kind"], &office["stale"]),
        (&"verified".into(), &serde_json::Value::Null),
        "{synced}"
    );
    assert!(matches!(mirror.errand(errand.id).unwrap().delivery, Delivery::Verified { .. }));
    assert_eq!(desk.stage.json(&["devices", "show", &lost])["status"], "revoked");
    assert_eq!(desk.stage.json(&["devices", "show", &kept])["status"], "active");
    assert_eq!(said(&mut desk.command(&["outbox", "list"])).lines().count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_server_is_away_the_exit_code_says_not_yet_revoked() {
    let mut desk = Desk::new().await;
    let lost = desk.joins("Lost", 1).await;
    said(&mut desk.command(&["sync"]));
    desk.stage.stop();
    let (code, why) = failed(&mut desk.command(&["sync", "--platform", "Office"]));
    assert!(code == 3 && why.contains("Office was not read"), "{code} {why}");
    let (code, why) = failed(&mut desk.command(&["devices", "lost", &lost, "--yes", "--reason", "left on the train"]));
    assert!(code == 19 && why.contains("One device is NOT yet revoked."), "{code} {why}");
    let (code, why) = failed(&mut desk.command(&["sync"]));
    assert_eq!(code, 19, "{why}");
    desk.stage.start_again();
    let told = said(&mut desk.command(&["sync"]));
    assert!(told.contains("verified at"), "{told}");
    let device = desk.stage.json(&["devices", "show", &lost]);
    assert_eq!((&device["status"], &device["reason"]), (&"revoked".into(), &"left on the train".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_device_is_thrown_out_wherever_its_key_is_known() {
    let desk = Desk::new().await;
    let office = desk.joins("Phone", 7).await;
    let app = desk.app().await;
    let create =
        ["devices", "create-pairing-code", "--link", "--name", "Phone", "--type", "IoT Sensor", "--permissions", "sensor:read"];
    let link = said(&mut desk.command(&[&["--platform", "local"], &create[..], &["--typed=false"]].concat()));
    let here = crate::desk::join(&link, 7).await;
    said(&mut desk.command(&["sync"]));
    let key = desk.stage.json(&["devices", "show", &office])["key_fingerprint"].as_str().unwrap().to_owned();
    let told = said(&mut desk.command(&["devices", "lost", &key.to_lowercase(), "--yes"]));
    assert_eq!(told.matches("verified at").count(), 2, "{told}");
    assert_eq!(desk.stage.json(&["devices", "show", &office])["status"], "revoked");
    let local = json(&mut desk.command(&["--json", "--platform", "local", "devices", "show", &here]));
    assert_eq!(local["status"], "revoked");
    desk.end(app).await;
    let again = desk.command(&["devices", "lost", &key, "--yes"]).output().unwrap();
    assert!(again.status.success() && stderr(&again).contains("No platform lets this key in"), "{}", stderr(&again));
    for nothing in ["dev-018c2f6e-5b1c-7d2a-9c3e-0123456789ab", "7F3K-9QWZ-4JN2"] {
        let (code, why) = failed(&mut desk.command(&["devices", "lost", nothing, "--yes"]));
        assert!(code == 8 && why.contains("No platform of the app knows"), "{why}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_key_that_joined_since_the_platforms_were_read_is_thrown_out() {
    let desk = Desk::new().await;
    said(&mut desk.command(&["sync"]));
    let device = desk.joins("Phone", 7).await;
    let key = desk.stage.json(&["devices", "show", &device])["key_fingerprint"].as_str().unwrap().to_owned();
    let told = said(&mut desk.command(&["devices", "lost", &key, "--yes"]));
    assert!(told.contains("verified at"), "{told}");
    assert_eq!(desk.stage.json(&["devices", "show", &device])["status"], "revoked");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_platform_that_was_not_read_may_let_a_lost_key_in() {
    let mut desk = Desk::new().await;
    let app = desk.app().await;
    let create =
        ["devices", "create-pairing-code", "--link", "--name", "Phone", "--type", "IoT Sensor", "--permissions", "sensor:read"];
    let link = said(&mut desk.command(&[&["--platform", "local"], &create[..], &["--typed=false"]].concat()));
    let here = crate::desk::join(&link, 7).await;
    desk.end(app).await;
    said(&mut desk.command(&["sync"]));
    desk.stage.stop();
    let (code, why) = failed(&mut desk.command(&["devices", "lost", "7F3K-9QWZ-4JN2", "--yes"]));
    assert!(code == 3 && why.contains("Office was not read"), "{code} {why}");
    let (code, why) = failed(&mut desk.command(&["devices", "lost", &here, "--yes"]));
    assert!(code == 3 && why.contains("Office was not read"), "{code} {why}");
    let local = json(&mut desk.command(&["--json", "--platform", "local", "devices", "show", &here]));
    assert_eq!(local["status"], "revoked");
}

/// Lines of a shell, whose programs see what the command would.
fn shell(desk: &Desk, script: &str) -> std::process::Command {
    let mut shell = std::process::Command::new("sh");
    for (name, value) in desk.command(&[]).get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    shell.args(["-c", script]).stdout(std::process::Stdio::null());
    shell
}

/// The documentation's lines, with the server away at first.
#[tokio::test(flavor = "multi_thread")]
async fn the_documented_script_goes_on_until_the_device_is_out() {
    let mut desk = Desk::new().await;
    let device = desk.joins("Phone", 7).await;
    let key = desk.stage.json(&["devices", "show", &device])["key_fingerprint"].as_str().unwrap().to_owned();
    desk.stage.stop();
    let documented = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/CLI.md")).unwrap();
    let mut blocks = documented.split("```sh\n").skip(1).map(|block| block.split("```").next().unwrap());
    let script = blocks.find(|block| block.contains("devices lost")).unwrap();
    let program = format!("'{}'", env!("CARGO_BIN_EXE_clawpair"));
    let waits = desk.stage.path("waits");
    let script = script
        .replace("clawpair ", &format!("{program} "))
        .replace("7F3K-9QWZ-4JN2", &key)
        .replace("sleep 60", &format!("echo x >> '{}'; sleep 0.1", waits.display()));
    let mut running = shell(&desk, &script).spawn().unwrap();
    while !waits.exists() {
        assert!(running.try_wait().unwrap().is_none(), "it went on while the server was away");
        std::thread::yield_now();
    }
    desk.stage.start_again();
    assert!(running.wait().unwrap().success());
    assert_eq!(desk.stage.json(&["devices", "show", &device])["status"], "revoked");
    let nowhere = script.replace(&key, "7F3K-9QWZ-4JN2");
    let ended = shell(&desk, &nowhere).status().unwrap();
    assert_eq!(ended.code(), Some(1), "a key that nobody knows is a person's matter");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_changed_meanwhile_is_a_conflict_with_choices() {
    let desk = Desk::new().await;
    let device = desk.joins("Hall", 1).await;
    said(&mut desk.command(&["sync"]));
    let mirror = desk.mirror();
    let rename = |name: &str| Intent::Rename { name: name.parse().unwrap() };
    let ask = |name: &str| mirror.ask(&desk.place(&device), &rename(name), SystemClock.now(), &SystemRng).unwrap().id.to_string();
    let id = ask("Mine");
    desk.stage.said(&["devices", "rename", &device, "Theirs"]);
    let (code, why) = failed(&mut desk.command(&["sync"]));
    assert!(code == 9 && why.contains("Not done, and to be decided: 1."), "{code} {why}");
    let listed = said(&mut desk.command(&["outbox", "list"]));
    assert!(listed.contains("Nothing was overwritten. Choose: overwrite or leave"), "{listed}");
    assert_eq!(failed(&mut desk.command(&["outbox", "choose", &id, "try-again"])).0, 2);
    let (code, why) = failed(&mut desk.command(&["outbox", "choose", &id, "overwrite"]));
    assert!(code == 2 && why.contains("Nothing was changed: there is nobody to ask here."), "{why}");
    said(&mut desk.command(&["outbox", "choose", &id, "overwrite", "--yes"]));
    said(&mut desk.command(&["sync"]));
    assert_eq!(desk.stage.json(&["devices", "show", &device])["name"], "Mine");
    let id = ask("Never sent");
    assert!(said(&mut desk.command(&["outbox", "withdraw", &id])).contains("Taken back: rename"));
    assert_ne!(failed(&mut desk.command(&["outbox", "withdraw", &id])).0, 0);
    assert_eq!(failed(&mut desk.command(&["outbox", "withdraw", "4711"])).0, 8);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_only_looks_sends_nothing() {
    let desk = Desk::new().await;
    let device = desk.joins("Hall", 1).await;
    said(&mut desk.command(&["sync"]));
    let mirror = desk.mirror();
    let id = mirror.ask(&desk.place(&device), &REVOKE, SystemClock.now(), &SystemRng).unwrap().id;
    said(&mut desk.command(&["outbox", "list"]));
    assert!(matches!(mirror.errand(id).unwrap().delivery, Delivery::Queued { .. }));
    assert_eq!(desk.stage.json(&["devices", "show", &device])["status"], "active");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_runs_beside_the_window_and_each_acts_on_what_the_other_wrote() {
    let desk = Desk::new().await;
    let (lost, other) = (desk.joins("Lost", 1).await, desk.joins("Other", 2).await);
    let app = desk.app().await;
    said(&mut desk.command(&["sync"]));
    let told = said(&mut desk.command(&["devices", "lost", &lost, "--yes"]));
    assert!(told.contains("verified at"), "{told}");
    assert_eq!(app.outbox(0).await.unwrap().errands, []);
    // What another program only writes down, the app sends, and tells its window.
    let (mirror, mut events) = (desk.mirror(), app.events());
    let id = mirror.ask(&desk.place(&other), &REVOKE, SystemClock.now(), &SystemRng).unwrap().id;
    let mut read_anew = false;
    while !read_anew || !matches!(mirror.errand(id).unwrap().delivery, Delivery::Verified { .. }) {
        read_anew |= matches!(events.recv().await.unwrap(), AppEvent::Resync);
    }
    assert_eq!(desk.stage.json(&["devices", "show", &other])["status"], "revoked");
    drop(mirror);
    desk.end(app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn platforms_are_named_as_in_the_window_and_a_folder_without_an_app_is_said_so() {
    let desk = Desk::new().await;
    for name in ["Office", "local", &desk.office, &desk.stage.url] {
        let synced = json(&mut desk.command(&["--json", "sync", "--platform", name]));
        assert_eq!(synced["platforms"].as_array().unwrap().len(), 1, "{name}: {synced}");
    }
    let synced = json(desk.command(&["--json", "sync", "--platform", "local"]).env("CLAWPAIR_URL", "local"));
    assert_eq!(synced["platforms"].as_array().unwrap().len(), 1, "{synced}");
    let synced = json(desk.command(&["--json", "sync"]).env("CLAWPAIR_URL", "local"));
    assert_eq!(synced["platforms"].as_array().unwrap().len(), 2, "{synced}");
    let (code, why) = failed(&mut desk.command(&["sync", "--platform", "Elsewhere"]));
    assert!(code == 15 && why.contains("It knows: local, Office."), "{why}");
    let (code, why) = failed(desk.command(&["sync"]).env("CLAWPAIR_DATA_DIR", desk.stage.path("empty")));
    assert!(code == 15 && why.contains("Clawpair has never run with the data folder"), "{why}");
    let (code, why) = failed(&mut desk.command(&["devices", "rotate", "dev-018c2f6e-5b1c-7d2a-9c3e-0123456789ab"]));
    assert!(code == 12 && why.contains("clawpair-device rotate-key"), "{why}");
    let (code, why) = failed(&mut desk.command(&["devices", "rotate", "0123456789abcdef"]));
    assert!(code == 15 && why.contains("knows no OpenClaw Gateway"), "{why}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_platform_that_is_named_narrows_what_is_listed_and_done_or_is_refused() {
    let desk = Desk::new().await;
    let device = desk.joins("Hall", 1).await;
    said(&mut desk.command(&["sync"]));
    let id = desk.mirror().ask(&desk.place(&device), &REVOKE, SystemClock.now(), &SystemRng).unwrap().id.to_string();
    let key = desk.stage.json(&["devices", "show", &device])["key_fingerprint"].as_str().unwrap().to_owned();
    for refused in [&["devices", "lost", &key, "--yes"][..], &["journal", "check"], &["review", "--mark"]] {
        let (code, why) = failed(&mut desk.command(&[refused, &["--platform", "local"]].concat()));
        assert!(code == 2 && why.contains("leave --platform out"), "{why}");
    }
    let of =
        |platform: &str, arguments: &[&str]| json(&mut desk.command(&[&["--json", "--platform", platform], arguments].concat()));
    assert_eq!(of("Office", &["outbox", "list"])["errands"][0]["subject"], device.as_str());
    assert_eq!(of("local", &["outbox", "list"])["errands"], serde_json::json!([]));
    let entries = |platform: &str| of(platform, &["journal", "list"])["entries"].as_array().unwrap().len();
    assert!(entries("Office") > 0);
    assert_eq!(entries("local"), 0, "nothing was done there");
    assert_eq!(failed(&mut desk.command(&["outbox", "list", "--platform", "Elsewhere"])).0, 15);
    let (code, why) = failed(&mut desk.command(&["outbox", "withdraw", &id, "--platform", "local"]));
    assert!(code == 8 && why.contains("at another platform"), "{why}");
    said(&mut desk.command(&["outbox", "withdraw", &id, "--platform", "Office"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_was_cut_says_where_it_goes_on() {
    let desk = Desk::new().await;
    for (name, key) in [("One", 1), ("Two", 2), ("Three", 3)] {
        desk.joins(name, key).await;
    }
    said(&mut desk.command(&["sync"]));
    for list in [&["review"][..], &["review", "--standing", "active"], &["journal", "list"]] {
        let all = json(&mut desk.command(&[&["--json"], list].concat()));
        let cut = json(&mut desk.command(&[&["--json"], list, &["--limit", "1"]].concat()));
        assert!(all["next"].is_null() && !cut["next"].is_null(), "{list:?}: {cut}");
    }
    // Where it says, the next one is.
    let app = desk.app().await;
    let query = ReviewQuery { standing: Some(ReviewStanding::Active), ..ReviewQuery::default() };
    let cut = json(&mut desk.command(&["--json", "review", "--standing", "active", "--limit", "2"]));
    let after = Some(cut["next"].as_str().unwrap().to_owned());
    let rest = app.review_devices(&ReviewQuery { after, ..query }, PAGE).await.unwrap().devices;
    let names: Vec<&str> =
        cut["devices"].as_array().unwrap().iter().map(|device| device["device"]["name"].as_str().unwrap()).collect();
    assert_eq!((names, rest.len(), rest[0].device.device.name.as_str()), (vec!["One", "Three"], 1, "Two"));
    desk.end(app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_done_here_is_listed_checked_and_leaves_as_a_signed_bundle() {
    let desk = Desk::new().await;
    let device = desk.joins("Lost", 1).await;
    said(&mut desk.command(&["sync"]));
    said(&mut desk.command(&["devices", "lost", &device, "--yes"]));
    let listed = said(&mut desk.command(&["journal", "list"]));
    assert!(listed.contains("verified") && listed.contains("Lost"), "{listed}");
    assert!(said(&mut desk.command(&["journal", "check"])).contains("are as they were written"));
    let bundle = desk.stage.path("devices.bundle");
    let told = said(&mut desk.command(&["journal", "export", "bundle", bundle.to_str().unwrap()]));
    let signer = told.trim_end_matches('.').rsplit(' ').next().unwrap().to_owned();
    let verified = said(&mut desk.command(&["verify", bundle.to_str().unwrap(), "--signer", &signer]));
    assert!(verified.contains(&signer), "{verified}");
    let csv = desk.stage.path("devices.csv");
    said(&mut desk.command(&["journal", "export", "devices-csv", csv.to_str().unwrap()]));
    assert!(std::fs::read_to_string(csv).unwrap().contains("Lost"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_changed_is_reviewed_once_and_devices_are_found_without_a_network() {
    let mut desk = Desk::new().await;
    let device = desk.joins("Hall", 1).await;
    said(&mut desk.command(&["sync"]));
    desk.stage.stop();
    let review = |arguments: &[&str]| said(&mut desk.command(&[&["review"], arguments].concat()));
    let changes = review(&["--mark"]);
    assert!(changes.contains("Hall") && changes.contains("1 new, 0 over, 0 with other rights"), "{changes}");
    let changes = review(&[]);
    assert!(!changes.contains("Hall") && changes.contains("0 new"), "{changes}");
    for filter in [&["--never-used"][..], &["--search", "hal"], &["--standing", "active", "--platform", "Office"]] {
        assert!(review(filter).contains(&device), "{filter:?}");
    }
    for filter in [&["--broad"][..], &["--search", "cellar"], &["--standing", "active", "--platform", "local"]] {
        assert!(!review(filter).contains(&device), "{filter:?}");
    }
    assert_eq!(failed(&mut desk.command(&["review", "--mark", "--broad"])).0, 2);
}
