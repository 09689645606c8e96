use clawpair_core::access::Operation;

use super::answer::shape;
use super::{Answer, Content, Credential, Endpoint, Method, Query, Takes, page};
use crate::{ErrorCode, paths};

const PAGE: [Query; 2] = page("^pair-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$");

pub(super) const ENDPOINTS: &[Endpoint] = &[
    Endpoint::manager(Operation::CodesCreate, Method::Post, paths::PAIRING_CODES, "Makes a pairing code and a link.")
        .once()
        .takes(Content::Json(shape!(CreatePairingCode)))
        .answers(&[Answer::created(shape!(PairingCodeCreated), "The only answer that ever holds the code and the link.")])
        .refuses(&[ErrorCode::GuessBudgetSpent]),
    Endpoint::manager(Operation::CodesList, Method::Get, paths::PAIRING_CODES, "Lists pairings, newest first.")
        .query(&[Query::new("status", "Only those a device may claim now.", Takes::Words(&["open"])), PAGE[0], PAGE[1]])
        .answers(&[Answer::ok(shape!(PairingPage), "One page.")]),
    Endpoint::manager(Operation::CodesShow, Method::Get, paths::PAIRING_CODE, "Shows one pairing.")
        .answers(&[Answer::ok(shape!(Pairing), "The pairing, without its secrets.")]),
    Endpoint::manager(Operation::CodesCancel, Method::Delete, paths::PAIRING_CODE, "Takes a pairing code back.")
        .answers(&[Answer::ok(shape!(Pairing), "The pairing, cancelled.")])
        .refuses(&[
            ErrorCode::CodeExpired,
            ErrorCode::CodeUsed,
            ErrorCode::CodeCancelled,
            ErrorCode::PairingDenied,
            ErrorCode::RequestExpired,
        ]),
    Endpoint::new(
        "pair.claim",
        Credential::None,
        Method::Post,
        paths::CLAIM,
        "Claims a pairing; for devices, see DEVICE-PROTOCOL.md.",
    )
    .takes(Content::Json(shape!(Claim)))
    .answers(&[
        Answer::ok(shape!(Paired), "The device is in; these are its first tokens."),
        Answer { status: 202, about: "A person is asked; repeat the claim.", content: Content::Json(shape!(Waiting)) },
    ])
    .refuses(&[
        ErrorCode::TlsRequired,
        ErrorCode::CodeMalformed,
        ErrorCode::CodeUnknown,
        ErrorCode::CodeExpired,
        ErrorCode::CodeUsed,
        ErrorCode::CodeCancelled,
        ErrorCode::PairingDenied,
        ErrorCode::RequestExpired,
        ErrorCode::CodeEntryBurnt,
        ErrorCode::SignatureInvalid,
        ErrorCode::DeviceRevoked,
    ]),
    Endpoint::new(
        "pair.opaque_start",
        Credential::None,
        Method::Post,
        paths::OPAQUE_START,
        "Begins to prove that both sides know a code; for devices, see DEVICE-PROTOCOL.md.",
    )
    .takes(Content::Json(shape!(OpaqueStart)))
    .answers(&[Answer::ok(shape!(OpaqueStarted), "The answer, alike whether there is such a code or not.")])
    .refuses(&[ErrorCode::TlsRequired, ErrorCode::CodeMalformed]),
    Endpoint::new(
        "pair.opaque_finish",
        Credential::None,
        Method::Post,
        paths::OPAQUE_FINISH,
        "Ends it, over the same connection; for devices, see DEVICE-PROTOCOL.md.",
    )
    .takes(Content::Json(shape!(OpaqueFinish)))
    .answers(&[Answer::ok(shape!(OpaqueFinished), "Both sides know the code, and nobody is in between.")])
    .refuses(&[ErrorCode::TlsRequired, ErrorCode::CodeUnknown]),
];
