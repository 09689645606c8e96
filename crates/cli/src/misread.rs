//! A command line that was not understood.

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clawpair_core::text::sanitised;

use crate::failure::Failure;

/// What stands for what was given: it may be a secret that was pasted into the wrong place.
const GIVEN: &str = "…";

/// Why it was not, without quoting what was given.
pub(crate) fn misread(mut error: clap::Error) -> Failure {
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        return Failure::input("A command is missing.").hint(error.render().to_string().trim());
    }
    error.remove(ContextKind::Suggested);
    let argument = text(error.get(ContextKind::InvalidArg));
    if error.kind() == ErrorKind::UnknownArgument && !argument.is_some_and(|argument| is_an_option(&argument)) {
        error.insert(ContextKind::InvalidArg, ContextValue::String(GIVEN.to_owned()));
    }
    if error.kind() == ErrorKind::InvalidSubcommand {
        error.insert(ContextKind::InvalidSubcommand, ContextValue::String(GIVEN.to_owned()));
    }
    let value = text(error.get(ContextKind::InvalidValue)).filter(|value| !value.is_empty());
    if value.is_some() {
        error.insert(ContextKind::InvalidValue, ContextValue::String(GIVEN.to_owned()));
    }
    let mut told = error.render().to_string();
    if let Some(value) = value {
        // Whoever reads a value says with these marks what it is not.
        told = told.replace(&format!("“{}”", sanitised(&value)), &format!("“{GIVEN}”"));
    }
    let told = told.trim();
    let (message, hint) = told.strip_prefix("error: ").unwrap_or(told).split_once("\n\n").unwrap_or((told, ""));
    let mut letters = message.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    let failure = Failure::input(first.into_iter().chain(letters).collect::<String>());
    if hint.is_empty() { failure } else { failure.hint(hint) }
}

fn text(value: Option<&ContextValue>) -> Option<String> {
    value.map(ToString::to_string)
}

/// No secret looks like one: lower-case words with dashes before them.
fn is_an_option(text: &str) -> bool {
    text.strip_prefix("--").is_some_and(|name| name.len() <= 32 && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'))
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::args::Args;

    const KEY: &str = "cpk_ABCDEFGH_1G64S36D1N6RVKGEB1C9HP8SB6";

    fn said(arguments: &[&str]) -> String {
        let Err(error) = Args::try_parse_from([&["clawpair"], arguments].concat()) else { panic!("{arguments:?} is understood") };
        let failure = misread(error);
        format!("{}\n{}", failure.message, failure.hint.unwrap_or_default())
    }

    #[test]
    fn what_was_given_is_not_quoted_wherever_it_was_pasted() {
        for arguments in [
            &[KEY][..],
            &["configure", KEY],
            &["whoami", KEY],
            &["secrets", "check", KEY],
            &["secrets", "check", &format!("vault:{KEY}")],
            &["--pin", KEY, "whoami"],
            &[&format!("--{KEY}"), "whoami"],
            &["devices", KEY],
            &["devices", "list", "--sort", KEY],
            &["devices", "list", "--limit", KEY],
            &["devices", "create-pairing-code", "--expires-in", KEY],
            &["platforms", "add", KEY, "--url", "https://hub.example.org"],
            &["platforms", "add", "hub", "--url", KEY],
            &["platforms", "add", "hub", "--url", &format!("https://{KEY}@hub")],
            &["keys", "create", "--name", "x", "--role", KEY],
            &["keys", "create", "--name", "x", "--role", "viewer", "--scopes", KEY],
            &["members", "role", "mem-x", KEY],
            &["codes", "list", "--status", KEY],
            &["verify", "x", "--signer", KEY],
            &["journal", "export", KEY, "x"],
            &["outbox", "withdraw", KEY],
        ] {
            let said = said(arguments);
            assert!(!said.contains(&KEY[4..]), "{said}");
            assert!(said.len() > 20, "{said}");
        }
    }

    #[test]
    fn what_is_wrong_is_said_all_the_same() {
        assert!(
            said(&["devices", "list", "--limit", "0"]).starts_with("Invalid value '…' for '--limit <N>': 0 is not in 1..=100000")
        );
        assert!(said(&["devices", "list", "--limits", "1"]).contains("'--limits' found\n"));
        let similar = said(&["device", "list"]);
        assert!(similar.contains("'devices'"), "{similar}");
        assert!(said(&["keys", "create", "--name", "x", "--role", "king"]).contains("“…” is no role; the roles are admin"));
        assert!(said(&["secrets"]).starts_with("A command is missing."));
    }
}
