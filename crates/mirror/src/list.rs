//! Pages of devices.
//!
//! Where few can be wanted, they are looked at one by one. Else a page walks an index that is in its order already, one for each
//! platform and standing, and stops when it is full. A search that finds many walks the search index, newest first.

use clawpair_core::text::Tag;
use rusqlite::types::Value;
use rusqlite::{Connection, Row, params, params_from_iter};
use serde::{Deserialize, Serialize};

use crate::device_row;
use crate::error::MirrorError;
use crate::few::few;
use crate::file::Mirror;
use crate::filter::{DeviceFilter, Facts, Wanted};
use crate::platform::{Place, PlatformId, named, number_of, parsed};
use crate::record::{DeviceRecord, Standing};
use crate::search::{Look, Searched};
use crate::things::MAX_PAGE;

/// What devices are ordered by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// By name, without regard to case.
    #[default]
    Name,
    /// By when they joined.
    Paired,
    /// By when they were last heard.
    Seen,
}

/// Where a page ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "order", rename_all = "snake_case")]
pub enum Position {
    /// In the order of names.
    Name {
        /// The name in lower case.
        name: String,
        /// The device's number here.
        number: i64,
    },
    /// In the order of joining or of being heard.
    Time {
        /// When, in milliseconds since 1970.
        at: i64,
        /// The device's number here.
        number: i64,
    },
    /// In the order in which devices became known here.
    Known {
        /// The device's number here.
        number: i64,
    },
}

/// A page to read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeviceQuery {
    /// Which devices.
    pub filter: DeviceFilter,
    /// In which order.
    pub order: Order,
    /// Whether it is turned round.
    pub descending: bool,
    /// Where the page before ended.
    pub after: Option<Position>,
    /// How many, at most [`MAX_PAGE`].
    pub limit: usize,
}

/// A device as it is known here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedDevice {
    /// Whose.
    pub platform: PlatformId,
    /// How it stands. Of one that is over, the record never says that it is let in.
    pub standing: Standing,
    /// In which group of this computer's it is.
    pub group: Option<Tag>,
    /// What its platform said last.
    pub record: DeviceRecord,
}

/// Some devices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DevicePage {
    /// At most as many as asked for.
    pub devices: Vec<ListedDevice>,
    /// Where the next page begins.
    pub next: Option<Position>,
    /// Whether they are in the order asked for. A search that finds thousands is in the order in which they became known here, the
    /// latest first.
    pub ordered: bool,
}

impl Mirror {
    /// A page of devices.
    ///
    /// # Errors
    /// When there is no such platform, or it cannot be read.
    pub fn devices(&self, query: &DeviceQuery) -> Result<DevicePage, MirrorError> {
        self.read(|db| {
            let wanted = Wanted::new(db, &query.filter)?;
            let limit = query.limit.clamp(1, MAX_PAGE);
            let (mut found, ordered) = found(db, query, &wanted, limit)?;
            let more = found.len() > limit;
            found.truncate(limit);
            let next = found.last().filter(|_| more).map(|last| position(query.order, ordered, last));
            let platforms = named(db)?;
            let devices = found.iter().map(|facts| listed(db, &platforms, facts.number)).collect::<Result<_, _>>()?;
            Ok(DevicePage { devices, next, ordered })
        })
    }

    /// One device.
    ///
    /// # Errors
    /// When there is none, or it cannot be read.
    pub fn device(&self, place: &Place) -> Result<ListedDevice, MirrorError> {
        self.read(|db| {
            let platform = number_of(db, &place.platform)?;
            let row = device_row::find(db, platform, &place.id)?.ok_or(MirrorError::NotFound("device"))?;
            listed(db, &named(db)?, row.number)
        })
    }

    /// Every device with this key's fingerprint, on all platforms, whether or not it is over.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn devices_with_key(&self, key: &str) -> Result<Vec<ListedDevice>, MirrorError> {
        self.read(|db| {
            let mut statement = db.prepare_cached("SELECT number FROM device WHERE key = ? ORDER BY number LIMIT 200")?;
            let numbers = statement.query_map([key], |row| row.get(0))?.collect::<Result<Vec<i64>, _>>()?;
            let platforms = named(db)?;
            numbers.into_iter().map(|number| listed(db, &platforms, number)).collect()
        })
    }
}

fn listed(db: &Connection, platforms: &[(i64, PlatformId, String)], number: i64) -> Result<ListedDevice, MirrorError> {
    let mut statement = db.prepare_cached(&format!("SELECT {}, platform FROM device WHERE number = ?", device_row::COLUMNS))?;
    let mut rows = statement.query(params![number])?;
    let row = rows.next()?.ok_or(MirrorError::NotFound("device"))?;
    let (device, platform): (_, i64) = (device_row::read(row)?, row.get(5)?);
    let group = if device.group.is_some() { Some(parsed(row, 3)?) } else { None };
    let platform = platforms.iter().find(|(number, _, _)| *number == platform).map(|(_, id, _)| id.clone());
    let platform = platform.ok_or(MirrorError::NotFound("platform"))?;
    Ok(ListedDevice { platform, standing: device.standing, group, record: device.record })
}

/// Up to one more than wanted, and whether they are in the order asked for.
fn found(db: &Connection, query: &DeviceQuery, wanted: &Wanted, limit: usize) -> Result<(Vec<Facts>, bool), MirrorError> {
    let known = match &query.after {
        Some(Position::Known { number }) => Some(*number),
        _ => None,
    };
    if known.is_none()
        && let Some(numbers) = few(db, wanted)?
    {
        let mut found = Vec::new();
        for number in numbers {
            found.extend(wanted.facts(db, number)?);
        }
        return Ok((ordered(found, query, limit), true));
    }
    match &wanted.search {
        Some(search) => Ok((newest(db, wanted, search, known, limit)?, false)),
        None => Ok((ordered(walked(db, query, wanted, limit)?, query, limit), true)),
    }
}

fn place(order: Order, facts: &Facts) -> (i64, &str, i64) {
    match order {
        Order::Name => (0, &facts.sort_name, facts.number),
        Order::Paired => (facts.paired_at, "", facts.number),
        Order::Seen => (facts.seen_at, "", facts.number),
    }
}

fn position(order: Order, ordered: bool, last: &Facts) -> Position {
    let number = last.number;
    match order {
        _ if !ordered => Position::Known { number },
        Order::Name => Position::Name { name: last.sort_name.clone(), number },
        Order::Paired => Position::Time { at: last.paired_at, number },
        Order::Seen => Position::Time { at: last.seen_at, number },
    }
}

/// The first after the place where the page before ended.
fn ordered(mut found: Vec<Facts>, query: &DeviceQuery, limit: usize) -> Vec<Facts> {
    let after = match &query.after {
        Some(Position::Name { name, number }) => Some((0, name.as_str(), *number)),
        Some(Position::Time { at, number }) => Some((*at, "", *number)),
        Some(Position::Known { .. }) | None => None,
    };
    if let Some(after) = after {
        let comes =
            |facts: &Facts| if query.descending { place(query.order, facts) < after } else { place(query.order, facts) > after };
        found.retain(comes);
    }
    found.sort_by(|a, b| {
        let ascending = place(query.order, a).cmp(&place(query.order, b));
        if query.descending { ascending.reverse() } else { ascending }
    });
    found.truncate(limit + 1);
    found
}

/// The query of a walk; its platform and standing are the first two values.
fn walk(query: &DeviceQuery, wanted: &Wanted) -> (String, Vec<Value>) {
    let (index, column) = match query.order {
        Order::Name => ("device_by_name", "sort_name"),
        Order::Paired => ("device_by_paired", "paired_at"),
        Order::Seen => ("device_by_seen", "seen_at"),
    };
    let (then, direction) = if query.descending { ("<", "DESC") } else { (">", "ASC") };
    let (mut conditions, mut values) = (String::new(), Vec::new());
    if wanted.signature() != 0 {
        conditions.push_str(" AND (signature & ?) = ?");
        values.extend([Value::from(wanted.signature()), Value::from(wanted.signature())]);
    }
    if let Some(before) = wanted.seen_before {
        conditions.push_str(" AND seen_at < ?");
        values.push(Value::from(before));
    }
    let after = match &query.after {
        Some(Position::Name { name, number }) => Some((Value::from(name.clone()), *number)),
        Some(Position::Time { at, number }) => Some((Value::from(*at), *number)),
        Some(Position::Known { .. }) | None => None,
    };
    if let Some((value, number)) = after {
        conditions = format!("{conditions} AND ({column}, number) {then} (?, ?)");
        values.extend([value, Value::from(number)]);
    }
    let sql = format!(
        "SELECT number, {column} FROM device INDEXED BY {index} WHERE platform = ? AND standing = ?{conditions}
         ORDER BY {column} {direction}, number {direction}"
    );
    (sql, values)
}

/// The first of all walks together. Once there are enough, a walk ends where only later ones could follow.
fn walked(db: &Connection, query: &DeviceQuery, wanted: &Wanted, limit: usize) -> Result<Vec<Facts>, MirrorError> {
    let (sql, values) = walk(query, wanted);
    let mut statement = db.prepare_cached(&sql)?;
    let mut found: Vec<Facts> = Vec::new();
    for platform in &wanted.platforms {
        for standing in &wanted.standings {
            let first = [Value::from(*platform), Value::from(standing.number())];
            let mut rows = statement.query(params_from_iter(first.iter().chain(&values)))?;
            let (enough, mut passed) = (found.get(limit).map(|_| found.len()), 0);
            while passed <= limit
                && let Some(row) = rows.next()?
            {
                let facts = walked_row(row, query.order)?;
                if enough.is_some_and(|known| comes_after(query, &facts, &found[known - 1])) {
                    break;
                }
                let facts = if wanted.says_more_than_indexes() { wanted.facts(db, facts.number)? } else { Some(facts) };
                passed += usize::from(facts.is_some());
                found.extend(facts);
            }
            found = ordered(found, query, limit);
        }
    }
    Ok(found)
}

/// What an index knows of a device.
fn walked_row(row: &Row<'_>, order: Order) -> Result<Facts, MirrorError> {
    let empty = Facts { number: row.get(0)?, sort_name: String::new(), paired_at: 0, seen_at: 0 };
    Ok(match order {
        Order::Name => Facts { sort_name: row.get(1)?, ..empty },
        Order::Paired => Facts { paired_at: row.get(1)?, ..empty },
        Order::Seen => Facts { seen_at: row.get(1)?, ..empty },
    })
}

fn comes_after(query: &DeviceQuery, one: &Facts, other: &Facts) -> bool {
    let (one, other) = (place(query.order, one), place(query.order, other));
    if query.descending { one < other } else { one > other }
}

fn newest(
    db: &Connection,
    wanted: &Wanted,
    search: &Searched,
    after: Option<i64>,
    limit: usize,
) -> Result<Vec<Facts>, MirrorError> {
    let mut found = Vec::new();
    search.walk(db, "device_search", &wanted.besides(), after, |number| {
        let Some(facts) = wanted.facts(db, number)? else { return Ok(Look::Other) };
        found.push(facts);
        Ok(if found.len() > limit { Look::Enough } else { Look::Fits })
    })?;
    Ok(found)
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod plans;
