//! What each command does: decode, ask the platform, print.

mod qr;
mod secrets;
mod shell;

use std::path::PathBuf;

use clawpair_app::SystemKeyring;
use clawpair_core::clock::SystemClock;

pub(crate) use self::qr::Qr;
pub(crate) use self::secrets::Secrets;
pub(crate) use self::shell::{Completions, Man};
use crate::args::{Args, Command};
use crate::failure::Failure;
use crate::output::Output;
use crate::secrets::Surroundings;

pub(crate) fn execute(args: Args, output: Output) -> Result<(), Failure> {
    let variable = |name: &str| std::env::var(name).ok();
    let home = variable("HOME").map(PathBuf::from);
    let surroundings = Surroundings { variable: &variable, home, keyring: &SystemKeyring, clock: &SystemClock };
    match args.command {
        Command::Doctor(doctor) => doctor.run(output, &SystemClock),
        Command::Qr(qr) => qr.run(output),
        Command::Secrets(secrets) => secrets.run(output, &surroundings),
        Command::Completions(completions) => completions.run(),
        Command::Man(man) => man.run(),
    }
}
