//! `devices create-pairing-code`: one code, or many from a list.
#![expect(clippy::doc_markdown, reason = "comments that are help for people have no backticks")]

use std::path::{Path, PathBuf};

use clawpair_api::{CreatePairingCode, PairingCodeCreated};
use clawpair_core::rng::{self, SystemRng};
use uuid::{Builder, Uuid};

use super::batch::{self, Batch};
use super::made::{Made, Maker};
use super::qr::Drawn;
use super::words::{List, minutes};
use crate::failure::Failure;
use crate::output::{Output, line};
use crate::session::Context;

/// Make a code with which one device may join, and print it, this once
///
/// Prints the code alone on standard output; with --link the link in its place, with --json all there is. With --count or --from many
/// codes are made and written to the file that --out names.
#[derive(clap::Args)]
pub(crate) struct Create {
    // Clap makes a new line of the placeholder itself, so it is told in words.
    /// What the device will be called; in many codes an n in braces stands for the number of each
    #[arg(long, required_unless_present = "from")]
    name: Option<String>,

    /// What kind of device it is, such as "IoT Gateway"
    #[arg(long = "type", value_name = "TYPE", required_unless_present = "from")]
    device_type: Option<String>,

    /// What the device may do, with commas between them, such as "sensor:read, sensor:report"
    #[arg(long, value_name = "PERMISSIONS", required_unless_present = "from")]
    permissions: Option<List>,

    /// How long the code lives, from 1m to 24h
    #[arg(long, value_name = "TIME", default_value = "10m", value_parser = minutes)]
    expires_in: u32,

    /// Ask a person before the device joins, or do not; left out, the platform asks if a permission is sensitive
    #[arg(long, value_name = "true|false")]
    ask_first: Option<bool>,

    /// Whether people may type the code; left out, one code may be typed while the platform has room for that, and many may not
    #[arg(long, value_name = "true|false")]
    typed: Option<bool>,

    /// Where the link sends the device, with commas between them; left out, where the platform says it is reached
    #[arg(long, value_name = "HOST:PORT")]
    addresses: Option<List>,

    /// Print the link in the place of the code
    #[arg(long)]
    link: bool,

    /// Draw the link's QR code in the terminal, too
    #[arg(long)]
    qr: bool,

    #[command(flatten)]
    drawn: Drawn,

    /// Make so many codes; with --from, how many rows there have to be
    #[arg(long, requires = "out", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    count: Option<u32>,

    /// Make a code for each row of this CSV file with the columns name, type, permissions and expires_in; what a column or cell does not
    /// say is taken from the options
    #[arg(long, value_name = "FILE", requires = "out")]
    from: Option<PathBuf>,

    /// Write many codes to this file, one JSON object a line, that only you may read. If it is there from an earlier try that was
    /// interrupted, the same command goes on with it
    #[arg(long, value_name = "FILE", conflicts_with_all = ["link", "qr", "qr_file"])]
    out: Option<PathBuf>,
}

impl Create {
    pub(crate) async fn run(self, context: &Context<'_>) -> Result<(), Failure> {
        match &self.out {
            Some(out) => self.many(out, context).await,
            None => self.one(context).await,
        }
    }

    async fn many(&self, out: &Path, context: &Context<'_>) -> Result<(), Failure> {
        let template = self.form(Some(self.typed.unwrap_or(false)));
        let forms = batch::forms(&template, self.count, self.from.as_deref())?;
        let session = context.session().await?;
        let maker = Maker::of(&session.client, context).await?;
        let done = match Batch::plan(maker, forms, out) {
            Ok(batch) => batch.run(&session.client, context.output).await,
            Err(failure) => Err(failure),
        };
        let ended = session.end().await;
        done.and(ended)
    }

    async fn one(&self, context: &Context<'_>) -> Result<(), Failure> {
        self.drawn.ready()?;
        let form = self.form(self.typed);
        let name = new_name();
        let session = context.session().await?;
        let maker = Maker::of(&session.client, context).await?;
        let created = session.client.named(&name.to_string())?.create_pairing_code(&form).await?;
        if !session.is_reachable() {
            context.output.warn("Clawpair does not run: the device can join when it does.");
        }
        if let Err(failure) = Made::new(maker, name, form, &created).keep(context.folders, context.surroundings.clock) {
            context.output.warn(&format!("codes show cannot show this code again: {}", failure.message));
        }
        let printed = self.print(&created, context.output);
        let ended = session.end().await;
        printed.and(ended).map_err(|failure| made_all_the_same(failure, &created.pairing_id))
    }

    fn print(&self, created: &PairingCodeCreated, output: Output) -> Result<(), Failure> {
        let link = created.link.as_deref();
        let linked = || link.ok_or_else(no_link);
        match (output.json, self.link) {
            (true, _) => output.for_programs(created)?,
            (false, true) => line(linked()?)?,
            (false, false) => line(&created.code)?,
        }
        if self.qr && !output.json {
            self.drawn.print(linked()?)?;
        }
        if self.drawn.qr_file.is_some() {
            self.drawn.write(linked()?, output)?;
        }
        output.note(&format!("The code ends at {}. Its device will be {}.", created.expires_at, created.device_id));
        Ok(())
    }

    fn form(&self, typed: Option<bool>) -> CreatePairingCode {
        CreatePairingCode {
            name: self.name.clone().unwrap_or_default(),
            device_type: self.device_type.clone().unwrap_or_default(),
            permissions: self.permissions.clone().map(|list| list.0).unwrap_or_default(),
            expires_in_minutes: self.expires_in,
            addresses: self.addresses.clone().map(|list| list.0),
            ask_first: self.ask_first,
            typed,
        }
    }
}

/// What fails after a code was made does not unmake it.
fn made_all_the_same(failure: Failure, id: &str) -> Failure {
    let hint = format!(
        "{} The code was made: clawpair codes show {id} --code shows it, clawpair codes cancel {id} takes it back.",
        failure.hint.as_deref().unwrap_or_default()
    );
    failure.hint(hint.trim())
}

/// A name under which a call may be repeated.
pub(super) fn new_name() -> Uuid {
    Builder::from_random_bytes(rng::bytes(&SystemRng)).into_uuid()
}

pub(super) fn no_link() -> Failure {
    Failure::input("The platform knows no address of its own, so this code has no link.")
        .hint("Give --addresses, or type the code.")
}
