//! The OPAQUE exchanges that are under way: one per TLS connection, each good for one try.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use clawpair_core::Timestamp;
use clawpair_core::activity::Actor;
use clawpair_core::claim::ChannelBinding;
use clawpair_core::id::PairingId;
use clawpair_core::opaque::Login;

/// How long a device may take between the two steps, in seconds.
const PATIENCE: i64 = 60;
/// Exchanges that are under way at once; a listener serves fewer connections.
const MAX_EXCHANGES: usize = 4_096;

/// A device that has been answered and has to finish.
pub(crate) struct Exchange {
    pub(crate) login: Login,
    /// Whose code is tried, and who tries; none where there is no such code.
    pub(crate) guess: Option<(PairingId, Actor)>,
    pub(crate) at: Timestamp,
}

impl Exchange {
    pub(crate) fn is_late(&self, now: Timestamp) -> bool {
        now >= self.at.plus_seconds(PATIENCE)
    }
}

/// All of them. The exporter value names a connection.
#[derive(Default)]
pub(crate) struct Exchanges(Mutex<HashMap<ChannelBinding, Exchange>>);

impl Exchanges {
    /// Keeps an exchange. Those that will not be finished any more are returned: their guesses were wrong.
    pub(crate) fn begin(&self, connection: ChannelBinding, exchange: Exchange) -> Vec<(PairingId, Actor)> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = exchange.at;
        let mut given_up: Vec<Exchange> = known.extract_if(|_, exchange| exchange.is_late(now)).map(|(_, late)| late).collect();
        if known.len() >= MAX_EXCHANGES
            && let Some(oldest) = known.iter().min_by_key(|(_, exchange)| exchange.at).map(|(&connection, _)| connection)
        {
            given_up.extend(known.remove(&oldest));
        }
        given_up.extend(known.insert(connection, exchange));
        given_up.into_iter().filter_map(|exchange| exchange.guess).collect()
    }

    /// The exchange of a connection, once.
    pub(crate) fn take(&self, connection: &ChannelBinding) -> Option<Exchange> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(connection)
    }
}
