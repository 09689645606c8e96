//! What the window tells of what nodes lend a gateway.

use std::collections::BTreeSet;
use std::fs::{read_dir, read_to_string};

/// The window's words for them.
const TOLD: &str = include_str!("../../../../ui/src/lib/format/nodeAbilities.ts");

/// The commands in the gateway's own rules of who may run what.
fn commands() -> BTreeSet<String> {
    let program = xtask::openclaw::folder().join("node_modules/openclaw/dist");
    let files = read_dir(program).unwrap().map(|file| file.unwrap().path());
    let is_policy = |name: &str| name.starts_with("node-command-policy-") || name.starts_with("node-commands-");
    let policies = files.filter(|path| path.file_name().and_then(|name| name.to_str()).is_some_and(is_policy));
    let is_command =
        |word: &&str| word.contains('.') && word.split('.').all(|part| !part.is_empty() && part.chars().all(char::is_alphanumeric));
    policies
        .filter(|path| path.extension().is_some_and(|extension| extension == "mjs"))
        .flat_map(|path| {
            let text = read_to_string(path).unwrap();
            text.split('"').filter(is_command).map(str::to_owned).collect::<Vec<_>>()
        })
        .collect()
}

#[test]
fn every_command_that_the_gateway_has_rules_for_is_told_in_plain_words() {
    let (known, told) = (commands(), |command: &String| TOLD.contains(&format!("'command:{command}':")));
    assert!(known.len() > 40 && known.contains("camera.snap"), "{known:?}");
    // A gateway runs these on machines of its own, and takes them from no node that asks to be let in.
    let missing: Vec<&String> = known.iter().filter(|command| !command.starts_with("worker.") && !told(command)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}
