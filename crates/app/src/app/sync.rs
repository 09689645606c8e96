//! Sending what waits and reading every platform, for a program that ends afterwards.

use std::time::Duration;

use clawpair_core::clock::{Clock as _, SystemClock, Timestamp};
use clawpair_core::text::TextError;
use clawpair_mirror::PlatformId;
use futures_util::future::join_all;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Instant, sleep_until, timeout_at};

use super::{Answer, App};
use crate::view::Refusal;
use crate::view::outbox::{ErrandState, ErrandView};
use crate::view::platform::{PlatformState, PlatformView};
use crate::view::sync::SyncedPlatform;

/// How long a platform is waited for altogether.
const PATIENCE: Duration = Duration::from_secs(30);
/// How soon what was put off is looked at again at the earliest.
const PAUSE: Duration = Duration::from_millis(100);

impl App {
    /// Sends what waits and reads these platforms, or all of them, and says what is known then and what is seen to be done.
    ///
    /// # Errors
    /// When there is no such platform, or the file of devices cannot be read. What keeps a platform from being read is in its answer.
    pub async fn sync(&self, which: &[String]) -> Answer<Vec<SyncedPlatform>> {
        for id in which {
            self.platform(id)?;
        }
        let chosen: Vec<PlatformView> =
            self.platforms().into_iter().filter(|view| which.is_empty() || which.contains(&view.id)).collect();
        let known = self.all_errands().await?;
        let begun = SystemClock.now();
        let stale = join_all(chosen.iter().map(|view| self.catch_up_with(&view.id, begun))).await;
        let since = self.all_errands().await?;
        let mut synced = Vec::new();
        for (view, stale) in chosen.into_iter().zip(stale) {
            let mut errands = Vec::new();
            let new = since.iter().filter(|errand| !known.iter().any(|known| known.id == errand.id));
            for errand in known.iter().chain(new).filter(|errand| errand.platform == view.id) {
                errands.push(self.errand(errand.id).await?);
            }
            let as_of = self.as_of(&view.id).await?.map(|at| at.to_string());
            synced.push(SyncedPlatform { id: view.id, name: view.name, as_of, stale: stale.err(), errands });
        }
        Ok(synced)
    }

    /// As of when what is known of a platform is true.
    async fn as_of(&self, id: &str) -> Answer<Option<Timestamp>> {
        let id: PlatformId = id.parse().map_err(|error: TextError| Refusal::unsupported(error.to_string()))?;
        self.0.mirroring.ask(move |mirror| Ok(mirror.platform(&id)?.as_of)).await
    }

    /// What was asked for of all platforms and is not over.
    pub(super) async fn all_errands(&self) -> Answer<Vec<ErrandView>> {
        let (mut all, mut after) = (Vec::new(), Some(0));
        while let Some(from) = after {
            let page = self.outbox(from).await?;
            all.extend(page.errands);
            after = page.next;
        }
        Ok(all)
    }

    /// Reads a platform once it is reached, until nothing is due any more and all that it acknowledged was looked for.
    async fn catch_up_with(&self, id: &str, begun: Timestamp) -> Answer<()> {
        let until = Instant::now() + PATIENCE;
        let platform = self.platform(id)?;
        let mut news = platform.news();
        loop {
            match platform.standing().state {
                PlatformState::Connected { .. } => {
                    platform.catch_up().await?;
                    let fresh = self.as_of(id).await?.is_some_and(|at| at >= begun);
                    match self.due(id).await? {
                        None if fresh => return Ok(()),
                        // It was put off, which another try may end.
                        Some(due) if fresh => {
                            let again = Instant::now() + due.max(PAUSE);
                            if again >= until {
                                return Ok(());
                            }
                            sleep_until(again).await;
                            continue;
                        }
                        // It was reached, and was not looked at yet.
                        _ => {}
                    }
                }
                PlatformState::Connecting => {}
                PlatformState::Retrying { why, .. }
                | PlatformState::Refused { why, .. }
                | PlatformState::WaitingForApproval { why, .. } => return Err(why),
            }
            match timeout_at(until, news.recv()).await {
                Ok(Ok(_) | Err(RecvError::Lagged(_))) => {}
                Ok(Err(RecvError::Closed)) | Err(_) => return Err(too_slow()),
            }
        }
    }

    /// In how long the next of what waits for a platform is due; nothing if nothing waits.
    async fn due(&self, id: &str) -> Answer<Option<Duration>> {
        let now = SystemClock.now();
        let waiting = self.all_errands().await?.into_iter().filter(|errand| errand.platform == id);
        let due = waiting.filter_map(|errand| match errand.state {
            ErrandState::Queued { due } => due.parse().ok(),
            _ => None,
        });
        Ok(due.map(|due: Timestamp| Duration::from_millis(u64::try_from(due.as_millis() - now.as_millis()).unwrap_or(0))).min())
    }
}

fn too_slow() -> Refusal {
    let message = format!("The platform did not answer within {} seconds.", PATIENCE.as_secs());
    Refusal::new("server_too_slow", message, "Try again; what was asked for stays in the outbox.")
}
