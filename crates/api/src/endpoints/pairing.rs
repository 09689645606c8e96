use clawpair_core::access::Operation;

use super::answer::shape;
use super::{Answer, Content, Credential, Endpoint, Method, Query, Takes};
use crate::{ErrorCode, paths};

/// Filters, sort and page of the list of pairings.
const LIST: &[Query] = &[
    Query::new(
        "status",
        "Only those that stand in one of these ways; commas between them.",
        Takes::Several(&["open", "waiting", "approved", "completed", "denied", "cancelled", "expired"]),
    ),
    Query::new("q", "Only those of which each word begins a part of name or type.", Takes::Text(".{0,100}")),
    Query::new("device_type", "Only those of this type.", Takes::Text(".{1,64}")),
    Query::new(
        "sort",
        "By what; a dash before it for descending. `-created` when left out.",
        Takes::Words(&["created", "-created", "expires", "-expires", "name", "-name"]),
    ),
    Query::new("after", "The `next` of the page before, under the same sort.", Takes::Text("^[A-Za-z0-9_-]{1,420}$")),
    Query::new("limit", "Items of the page at most; 0 gives 1, more than 100 give 100.", Takes::Size),
];

pub(super) const ENDPOINTS: &[Endpoint] = &[
    Endpoint::manager(Operation::CodesCreate, Method::Post, paths::PAIRING_CODES, "Makes a pairing code and a link.")
        .once()
        .takes(Content::Json(shape!(CreatePairingCode)))
        .answers(&[Answer::created(shape!(PairingCodeCreated), "The only answer that ever holds the code and the link.")])
        .refuses(&[ErrorCode::GuessBudgetSpent]),
    Endpoint::manager(Operation::CodesList, Method::Get, paths::PAIRING_CODES, "Lists, filters, searches and sorts pairings.")
        .query(LIST)
        .answers(&[Answer::ok(shape!(PairingPage), "One page.")]),
    Endpoint::manager(
        Operation::CodesSummary,
        Method::Get,
        paths::PAIRING_CODES_SUMMARY,
        "How many pairings are under way, and how many codes people may type.",
    )
    .answers(&[Answer::ok(shape!(PairingSummary), "By how they stand.")]),
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
