//! The embedded platform for another program of the same person, whether or not the app runs: both work on one database, and the app
//! acts within half a second on what the other has written.

use std::path::Path;
use std::sync::Arc;

use clawpair_api::{ErrorBody, ErrorCode};
use clawpair_client::{Client, Credential};
use clawpair_core::clock::SystemClock;
use clawpair_core::rng::SystemRng;
use clawpair_core::store::StoreError;
use clawpair_server::{PlatformSecrets, Ports, Service};
use clawpair_store::SqliteStore;

use crate::keyring::Keyring;
use crate::settings::Settings;
use crate::view::Refusal;
use crate::{data_dir, files, network, vault};

/// The platform of this computer, without a window and without a port.
pub struct Local {
    service: Arc<Service>,
    app_runs: bool,
}

impl Local {
    /// Opens what the app has made on its first start.
    ///
    /// # Errors
    /// When the app has never run here, or its keys or database cannot be used.
    pub async fn open(folder: &Path, keyring: Arc<dyn Keyring>) -> Result<Self, Refusal> {
        if !data_dir::has_a_platform(folder) {
            let message = format!("There is no platform of this computer in {}.", folder.display());
            let hint = "Start Clawpair once, or name a server.".to_owned();
            return Err(ErrorBody { hint: Some(hint), ..ErrorBody::new(ErrorCode::NotFound, message) }.into());
        }
        let unavailable = |error: StoreError| ErrorBody::new(ErrorCode::StorageUnavailable, error.to_string());
        let settings = Settings::open(&folder.join(files::SETTINGS)).map_err(unavailable)?;
        let PlatformSecrets { pepper, identity } = vault::open(folder, &settings, keyring, &SystemRng).await?;
        let store = SqliteStore::open(&folder.join(files::PLATFORM)).map_err(unavailable)?;
        let pin = identity.pin();
        let ports = Ports { store: Arc::new(store), clock: Arc::new(SystemClock), rng: Arc::new(SystemRng), pepper, pin };
        let service = Service::start(ports).await.map_err(unavailable)?;
        let nearby = settings.nearby().map_err(unavailable)?.unwrap_or(false);
        let app_runs = match settings.port().map_err(unavailable)? {
            Some(port) => {
                let (addresses, answers) = network::offered(port, nearby, pin).await;
                service.advertise(addresses);
                answers
            }
            None => false,
        };
        Ok(Self { service, app_runs })
    }

    /// Whether the app runs, so that devices can join now.
    pub const fn app_runs(&self) -> bool {
        self.app_runs
    }

    /// Calls it as its owner, who is whoever may read its keys.
    pub fn owner(&self) -> Client {
        Client::in_process(clawpair_server::owner_router(Arc::clone(&self.service)))
    }

    /// Calls it as somebody who has to show a credential.
    pub fn caller(&self, credential: Credential) -> Client {
        Client::in_process(clawpair_server::router(Arc::clone(&self.service))).with(credential)
    }

    /// Writes what is only counted in memory.
    pub(crate) async fn flush(&self) {
        if let Err(error) = self.service.flush().await {
            tracing::error!(%error, "uses of API keys could not be written");
        }
    }

    /// Writes what is only counted in memory; for when the program ends.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn leave(self) -> Result<(), Refusal> {
        let written = self.service.flush().await;
        Ok(written.map_err(|error| ErrorBody::new(ErrorCode::StorageUnavailable, error.to_string()))?)
    }
}
