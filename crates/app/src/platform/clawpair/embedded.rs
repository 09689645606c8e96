//! The platform inside the app.

use std::path::PathBuf;

use clawpair_api::{ErrorBody, ErrorCode};
use clawpair_client::Client;
use futures_util::StreamExt;
use tokio::sync::broadcast;

use super::{Answer, BACKLOG, News, Standing};
use crate::view::ActivityCheck;
use crate::view::platform::{PlatformKind, PlatformState};

/// It is always there, and its owner may do everything.
pub(super) struct Embedded {
    client: Client,
    /// Its database, where its activity log is checked.
    database: PathBuf,
    news: broadcast::Sender<News>,
}

impl Embedded {
    pub(super) async fn start(client: Client, database: PathBuf) -> Answer<Self> {
        let news = broadcast::Sender::new(BACKLOG);
        let mut events = client.events().await?.boxed();
        let sender = news.clone();
        tokio::spawn(async move {
            while let Some(event) = events.next().await {
                // Who is not there yet loads everything when it comes.
                let _ = sender.send(News::Event(Box::new(event)));
            }
        });
        Ok(Self { client, database, news })
    }

    pub(super) fn client(&self) -> Client {
        self.client.clone()
    }

    pub(super) fn news(&self) -> broadcast::Receiver<News> {
        self.news.subscribe()
    }

    pub(super) fn standing() -> Standing {
        Standing {
            state: PlatformState::Connected { version: Some(env!("CARGO_PKG_VERSION").to_owned()) },
            capabilities: Some(PlatformKind::Embedded.capabilities().to_vec()),
            pin: None,
            notice: None,
            as_of: None,
        }
    }

    pub(super) async fn verify_activity(&self) -> Answer<ActivityCheck> {
        let database = self.database.clone();
        let checking = tokio::task::spawn_blocking(move || clawpair_store::verify_activity(&database));
        let checked = checking.await.map_err(|error| ErrorBody::new(ErrorCode::Internal, error.to_string()))?;
        Ok(match checked.map_err(|error| ErrorBody::new(ErrorCode::StorageUnavailable, error.to_string()))? {
            Ok(whole) => ActivityCheck::Whole { first: whole.first, last: whole.last.number },
            Err(fault) => ActivityCheck::Broken { fault: fault.to_string() },
        })
    }
}
