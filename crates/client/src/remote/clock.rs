//! What time it is at a server, by the `Date` of its answers (RFC 9110, 6.6.1).

use std::sync::{Mutex, PoisonError};
use std::time::UNIX_EPOCH;

use axum::http::{HeaderMap, header};
use clawpair_core::clock::Timestamp;
use tokio::time::Instant;

/// Half of the second to which that header is exact.
const HALF_A_SECOND: i64 = 500;

/// A server's clock, as its last answer has shown it.
#[derive(Default)]
pub(crate) struct ServerClock(Mutex<Option<(Timestamp, Instant)>>);

impl ServerClock {
    /// An answer has come just now.
    pub(crate) fn note(&self, headers: &HeaderMap) {
        if let Some(date) = date(headers) {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((date, Instant::now()));
        }
    }

    /// What time it is there, to within a second and what the answer took; nothing before the first answer with a date.
    pub(crate) fn now(&self) -> Option<Timestamp> {
        let (date, at) = (*self.0.lock().unwrap_or_else(PoisonError::into_inner))?;
        let since = i64::try_from(at.elapsed().as_millis()).unwrap_or(i64::MAX);
        Some(Timestamp::from_millis(date.as_millis().saturating_add(since)))
    }
}

fn date(headers: &HeaderMap) -> Option<Timestamp> {
    let date = httpdate::parse_http_date(headers.get(header::DATE)?.to_str().ok()?).ok()?;
    let millis = i64::try_from(date.duration_since(UNIX_EPOCH).ok()?.as_millis()).ok()?;
    Some(Timestamp::from_millis(millis + HALF_A_SECOND))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use axum::http::HeaderValue;

    use super::*;

    fn dated(date: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(header::DATE, HeaderValue::from_static(date))])
    }

    #[tokio::test(start_paused = true)]
    async fn a_servers_clock_goes_on_from_its_last_date() {
        let clock = ServerClock::default();
        assert_eq!(clock.now(), None);
        clock.note(&dated("Thu, 01 Oct 2026 12:00:00 GMT"));
        tokio::time::advance(Duration::from_secs(90)).await;
        assert_eq!(clock.now(), "2026-10-01T12:01:30.500Z".parse().ok());
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_no_date_says_nothing() {
        let clock = ServerClock::default();
        clock.note(&dated("Thu, 01 Oct 2026 12:00:00 GMT"));
        let known = clock.now();
        for odd in ["", "soon", "Thu, 01 Oct 1000000 12:00:00 GMT", "Thu, 01 Jan 1970 00:00:00", "2026-10-01T12:00:00Z"] {
            clock.note(&dated(odd));
        }
        clock.note(&HeaderMap::new());
        assert_eq!(clock.now(), known);
    }
}
