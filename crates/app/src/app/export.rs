//! The activity log as a file.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

use clawpair_api::{ErrorBody, ErrorCode};
use futures_util::TryStreamExt;

use super::{Answer, App};

impl App {
    /// Writes a platform's activity log into a file for spreadsheets. What was there is replaced once all is written, not before.
    ///
    /// # Errors
    /// The platform's refusal, or when the file cannot be written.
    pub async fn export_activity(&self, platform: &str, path: &Path) -> Answer<()> {
        let unfinished = path.with_added_extension("part");
        let written = self.write_activity(platform, &unfinished).await;
        let written = written.and_then(|()| Ok(fs::rename(&unfinished, path).map_err(|error| unwritable(path, &error))?));
        if written.is_err() {
            let _ = fs::remove_file(&unfinished);
        }
        written
    }

    async fn write_activity(&self, platform: &str, path: &Path) -> Answer<()> {
        let mut pieces = self.platform(platform)?.export_activity().await?;
        let mut file = File::create(path).map_err(|error| unwritable(path, &error))?;
        while let Some(piece) = pieces.try_next().await? {
            file.write_all(&piece).map_err(|error| unwritable(path, &error))?;
        }
        Ok(file.sync_all().map_err(|error| unwritable(path, &error))?)
    }
}

fn unwritable(path: &Path, error: &std::io::Error) -> ErrorBody {
    let mut body = ErrorBody::new(ErrorCode::StorageUnavailable, format!("{} could not be written: {error}.", path.display()));
    body.hint = Some("Choose another folder, or free some space, and export again.".into());
    body
}
