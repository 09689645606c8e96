//! `qr`: draws a link as a QR code.

use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};

use clawpair_qr::Drawing;

use crate::failure::Failure;
use crate::input;
use crate::output::{Output, line};
use crate::private;
use crate::terminal_qr::{Ink, half_blocks, svg};

/// Pixels of a picture for each module.
const SCALE: u32 = 10;

/// Draw a link or another text as a QR code, in the terminal or as a file
#[derive(clap::Args)]
pub(crate) struct Qr {
    /// The text; left out or - to read it from standard input, so that it does not show in the list of processes
    #[arg(value_name = "TEXT OR -")]
    text: Option<String>,

    #[command(flatten)]
    drawn: Drawn,
}

/// Where and how a QR code is drawn.
#[derive(clap::Args, Default)]
pub(crate) struct Drawn {
    /// Write the QR code to this file, .png or .svg, that only you may read
    #[arg(long, value_name = "FILE")]
    pub(crate) qr_file: Option<PathBuf>,

    /// Draw for a light terminal where no colours are used
    #[arg(long)]
    pub(crate) light_terminal: bool,
}

impl Qr {
    pub(crate) fn run(self, output: Output) -> Result<(), Failure> {
        let text = match self.text {
            Some(text) if text != "-" => {
                if crate::doctor::is_secret(&text) {
                    output.warn_of_processes("this");
                }
                text.into()
            }
            _ => input::line_of(io::stdin().lock(), "the text to draw")?,
        };
        if self.drawn.qr_file.is_none() {
            return self.drawn.print(text.trim());
        }
        self.drawn.write(text.trim(), output)
    }
}

/// How a picture is written.
enum Format {
    Png,
    Svg,
}

fn format(path: &Path) -> Result<Format, Failure> {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("png") => Ok(Format::Png),
        Some("svg") => Ok(Format::Svg),
        _ => Err(Failure::input("A QR code's file is a .png or a .svg; name it so.")),
    }
}

fn failed(error: clawpair_qr::DrawError) -> Failure {
    Failure::input(error)
}

impl Drawn {
    /// In the terminal.
    pub(crate) fn print(&self, text: &str) -> Result<(), Failure> {
        let coloured = io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        let ink = match (coloured, self.light_terminal) {
            (true, _) => Ink::BlackOnWhite,
            (false, true) => Ink::Dark,
            (false, false) => Ink::Light,
        };
        line(&half_blocks(&clawpair_qr::draw_small(text).map_err(failed)?, ink))
    }

    /// Whether the file that was named, if one was, can be written; for before there is anything to be lost.
    pub(crate) fn ready(&self) -> Result<(), Failure> {
        let Some(path) = &self.qr_file else { return Ok(()) };
        format(path)?;
        private::is_free(path)
    }

    /// To the file that was named, if one was.
    pub(crate) fn write(&self, text: &str, output: Output) -> Result<(), Failure> {
        let Some(path) = &self.qr_file else { return Ok(()) };
        let drawing: Drawing = clawpair_qr::draw(text).map_err(failed)?;
        let bytes = match format(path)? {
            Format::Png => drawing.png(SCALE),
            Format::Svg => svg(&drawing, SCALE).into_bytes(),
        };
        private::create(path, &bytes)?;
        output.note(&format!("The QR code is in {}; whoever sees it can use it.", path.display()));
        Ok(())
    }
}
