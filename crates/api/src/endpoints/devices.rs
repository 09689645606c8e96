use clawpair_core::access::Operation;

use super::answer::shape;
use super::{Answer, Content, Credential, Endpoint, Method, Query, Takes};
use crate::{ErrorCode, paths};

/// Filters, sort and page of the list of devices.
const LIST: &[Query] = &[
    Query::new("status", "Only those that stand so.", Takes::Words(&["active", "disabled", "revoked"])),
    Query::new("connected", "Only those whose live channel is open, or is not.", Takes::Flag),
    Query::new("device_type", "Only those of this type.", Takes::Text(".{1,64}")),
    Query::new("permission", "Only those that have this permission.", Takes::Text("^[a-z][a-z0-9._-]*:[a-z][a-z0-9._-]*$")),
    Query::new("tag", "Only those with this tag.", Takes::Text(".{1,32}")),
    Query::new(
        "q",
        "Only those of which each word begins a part of name, type, tags, id, fingerprint or address.",
        Takes::Text(".{0,100}"),
    ),
    Query::new("seen_before", "Only those last heard before this moment.", Takes::Time),
    Query::new("seen_after", "Only those heard at this moment or later.", Takes::Time),
    Query::new(
        "sort",
        "By what; a dash before it for descending. `-paired` when left out.",
        Takes::Words(&["paired", "-paired", "name", "-name", "seen", "-seen"]),
    ),
    Query::new("after", "The `next` of the page before, under the same sort.", Takes::Text("^[A-Za-z0-9_-]{1,1200}$")),
    Query::new("limit", "Items of the page at most; 0 gives 1, more than 100 give 100.", Takes::Size),
];

const BULK: Credential = Credential::AnyManager(&[
    Operation::DevicesRevoke,
    Operation::DevicesDisable,
    Operation::DevicesEnable,
    Operation::DevicesEdit,
]);

pub(super) const ENDPOINTS: &[Endpoint] = &[
    Endpoint::manager(Operation::DevicesList, Method::Get, paths::DEVICES, "Lists, filters, searches and sorts devices.")
        .query(LIST)
        .answers(&[Answer::ok(shape!(DevicePage), "One page.")]),
    Endpoint::manager(Operation::DevicesSummary, Method::Get, paths::DEVICES_SUMMARY, "How many devices there are.")
        .answers(&[Answer::ok(shape!(DeviceSummary), "By how they stand.")]),
    Endpoint::manager(Operation::DevicesShow, Method::Get, paths::DEVICE, "Shows one device.")
        .answers(&[Answer::ok(shape!(Device), "The device.")]),
    Endpoint::manager(Operation::DevicesEdit, Method::Patch, paths::DEVICE, "Gives a device another name, type or other tags.")
        .if_match()
        .once()
        .takes(Content::Json(shape!(EditDevice)))
        .answers(&[Answer::ok(shape!(Device), "The device as it is now.")])
        .refuses(&[ErrorCode::AlreadyRevoked]),
    Endpoint::manager(Operation::DevicesGrant, Method::Put, paths::DEVICE_PERMISSIONS, "Replaces what a device may do.")
        .if_match()
        .once()
        .takes(Content::Json(shape!(GrantPermissions)))
        .answers(&[Answer::ok(shape!(Device), "The device as it is now.")])
        .refuses(&[ErrorCode::AlreadyRevoked]),
    Endpoint::manager(Operation::DevicesDisable, Method::Post, paths::DEVICE_DISABLE, "Shuts a device out until it is enabled.")
        .if_match()
        .once()
        .takes(Content::Json(shape!(DisableDevice)))
        .answers(&[Answer::ok(shape!(Device), "The device, disabled.")])
        .refuses(&[ErrorCode::AlreadyRevoked]),
    Endpoint::manager(Operation::DevicesEnable, Method::Post, paths::DEVICE_ENABLE, "Lets a disabled device in again.")
        .if_match()
        .once()
        .answers(&[Answer::ok(shape!(Device), "The device, active.")])
        .refuses(&[ErrorCode::AlreadyRevoked]),
    Endpoint::manager(Operation::DevicesRevoke, Method::Delete, paths::DEVICE, "Revokes a device; repeating changes nothing.")
        .query(&[Query::new("reason", "Why; 1–200 characters.", Takes::Reason)])
        .once()
        .answers(&[Answer::ok(shape!(Device), "The device, revoked.")]),
    Endpoint::new(
        "devices.change",
        BULK,
        Method::Post,
        paths::DEVICES_BULK,
        "Does the same to up to 500 devices, each on its own.",
    )
    .takes(Content::Json(shape!(ChangeDevices)))
    .answers(&[Answer::ok(shape!(ChangeOutcomes), "What became of each.")]),
    Endpoint::new("device.self", Credential::Device, Method::Get, paths::DEVICE_SELF, "Shows the calling device to itself.")
        .answers(&[Answer::ok(shape!(Device), "The calling device.")]),
    Endpoint::new("device.key", Credential::Device, Method::Post, paths::DEVICE_KEY, "Gives the calling device a new key.")
        .takes(Content::Json(shape!(ChangeKey)))
        .answers(&[Answer::ok(shape!(Paired), "The device, with its first tokens for the new key.")])
        .refuses(&[ErrorCode::SignatureInvalid, ErrorCode::TlsRequired]),
    Endpoint::new("device.live", Credential::Device, Method::Get, paths::DEVICE_LIVE, "Upgrades to the live channel.")
        .answers(&[Answer { status: 101, about: "A WebSocket; see DEVICE-PROTOCOL.md.", content: Content::Empty }])
        .refuses(&[ErrorCode::InvalidRequest, ErrorCode::TlsRequired]),
];
