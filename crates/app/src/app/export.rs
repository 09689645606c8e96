//! What leaves the app as a file: a platform's activity log, the devices of all platforms, the journal, and both signed.

use std::io::{BufWriter, Write};
use std::path::Path;

use clawpair_core::clock::{Clock as _, SystemClock};
use clawpair_mirror::{Act, ExportError, ExportFormat, Mirror};
use ed25519_dalek::SigningKey;
use futures_util::TryStreamExt;

use super::{Answer, App};
use crate::view::Refusal;
use crate::view::journal::{Export, Exported};
use crate::whole_file::{WholeFile, unwritable};
use crate::{files, signing};

impl App {
    /// Writes a platform's activity log into a file for spreadsheets. What was there is replaced once all is written, not before.
    ///
    /// # Errors
    /// The platform's refusal, or when the file cannot be written or is one of the app's own.
    pub async fn export_activity(&self, platform: &str, path: &Path) -> Answer<()> {
        self.leaves_own_files(path)?;
        let mut pieces = self.platform(platform)?.export_activity().await?;
        let mut whole = WholeFile::begin(path)?;
        while let Some(piece) = pieces.try_next().await? {
            whole.file().write_all(&piece).map_err(|error| unwritable(path, &error))?;
        }
        Ok(whole.finish()?)
    }

    /// Writes devices or the journal into a file, as a whole or not at all.
    ///
    /// # Errors
    /// When they cannot be read, the file cannot be written or is one of the app's own, or the key that signs cannot be had.
    pub async fn export(&self, what: Export, path: &Path) -> Answer<Exported> {
        self.leaves_own_files(path)?;
        let key = if what == Export::Bundle { Some(self.signing_key().await?) } else { None };
        let signed_by = key.as_ref().map(signing::fingerprint);
        let to = path.to_owned();
        self.0.mirroring.ask(move |mirror| Ok(write(mirror, what, key.as_ref(), &to))).await??;
        self.note_own(Act::Export, Some(what.word().to_owned())).await;
        Ok(Exported { what, file: path.display().to_string(), signed_by })
    }
}

impl App {
    /// Refuses to write over what the app itself keeps, which is open and would go on under no name.
    pub(super) fn leaves_own_files(&self, path: &Path) -> Answer<()> {
        if !files::is_own(&self.0.data_dir, path) {
            return Ok(());
        }
        let message = format!("{} is one of Clawpair’s own files. It was left as it is.", path.display());
        Err(Refusal::new("invalid_request", message, "Choose another name or another folder."))
    }
}

fn write(mirror: &Mirror, what: Export, key: Option<&SigningKey>, path: &Path) -> Answer<()> {
    let mut whole = WholeFile::begin(path)?;
    let mut out = BufWriter::new(whole.file());
    let written = match (what, key) {
        (Export::DevicesCsv, _) => mirror.export_devices(ExportFormat::Csv, &mut out),
        (Export::DevicesJson, _) => mirror.export_devices(ExportFormat::Json, &mut out),
        (Export::JournalCsv, _) => mirror.export_journal(ExportFormat::Csv, &mut out),
        (Export::JournalJson, _) => mirror.export_journal(ExportFormat::Json, &mut out),
        (Export::Bundle, Some(key)) => mirror.export_bundle(key, SystemClock.now(), &mut out),
        (Export::Bundle, None) => return Err(Refusal::unsupported("Nobody signs without a key.")),
    };
    written.and_then(|()| Ok(out.flush()?)).map_err(|error| match error {
        ExportError::Mirror(error) => Refusal::from(error.body()),
        ExportError::Write(error) => unwritable(path, &error).into(),
    })?;
    drop(out);
    Ok(whole.finish()?)
}
