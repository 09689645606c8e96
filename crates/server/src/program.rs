//! The command line of `clawpair-server`, and what each command does.

#[expect(clippy::doc_markdown, reason = "these comments are what --help prints")]
mod args;
mod backup;
mod config;
mod data;
mod descriptors;
mod invite;
mod keys;
mod log;
mod mail;
mod serve;
mod verify;

use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;

use args::{Args, Command};
use config::Config;
use data::DataDir;

/// Runs the program.
pub(crate) fn main() -> ExitCode {
    match run(Args::parse()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: Args) -> Result<ExitCode> {
    let data = DataDir::at(&args.data);
    match args.command {
        Command::Serve(options) => {
            let print = options.print_config;
            let config = Config::settle(options, &data)?;
            if print {
                print!("{}", config.shown(&data)?);
                return Ok(ExitCode::SUCCESS);
            }
            serve::serve(&config, &data)?;
        }
        Command::Key { secrets, command } => keys::run(command, &data, secrets.secrets.as_deref())?,
        Command::Invite(options) => invite::run(options, &data)?,
        Command::Openapi => print!("{}", clawpair_api::OPENAPI),
        Command::VerifyActivity => return verify::run(&data),
        Command::Backup { file } => backup::backup(&data, &file)?,
        Command::Restore { file } => backup::restore(&data, &file)?,
    }
    Ok(ExitCode::SUCCESS)
}
