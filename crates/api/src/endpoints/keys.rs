use clawpair_core::access::Operation;

use super::answer::shape;
use super::{Answer, Content, Endpoint, Method, Query, Takes};
use crate::{ErrorCode, paths};

pub(super) const ENDPOINTS: &[Endpoint] = &[
    Endpoint::manager(Operation::ApiKeysList, Method::Get, paths::API_KEYS, "Lists API keys, newest first, without their secrets.")
        .answers(&[Answer::ok(shape!(ApiKeyList), "All of them; there are few.")]),
    Endpoint::manager(Operation::ApiKeysCreate, Method::Post, paths::API_KEYS, "Makes an API key.")
        .once()
        .takes(Content::Json(shape!(CreateApiKey)))
        .answers(&[Answer::created(shape!(ApiKeyCreated), "The only answer that ever holds this secret.")]),
    Endpoint::manager(Operation::ApiKeysShow, Method::Get, paths::API_KEY, "Shows an API key and its use.")
        .answers(&[Answer::ok(shape!(ApiKeyDetail), "The key, without its secret.")]),
    Endpoint::manager(Operation::ApiKeysRotate, Method::Post, paths::API_KEY_ROTATE, "Gives an API key a new secret.")
        .once()
        .takes(Content::Json(shape!(RotateApiKey)))
        .answers(&[Answer::ok(shape!(ApiKeyCreated), "The only answer that ever holds this secret.")])
        .refuses(&[ErrorCode::ApiKeyEnded]),
    Endpoint::manager(Operation::ApiKeysRevoke, Method::Delete, paths::API_KEY, "Revokes an API key; repeating changes nothing.")
        .query(&[Query::new(
            "with_descendants",
            "Whether the keys it made, and those they made, go too; they do when left out.",
            Takes::Flag,
        )])
        .answers(&[Answer::ok(shape!(ApiKey), "The key, revoked.")]),
];
