//! `keys`: API keys.

use clawpair_api::{ApiKey, ApiKeyCreated, ApiKeyDetail, ApiKeyList, CreateApiKey, RotateApiKey};
use clawpair_core::access::{Role, Scope};
use clawpair_core::id::ApiKeyId;

use super::devices::sure;
use super::words::{ids, of, word};
use crate::failure::Failure;
use crate::input;
use crate::output::{Output, facts, line, table};
use crate::session::Context;

/// API keys: make, rotate, revoke
#[derive(clap::Args)]
pub(crate) struct Keys {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// List keys, those made last first
    List,
    /// Show one key and its use
    Show {
        #[arg(value_name = "KEY ID")]
        id: String,
    },
    /// Make a key, and print it, this once
    Create {
        #[arg(long)]
        name: String,
        /// What its holder is: admin, device-manager, integrator, developer or viewer
        #[arg(long)]
        role: Role,
        /// The scopes of that role it is narrowed to, with commas between them
        #[arg(long, value_delimiter = ',')]
        scopes: Option<Vec<Scope>>,
        /// For how many days it is good
        #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=3_650))]
        expires_in_days: Option<u32>,
    },
    /// Give a key a new secret, and print it, this once
    Rotate {
        #[arg(value_name = "KEY ID")]
        id: String,
        /// For how many minutes the former secret still works
        #[arg(long, value_name = "MINUTES", default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=1_440))]
        overlap_minutes: u32,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
    /// Revoke a key, and the keys that it made
    Revoke {
        #[arg(value_name = "KEY ID")]
        id: String,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
}

impl Keys {
    pub(crate) async fn run(self, context: &Context<'_>) -> Result<(), Failure> {
        let output = context.output;
        ids::<ApiKeyId>(self.command.ids())?;
        let session = context.session().await?;
        let client = &session.client;
        match self.command {
            Command::List => output.show(&ApiKeyList { api_keys: client.api_keys().await? }, |list| {
                let row = |key: &ApiKey| {
                    [
                        key.id.clone(),
                        key.name.clone(),
                        of(&key.role),
                        format!("cpk_{}", key.prefix),
                        standing(key),
                        word(key.last_used_at.as_deref()),
                    ]
                };
                table(["id", "name", "role", "key", "status", "last used"], list.api_keys.iter().map(row))
            })?,
            Command::Show { id } => output.show(&client.api_key(&id).await?, one)?,
            Command::Create { name, role, scopes, expires_in_days } => {
                let form = CreateApiKey { name, role, scopes, expires_in_days };
                printed(&client.create_api_key(&form).await?, output)?;
            }
            Command::Rotate { id, overlap_minutes, yes } => {
                if overlap_minutes == 0 && !yes {
                    sure(input::confirmed(&format!("Give {id} a new secret? The former one ends at once.")))?;
                }
                printed(&client.rotate_api_key(&id, &RotateApiKey { overlap_minutes }).await?, output)?;
            }
            Command::Revoke { id, yes } => {
                if !yes {
                    sure(input::confirmed(&format!("Revoke {id}, and the keys that it made?")))?;
                }
                output.show(&client.revoke_api_key(&id).await?, |key| format!("{} is {}", key.id, standing(key)))?;
            }
        }
        session.end().await
    }
}

/// The key alone.
fn printed(created: &ApiKeyCreated, output: Output) -> Result<(), Failure> {
    if output.json {
        return output.for_programs(created);
    }
    line(&created.key)?;
    output.note(&format!("{} is {}. It is shown this once.", created.api_key.id, standing(&created.api_key)));
    Ok(())
}

fn standing(key: &ApiKey) -> String {
    match (&key.revoked_at, &key.expires_at) {
        (Some(at), _) => format!("revoked {at}"),
        (None, Some(at)) => format!("good until {at}"),
        (None, None) => "good".to_owned(),
    }
}

fn one(detail: &ApiKeyDetail) -> String {
    let ApiKeyDetail { api_key: key, usage } = detail;
    facts([
        ("id", key.id.clone()),
        ("name", key.name.clone()),
        ("key", format!("cpk_{}…", key.prefix)),
        ("status", standing(key)),
        ("role", of(&key.role)),
        ("scopes", key.scopes.iter().map(of).collect::<Vec<_>>().join(", ")),
        ("made by", key.made_by.clone()),
        ("made at", key.created_at.clone()),
        ("last used at", key.last_used_at.clone().unwrap_or_default()),
        ("last address", usage.last_address.clone().unwrap_or_default()),
        ("calls", format!("{} today, {} in all", usage.today, usage.total)),
    ])
}

impl Command {
    /// What it is about.
    fn ids(&self) -> &[String] {
        match self {
            Self::Show { id } | Self::Rotate { id, .. } | Self::Revoke { id, .. } => std::slice::from_ref(id),
            Self::List | Self::Create { .. } => &[],
        }
    }
}
