//! How the platform is, for those who run it.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use clawpair_core::access::operation::MetricsRead;

use crate::auth::May;
use crate::error::Refusal;
use crate::metrics::Gauges;
use crate::service::Service;

/// Prometheus' text exposition format.
const FORMAT: &str = "text/plain; version=0.0.4; charset=utf-8";

pub(super) async fn ready(State(service): State<Arc<Service>>) -> Result<&'static str, Refusal> {
    service.ready().await.map(|()| "ready")
}

pub(super) async fn show(State(service): State<Arc<Service>>, _: May<MetricsRead>) -> Result<impl IntoResponse, Refusal> {
    let gauges = Gauges {
        connected_devices: service.live.count(),
        open_alerts: service.store.open_alerts().await?,
        observations_lost: service.unjudged(),
        written: service.store.written(),
    };
    Ok(([(CONTENT_TYPE, FORMAT)], service.metrics.text(&gauges)))
}
