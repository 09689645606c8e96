//! `key`: API keys, made through the platform's own contract by whoever may run this program on its folder.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Result, anyhow};
use clawpair_api::{ApiKey, CreateApiKey, ErrorBody};
use clawpair_client::Client;
use clawpair_core::clock::SystemClock;
use clawpair_core::rng::SystemRng;
use clawpair_server::{PlatformSecrets, Ports, Service, operator_router};
use clawpair_store::SqliteStore;

use super::args::KeyCommand;
use super::data::DataDir;

/// Carries the command out, whether or not a platform runs.
///
/// # Errors
/// The platform's refusal, in its own words.
pub(crate) fn run(command: KeyCommand, data: &DataDir, secrets: Option<&Path>) -> Result<()> {
    let first = matches!(command, KeyCommand::Create { .. });
    if first {
        data.make()?;
    } else {
        data.ensure_there()?;
    }
    let _running = data.share()?;
    let secrets = data.open_secrets(secrets)?;
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
        let client = client(data, secrets).await?;
        let done = match command {
            KeyCommand::Create { name, role, scopes, expires_in } => {
                let form = CreateApiKey { name: name.to_string(), role, scopes, expires_in_days: expires_in };
                client.create_api_key(&form).await.map(|created| println!("{}", created.key))
            }
            KeyCommand::List => client.api_keys().await.map(|keys| keys.iter().for_each(show)),
            KeyCommand::Revoke { id } => client.revoke_api_key(&id).await.map(|_| println!("revoked")),
        };
        done.map_err(|refusal| anyhow!("{}", ErrorBody::from(refusal)))
    })
}

async fn client(data: &DataDir, secrets: PlatformSecrets) -> Result<Client> {
    let service = Service::start(Ports {
        store: Arc::new(SqliteStore::open(&data.database())?),
        clock: Arc::new(SystemClock),
        rng: Arc::new(SystemRng),
        pepper: secrets.pepper,
        pin: secrets.identity.pin(),
    })
    .await?;
    Ok(Client::in_process(operator_router(service)))
}

fn show(key: &ApiKey) {
    let state = match (&key.revoked_at, &key.expires_at) {
        (Some(at), _) => format!("revoked {at}"),
        (None, Some(at)) => format!("until {at}"),
        (None, None) => "good".to_owned(),
    };
    println!("{}  {}  {:<15} {:<27} {}", key.id, key.prefix, key.role.word(), state, key.name);
}
