use clawpair_core::access::Operation;

use super::answer::shape;
use super::{Answer, Content, Endpoint, Method};
use crate::paths;

pub(super) const ENDPOINTS: &[Endpoint] = &[
    Endpoint::manager(Operation::RetentionShow, Method::Get, paths::RETENTION, "How long things are kept after they are over.")
        .answers(&[Answer::ok(shape!(Retention), "In days.")]),
    Endpoint::manager(Operation::RetentionSet, Method::Put, paths::RETENTION, "Sets how long things are kept after they are over.")
        .if_match()
        .takes(Content::Json(shape!(Retention)))
        .answers(&[Answer::ok(shape!(Retention), "As it is set now; what is too old is removed within the hour.")]),
];
