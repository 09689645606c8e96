//! `verify-activity`.

use std::fmt::Write as _;
use std::process::ExitCode;

use anyhow::Result;

use super::data::DataDir;

/// Checks the whole log, whether or not a platform runs. Ends with 1 when it is not whole.
pub(crate) fn run(data: &DataDir) -> Result<ExitCode> {
    data.ensure_there()?;
    match clawpair_store::verify_activity(&data.database())? {
        Ok(verified) => {
            let hash = verified.last.hash.iter().fold(String::new(), |mut hex, byte| {
                let _ = write!(hex, "{byte:02x}");
                hex
            });
            println!("The activity log is whole, from entry {} to entry {}.", verified.first, verified.last.number);
            println!("Its last hash is {hash}; kept elsewhere, it shows the next time that nothing before it was written anew.");
            Ok(ExitCode::SUCCESS)
        }
        Err(fault) => {
            println!("The activity log is not whole. {fault}");
            Ok(ExitCode::FAILURE)
        }
    }
}
