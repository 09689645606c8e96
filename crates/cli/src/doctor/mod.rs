//! `doctor`: says what something is, without asking anybody.

mod input;
mod places;
mod recognise;
mod report;
#[cfg(test)]
mod tests;
mod typo;
mod web;

use std::io;

use clawpair_core::clock::{Clock, SystemClock};
use clawpair_qr::ReadError;

use self::input::Pasted;
use self::report::Report;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;

/// Say what a code, link, URL, key or address is, and what is wrong with it
///
/// Says what it is, what it grants, when it ends and what is wrong with it. Nothing is asked of anybody, and what is secret in it is
/// not printed.
#[derive(clap::Args)]
pub(crate) struct Doctor {
    /// What you were given, in any number of words: a pairing code, link, setup code, join URL, API key, invitation, address; or a
    /// file with it, or a PNG or JPEG picture of a QR code; or - for standard input. Without it, it is asked for and not shown
    #[arg(value_name = "TEXT, FILE OR -")]
    given: Vec<String>,
}

impl Doctor {
    pub(crate) fn run(&self, output: Output, clock: &dyn Clock) -> Result<(), Failure> {
        let given = self.given.join(" ");
        let report = match input::pasted(&given, &mut io::stdin().lock())? {
            Pasted::Text(text) => recognise::find(&text, clock.now()),
            Pasted::Unreadable(error) => picture(error),
        };
        if input::is_itself(&given) && report.kind.is_secret() {
            output.warn_of_processes("this");
        }
        output.show(&report, Report::in_words)?;
        if report.is_usable() {
            return Ok(());
        }
        let message = "This cannot be used as it is.";
        Err(Failure::new(Exit::Unusable, "unusable", message))
    }
}

/// Whether whoever reads a text can use it.
pub(crate) fn is_secret(text: &str) -> bool {
    recognise::find(text, SystemClock.now()).kind.is_secret()
}

fn picture(error: ReadError) -> Report {
    Report::of(report::Kind::Unknown).problem("picture", error.to_string(), None)
}
