//! Devices and the journal as files for other programs.

use std::io::{self, Write};

use clawpair_core::activity::{Entry, hex};
use clawpair_core::text::defused;
use rusqlite::Connection;
use serde::Serialize;

use crate::device_row;
use crate::error::MirrorError;
use crate::file::Mirror;
use crate::journal;
use crate::record::{DeviceRecord, Standing};

/// What kind of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportFormat {
    /// For spreadsheets: RFC 4180, with a header. Texts that a spreadsheet would take for a formula are defused.
    Csv,
    /// One JSON array, exact, with an object a line.
    Json,
}

/// A device as it is exported.
#[derive(Serialize)]
pub(crate) struct DeviceLine {
    platform: String,
    standing: Standing,
    group: Option<String>,
    #[serde(flatten)]
    record: DeviceRecord,
}

/// An entry of the journal as it is exported: all that its hash covers.
#[derive(Serialize)]
pub(crate) struct JournalLine<'a> {
    number: i64,
    at: String,
    at_ms: i64,
    actor: &'a str,
    action: &'a str,
    subject: &'a str,
    details: Option<&'a str>,
    hash: String,
}

impl<'a> JournalLine<'a> {
    pub(crate) fn of(entry: &'a Entry) -> Self {
        Self {
            number: entry.number,
            at: entry.at.to_string(),
            at_ms: entry.at.as_millis(),
            actor: &entry.actor,
            action: &entry.action,
            subject: &entry.subject,
            details: entry.details.as_deref(),
            hash: hex(&entry.hash),
        }
    }
}

const DEVICE_HEADER: [&str; 17] = [
    "platform",
    "id",
    "name",
    "device_type",
    "standing",
    "permissions",
    "tags",
    "group",
    "key_fingerprint",
    "paired_at",
    "last_seen_at",
    "last_address",
    "said_name",
    "runs_on",
    "version",
    "revoked_at",
    "reason",
];
const JOURNAL_HEADER: [&str; 8] = ["number", "at", "at_ms", "actor", "action", "subject", "details", "hash"];

impl Mirror {
    /// Writes all devices, in the order in which they became known here.
    ///
    /// # Errors
    /// When they cannot be read or written; what was written until then is no whole file.
    pub fn export_devices(&self, format: ExportFormat, out: impl Write) -> Result<(), ExportError> {
        let mut lines = Lines::new(format, out, &DEVICE_HEADER)?;
        self.exporting(|db| each_device(db, |line| lines.add(line, device_cells)))?;
        lines.finish()
    }

    /// Writes the journal, oldest first.
    ///
    /// # Errors
    /// When it cannot be read or written; what was written until then is no whole file.
    pub fn export_journal(&self, format: ExportFormat, out: impl Write) -> Result<(), ExportError> {
        let mut lines = Lines::new(format, out, &JOURNAL_HEADER)?;
        self.exporting(|db| each_entry(db, |entry| lines.add(&JournalLine::of(entry), journal_cells)))?;
        lines.finish()
    }

    /// Reads one state of the file from beginning to end.
    pub(crate) fn exporting(&self, export: impl FnOnce(&Connection) -> Result<(), ExportError>) -> Result<(), ExportError> {
        let mut failed = None;
        self.read(|db| {
            failed = export(db).err();
            Ok(())
        })?;
        failed.map_or(Ok(()), Err)
    }
}

/// A file could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// Reading has failed.
    #[error(transparent)]
    Mirror(#[from] MirrorError),
    /// Writing has failed.
    #[error("The file could not be written: {0}. Choose another place or free some space.")]
    Write(#[from] io::Error),
}

impl From<csv::Error> for ExportError {
    fn from(error: csv::Error) -> Self {
        Self::Write(io::Error::other(error))
    }
}

pub(crate) fn each_device(db: &Connection, mut one: impl FnMut(&DeviceLine) -> Result<(), ExportError>) -> Result<(), ExportError> {
    let sql = format!(
        "SELECT {}, (SELECT platform.id FROM platform WHERE platform.number = device.platform) FROM device ORDER BY number",
        device_row::COLUMNS
    );
    let mut statement = db.prepare(&sql).map_err(MirrorError::from)?;
    let mut rows = statement.query([]).map_err(MirrorError::from)?;
    while let Some(row) = rows.next().map_err(MirrorError::from)? {
        let device = device_row::read(row)?;
        let platform = row.get(5).map_err(MirrorError::from)?;
        one(&DeviceLine { platform, standing: device.standing, group: device.group, record: device.record })?;
    }
    Ok(())
}

pub(crate) fn each_entry(db: &Connection, mut one: impl FnMut(&Entry) -> Result<(), ExportError>) -> Result<(), ExportError> {
    let mut failed = None;
    let _ = journal::each(db, |entry| {
        failed = failed.take().or(one(entry).err());
        Ok(Ok(()))
    })?;
    failed.map_or(Ok(()), Err)
}

enum Lines<W: Write> {
    Csv(Box<csv::Writer<W>>),
    Json { out: W, begun: bool },
}

impl<W: Write> Lines<W> {
    fn new(format: ExportFormat, out: W, header: &[&str]) -> Result<Self, ExportError> {
        Ok(match format {
            ExportFormat::Json => Self::Json { out, begun: false },
            ExportFormat::Csv => {
                let mut builder = csv::WriterBuilder::new();
                let mut writer = builder.has_headers(false).terminator(csv::Terminator::CRLF).from_writer(out);
                writer.write_record(header)?;
                Self::Csv(Box::new(writer))
            }
        })
    }

    fn add<T: Serialize>(&mut self, line: &T, cells: impl FnOnce(&T) -> Vec<String>) -> Result<(), ExportError> {
        match self {
            Self::Json { out, begun } => {
                out.write_all(if *begun { b",\n" } else { b"[\n" })?;
                serde_json::to_writer(&mut *out, line).map_err(io::Error::from)?;
                *begun = true;
            }
            Self::Csv(writer) => writer.write_record(cells(line).iter().map(|cell| defused(cell)))?,
        }
        Ok(())
    }

    fn finish(self) -> Result<(), ExportError> {
        match self {
            Self::Json { mut out, begun } => {
                out.write_all(if begun { b"\n]\n" } else { b"[]\n" })?;
                out.flush()?;
            }
            Self::Csv(mut writer) => writer.flush()?,
        }
        Ok(())
    }
}

fn device_cells(line: &DeviceLine) -> Vec<String> {
    let device = &line.record.device;
    let standing = match line.standing {
        Standing::Active => "active",
        Standing::Disabled => "disabled",
        Standing::Revoked => "revoked",
        Standing::Gone => "gone",
    };
    let maybe = |text: &Option<String>| text.clone().unwrap_or_default();
    vec![
        line.platform.clone(),
        device.id.clone(),
        device.name.clone(),
        device.device_type.clone(),
        standing.into(),
        device.permissions.join(" "),
        device.tags.join(" "),
        maybe(&line.group),
        device.key_fingerprint.clone(),
        device.paired_at.clone(),
        maybe(&device.last_seen_at),
        maybe(&device.last_address),
        maybe(&device.said_name),
        maybe(&device.platform),
        maybe(&device.version),
        maybe(&device.revoked_at),
        maybe(&device.reason),
    ]
}

fn journal_cells(line: &JournalLine<'_>) -> Vec<String> {
    vec![
        line.number.to_string(),
        line.at.clone(),
        line.at_ms.to_string(),
        line.actor.to_owned(),
        line.action.to_owned(),
        line.subject.to_owned(),
        line.details.unwrap_or_default().to_owned(),
        line.hash.clone(),
    ]
}
