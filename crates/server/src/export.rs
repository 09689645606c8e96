//! The activity log as a file, written while it is read: oldest first, with everything a hash covers.

use std::io;

use clawpair_core::Timestamp;
use clawpair_core::activity::{Entry, GENESIS, hex};
use clawpair_core::store::Store;
use clawpair_core::text::defused;
use serde::{Deserialize, Serialize};

/// Entries that are in memory at once.
const CHUNK: usize = 500;

/// What kind of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Format {
    /// For spreadsheets: RFC 4180, with a header. Texts a spreadsheet would take for a formula are defused, so this one is not
    /// exact.
    Csv,
    /// One JSON object a line, exact.
    Jsonl,
}

impl Format {
    pub(crate) const fn content_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8; header=present",
            Self::Jsonl => "application/jsonl",
        }
    }

    pub(crate) const fn disposition(self) -> &'static str {
        match self {
            Self::Csv => "attachment; filename=\"activity.csv\"",
            Self::Jsonl => "attachment; filename=\"activity.jsonl\"",
        }
    }
}

#[derive(Serialize)]
struct Line<'a> {
    number: i64,
    at: String,
    /// The exact time, which the hash covers: milliseconds since 1970.
    at_ms: i64,
    actor: &'a str,
    action: &'a str,
    subject: &'a str,
    address: Option<&'a str>,
    details: Option<&'a str>,
    format: i64,
    previous_hash: String,
    hash: String,
}

/// An export under way.
pub(crate) struct Export {
    format: Format,
    from: Option<Timestamp>,
    to: Option<Timestamp>,
    /// The last entry that was read.
    after: i64,
    /// Its hash; not known before the first entry of a pruned log.
    previous: Option<[u8; 32]>,
    begun: bool,
}

impl Export {
    pub(crate) const fn new(format: Format, from: Option<Timestamp>, to: Option<Timestamp>) -> Self {
        Self { format, from, to, after: 0, previous: None, begun: false }
    }

    /// The next piece of the file; none after the last.
    ///
    /// # Errors
    /// When the store fails: the download breaks off, so that half a log is not taken for a whole one.
    pub(crate) async fn next(&mut self, store: &dyn Store) -> io::Result<Option<Vec<u8>>> {
        loop {
            let entries = store.activity(self.after, CHUNK).await.map_err(io::Error::other)?;
            let ended = entries.is_empty();
            let piece = self.write(&entries)?;
            if !piece.is_empty() {
                return Ok(Some(piece));
            }
            if ended {
                return Ok(None);
            }
        }
    }

    fn write(&mut self, entries: &[Entry]) -> io::Result<Vec<u8>> {
        let mut lines = Lines::new(self.format, !std::mem::replace(&mut self.begun, true));
        for entry in entries {
            let previous = self.previous.or_else(|| (entry.number == 1).then_some(GENESIS));
            if self.from.is_none_or(|from| entry.at >= from) && self.to.is_none_or(|to| entry.at < to) {
                lines.add(entry, previous)?;
            }
            (self.after, self.previous) = (entry.number, Some(entry.hash));
        }
        lines.finish()
    }
}

enum Lines {
    Csv(Box<csv::Writer<Vec<u8>>>),
    Jsonl(Vec<u8>),
}

const HEADER: [&str; 11] =
    ["number", "at", "at_ms", "actor", "action", "subject", "address", "details", "format", "previous_hash", "hash"];

impl Lines {
    fn new(format: Format, first: bool) -> Self {
        match format {
            Format::Jsonl => Self::Jsonl(Vec::new()),
            Format::Csv => {
                let mut writer =
                    csv::WriterBuilder::new().has_headers(false).terminator(csv::Terminator::CRLF).from_writer(Vec::new());
                if first {
                    // A Vec takes everything.
                    let _ = writer.write_record(HEADER);
                }
                Self::Csv(Box::new(writer))
            }
        }
    }

    fn add(&mut self, entry: &Entry, previous: Option<[u8; 32]>) -> io::Result<()> {
        let line = Line {
            number: entry.number,
            at: entry.at.to_string(),
            at_ms: entry.at.as_millis(),
            actor: &entry.actor,
            action: &entry.action,
            subject: &entry.subject,
            address: entry.address.as_deref(),
            details: entry.details.as_deref(),
            format: entry.format.number(),
            previous_hash: previous.as_ref().map(|hash| hex(hash)).unwrap_or_default(),
            hash: hex(&entry.hash),
        };
        match self {
            Self::Jsonl(lines) => {
                serde_json::to_writer(&mut *lines, &line)?;
                lines.push(b'\n');
                Ok(())
            }
            Self::Csv(writer) => {
                let record = [
                    line.number.to_string(),
                    line.at,
                    line.at_ms.to_string(),
                    defused(line.actor),
                    defused(line.action),
                    defused(line.subject),
                    defused(line.address.unwrap_or_default()),
                    defused(line.details.unwrap_or_default()),
                    line.format.to_string(),
                    line.previous_hash,
                    line.hash,
                ];
                writer.write_record(record).map_err(io::Error::other)
            }
        }
    }

    fn finish(self) -> io::Result<Vec<u8>> {
        match self {
            Self::Jsonl(lines) => Ok(lines),
            Self::Csv(writer) => writer.into_inner().map_err(|error| io::Error::other(error.to_string())),
        }
    }
}
