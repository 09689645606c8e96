use clawpair_core::access::Operation;

use super::answer::shape;
use super::{Answer, Content, Endpoint, Method, Query, Takes};
use crate::paths;

const FROM: Query = Query::new("from", "Nothing before this moment.", Takes::Time);
const TO: Query = Query::new("to", "Nothing from this moment on.", Takes::Time);
const ACTOR: &str = "^(owner|operator|platform|device|(key|mem)-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$";
/// Ids and words of the log.
const WORD: Takes = Takes::Text("^[A-Za-z0-9_-]{1,64}$");

pub(super) const ENDPOINTS: &[Endpoint] = &[
    Endpoint::manager(Operation::ActivityList, Method::Get, paths::ACTIVITY, "Lists what happened, newest first.")
        .query(&[
            Query::new(
                "after",
                "Begins behind this entry: the `next` of the page before.",
                Takes::Number(0, i64::MAX.cast_unsigned()),
            ),
            Query::new("limit", "Entries of the page at most; 0 gives 1, more than 100 give 100.", Takes::Size),
            Query::new("actor", "Only what this one did: an id, or `owner`, `operator`, `platform`, `device`.", Takes::Text(ACTOR)),
            Query::new("action", "Only this, such as `device_revoked`.", WORD),
            Query::new("subject", "Only what was done to this id.", WORD),
            FROM,
            TO,
        ])
        .answers(&[Answer::ok(shape!(ActivityPage), "One page.")]),
    Endpoint::manager(Operation::ActivityExport, Method::Get, paths::ACTIVITY_EXPORT, "Exports what happened, oldest first.")
        .query(&[Query::required("format", "How.", Takes::Words(&["csv", "jsonl"])), FROM, TO])
        .answers(&[
            Answer { status: 200, about: "The entries.", content: Content::Text("text/csv") },
            Answer { status: 200, about: "The entries.", content: Content::Text("application/jsonl") },
        ]),
];
