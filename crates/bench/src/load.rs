//! Clients that each wait for their answer before they ask again, and what they measured.

use std::time::{Duration, Instant};

use anyhow::Result;
use tokio::task::JoinSet;

/// How many clients ask at the same time.
pub const CLIENTS: usize = 32;

/// What a load measured.
#[derive(Clone, Copy, Debug)]
pub struct Measured {
    pub per_second: f64,
    pub median: Duration,
    /// 99 of 100 answers came within this.
    pub p99: Duration,
}

/// Sorts out what was measured over a stretch of time.
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2⁵²")]
pub fn measured(mut latencies: Vec<Duration>, took: Duration) -> Measured {
    latencies.sort_unstable();
    let at = |share: usize| latencies.get(latencies.len() * share / 100).copied().unwrap_or_default();
    Measured { per_second: latencies.len() as f64 / took.as_secs_f64(), median: at(50), p99: at(99) }
}

/// The middle one of several rounds, by their rates.
pub fn middle(mut rounds: Vec<Measured>) -> Measured {
    rounds.sort_by(|a, b| a.per_second.total_cmp(&b.per_second));
    rounds[rounds.len() / 2]
}

/// Runs every client's loop at once and measures all of their calls together.
///
/// # Errors
/// The first fault of any client.
pub async fn drive<F>(clients: impl IntoIterator<Item = F>) -> Result<Measured>
where
    F: Future<Output = Result<Vec<Duration>>> + Send + 'static,
{
    let start = Instant::now();
    let mut running: JoinSet<_> = clients.into_iter().collect();
    let mut latencies = Vec::new();
    while let Some(done) = running.join_next().await {
        latencies.extend(done??);
    }
    Ok(measured(latencies, start.elapsed()))
}
