//! The command line.
#![expect(clippy::doc_markdown, reason = "comments that are help for people have no backticks")]

use std::fmt::Write as _;

use clap::{Parser, Subcommand};
use clawpair_core::pin::ServerPin;

use crate::commands::{
    Activity, Alerts, Codes, Completions, Configure, Devices, Journal, Keys, Login, Logout, Man, Members, Outbox, Platforms, Qr,
    Requests, Review, Secrets, Sync, Verify, Whoami,
};
use crate::doctor::Doctor;
use crate::exit::Exit;

/// Pair and manage devices from scripts, CI and terminals.
#[derive(Parser)]
#[command(name = "clawpair", version, after_help = after_help(), disable_help_subcommand = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,

    /// The platform: a name from clawpair platforms, an address with https://, or local; without it what CLAWPAIR_URL names, or the one
    /// there is
    #[arg(long, global = true, value_name = "NAME OR URL")]
    pub(crate) platform: Option<String>,

    /// The key of the platform to trust, 26 symbols; without it CLAWPAIR_PIN, the one that was accepted, or the system's authorities
    #[arg(long, global = true, value_name = "PIN")]
    pub(crate) pin: Option<ServerPin>,

    /// Print results as JSON, with the fields of the REST contract, and failures as {code, message, hint}
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    Login(Login),
    Logout(Logout),
    Configure(Configure),
    Whoami(Whoami),
    Platforms(Platforms),
    Devices(Devices),
    Codes(Codes),
    Requests(Requests),
    Activity(Activity),
    Alerts(Alerts),
    Keys(Keys),
    Members(Members),
    Sync(Sync),
    Outbox(Outbox),
    Journal(Journal),
    Review(Review),
    Doctor(Doctor),
    Verify(Verify),
    Qr(Qr),
    Secrets(Secrets),
    Completions(Completions),
    Man(Man),
}

fn after_help() -> String {
    let mut text = "Exit codes:\n".to_owned();
    for exit in Exit::ALL {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "  {:>2}  {}", exit.code(), exit.meaning());
    }
    text + "\ndocs/CLI.md has every command, what JSON holds, and how keys are given."
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Args::command().debug_assert();
    }

    fn commands(command: &clap::Command, path: &str, all: &mut Vec<String>) {
        for below in command.get_subcommands() {
            let name = if path.is_empty() { below.get_name().to_owned() } else { format!("{path} {}", below.get_name()) };
            commands(below, &name, all);
            if below.get_subcommands().next().is_none() {
                all.push(name);
            }
        }
    }

    #[test]
    fn the_documentation_has_every_command_and_exit_code() {
        let documented = include_str!("../../../docs/CLI.md");
        let table = documented.split_once("## Commands\n").unwrap().1.split_once("## For programs").unwrap().0;
        let mut all = Vec::new();
        commands(&Args::command(), "", &mut all);
        assert!(all.len() > 40);
        for name in all {
            let has = |line: &str| match name.split_once(' ') {
                None => line.contains(&format!("clawpair {name}")),
                Some((group, below)) => {
                    let named = [format!("clawpair {group} {below}"), format!("`{below}`"), format!("`{below} ")];
                    line.contains(&format!("clawpair {group} ")) && named.iter().any(|named| line.contains(named))
                }
            };
            assert!(table.lines().any(has), "{name}");
        }
        for exit in Exit::ALL {
            assert!(documented.contains(&format!("| {} | {} |\n", exit.code(), exit.meaning())), "{exit:?}");
        }
    }

    #[test]
    fn help_lists_every_exit_code() {
        let help = Args::command().render_help().to_string();
        for exit in Exit::ALL {
            assert!(help.contains(&format!("{:>2}  {}", exit.code(), exit.meaning())), "{help}");
        }
    }
}
