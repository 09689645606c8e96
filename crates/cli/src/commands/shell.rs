//! What shells and `man` take from this program.

use std::io;
use std::path::PathBuf;

use clap::CommandFactory;
use clap_complete::Shell;

use crate::args::Args;
use crate::failure::Failure;
use crate::output::written;

/// Print what makes a shell complete this program's commands
#[derive(clap::Args)]
pub(crate) struct Completions {
    /// For which shell
    shell: Shell,
}

impl Completions {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Args::command(), "clawpair", &mut script);
        written(io::Write::write_all(&mut io::stdout(), &script))
    }
}

/// Write the manual's pages, one for each command
#[derive(clap::Args)]
pub(crate) struct Man {
    /// The folder to write them to, such as ~/.local/share/man/man1; made if it is not there
    folder: PathBuf,
}

impl Man {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        let failed = |error: io::Error| Failure::file(&self.folder, error);
        std::fs::create_dir_all(&self.folder).map_err(failed)?;
        clap_mangen::generate_to(Args::command(), &self.folder).map_err(failed)
    }
}
