use clawpair_core::access::Operation;

use super::answer::shape;
use super::{Answer, Content, Credential, Endpoint, Method, Query, Takes};
use crate::{ErrorCode, paths};

const CURSOR: Takes = Takes::Text("^[0-9a-f]{32}$");
const ANYBODY: Credential = Credential::AnyManager(&[]);

pub(super) const ENDPOINTS: &[Endpoint] = &[
    Endpoint::manager(Operation::ChangesList, Method::Get, paths::CHANGES, "What has changed since a cursor, each thing once.")
        .query(&[
            Query::new("since", "The `cursor` of the answer before; from the beginning when left out.", CURSOR),
            Query::new("limit", "Things at most; 0 gives 1, more than 100 give 100.", Takes::Size),
        ])
        .answers(&[Answer::ok(shape!(ChangeList), "The things as they are now.")])
        .refuses(&[ErrorCode::CursorUnknown]),
    Endpoint::manager(Operation::EventsFollow, Method::Get, paths::EVENTS, "Follows what changes, as server-sent events.")
        .query(&[Query::new("since", "Begins with what has changed since this cursor; `Last-Event-ID` does the same.", CURSOR)])
        .answers(&[Answer { status: 200, about: "A stream until the caller hangs up.", content: Content::Events(shape!(Event)) }])
        .refuses(&[ErrorCode::CursorUnknown]),
    Endpoint::new("oauth.token", Credential::Proof, Method::Post, paths::TOKEN, "Gets a device's next tokens (RFC 6749 §6).")
        .takes(Content::Form(shape!(TokenRequest)))
        .answers(&[Answer::ok(shape!(Tokens), "The next pair.")])
        .refuses(&[
            ErrorCode::DeviceTokenInvalid,
            ErrorCode::DeviceKeyReplaced,
            ErrorCode::RefreshTokenReuse,
            ErrorCode::GrantUnsupported,
            ErrorCode::DeviceRevoked,
            ErrorCode::TokenExpired,
        ]),
    Endpoint::manager(
        Operation::TokensIntrospect,
        Method::Post,
        paths::INTROSPECT,
        "Says whether a device's token is good (RFC 7662).",
    )
    .takes(Content::Form(shape!(NamedToken)))
    .answers(&[Answer::ok(shape!(Introspection), "Active or not.")]),
    Endpoint::manager(
        Operation::TokensRevoke,
        Method::Post,
        paths::REVOKE,
        "Ends a device's tokens (RFC 7009); the device may, too.",
    )
    .takes(Content::Form(shape!(NamedToken)))
    .answers(&[Answer { status: 200, about: "They are ended, or never were.", content: Content::Empty }])
    .refuses(&[ErrorCode::DpopInvalid, ErrorCode::UseDpopNonce, ErrorCode::DeviceTokenInvalid]),
    Endpoint::new(
        "oauth.metadata",
        Credential::None,
        Method::Get,
        paths::OAUTH_METADATA,
        "Where the endpoints of OAuth are (RFC 8414).",
    )
    .answers(&[Answer::ok(shape!(ServerMetadata), "For the address that was asked.")])
    .refuses(&[ErrorCode::InvalidRequest]),
    Endpoint::new("access.roles", ANYBODY, Method::Get, paths::ROLES, "Who may do what.")
        .answers(&[Answer::ok(shape!(RoleTable), "The whole table.")]),
    Endpoint::new("access.me", ANYBODY, Method::Get, paths::ME, "Who is calling, and what they may do.")
        .answers(&[Answer::ok(shape!(Me), "The caller.")]),
    Endpoint::new("access.permissions", ANYBODY, Method::Get, paths::PERMISSIONS, "Permissions and presets to offer in forms.")
        .answers(&[Answer::ok(shape!(PermissionList), "Narrow ones first.")]),
    Endpoint::new("platform.health", Credential::None, Method::Get, paths::HEALTH, "Says whether the platform answers.")
        .answers(&[Answer { status: 200, about: "It does.", content: Content::Text("text/plain") }]),
    Endpoint::new("platform.ready", Credential::None, Method::Get, paths::READY, "Says whether the platform can do its work.")
        .answers(&[Answer { status: 200, about: "It can read and write.", content: Content::Text("text/plain") }]),
    Endpoint::manager(Operation::MetricsRead, Method::Get, paths::METRICS, "What the platform has counted since it started.")
        .answers(&[Answer { status: 200, about: "Prometheus' text format.", content: Content::Text("text/plain") }]),
    Endpoint::new("platform.openapi", Credential::None, Method::Get, paths::OPENAPI, "This contract as an OpenAPI 3.1 document.")
        .answers(&[Answer { status: 200, about: "The document.", content: Content::Text("application/json") }]),
    Endpoint::new("platform.docs", Credential::None, Method::Get, paths::DOCS, "This contract as a page to read.")
        .answers(&[Answer { status: 200, about: "The page.", content: Content::Text("text/html") }]),
    Endpoint::new("platform.docs_style", Credential::None, Method::Get, paths::DOCS_STYLE, "How that page looks.")
        .answers(&[Answer { status: 200, about: "Its style sheet.", content: Content::Text("text/css") }]),
    Endpoint::new(
        "platform.join_page",
        Credential::None,
        Method::Get,
        paths::JOIN_PAGE,
        "The page that an invitation's link leads to.",
    )
    .answers(&[Answer { status: 200, about: "It asks for a password and accepts.", content: Content::Text("text/html") }]),
    Endpoint::new(
        "platform.confirm_page",
        Credential::None,
        Method::Get,
        paths::CONFIRM_PAGE,
        "The page that the link of a mail leads to which confirms an address.",
    )
    .answers(&[Answer { status: 200, about: "It has a button that confirms.", content: Content::Text("text/html") }]),
    Endpoint::new("platform.link_script", Credential::None, Method::Get, paths::LINK_SCRIPT, "What those pages do.")
        .answers(&[Answer { status: 200, about: "Their script.", content: Content::Text("text/javascript") }]),
];
