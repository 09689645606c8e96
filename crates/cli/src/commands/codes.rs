//! `codes`: pairing codes and what became of them.

use clawpair_api::{ListPairingCodes, Pairing, PairingCodeCreated, PairingPage, PairingStatus};
use clawpair_client::Client;
use clawpair_core::id::PairingId;

use super::create::no_link;
use super::made::{Made, Maker};
use super::paging::Wanted;
use super::qr::Drawn;
use super::words::{ids, list, of};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Output, facts, line, table};
use crate::session::Context;

/// Pairing codes: what became of them, cancel them, show them again
#[derive(clap::Args)]
pub(crate) struct Codes {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// List pairings, those made last first
    List {
        /// Only those with these statuses, with commas between them: open, waiting, approved, completed, denied, cancelled, expired
        #[arg(long, value_delimiter = ',', value_parser = status)]
        status: Vec<PairingStatus>,
        #[command(flatten)]
        wanted: Wanted,
    },
    /// Show one pairing; the code itself only to who made it here
    Show {
        #[arg(value_name = "PAIRING ID")]
        id: String,
        /// Print the code again, if it was made here and lives
        #[arg(long, group = "again")]
        code: bool,
        /// Print the link again
        #[arg(long, group = "again")]
        link: bool,
        /// Draw the link's QR code in the terminal
        #[arg(long)]
        qr: bool,
        #[command(flatten)]
        drawn: Drawn,
    },
    /// Take codes back
    Cancel {
        #[arg(value_name = "PAIRING ID", required = true)]
        ids: Vec<String>,
    },
}

fn status(word: &str) -> Result<PairingStatus, String> {
    serde_json::from_value(serde_json::Value::String(word.trim().to_owned()))
        .map_err(|_| "write open, waiting, approved, completed, denied, cancelled or expired".to_owned())
}

impl Codes {
    pub(crate) async fn run(self, context: &Context<'_>) -> Result<(), Failure> {
        let output = context.output;
        ids::<PairingId>(self.command.ids())?;
        let session = context.session().await?;
        let client = &session.client;
        match self.command {
            Command::List { status, wanted } => {
                let page = async |after, limit| {
                    let list =
                        ListPairingCodes { status: status.clone(), after, limit: Some(limit), ..ListPairingCodes::default() };
                    let page = client.pairings(&list).await?;
                    Ok((page.pairings, page.next))
                };
                let (pairings, next) = wanted.collect(page).await?;
                output.show(&PairingPage { pairings, next }, |page| {
                    let row = |pairing: &Pairing| {
                        [
                            pairing.id.clone(),
                            pairing.name.clone(),
                            pairing.device_type.clone(),
                            of(&pairing.status),
                            pairing.expires_at.clone(),
                        ]
                    };
                    table(["id", "name", "type", "status", "ends at"], page.pairings.iter().map(row))
                })?;
            }
            Command::Show { id, code, link, qr, drawn } if code || link || qr || drawn.qr_file.is_some() => {
                let created = again(&id, client, context).await?;
                let linked = || created.link.as_deref().ok_or_else(no_link);
                if output.json {
                    output.for_programs(&created)?;
                } else if code {
                    line(&created.code)?;
                } else if link {
                    line(linked()?)?;
                }
                if qr && !output.json {
                    drawn.print(linked()?)?;
                }
                if drawn.qr_file.is_some() {
                    drawn.write(linked()?, output)?;
                }
            }
            Command::Show { id, .. } => output.show(&client.pairing(&id).await?, one)?,
            Command::Cancel { ids } => {
                let cancelled = cancel(client, ids, output).await;
                let ended = session.end().await;
                return cancelled.and(ended);
            }
        }
        session.end().await
    }
}

/// Takes back all that can be; a failure names those that were not.
async fn cancel(client: &Client, ids: Vec<String>, output: Output) -> Result<(), Failure> {
    let (mut pairings, mut left, mut first) = (Vec::new(), Vec::new(), None);
    let mut ids = ids.into_iter();
    while let Some(id) = ids.next() {
        match client.cancel_pairing(&id).await {
            Ok(pairing) => pairings.push(pairing),
            Err(error) => {
                left.push(id);
                if error.refusal().is_none() {
                    // Whom one call does not reach, the next one would not either.
                    left.extend(ids.by_ref());
                }
                first.get_or_insert(error);
            }
        }
    }
    if !pairings.is_empty() {
        output.show(&PairingPage { pairings, next: None }, |page| {
            let line = |pairing: &Pairing| format!("{} is {}", pairing.id, of(&pairing.status));
            page.pairings.iter().map(line).collect::<Vec<_>>().join("\n")
        })?;
    }
    let Some(error) = first else { return Ok(()) };
    let failure = Failure::from(error);
    Err(Failure { message: format!("Not taken back: {}. {}", list(&left), failure.message), ..failure })
}

/// The answer from when a code was made, while a device could join with it.
async fn again(id: &str, client: &Client, context: &Context<'_>) -> Result<PairingCodeCreated, Failure> {
    let pairing = client.pairing(id).await?;
    if pairing.status != PairingStatus::Open {
        let message = format!("This code is {}; no device can join with it any more.", of(&pairing.status));
        return Err(Failure::new(Exit::Conflict, "code_over", message).hint("Make a new one."));
    }
    let maker = Maker::of(client, context).await?;
    Made::find(context.folders, context.surroundings.clock, &maker, id)?.again(client).await
}

fn one(pairing: &Pairing) -> String {
    facts([
        ("id", pairing.id.clone()),
        ("status", of(&pairing.status)),
        ("device id", pairing.device_id.clone()),
        ("name", pairing.name.clone()),
        ("type", pairing.device_type.clone()),
        ("permissions", list(&pairing.permissions)),
        ("asks first", if pairing.ask_first { "yes" } else { "no" }.to_owned()),
        ("may be typed", of(&pairing.typed_entry)),
        ("made at", pairing.created_at.clone()),
        ("ends at", pairing.expires_at.clone()),
        ("ended at", pairing.ended_at.clone().unwrap_or_default()),
    ])
}

impl Command {
    /// What it is about.
    fn ids(&self) -> &[String] {
        match self {
            Self::Show { id, .. } => std::slice::from_ref(id),
            Self::Cancel { ids } => ids,
            Self::List { .. } => &[],
        }
    }
}
