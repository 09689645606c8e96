//! `backup` and `restore`.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use clawpair_core::Clock;
use clawpair_core::clock::SystemClock;

use super::data::DataDir;

/// Writes a copy of the database, whether or not a platform runs.
pub(crate) fn backup(data: &DataDir, file: &Path) -> Result<()> {
    data.ensure_there()?;
    clawpair_store::backup(&data.database(), file)?;
    println!("{} holds the database as it was a moment ago. The platform's keys are not in it.", file.display());
    Ok(())
}

/// Puts a backup in the database's place while no platform runs.
pub(crate) fn restore(data: &DataDir, file: &Path) -> Result<()> {
    ensure!(file.exists(), "There is no file {}.", file.display());
    data.make()?;
    let _alone = data.own()?;
    let restored = clawpair_store::restore(file, &data.database(), SystemClock.now())
        .with_context(|| format!("{} was not restored, and nothing was changed", file.display()))?;
    println!("{} is the database now.", file.display());
    println!("{} codes that were open in it are void; make new ones.", restored.voided);
    println!("{} members are signed out and {} invitations are withdrawn.", restored.signed_out, restored.withdrawn);
    if let Some(replaced) = restored.replaced {
        println!("The one before is {}.", replaced.display());
    }
    Ok(())
}
