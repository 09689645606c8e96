//! What the platform costs. Every number stands beside what the same machine can do at all in the same run: a bare handler,
//! a bare commit, and a peer. `cargo xtask bench` builds this with optimisation and runs it.

mod bare;
mod load;
mod peer;
mod platform;
mod process;
mod report;
mod sqlite;
mod wire;

use clap::{Parser, Subcommand};

#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Measures and prints the table.
    Run(report::Plan),
    /// A bare handler, for being measured.
    Bare,
}

fn main() -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    match Arguments::parse().command {
        Command::Run(plan) => runtime.block_on(report::run(&plan)),
        Command::Bare => runtime.block_on(bare::serve()),
    }
}
