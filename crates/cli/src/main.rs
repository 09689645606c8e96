//! `clawpair`: pairs and manages devices from scripts, CI and terminals.

mod args;
mod commands;
mod credentials;
mod desk;
mod doctor;
mod exit;
mod failure;
mod folders;
mod input;
mod known;
mod misread;
mod output;
mod private;
mod secrets;
mod session;
mod terminal_qr;

use std::process::ExitCode;

use clap::Parser;
use clap::error::ErrorKind;

use self::args::Args;
use self::exit::Exit;
use self::failure::Failure;
use self::misread::misread;
use self::output::Output;

fn main() -> ExitCode {
    match Args::try_parse() {
        Ok(args) => {
            let output = Output { json: args.json };
            ended(commands::execute(args, output), output)
        }
        Err(error) => unread(error),
    }
}

/// Help and version are what was asked for; anything else was not understood.
fn unread(error: clap::Error) -> ExitCode {
    let output = Output { json: std::env::args_os().any(|argument| argument == "--json") };
    let is_help = error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand && !output.json;
    if is_help || !error.use_stderr() {
        error.exit();
    }
    ended(Err(misread(error)), output)
}

fn ended(outcome: Result<(), Failure>, output: Output) -> ExitCode {
    match outcome {
        Ok(()) => Exit::Done.code().into(),
        Err(failure) => {
            output.fail(&failure);
            failure.exit.code().into()
        }
    }
}
