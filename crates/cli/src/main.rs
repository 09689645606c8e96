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
mod output;
mod private;
mod secrets;
mod session;
mod terminal_qr;

use std::process::ExitCode;

use clap::Parser;

use self::args::Args;
use self::exit::Exit;
use self::output::Output;

fn main() -> ExitCode {
    let args = Args::parse();
    let output = Output { json: args.json };
    match commands::execute(args, output) {
        Ok(()) => Exit::Done.code().into(),
        Err(failure) => {
            output.fail(&failure);
            failure.exit.code().into()
        }
    }
}
