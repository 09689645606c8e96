//! What a page asks for, as parameters of the REST call.

use clawpair_api::DeviceStatus;

use crate::view::{ActivityQuery, DeviceQuery};

pub(super) fn device_parameters(query: &DeviceQuery) -> impl Iterator<Item = (&'static str, String)> {
    let text = |name, value: &Option<String>| value.clone().map(|value| (name, value));
    let status = query.status.map(|status| match status {
        DeviceStatus::Active => "active",
        DeviceStatus::Disabled => "disabled",
        DeviceStatus::Revoked => "revoked",
    });
    let parts = [
        status.map(|word| ("status", word.to_owned())),
        query.connected.map(|connected| ("connected", connected.to_string())),
        text("device_type", &query.device_type),
        text("permission", &query.permission),
        text("tag", &query.tag),
        text("seen_before", &query.seen_before),
        text("q", &query.q),
        text("sort", &query.sort),
        text("after", &query.after),
    ];
    parts.into_iter().flatten()
}

pub(super) fn activity_parameters(query: &ActivityQuery) -> impl Iterator<Item = (&'static str, String)> {
    let text = |name, value: &Option<String>| value.clone().map(|value| (name, value));
    let parts = [
        query.after.map(|number| ("after", number.to_string())),
        text("actor", &query.actor),
        text("action", &query.action),
        text("from", &query.from),
    ];
    parts.into_iter().flatten()
}
