//! What is counted while the platform runs, in Prometheus' text exposition format 0.0.4. Counting takes a few atomic additions.

use std::collections::HashMap;
use std::fmt::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::extract::{MatchedPath, Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::Response;
use clawpair_api::endpoints::{self, Endpoint};
use clawpair_core::store::{ClaimOutcome, Written};
use tokio::time::Instant;

use crate::service::Service;

/// The histogram's upper bounds, in microseconds and as they are written: from what is in memory to a disk that hangs.
const BOUNDS: [(u64, &str); 8] = [
    (500, "0.0005"),
    (1_000, "0.001"),
    (5_000, "0.005"),
    (10_000, "0.01"),
    (50_000, "0.05"),
    (100_000, "0.1"),
    (500_000, "0.5"),
    (2_500_000, "2.5"),
];

/// Answers by the first digit of their status.
const CLASSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];

/// How claims end.
const CLAIMS: [&str; 6] = ["joined", "repeated", "waiting", "refused", "shut_out", "unknown"];

/// One call of the contract.
#[derive(Default)]
struct Calls {
    classes: [AtomicU64; CLASSES.len()],
    /// By duration; those longer than the last bound come last.
    durations: [AtomicU64; BOUNDS.len() + 1],
    micros: AtomicU64,
}

/// The counters.
pub(crate) struct Metrics {
    /// In the order of the contract, and one more for what is not in it.
    calls: Vec<Calls>,
    by_route: HashMap<(&'static str, &'static str), usize>,
    codes_made: AtomicU64,
    claims: [AtomicU64; CLAIMS.len()],
}

/// What is known elsewhere.
pub(crate) struct Gauges {
    pub(crate) connected_devices: u64,
    pub(crate) open_alerts: u64,
    pub(crate) observations_lost: u64,
    pub(crate) written: Written,
}

/// Counts a request and how long its answer took to begin; a stream may go on long after.
pub(crate) async fn count(State(service): State<Arc<Service>>, request: Request, next: Next) -> Response {
    let began = Instant::now();
    let path = request.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str);
    let call = service.metrics.call(request.method().as_str(), path);
    let response = next.run(request).await;
    service.metrics.answered(call, response.status(), began.elapsed());
    response
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let by_route: HashMap<_, _> =
            endpoints::all().enumerate().map(|(call, endpoint)| ((endpoint.method.as_str(), endpoint.path), call)).collect();
        Self {
            calls: (0..=endpoints::all().count()).map(|_| Calls::default()).collect(),
            by_route,
            codes_made: AtomicU64::new(0),
            claims: Default::default(),
        }
    }

    fn call(&self, method: &str, path: &str) -> usize {
        self.by_route.get(&(method, path)).copied().unwrap_or(self.calls.len() - 1)
    }

    fn answered(&self, call: usize, status: StatusCode, took: Duration) {
        let Some(call) = self.calls.get(call) else { return };
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        add(call.classes.get(usize::from(status.as_u16() / 100).saturating_sub(1)), 1);
        add(call.durations.get(BOUNDS.partition_point(|&(bound, _)| bound < micros)), 1);
        add(Some(&call.micros), micros);
    }

    pub(crate) fn code_made(&self) {
        add(Some(&self.codes_made), 1);
    }

    pub(crate) fn claimed(&self, outcome: &ClaimOutcome) {
        let word = match outcome {
            ClaimOutcome::Paired { repeated: false, .. } => "joined",
            ClaimOutcome::Paired { repeated: true, .. } => "repeated",
            ClaimOutcome::Waiting { .. } => "waiting",
            ClaimOutcome::Refused { .. } => "refused",
            ClaimOutcome::ShutOut(_) => "shut_out",
            ClaimOutcome::Unknown { .. } => "unknown",
        };
        add(CLAIMS.iter().position(|&known| known == word).and_then(|claim| self.claims.get(claim)), 1);
    }

    /// Everything as text.
    pub(crate) fn text(&self, gauges: &Gauges) -> String {
        let mut text = String::new();
        // Writing to a String cannot fail.
        let _ = self.write(&mut text, gauges);
        text
    }

    fn write(&self, text: &mut String, gauges: &Gauges) -> fmt::Result {
        self.write_requests(text)?;
        self.write_durations(text)?;
        single(text, "clawpair_pairing_codes_total", "counter", "Pairing codes that were made.", get(&self.codes_made))?;
        head(text, "clawpair_claims_total", "counter", "Claims by how they ended.")?;
        for (word, claims) in CLAIMS.iter().zip(&self.claims) {
            writeln!(text, "clawpair_claims_total{{outcome=\"{word}\"}} {}", get(claims))?;
        }
        let Gauges { connected_devices, open_alerts, observations_lost, written } = *gauges;
        single(text, "clawpair_connected_devices", "gauge", "Devices with a live channel.", connected_devices)?;
        single(text, "clawpair_open_alerts", "gauge", "Alerts that nobody has acknowledged.", open_alerts)?;
        let about = "Observations that no alert rule looked at because too many waited.";
        single(text, "clawpair_observations_lost_total", "counter", about, observations_lost)?;
        single(text, "clawpair_commits_total", "counter", "Flushes of the database to disk.", written.commits)?;
        single(text, "clawpair_transitions_total", "counter", "Changes that were made in those.", written.transitions)
    }

    /// Each call of the contract that was ever made, and the rest under `other`.
    fn made(&self) -> impl Iterator<Item = (&'static str, &'static str, &Calls)> {
        let named = endpoints::all().map(|&Endpoint { id, path, .. }| (id, path)).chain([("other", "")]);
        let made = |calls: &Calls| calls.classes.iter().any(|class| get(class) > 0);
        named.zip(&self.calls).map(|((id, path), calls)| (id, path, calls)).filter(move |&(_, _, calls)| made(calls))
    }

    fn write_requests(&self, text: &mut String) -> fmt::Result {
        head(text, "clawpair_requests_total", "counter", "Requests by operation and class of the answer's status.")?;
        for (id, path, calls) in self.made() {
            for (class, count) in CLASSES.iter().zip(&calls.classes).filter(|(_, count)| get(count) > 0) {
                let count = get(count);
                writeln!(text, "clawpair_requests_total{{operation=\"{id}\",path=\"{path}\",status=\"{class}\"}} {count}")?;
            }
        }
        Ok(())
    }

    fn write_durations(&self, text: &mut String) -> fmt::Result {
        const NAME: &str = "clawpair_request_duration_seconds";
        head(text, NAME, "histogram", "How long it took until an answer began.")?;
        for (id, _, calls) in self.made() {
            let mut within = 0;
            let bounds = BOUNDS.iter().map(|&(_, bound)| bound).chain(["+Inf"]);
            for (bound, count) in bounds.zip(&calls.durations) {
                within += get(count);
                writeln!(text, "{NAME}_bucket{{operation=\"{id}\",le=\"{bound}\"}} {within}")?;
            }
            let micros = get(&calls.micros);
            writeln!(text, "{NAME}_sum{{operation=\"{id}\"}} {}.{:06}", micros / 1_000_000, micros % 1_000_000)?;
            writeln!(text, "{NAME}_count{{operation=\"{id}\"}} {within}")?;
        }
        Ok(())
    }
}

fn add(counter: Option<&AtomicU64>, more: u64) {
    if let Some(counter) = counter {
        counter.fetch_add(more, Ordering::Relaxed);
    }
}

fn get(counter: &AtomicU64) -> u64 {
    counter.load(Ordering::Relaxed)
}

fn head(text: &mut String, name: &str, kind: &str, about: &str) -> fmt::Result {
    writeln!(text, "# HELP {name} {about}\n# TYPE {name} {kind}")
}

fn single(text: &mut String, name: &str, kind: &str, about: &str, value: u64) -> fmt::Result {
    head(text, name, kind, about)?;
    writeln!(text, "{name} {value}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_in_its_bucket_and_all_later_ones() {
        let metrics = Metrics::new();
        let call = metrics.call("GET", "/api/v1/devices/{id}");
        metrics.answered(call, StatusCode::OK, Duration::from_millis(5));
        metrics.answered(call, StatusCode::NOT_FOUND, Duration::from_secs(3));
        let mut text = String::new();
        metrics.write_requests(&mut text).unwrap();
        metrics.write_durations(&mut text).unwrap();
        let labels = "operation=\"devices.show\"";
        for line in [
            format!("clawpair_requests_total{{{labels},path=\"/api/v1/devices/{{id}}\",status=\"2xx\"}} 1"),
            format!("clawpair_requests_total{{{labels},path=\"/api/v1/devices/{{id}}\",status=\"4xx\"}} 1"),
            format!("clawpair_request_duration_seconds_bucket{{{labels},le=\"0.001\"}} 0"),
            format!("clawpair_request_duration_seconds_bucket{{{labels},le=\"0.005\"}} 1"),
            format!("clawpair_request_duration_seconds_bucket{{{labels},le=\"2.5\"}} 1"),
            format!("clawpair_request_duration_seconds_bucket{{{labels},le=\"+Inf\"}} 2"),
            format!("clawpair_request_duration_seconds_sum{{{labels}}} 3.005000"),
            format!("clawpair_request_duration_seconds_count{{{labels}}} 2"),
        ] {
            assert!(text.lines().any(|found| found == line), "{line} is missing in\n{text}");
        }
    }
}
