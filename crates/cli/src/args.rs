//! The command line.

use std::fmt::Write as _;

use clap::{Parser, Subcommand};

use crate::commands::{Completions, Man, Qr, Secrets};
use crate::doctor::Doctor;
use crate::exit::Exit;

/// Pair and manage devices from scripts, CI and terminals.
#[derive(Parser)]
#[command(name = "clawpair", version, after_help = after_help(), disable_help_subcommand = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,

    /// Print results as JSON, with the fields of the REST contract, and failures as {code, message, hint}
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    Doctor(Doctor),
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

    #[test]
    fn help_lists_every_exit_code() {
        let help = Args::command().render_help().to_string();
        for exit in Exit::ALL {
            assert!(help.contains(&format!("{:>2}  {}", exit.code(), exit.meaning())), "{help}");
        }
    }
}
