use clawpair_core::access::Operation;

use super::answer::shape;
use super::{Answer, Content, Credential, Endpoint, Method, Query, Takes, page};
use crate::{ErrorCode, paths};

const PAGE: [Query; 2] = page("^dev-");

const BULK: Credential = Credential::AnyManager(&[
    Operation::DevicesRevoke,
    Operation::DevicesDisable,
    Operation::DevicesEnable,
    Operation::DevicesEdit,
]);

pub(super) const ENDPOINTS: &[Endpoint] = &[
    Endpoint::manager(Operation::DevicesList, Method::Get, paths::DEVICES, "Lists devices, newest first, revoked ones too.")
        .query(&PAGE)
        .answers(&[Answer::ok(shape!(DevicePage), "One page.")]),
    Endpoint::manager(Operation::DevicesShow, Method::Get, paths::DEVICE, "Shows one device.")
        .answers(&[Answer::ok(shape!(Device), "The device.")]),
    Endpoint::manager(Operation::DevicesEdit, Method::Patch, paths::DEVICE, "Gives a device another name, type or other tags.")
        .if_match()
        .takes(Content::Json(shape!(EditDevice)))
        .answers(&[Answer::ok(shape!(Device), "The device as it is now.")])
        .refuses(&[ErrorCode::AlreadyRevoked]),
    Endpoint::manager(Operation::DevicesGrant, Method::Put, paths::DEVICE_PERMISSIONS, "Replaces what a device may do.")
        .if_match()
        .takes(Content::Json(shape!(GrantPermissions)))
        .answers(&[Answer::ok(shape!(Device), "The device as it is now.")])
        .refuses(&[ErrorCode::AlreadyRevoked]),
    Endpoint::manager(Operation::DevicesDisable, Method::Post, paths::DEVICE_DISABLE, "Shuts a device out until it is enabled.")
        .takes(Content::Json(shape!(DisableDevice)))
        .answers(&[Answer::ok(shape!(Device), "The device, disabled.")])
        .refuses(&[ErrorCode::AlreadyRevoked]),
    Endpoint::manager(Operation::DevicesEnable, Method::Post, paths::DEVICE_ENABLE, "Lets a disabled device in again.")
        .answers(&[Answer::ok(shape!(Device), "The device, active.")])
        .refuses(&[ErrorCode::AlreadyRevoked]),
    Endpoint::manager(Operation::DevicesRevoke, Method::Delete, paths::DEVICE, "Revokes a device; repeating changes nothing.")
        .query(&[Query::new("reason", "Why; 1–200 characters.", Takes::Reason)])
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
    Endpoint::new("device.live", Credential::Device, Method::Get, paths::DEVICE_LIVE, "Upgrades to the live channel.")
        .answers(&[Answer { status: 101, about: "A WebSocket; see DEVICE-PROTOCOL.md.", content: Content::Empty }])
        .refuses(&[ErrorCode::InvalidRequest, ErrorCode::TlsRequired]),
];
