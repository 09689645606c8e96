//! Waiting for a condition, with a bound.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

/// How long anything that starts may take until it is ready.
pub const READY: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_millis(25);

/// Asks again and again until there is an answer.
///
/// # Errors
/// When `limit` has passed without one; the message names `what` was awaited.
pub fn until<T>(what: &str, limit: Duration, mut answer: impl FnMut() -> Result<Option<T>>) -> Result<T> {
    let start = Instant::now();
    loop {
        if let Some(found) = answer()? {
            return Ok(found);
        }
        if start.elapsed() > limit {
            bail!("{what} did not happen within {} s.", limit.as_secs());
        }
        thread::sleep(PAUSE);
    }
}
