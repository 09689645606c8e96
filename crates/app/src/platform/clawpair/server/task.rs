//! The task that stays connected.

use std::sync::{Arc, PoisonError};

use clawpair_api::Event;
use clawpair_client::{Client, ClientError, Credential, Followed, Patience, Retry, Server, Trust};
use clawpair_core::clock::Timestamp;
use clawpair_core::text::sanitised;

use super::{News, Sees, Shared, Status, Wishes, capabilities, state};
use crate::view::platform::PlatformState;

/// Follows the server, and begins anew with whatever a person changes, until this future is dropped.
pub(super) async fn stay_connected(shared: Arc<Shared>) {
    let mut wishes = shared.wishes.subscribe();
    loop {
        let wish = wishes.borrow_and_update().clone();
        shared.set(|status| {
            status.client = None;
            status.state = PlatformState::Connecting;
        });
        // What a person changes counts at once, also in the middle of an attempt.
        let refused = tokio::select! {
            why = follow(&shared, &wish) => why,
            _ = wishes.changed() => continue,
        };
        shared.set(|status| {
            status.client = None;
            status.state = state::refused(refused, wish.pin);
        });
        if wishes.changed().await.is_err() {
            return;
        }
    }
}

/// Follows the server for as long as trying again can help.
async fn follow(shared: &Shared, wish: &Wishes) -> ClientError {
    let client = match shared.client_of(wish) {
        Ok(client) => client,
        Err(error) => return error,
    };
    let mut follower = client.follow(Arc::clone(&shared.rng), None);
    loop {
        let mut told = follower.next().await;
        if matches!(told, Some(Followed::Connected { .. })) {
            match client.me().await {
                Ok(me) => {
                    shared.set(|status| {
                        status.capabilities = Some(capabilities::of(&me));
                        status.sees = Sees::of(&me);
                        status.client = Some(client.clone());
                        status.as_of = None;
                        status.state = PlatformState::Connected { version: Some(sanitised(&me.version)) };
                    });
                    // Who is connected is not among what a stream goes on with, so everything is read anew.
                    shared.tell(News::Event(Box::new(Event::Resync)));
                    continue;
                }
                Err(error) if error.retry() == Retry::No => return error,
                Err(error) => told = Some(follower.break_off(error)),
            }
        }
        match told {
            Some(Followed::Event(event)) => shared.tell(News::Event(event)),
            Some(Followed::Lost { again, why }) => {
                let now = shared.clock.now();
                let pause = i64::try_from(again.as_millis()).unwrap_or(i64::MAX);
                shared.set(|status| {
                    if status.client.take().is_some() {
                        status.as_of = Some(now.to_string());
                    }
                    let at = Timestamp::from_millis(now.as_millis().saturating_add(pause)).to_string();
                    status.state = PlatformState::Retrying { at, why: why.into() };
                });
            }
            Some(Followed::Refused(why)) => return why,
            Some(Followed::Connected { .. }) => {}
            None => return ClientError::AnswerLost { why: "nothing more is told".into() },
        }
    }
}

impl Shared {
    fn client_of(&self, wish: &Wishes) -> Result<Client, ClientError> {
        let trust = wish.pin.map_or_else(|| Trust::Authorities(self.authorities.clone()), Trust::Pinned);
        let (address, rng) = (self.address.clone(), Arc::clone(&self.rng));
        let client = Client::remote(Server { address, trust, patience: Patience::default(), rng })?;
        Ok(match wish.key.clone() {
            Some(key) => client.with(Credential::ApiKey(key)),
            // The server says that it wants one, once its own key is right.
            None => client,
        })
    }

    fn set(&self, change: impl FnOnce(&mut Status)) {
        change(&mut self.status.write().unwrap_or_else(PoisonError::into_inner));
        self.tell(News::State);
    }

    fn tell(&self, news: News) {
        // Who is not there yet loads everything when it comes.
        let _ = self.news.send(news);
    }
}
