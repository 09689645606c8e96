//! The program `clawpair-server`: the platform on a machine of its own. No rules of its own either.

mod program;

use std::process::ExitCode;

fn main() -> ExitCode {
    program::main()
}
