//! Moments in what is kept as JSON: milliseconds since 1970, exact, unlike on the wire.

use clawpair_core::Timestamp;
use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};

#[expect(clippy::ref_option, reason = "serde calls it so")]
pub(crate) fn serialize<S: Serializer>(at: &Option<Timestamp>, serializer: S) -> Result<S::Ok, S::Error> {
    at.map(Timestamp::as_millis).serialize(serializer)
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    Ok(Option::<i64>::deserialize(deserializer)?.map(Timestamp::from_millis))
}
