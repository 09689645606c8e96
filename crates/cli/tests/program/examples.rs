//! The examples of the documentation, run.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::requests::claim;
use crate::stage::{Stage, piped, program};

fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/examples")
}

fn job() -> String {
    std::fs::read_to_string(examples().join("ci-job.yml")).unwrap()
}

/// A folder with the program under its own name.
fn path_with_the_program(stage: &Stage) -> String {
    let bin = stage.path("bin");
    if std::fs::create_dir(&bin).is_ok() {
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_clawpair"), bin.join("clawpair")).unwrap();
    }
    format!("{}:{}", bin.display(), std::env::var("PATH").unwrap())
}

fn script(stage: &Stage, shell: &mut Command) -> String {
    for (name, value) in stage.with_key(&[]).get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    let output = shell.env("PATH", path_with_the_program(stage)).current_dir(stage.path(".")).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The shell lines of a step of the CI job.
fn step(job: &str, name: &str) -> String {
    let after = job.split_once(&format!("- name: {name}\n")).unwrap_or_else(|| panic!("no step {name}")).1;
    let (head, lines) = after.split_once("run: |\n").unwrap();
    assert!(!head.contains("- name:"), "the step {name} runs nothing");
    let indent = lines.len() - lines.trim_start().len();
    let is_of_it = |line: &&str| line.trim().is_empty() || line.len() - line.trim_start().len() >= indent;
    lines.lines().take_while(is_of_it).map(str::trim).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_ci_job_makes_a_code_and_keeps_it_out_of_its_log() {
    let stage = Stage::new();
    let output = stage.path("github-output");
    std::fs::write(&output, "").unwrap();
    let said = script(
        &stage,
        Command::new("sh")
            .args(["-eu", "-c", &step(&job(), "Make a pairing code")])
            .env("GITHUB_OUTPUT", &output)
            .env("GITHUB_RUN_ID", "7"),
    );
    let kept = std::fs::read_to_string(&output).unwrap();
    let code = kept.trim().split_once("code=").unwrap().1;
    assert!(code.starts_with("OCL-") && said.contains(&format!("::add-mask::{code}")), "{said}");
    assert_eq!(stage.json(&["codes", "list"])["pairings"][0]["name"], "Worker of run 7");
}

#[tokio::test]
async fn the_ci_job_revokes_what_earlier_runs_left() {
    let stage = Stage::new();
    let create = step(&job(), "Make a pairing code").replace("create-pairing-code", "create-pairing-code --link");
    let output = stage.path("github-output");
    let mut earlier = Command::new("sh");
    script(&stage, earlier.args(["-eu", "-c", &create]).env("GITHUB_OUTPUT", &output).env("GITHUB_RUN_ID", "7"));
    let kept = std::fs::read_to_string(&output).unwrap();
    let device = claim(kept.trim().strip_prefix("code=").unwrap()).await.unwrap().device;
    let other =
        stage.said(&["devices", "create-pairing-code", "--link", "--name", "Other", "--type", "x", "--permissions", "jobs:read"]);
    let other = claim(&other).await.unwrap().device;
    let revoke = step(&job(), "Revoke what earlier runs left");
    script(&stage, Command::new("sh").args(["-eu", "-c", &revoke]).env("GITHUB_RUN_ID", "8"));
    assert_eq!(stage.json(&["devices", "show", &device.id])["reason"], "replaced by run 8");
    assert_eq!(stage.json(&["devices", "show", &other.id])["status"], "active", "the job made no device of this type");
    let again = script(&stage, Command::new("sh").args(["-eu", "-c", &revoke]).env("GITHUB_RUN_ID", "9"));
    assert!(again.is_empty(), "there was nothing left to revoke: {again}");
}

#[test]
fn services_are_paired_at_deployment_from_their_list() {
    let stage = Stage::new();
    std::fs::copy(examples().join("services.csv"), stage.path("services.csv")).unwrap();
    script(&stage, Command::new("sh").arg(examples().join("deploy.sh")));
    let csv = std::fs::read_to_string(stage.path("services.csv")).unwrap();
    let services = csv.lines().count() - 1;
    let codes: Vec<_> = std::fs::read_dir(stage.path("secrets")).unwrap().map(|file| file.unwrap().path()).collect();
    assert_eq!(codes.len(), services);
    for file in codes {
        use std::os::unix::fs::PermissionsExt;
        let link = std::fs::read_to_string(&file).unwrap();
        assert!(link.trim().parse::<clawpair_core::link::PairingLink>().is_ok(), "{}", file.display());
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }
    assert!(!stage.path("codes.jsonl").exists(), "the list of all codes is removed");
    for service in csv.lines().skip(1).map(|line| line.split(',').next().unwrap()) {
        // As each service's container does, with nothing but the file that is mounted into it.
        let mut pair = Command::new(program("clawpair-device"));
        pair.args(["pair", "-"]).env("CLAWPAIR_DEVICE_STATE", stage.path(&format!("{service}.json")));
        let link = std::fs::read_to_string(stage.path("secrets").join(service)).unwrap();
        let paired = piped(&mut pair, &link);
        assert!(paired.status.success(), "{}", String::from_utf8_lossy(&paired.stderr));
    }
    let devices = stage.json(&["devices", "list", "--sort", "name"]);
    let devices = devices["devices"].as_array().unwrap();
    let names: Vec<_> = devices.iter().map(|device| device["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["billing", "mailer", "renderer"]);
    assert_eq!(devices[1]["permissions"], serde_json::json!(["orders:read"]), "each has its own, and no more");
}

#[test]
fn the_units_first_start_pairs_and_later_ones_do_not_mind() {
    let stage = Stage::new();
    let unit = std::fs::read_to_string(examples().join("../systemd/clawpair-device.service")).unwrap();
    let line = unit.lines().find_map(|line| line.strip_prefix("ExecStartPre=/bin/sh -c '")?.strip_suffix('\'')).unwrap();
    let device = program("clawpair-device");
    let line = line.replace("$$", "$").replace("/usr/local/bin/clawpair-device", device.to_str().unwrap());
    let create = ["devices", "create-pairing-code", "--link", "--name", "Box", "--type", "x", "--permissions", "a:read"];
    std::fs::write(stage.path("pairing"), stage.said(&create)).unwrap();
    let start = || {
        let mut shell = Command::new("/bin/sh");
        shell.args(["-c", &line]).env("CREDENTIALS_DIRECTORY", stage.path("."));
        shell.env("CLAWPAIR_DEVICE_STATE", stage.path("device.json")).output().unwrap()
    };
    for _ in 0..2 {
        let started = start();
        assert!(started.status.success(), "{}", String::from_utf8_lossy(&started.stderr));
    }
    assert_eq!(stage.json(&["devices", "list"])["devices"].as_array().unwrap().len(), 1);
    std::fs::remove_file(stage.path("device.json")).unwrap();
    assert!(!start().status.success(), "a used link lets nobody in, and the unit fails");
}
