//! What the program prints: results on standard output, everything else on standard error; tables and colours for people, JSON
//! for programs.

use std::io::{self, IsTerminal, Write};

use anstyle::{AnsiColor, Style};
use clawpair_core::text::harmless;
use comfy_table::{ContentArrangement, Table, presets};
use serde::Serialize;

use crate::failure::Failure;

const HEADING: Style = Style::new().bold();
const WARNING: Style = AnsiColor::Yellow.on_default();
const FAULT: Style = AnsiColor::Red.on_default().bold();
/// What stands in a table for what there is not.
pub(crate) const NOTHING: &str = "–";

/// How to print.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Output {
    /// One JSON document in the place of text.
    pub(crate) json: bool,
}

impl Output {
    /// A result: `people` for people, `value` for programs.
    pub(crate) fn show<T: Serialize>(self, value: &T, people: impl FnOnce(&T) -> String) -> Result<(), Failure> {
        if self.json { json(value) } else { line(&people(value)) }
    }

    /// A result of which people are told otherwise.
    pub(crate) fn for_programs<T: Serialize>(self, value: &T) -> Result<(), Failure> {
        if self.json { json(value) } else { Ok(()) }
    }

    /// Something beside the result.
    #[expect(clippy::unused_self, reason = "whoever prints has an output")]
    pub(crate) fn note(self, text: &str) {
        let _ = writeln!(anstream::stderr(), "{}", shown(text));
    }

    /// A thing beside the result, as [`facts`] or [`table`] has made it fit for a terminal.
    #[expect(clippy::unused_self, reason = "whoever prints has an output")]
    pub(crate) fn beside(self, made_fit: &str) {
        let _ = writeln!(anstream::stderr(), "{made_fit}");
    }

    /// Something beside the result that wants attention.
    #[expect(clippy::unused_self, reason = "whoever prints has an output")]
    pub(crate) fn warn(self, text: &str) {
        let _ = writeln!(anstream::stderr(), "{WARNING}{}{WARNING:#}", shown(text));
    }

    /// Says that a secret was on the command line.
    pub(crate) fn warn_of_processes(self, what: &str) {
        self.warn(&format!(
            "Others on this computer can see {what} on the command line; it is better piped in, or read from a file."
        ));
    }

    /// How far a long command has come, on one line of a terminal.
    #[expect(clippy::unused_self, reason = "whoever prints has an output")]
    pub(crate) fn progress(self, done: usize, of: usize) {
        let mut out = anstream::stderr();
        if io::stderr().is_terminal() {
            let _ = write!(out, "\r{done} of {of}");
            if done == of {
                let _ = writeln!(out);
            }
            let _ = out.flush();
        } else if done == of || done.is_multiple_of(50) {
            let _ = writeln!(out, "{done} of {of}");
        }
    }

    /// Why nothing more comes.
    pub(crate) fn fail(self, failure: &Failure) {
        let mut out = anstream::stderr();
        if self.json {
            // A failure has no part that JSON could not hold.
            let _ = writeln!(out, "{}", serde_json::to_string(failure).unwrap_or_default());
            return;
        }
        let _ = writeln!(out, "{FAULT}{}{FAULT:#}", shown(&failure.message));
        if let Some(hint) = &failure.hint {
            let _ = writeln!(out, "{}", shown(hint));
        }
    }
}

/// One line or several on standard output. Whoever stops reading has had enough.
pub(crate) fn line(text: &str) -> Result<(), Failure> {
    written(writeln!(anstream::stdout(), "{text}"))
}

fn json(value: &impl Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(value);
    line(&text.map_err(|error| Failure::new(crate::exit::Exit::Fault, "internal", error.to_string()))?)
}

/// The outcome of writing to standard output.
pub(crate) fn written(outcome: io::Result<()>) -> Result<(), Failure> {
    match outcome {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::new(crate::exit::Exit::LocalFile, "output_failed", format!("Standard output cannot be written: {error}."))
                .hint("Check the disk it goes to."))
        }
        _ => Ok(()),
    }
}

/// A text from elsewhere, made fit for a terminal.
pub(crate) fn shown(text: &str) -> String {
    text.chars().map(|character| if character == '\n' { character } else { harmless(character) }).collect()
}

/// A table with one line for each row; as wide as the terminal, and as wide as it takes where there is none.
pub(crate) fn table<const N: usize>(head: [&str; N], rows: impl IntoIterator<Item = [String; N]>) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(head.map(str::to_uppercase));
    for row in rows {
        table.add_row(row.map(|cell| shown(&cell)));
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    let text = table.to_string();
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    let [head, rows @ ..] = lines.as_slice() else { return String::new() };
    let mut text = format!("{HEADING}{head}{HEADING:#}");
    for row in rows {
        text.push('\n');
        text.push_str(row);
    }
    text
}

/// The parts of one thing below each other, without those that are empty.
pub(crate) fn facts<'a>(facts: impl IntoIterator<Item = (&'a str, String)>) -> String {
    let facts: Vec<_> = facts.into_iter().filter(|(_, value)| !value.is_empty()).collect();
    let width = facts.iter().map(|(label, _)| label.chars().count()).max().unwrap_or_default();
    let lines = facts.iter().map(|(label, value)| format!("{HEADING}{label:<width$}{HEADING:#}  {}", shown(value)));
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> String {
        anstream::adapter::strip_str(text).to_string()
    }

    #[test]
    fn a_table_has_a_line_for_each_row_and_no_space_behind() {
        let rows = [["a".to_owned(), "long name".to_owned()], ["bb".to_owned(), "x".to_owned()]];
        assert_eq!(plain(&table(["id", "name"], rows)), "ID  NAME\na   long name\nbb  x");
        assert_eq!(plain(&table(["id"], [])), "ID");
    }

    #[test]
    fn what_a_platform_says_cannot_drive_the_terminal() {
        let hostile = "\u{1b}[2J\u{202e}x\nfine";
        assert_eq!(shown(hostile), "\u{fffd}[2J\u{fffd}x\nfine");
        assert!(!table(["n"], [[hostile.replace('\n', " ")]]).contains("\u{1b}[2J"));
    }

    #[test]
    fn facts_that_are_empty_are_left_out() {
        assert_eq!(
            plain(&facts([("name", "x".to_owned()), ("reason", String::new()), ("id", "y".to_owned())])),
            "name  x\nid    y"
        );
    }
}
