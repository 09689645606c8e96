//! `clawpair-device`: pairs this device with a Clawpair platform and keeps it connected.

use std::process::ExitCode;

use clap::Parser;
use clawpair_device::{DeviceError, Exit};
use tracing_subscriber::EnvFilter;

mod program {
    pub(crate) mod args;
    pub(crate) mod commands;
}

use program::args::Args;
use program::commands;

fn main() -> ExitCode {
    let args = Args::parse();
    let filter = EnvFilter::try_from_env("CLAWPAIR_LOG").unwrap_or_else(|_| EnvFilter::new("clawpair_device=info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr()))
        .with_writer(std::io::stderr)
        .init();
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("This program could not start: {error}. Close other programs and try again.");
            return Exit::Fault.code().into();
        }
    };
    let outcome: Result<(), DeviceError> = runtime.block_on(commands::execute(args));
    match outcome {
        Ok(()) => Exit::Done.code().into(),
        Err(error) => {
            eprintln!("{error}");
            Exit::from(&error).code().into()
        }
    }
}
