//! The task that stays connected.

use std::sync::Arc;
use std::time::Duration;

use clawpair_core::backoff::Backoff;
use clawpair_core::clock::Timestamp;
use tokio::sync::watch;
use tokio::time::sleep;

use super::state::State;
use super::step::{KNOCK, Step, Tried};
use super::watching::Watching;
use super::{Shared, Wishes};
use crate::connection::Connection;
use crate::credential::Credential;
use crate::error::GatewayError;

/// Connects, watches, and connects again, until this future is dropped.
pub(crate) async fn supervise(shared: Arc<Shared>) {
    let mut backoff = Backoff::reconnecting();
    let mut prefer_first = false;
    let mut knocking = false;
    loop {
        let mut wishes = shared.wishes.subscribe();
        let wish = wishes.borrow_and_update().clone();
        let (own, first) = (shared.own.lock().await.clone(), wish.first.clone());
        let tried = match &own {
            Some(_) if !(prefer_first && first.is_some()) => Tried::Own { has_other: first.is_some() },
            _ => Tried::First,
        };
        let credential = match tried {
            Tried::Own { .. } => own.clone().map(Credential::Own),
            Tried::First => first,
        };
        let attempt = async {
            let Some(credential) = &credential else { return GatewayError::TokenMissing };
            // Who knocks goes on waiting for approval, which every knock would hide.
            if !knocking {
                shared.publish(State::Connecting);
            }
            let (connection, events) = match Connection::open(&wish.target, &shared.caller, credential).await {
                Ok(open) => open,
                Err(error) => return error,
            };
            prefer_first = false;
            shared.keep(connection.hello().own_token.clone()).await;
            shared.used_up(credential).await;
            let watching =
                Watching { snapshot: &shared.snapshot, uses: &shared.uses, nudged: &shared.nudged, looks: &shared.looks };
            // Connected means that it can be used: who is connected has a snapshot, too.
            if let Err(error) = watching.look(&connection).await {
                return error;
            }
            let version = connection.hello().version.clone();
            shared.connection.send_replace(Some(connection.clone()));
            shared.publish(State::Connected { version });
            watching.run(&connection, events).await
        };
        // What a person changes counts at once, also in the middle of an attempt.
        let error = tokio::select! {
            error = attempt => Some(error),
            _ = wishes.changed() => None,
        };
        let was_connected = shared.connection.send_replace(None).is_some();
        let Some(error) = error else {
            backoff.reset();
            knocking = false;
            continue;
        };
        if was_connected {
            backoff.reset();
        }
        tracing::debug!(code = error.code(), "the connection to a gateway ended");
        knocking = false;
        match Step::after(&error, tried) {
            Step::ForgetOwn => drop(shared.give_up(own.as_ref()).await),
            Step::UseFirst => prefer_first = true,
            Step::Knock => {
                if let GatewayError::ApprovalNeeded { request, why } = error {
                    shared.publish(State::WaitingForApproval { request, why });
                }
                knocking = !wait(&mut wishes, Some(KNOCK)).await;
            }
            Step::BackOff(after) => {
                let pause = backoff.wait_at_least(shared.rng.as_ref(), after);
                let at = Timestamp::from_millis(shared.caller.clock.now().as_millis() + millis(pause));
                shared.publish(State::Retrying { at, why: error });
                wait(&mut wishes, Some(pause)).await;
            }
            Step::Stop => stop(&shared, &mut wishes, error).await,
            Step::ForgetOwnAndStop => {
                if shared.give_up(own.as_ref()).await {
                    stop(&shared, &mut wishes, error).await;
                }
            }
        }
    }
}

/// Waits until a person changes something, or wants another try.
async fn stop(shared: &Shared, wishes: &mut watch::Receiver<Wishes>, why: GatewayError) {
    shared.publish(State::Refused { why });
    wait(wishes, None).await;
    shared.look_for_own().await;
}

/// Waits for a while, or until a person changes something; whether one did.
async fn wait(wishes: &mut watch::Receiver<Wishes>, pause: Option<Duration>) -> bool {
    let pausing = async {
        match pause {
            Some(pause) => sleep(pause).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        () = pausing => false,
        changed = wishes.changed() => {
            if changed.is_err() {
                std::future::pending::<()>().await;
            }
            true
        }
    }
}

fn millis(pause: Duration) -> i64 {
    i64::try_from(pause.as_millis()).unwrap_or(i64::MAX)
}
