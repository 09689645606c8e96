//! Acting on what another program of the same person has written into the mirror.

use std::sync::{Arc, Weak};
use std::time::Duration;

use clawpair_mirror::Mirror;
use tokio::sync::broadcast;
use tokio::time::sleep;

use crate::mirrored::on_file;
use crate::outbox::Outbox;
use crate::view::AppEvent;

/// How often the file is asked.
const EVERY: Duration = Duration::from_millis(500);

/// Sends what another program asked for, and tells the window to read everything anew, until the outbox is gone.
pub(super) fn follow_others(outbox: &Arc<Outbox>, events: broadcast::Sender<AppEvent>) {
    tokio::spawn(follow(Arc::downgrade(outbox), events));
}

async fn follow(outbox: Weak<Outbox>, events: broadcast::Sender<AppEvent>) {
    let mut known = None;
    while let Some(outbox) = outbox.upgrade() {
        match on_file(outbox.mirror(), Mirror::written_elsewhere).await {
            Ok(now) => {
                if known.replace(now).is_some_and(|known| known != now) {
                    outbox.send_out();
                    // A window that is not there yet reads everything when it comes.
                    let _ = events.send(AppEvent::Resync);
                }
            }
            Err(error) => tracing::warn!(%error, "whether another program has written could not be asked"),
        }
        drop(outbox);
        sleep(EVERY).await;
    }
}
