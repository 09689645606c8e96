//! From columns to types. A value that does not parse means a damaged file and surfaces as an error, never as a guess.

use clawpair_core::clock::Timestamp;
use rusqlite::types::Type;
use rusqlite::{Error, Row};

pub(super) fn damaged(column: &'static str, error: impl std::error::Error + Send + Sync + 'static) -> Error {
    tracing::error!(column, %error, "a stored value does not parse");
    Error::FromSqlConversionFailure(0, Type::Null, Box::new(error))
}

pub(super) fn time(row: &Row<'_>, column: &'static str) -> rusqlite::Result<Timestamp> {
    row.get(column).map(Timestamp::from_millis)
}

pub(super) fn time_or_none(row: &Row<'_>, column: &'static str) -> rusqlite::Result<Option<Timestamp>> {
    Ok(row.get::<_, Option<i64>>(column)?.map(Timestamp::from_millis))
}

pub(super) fn parsed<T>(row: &Row<'_>, column: &'static str) -> rusqlite::Result<T>
where
    T: std::str::FromStr,
    T::Err: std::error::Error + Send + Sync + 'static,
{
    row.get_ref(column)?.as_str()?.parse().map_err(|error| damaged(column, error))
}

pub(super) fn parsed_or_none<T>(row: &Row<'_>, column: &'static str) -> rusqlite::Result<Option<T>>
where
    T: std::str::FromStr,
    T::Err: std::error::Error + Send + Sync + 'static,
{
    if row.get_ref(column)? == rusqlite::types::ValueRef::Null { Ok(None) } else { parsed(row, column).map(Some) }
}

pub(super) fn json<T: serde::de::DeserializeOwned>(row: &Row<'_>, column: &'static str) -> rusqlite::Result<T> {
    serde_json::from_str(row.get_ref(column)?.as_str()?).map_err(|error| damaged(column, error))
}

pub(super) fn json_or_none<T: serde::de::DeserializeOwned>(row: &Row<'_>, column: &'static str) -> rusqlite::Result<Option<T>> {
    if row.get_ref(column)? == rusqlite::types::ValueRef::Null { Ok(None) } else { json(row, column).map(Some) }
}

pub(super) fn to_json(value: &impl serde::Serialize) -> rusqlite::Result<String> {
    serde_json::to_string(value).map_err(|error| Error::ToSqlConversionFailure(Box::new(error)))
}

/// Cuts the one row too many that was asked for and says where the next page begins.
pub(super) fn page<T, Id>(mut items: Vec<T>, limit: usize, id: impl Fn(&T) -> Id) -> clawpair_core::store::Page<T, Id> {
    let more = items.len() > limit;
    items.truncate(limit);
    let next = if more { items.last().map(id) } else { None };
    clawpair_core::store::Page { items, next }
}
