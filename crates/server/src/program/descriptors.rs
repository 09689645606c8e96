//! How many files the process may have open, which every connection is one of.

use anyhow::{Result, ensure};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Descriptors for what is no connection: the database with its journal on five connections, listeners, logs, the runtime; and connections
/// that are being closed.
const OTHERS: u64 = 128;

/// Sees to it that so many connections can be open at once. What the system allows and is merely not granted is taken.
///
/// # Errors
/// A sentence when the system does not allow it.
pub(crate) fn ensure_for(connections: u64) -> Result<()> {
    let limit = getrlimit(Resource::Nofile);
    let Some(raised) = raised(connections + OTHERS, limit)? else { return Ok(()) };
    setrlimit(Resource::Nofile, raised)?;
    tracing::info!(from = limit.current, to = raised.current, "the limit of open files was raised");
    Ok(())
}

/// The limit that is needed, if it is not there already. `None` in a limit is any number.
fn raised(needed: u64, limit: Rlimit) -> Result<Option<Rlimit>> {
    if limit.current.is_none_or(|current| current >= needed) {
        return Ok(None);
    }
    let most = limit.maximum.unwrap_or(u64::MAX);
    ensure!(
        most >= needed,
        "This process may have {most} files open, and its listeners may serve so many connections that {needed} are needed. \
         Lower --max-connections, listen on fewer places, or raise the limit: LimitNOFILE in the systemd unit, else “ulimit -n”."
    );
    Ok(Some(Rlimit { current: Some(needed), maximum: limit.maximum }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(current: u64, maximum: u64) -> Rlimit {
        Rlimit { current: Some(current), maximum: Some(maximum) }
    }

    #[test]
    fn what_the_system_allows_is_taken_and_no_more() {
        assert_eq!(raised(768, limit(1_024, 4_096)).unwrap(), None);
        assert_eq!(raised(2_000, limit(1_024, 4_096)).unwrap(), Some(limit(2_000, 4_096)));
        assert_eq!(raised(2_000, Rlimit { current: None, maximum: None }).unwrap(), None);
        let open_end = Rlimit { current: Some(1_024), maximum: None };
        assert_eq!(raised(2_000, open_end).unwrap(), Some(Rlimit { current: Some(2_000), maximum: None }));
    }

    #[test]
    fn what_it_does_not_allow_is_said_with_a_way_out() {
        let why = raised(5_000, limit(1_024, 4_096)).unwrap_err().to_string();
        assert!(why.contains("4096") && why.contains("5000") && why.contains("--max-connections"), "{why}");
    }
}
