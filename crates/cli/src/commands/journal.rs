//! `journal`: what was done on this computer and what became of it, and what leaves it as a file.

use std::path::PathBuf;

use clap::ValueEnum;
use clawpair_app::Reach;
use clawpair_app::view::ActivityCheck;
use clawpair_app::view::journal::{Export, Exported, JournalEntry, JournalPage, JournalQuery};

use super::paging::Wanted;
use super::words::{of, word};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::table;
use crate::session::Context;

/// What was done on this computer and what became of it
#[derive(clap::Args)]
pub(crate) struct Journal {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// List it, the latest first
    List {
        /// Only entries with words that begin so: of what was done, to what, and what there is to say besides
        #[arg(long, value_name = "WORDS")]
        search: Option<String>,
        #[command(flatten)]
        wanted: Wanted,
    },
    /// Check that no entry was changed, removed or put in
    Check,
    /// Write devices or the journal to a file, or both and signed
    ///
    /// A bundle is signed with a key of this computer; clawpair verify checks it anywhere.
    Export {
        what: What,
        /// The file; one that is there is replaced once all is written
        file: PathBuf,
    },
}

/// What to write.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum What {
    /// The devices of all platforms, for spreadsheets
    DevicesCsv,
    /// The same for programs
    DevicesJson,
    /// The journal, for spreadsheets
    JournalCsv,
    /// The same for programs
    JournalJson,
    /// Devices and journal, signed
    Bundle,
}

impl From<What> for Export {
    fn from(what: What) -> Self {
        match what {
            What::DevicesCsv => Self::DevicesCsv,
            What::DevicesJson => Self::DevicesJson,
            What::JournalCsv => Self::JournalCsv,
            What::JournalJson => Self::JournalJson,
            What::Bundle => Self::Bundle,
        }
    }
}

impl Journal {
    pub(crate) async fn run(self, context: &Context<'_>) -> Result<(), Failure> {
        if !matches!(self.command, Command::List { .. }) {
            context.of_all("This is about")?;
        }
        let (app, output) = (context.app(Reach::Files).await?, context.output);
        match self.command {
            Command::List { search, wanted } => {
                let platform = context.of_app(&app)?.map(|view| view.id);
                let is_of_it = |entry: &JournalEntry| {
                    platform.is_none() || entry.platform.as_ref().map(|named| &named.id) == platform.as_ref()
                };
                let page = async |before: Option<i64>, limit| {
                    let query = JournalQuery { search: search.clone(), before, ..JournalQuery::default() };
                    let page = app.journal(&query, limit).await?;
                    Ok((page.entries.into_iter().filter(is_of_it).collect(), page.next))
                };
                let (entries, next) = wanted.collect(page).await?;
                output.show(&JournalPage { entries, next }, |page| {
                    table(["number", "at", "who", "did", "platform", "to", "details"], page.entries.iter().map(row))
                })
            }
            Command::Check => {
                let check = app.verify_journal().await?;
                output.show(&check, |check| match check {
                    ActivityCheck::Whole { first, last } => format!("Entries {first} to {last} are as they were written."),
                    ActivityCheck::Broken { fault } => fault.clone(),
                })?;
                match check {
                    ActivityCheck::Whole { .. } => Ok(()),
                    ActivityCheck::Broken { fault } => Err(Failure::new(Exit::Unproven, "journal_broken", fault)
                        .hint("Somebody or something has changed the file of devices; restore it from a backup.")),
                }
            }
            Command::Export { what, file } => {
                let exported = app.export(what.into(), &file).await?;
                output.show(&exported, |exported: &Exported| match &exported.signed_by {
                    Some(signer) => format!("{} is signed by {signer}.", exported.file),
                    None => format!("{} is written.", exported.file),
                })
            }
        }
    }
}

fn row(entry: &JournalEntry) -> [String; 7] {
    let called = |named: &Option<clawpair_app::view::journal::JournalName>| {
        word(named.as_ref().map(|named| named.name.as_deref().unwrap_or(&named.id)))
    };
    [
        entry.number.to_string(),
        entry.at.clone(),
        of(&entry.actor),
        entry.action.clone(),
        called(&entry.platform),
        called(&entry.thing),
        word(entry.details.as_deref()),
    ]
}
