//! `secrets`: whether a reference leads to a secret.
#![expect(clippy::doc_markdown, reason = "comments that are help for people have no backticks")]

use clawpair_core::api_key::ApiKeySecret;
use serde::Serialize;

use crate::failure::Failure;
use crate::output::Output;
use crate::secrets::{Reference, Surroundings};

/// References to secrets that are kept elsewhere
#[derive(clap::Args)]
pub(crate) struct Secrets {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Follow a reference and say whether it works, without printing the secret
    Check {
        /// env:NAME, file:PATH, keyring:NAME, vault:MOUNT/PATH#FIELD, aws-sm:NAME, gcp-sm:PROJECT/NAME or azure-kv:VAULT/NAME
        reference: Reference,
    },
}

/// What was found, without what is secret in it.
#[derive(Serialize)]
struct Found {
    reference: String,
    /// Whether it is an API key; passwords and other secrets are not.
    is_api_key: bool,
    /// The public part of an API key.
    prefix: Option<String>,
}

impl Secrets {
    pub(crate) fn run(self, output: Output, surroundings: &Surroundings<'_>) -> Result<(), Failure> {
        let Command::Check { reference } = self.command;
        let secret = reference.follow(surroundings)?;
        let prefix = secret.reveal().parse::<ApiKeySecret>().ok().map(|key| key.prefix().to_owned());
        let found = Found { reference: reference.to_string(), is_api_key: prefix.is_some(), prefix };
        output.show(&found, |found| match &found.prefix {
            Some(prefix) => format!("{} leads to the API key cpk_{prefix}.", found.reference),
            None => format!("{} leads to a secret that is no Clawpair API key.", found.reference),
        })
    }
}
