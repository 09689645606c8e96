//! Nothing that lets anybody in is where it was not asked for.

use std::io::Write;
use std::process::{Output, Stdio};

use crate::stage::{PASSWORD, Stage, failed, piped, stderr};

fn printed(output: &Output) -> String {
    format!("{}\n{}", String::from_utf8_lossy(&output.stdout), stderr(output))
}

#[test]
fn neither_key_nor_password_is_printed_or_logged() {
    let stage = Stage::new();
    let secret = stage.key.rsplit('_').next().unwrap().to_owned();
    let mut all = printed(&piped(&mut stage.command(&["configure", "--api-key", "-"]), &stage.key));
    stage.ada_joins();
    all += &printed(&stage.command(&["configure", "--api-key", &stage.key]).output().unwrap());
    for arguments in [
        &["whoami"][..],
        &["--json", "whoami"],
        &["keys", "list"],
        &["--json", "keys", "list"],
        &["secrets", "check", "env:CLAWPAIR_API_KEY"],
        &["--json", "secrets", "check", "env:CLAWPAIR_API_KEY"],
        &["doctor", &stage.key],
        &["--json", "doctor", &stage.key],
        &["--platform", "nowhere", "whoami"],
        &["--platform", &stage.key, "whoami"],
        &["devices", "show", &stage.key],
    ] {
        all += &printed(&stage.with_key(arguments).output().unwrap());
    }
    // Pasted where something else is expected.
    for arguments in [
        &[stage.key.as_str()][..],
        &["configure", &stage.key],
        &["--json", "configure", &stage.key],
        &["secrets", "check", &stage.key],
        &["--json", "secrets", "check", &stage.key],
        &["secrets", "check", &format!("env:{}", stage.key)],
        &["configure", "--api-key", &format!("env:{}", stage.key)],
        &["--pin", &stage.key, "whoami"],
        &["platforms", "add", "hub", "--url", &stage.key],
        &["devices", "list", "--sort", &stage.key],
        &["keys", "create", "--name", "x", "--role", &stage.key],
    ] {
        let (code, why) = failed(&mut stage.with_key(arguments));
        assert_eq!(code, 2, "{arguments:?}: {why}");
        if arguments.contains(&"--json") {
            let failure: serde_json::Value = serde_json::from_str(&why).unwrap_or_else(|error| panic!("{error}: {why}"));
            assert!(failure["code"] == "bad_input" && failure["message"].is_string(), "{failure}");
        }
        all += &why;
    }
    let (code, why) = failed(stage.with_key(&["whoami"]).env("CLAWPAIR_PIN", &stage.key));
    assert!(code == 2 && why.contains("CLAWPAIR_PIN"), "{why}");
    all += &why;
    let near_miss = format!("{}!", stage.key);
    all += &printed(&stage.command(&["whoami"]).env("CLAWPAIR_API_KEY", &near_miss).output().unwrap());
    all += &printed(&stage.command(&["configure", "--api-key", &near_miss]).output().unwrap());
    all += &printed(&stage.command(&["login", "--username", "Ada", "--password", PASSWORD]).output().unwrap());
    all += &printed(&piped(&mut stage.command(&["login", "--username", "Ada"]), PASSWORD));
    all += &printed(&piped(&mut stage.command(&["login", "--username", "Eve"]), PASSWORD));
    all += &stage.log();
    assert!(!all.contains(&secret), "the key's secret part");
    assert!(!all.contains(PASSWORD));
    assert!(all.contains("Ada") && all.contains("cpk_"), "something was printed: {all}");
}

#[test]
fn a_code_is_on_standard_output_alone_and_a_batch_in_its_file_alone() {
    let stage = Stage::new();
    let create = ["devices", "create-pairing-code", "--name", "x", "--type", "x", "--permissions", "a:read"];
    let made = stage.with_key(&create).output().unwrap();
    let code = String::from_utf8(made.stdout.clone()).unwrap().trim().to_owned();
    assert!(!stderr(&made).contains(&code[4..]));
    let many = stage.with_key(&[&create[..], &["--count", "3", "--out", "codes.jsonl"]].concat()).output().unwrap();
    let file = std::fs::read_to_string(stage.path("codes.jsonl")).unwrap();
    for line in file.lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        let secret = &line["code"].as_str().unwrap()[7..];
        assert!(!printed(&many).contains(secret) && !stage.log().contains(secret));
    }
    let listed = stage.said(&["--json", "codes", "list"]);
    assert!(!listed.contains(&code[7..]) && !stage.log().contains(&code[7..]));
}

/// Linux shows every process's command line and its own environment.
#[cfg(target_os = "linux")]
#[test]
fn what_is_piped_in_is_not_in_the_list_of_processes() {
    let stage = Stage::new();
    let mut command = stage.command(&["configure", "--api-key", "-"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let mut pipe = child.stdin.take().unwrap();
    pipe.write_all(stage.key.as_bytes()).unwrap();
    // It waits for the end of its input, so it is there to be looked at; right after its start there is nothing to see yet.
    let shown = |what: &str| String::from_utf8_lossy(&std::fs::read(format!("/proc/{}/{what}", child.id())).unwrap()).into_owned();
    while shown("environ").is_empty() || shown("cmdline").is_empty() {
        std::thread::yield_now();
    }
    assert!(shown("cmdline").contains("configure"));
    for what in ["cmdline", "environ", "comm"] {
        assert!(!shown(what).contains(&stage.key[12..]), "{what}");
    }
    drop(pipe);
    assert!(child.wait().unwrap().success());
}
