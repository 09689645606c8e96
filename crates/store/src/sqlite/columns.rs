//! From columns to types. A value that does not parse means a damaged file and surfaces as an error, never as a guess.

use clawpair_core::clock::Timestamp;
use rusqlite::types::{FromSql, Type};
use rusqlite::{Error, Row};

pub(super) fn damaged(column: &str, error: impl std::error::Error + Send + Sync + 'static) -> Error {
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

pub(super) fn to_json(value: &impl serde::Serialize) -> rusqlite::Result<String> {
    serde_json::to_string(value).map_err(|error| Error::ToSqlConversionFailure(Box::new(error)))
}

/// The columns of a row in the order they were asked for. Finding each by its name would compare some hundred names a row, which
/// is what a page of devices and every transition spend most on.
pub(super) struct Fields<'r, 'stmt> {
    row: &'r Row<'stmt>,
    next: usize,
}

impl<'r, 'stmt> Fields<'r, 'stmt> {
    pub(super) const fn of(row: &'r Row<'stmt>) -> Self {
        Self { row, next: 0 }
    }

    fn text(&mut self) -> rusqlite::Result<Option<&'r str>> {
        self.next += 1;
        Ok(self.row.get_ref(self.next - 1)?.as_str_or_null()?)
    }

    pub(super) fn get<T: FromSql>(&mut self) -> rusqlite::Result<T> {
        self.next += 1;
        self.row.get(self.next - 1)
    }

    pub(super) fn time(&mut self) -> rusqlite::Result<Timestamp> {
        self.get().map(Timestamp::from_millis)
    }

    pub(super) fn time_or_none(&mut self) -> rusqlite::Result<Option<Timestamp>> {
        Ok(self.get::<Option<i64>>()?.map(Timestamp::from_millis))
    }

    pub(super) fn parsed<T>(&mut self) -> rusqlite::Result<T>
    where
        T: std::str::FromStr,
        T::Err: std::error::Error + Send + Sync + 'static,
    {
        self.text()?.unwrap_or_default().parse().map_err(|error| self.damaged(error))
    }

    pub(super) fn parsed_or_none<T>(&mut self) -> rusqlite::Result<Option<T>>
    where
        T: std::str::FromStr,
        T::Err: std::error::Error + Send + Sync + 'static,
    {
        self.text()?.map(str::parse).transpose().map_err(|error| self.damaged(error))
    }

    pub(super) fn json<T: serde::de::DeserializeOwned>(&mut self) -> rusqlite::Result<T> {
        serde_json::from_str(self.text()?.unwrap_or_default()).map_err(|error| self.damaged(error))
    }

    pub(super) fn json_or_none<T: serde::de::DeserializeOwned>(&mut self) -> rusqlite::Result<Option<T>> {
        self.text()?.map(serde_json::from_str).transpose().map_err(|error| self.damaged(error))
    }

    /// The field that was read last does not parse.
    fn damaged(&self, error: impl std::error::Error + Send + Sync + 'static) -> Error {
        damaged(self.row.as_ref().column_name(self.next - 1).unwrap_or("?"), error)
    }
}

/// Cuts the one row too many that was asked for and says where the next page begins.
pub(super) fn page<T, Id>(mut items: Vec<T>, limit: usize, id: impl Fn(&T) -> Id) -> clawpair_core::store::Page<T, Id> {
    let more = items.len() > limit;
    items.truncate(limit);
    let next = if more { items.last().map(id) } else { None };
    clawpair_core::store::Page { items, next }
}
