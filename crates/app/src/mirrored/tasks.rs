//! The two tasks of an upkeep: one listens and never waits for a network, the other reads.

use std::sync::Arc;

use clawpair_api::Event;
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio::time::sleep;

use super::upkeep::{AGAIN, EVERY, PAUSE, Shared};
use crate::platform::News;

/// News that are entered in one transaction.
const TOGETHER: usize = 1_000;

/// Enters what the platform tells.
pub(super) async fn listen(shared: Arc<Shared>, mut news: broadcast::Receiver<News>) {
    let missed = || News::Event(Box::new(Event::Resync));
    loop {
        let mut told = vec![match news.recv().await {
            Ok(news) => news,
            Err(RecvError::Lagged(_)) => missed(),
            Err(RecvError::Closed) => return,
        }];
        while told.len() < TOGETHER {
            told.push(match news.try_recv() {
                Ok(news) => news,
                Err(TryRecvError::Lagged(_)) => missed(),
                Err(TryRecvError::Empty | TryRecvError::Closed) => break,
            });
        }
        shared.hear(told).await;
    }
}

/// Reads when somebody wants it, and now and then. What is wanted while it reads, or while it is left alone, is one more reading.
pub(super) async fn keep_reading(shared: Arc<Shared>) {
    let mut wait = EVERY;
    loop {
        tokio::select! {
            () = shared.wanted.notified() => {}
            () = sleep(wait) => {}
        }
        if shared.is_connected() {
            wait = if shared.read_on().await.is_ok() { EVERY } else { AGAIN };
            sleep(shared.left_alone().map_or(PAUSE, |left| left.max(PAUSE))).await;
        }
    }
}
