//! `platforms`: the servers that this program knows by name.

use std::path::PathBuf;

use clawpair_app::data_dir;
use clawpair_client::ServerAddress;
use serde::Serialize;

use super::words::word;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::known::{self, Known, LOCAL, Platforms as Book};
use crate::output::table;
use crate::session::{Chosen, Context, stranger};

/// Servers that this program knows by name
#[derive(clap::Args)]
pub(crate) struct Platforms {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// List them, and the platform of this computer
    List,
    /// Remember a server
    ///
    /// Its key is compared with --pin; without it an authority that this system trusts has to vouch for the server. It is connected to,
    /// unless --offline is given, and shown nothing.
    Add {
        #[arg(value_parser = known::name)]
        name: String,
        /// Where it is: https://, a host, and a port if it is not 21327
        #[arg(long)]
        url: ServerAddress,
        /// Do not connect now
        #[arg(long)]
        offline: bool,
    },
    /// Forget a server, and what lets this program in there
    Remove { name: String },
}

/// A line of the list.
#[derive(Serialize)]
struct Listed {
    name: String,
    /// Null for the platform of this computer.
    url: Option<String>,
    pin: Option<String>,
    /// Whether an API key, a reference to one or a session is kept.
    has_credential: bool,
}

impl Listed {
    /// A server and whether anything lets this program in there.
    fn of(name: String, known: Known, context: &Context<'_>) -> Result<Self, Failure> {
        let (url, pin) = (Some(known.address.to_string()), known.pin.map(|pin| pin.to_string()));
        let has_credential = context.credentials().get(&Chosen::Server(known).entry())?.is_some();
        Ok(Self { name, url, pin, has_credential })
    }
}

#[derive(Serialize)]
struct List {
    platforms: Vec<Listed>,
}

impl Platforms {
    pub(crate) async fn run(self, context: &Context<'_>) -> Result<(), Failure> {
        let mut book = Book::read(context.folders)?;
        match self.command {
            Command::List => list(&book, context),
            Command::Add { name, url, offline } => {
                let known = Known { address: url, pin: None };
                let known = Known { pin: context.pin_of(&known)?, ..known };
                if !offline {
                    stranger(&known)?.ready().await?;
                }
                book.known.insert(name.clone(), known.clone());
                book.write()?;
                context.output.for_programs(&Listed::of(name, known, context)?)
            }
            Command::Remove { name } => {
                let Some(known) = book.known.remove(&name) else {
                    return Err(Failure::new(Exit::NotFound, "no_such_platform", "No platform is known by this name."));
                };
                let removed = Listed::of(name, known.clone(), context)?;
                context.credentials().remove(&Chosen::Server(known).entry())?;
                book.write()?;
                context.output.for_programs(&removed)
            }
        }
    }
}

fn list(book: &Book, context: &Context<'_>) -> Result<(), Failure> {
    let folder = data_dir::find(|name| context.surroundings.variable(name).map(PathBuf::from)).ok();
    let local = folder.filter(|folder| data_dir::has_a_platform(folder)).map(Chosen::Local);
    let mut platforms = Vec::new();
    if let Some(local) = local {
        let has_credential = context.credentials().get(&local.entry())?.is_some();
        platforms.push(Listed { name: LOCAL.to_owned(), url: None, pin: None, has_credential });
    }
    for (name, known) in &book.known {
        platforms.push(Listed::of(name.clone(), known.clone(), context)?);
    }
    context.output.show(&List { platforms }, |list| {
        let row = |listed: &Listed| {
            let trusts = match (&listed.url, &listed.pin) {
                (None, _) => "this computer".to_owned(),
                (Some(_), Some(pin)) => format!("the key {pin}"),
                (Some(_), None) => "the system's authorities".to_owned(),
            };
            let key = if listed.has_credential { "yes" } else { "no" };
            [listed.name.clone(), word(listed.url.as_deref()), trusts, key.to_owned()]
        };
        table(["name", "url", "trusts", "has a key"], list.platforms.iter().map(row))
    })
}
