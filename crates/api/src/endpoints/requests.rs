use clawpair_core::access::Operation;

use super::answer::shape;
use super::{Answer, Content, Endpoint, Method, Query, Takes, page};
use crate::{ErrorCode, paths};

const PAGE: [Query; 2] = page("^pair-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$");
const DECIDING: &[ErrorCode] = &[ErrorCode::RequestExpired, ErrorCode::RequestChanged, ErrorCode::RequestDecided];

pub(super) const ENDPOINTS: &[Endpoint] = &[
    Endpoint::manager(Operation::RequestsList, Method::Get, paths::REQUESTS, "Lists who asks to be let in, newest first.")
        .query(&[Query::new("status", "Only those that wait for a decision.", Takes::Words(&["waiting"])), PAGE[0], PAGE[1]])
        .answers(&[Answer::ok(shape!(RequestPage), "One page.")]),
    Endpoint::manager(Operation::RequestsShow, Method::Get, paths::REQUEST, "Shows one who asks.")
        .answers(&[Answer::ok(shape!(Request), "The request.")]),
    Endpoint::manager(Operation::RequestsApprove, Method::Post, paths::REQUEST_APPROVE, "Lets in who asks.")
        .takes(Content::Json(shape!(ApproveRequest)))
        .answers(&[Answer::ok(shape!(Request), "The request, approved.")])
        .refuses(DECIDING),
    Endpoint::manager(Operation::RequestsDeny, Method::Post, paths::REQUEST_DENY, "Does not let in who asks.")
        .takes(Content::Json(shape!(DenyRequest)))
        .answers(&[Answer::ok(shape!(Request), "The request, denied.")])
        .refuses(DECIDING),
];
