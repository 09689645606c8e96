//! Pages of devices. SQL decides where the walk begins and in which order it goes; whether a device passes is decided by
//! [`DeviceFilter::passes`] alone, so no index can make a list wrong.

use std::cmp::Ordering;

use clawpair_core::device::Device;
use clawpair_core::store::{DeviceFilter, DevicePosition, DeviceQuery, DeviceSort, Page, SortKey, Standing};
use rusqlite::types::Value;
use rusqlite::{Connection, Row, params_from_iter};

use super::columns::Fields;
use super::device_index::{INDEXED_CHARS, indexed, standing_number};
use super::devices::{self, device_columns};

/// Up to so many connected devices are looked up one by one; more are met soon enough on the way through all.
const FEW: usize = 1_000;

/// A device with its place in the list.
struct Placed {
    device: Device,
    number: i64,
    sort_name: String,
}

impl Placed {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let mut row = Fields::of(row);
        Ok(Self { device: devices::read_fields(&mut row)?, number: row.get()?, sort_name: row.get()? })
    }

    fn position(&self, key: SortKey) -> DevicePosition {
        match key {
            SortKey::Paired => DevicePosition::Paired(self.number),
            SortKey::Name => DevicePosition::Name(self.sort_name.clone(), self.number),
            SortKey::Seen => DevicePosition::Seen(self.device.last_seen_at, self.number),
        }
    }
}

/// Where a walk begins.
enum Start {
    /// At all devices that stand so.
    Standing(Standing),
    /// At all that have a label.
    Label(String),
    /// At all that a search finds.
    Words(String),
    /// At one that is connected.
    One([u8; 16]),
}

fn starts(filter: &DeviceFilter) -> Vec<Start> {
    let label = filter.tag.as_ref().map(|tag| format!("#{tag}"));
    let label = label.or_else(|| filter.device_type.as_ref().map(|kind| format!("t{kind}")));
    let label = label.or_else(|| filter.permission.as_ref().map(|permission| format!("p{permission}")));
    match (&filter.search, &filter.connected, label) {
        (_, Some((true, ids)), _) if ids.len() <= FEW => ids.iter().map(|id| Start::One(*id.as_bytes())).collect(),
        (Some(search), _, _) => {
            let words = search.parts().map(|part| {
                let more = if part.chars().count() < INDEXED_CHARS { " *" } else { "" };
                format!("\"{}\"{more}", indexed(part))
            });
            vec![Start::Words(words.collect::<Vec<_>>().join(" AND "))]
        }
        (None, _, Some(label)) => vec![Start::Label(label)],
        (None, _, None) => {
            let standings = filter.standing.map_or_else(|| Standing::ALL.to_vec(), |standing| vec![standing]);
            standings.into_iter().map(Start::Standing).collect()
        }
    }
}

/// The query of a walk with its values.
fn walk(start: &Start, query: &DeviceQuery) -> (String, Vec<Value>) {
    let (tables, condition, number, first) = match start {
        Start::Standing(standing) => ("device", "device.standing = ?", "device.number", Value::from(standing_number(*standing))),
        Start::Label(label) => (
            "device_label CROSS JOIN device ON device.number = device_label.number",
            "device_label.label = ?",
            "device_label.number",
            Value::from(label.clone()),
        ),
        Start::Words(words) => (
            "device_search CROSS JOIN device ON device.number = device_search.rowid",
            "device_search MATCH ?",
            "device_search.rowid",
            Value::from(words.clone()),
        ),
        Start::One(id) => ("device", "device.id = ?", "device.number", Value::from(id.to_vec())),
    };
    let DeviceSort { key, descending } = query.sort;
    let (then, direction) = if descending { ("<", "DESC") } else { (">", "ASC") };
    let column = match key {
        SortKey::Paired => None,
        SortKey::Name => Some("device.sort_name"),
        SortKey::Seen => Some("device.last_seen_at"),
    };
    let (mut conditions, mut values) = (vec![condition.to_owned()], vec![first]);
    for (moment, comparison) in [(query.filter.seen_before, "<"), (query.filter.seen_after, ">=")] {
        if let Some(moment) = moment {
            conditions.push(format!("device.last_seen_at {comparison} ?"));
            values.push(Value::from(moment.as_millis()));
        }
    }
    if let Some(after) = &query.after {
        conditions.push(match column {
            None => format!("{number} {then} ?"),
            Some(column) => format!("({column}, {number}) {then} (?, ?)"),
        });
        values.extend(last(after));
    }
    let order = column.map_or_else(String::new, |column| format!("{column} {direction}, "));
    let conditions = conditions.join(" AND ");
    let columns = concat!(device_columns!(), ", device.number, device.sort_name");
    (format!("SELECT {columns} FROM {tables} WHERE {conditions} ORDER BY {order}{number} {direction}"), values)
}

/// The place that a page begins after, as its columns.
fn last(after: &DevicePosition) -> Vec<Value> {
    match after {
        DevicePosition::Paired(number) => vec![Value::from(*number)],
        DevicePosition::Name(name, number) => vec![Value::from(name.clone()), Value::from(*number)],
        DevicePosition::Seen(at, number) => vec![Value::from(at.as_millis()), Value::from(*number)],
    }
}

pub(super) fn list(db: &Connection, query: &DeviceQuery) -> rusqlite::Result<Page<Device, DevicePosition>> {
    let mut found = Vec::new();
    for start in starts(&query.filter) {
        let (sql, values) = walk(&start, query);
        let mut statement = db.prepare_cached(&sql)?;
        let mut rows = statement.query(params_from_iter(values))?;
        let mut passed = 0;
        while passed <= query.limit
            && let Some(row) = rows.next()?
        {
            let placed = Placed::read(row)?;
            if query.filter.passes(&placed.device) {
                found.push(placed);
                passed += 1;
            }
        }
    }
    found.sort_by(|a, b| {
        let ascending = compare(query.sort.key, a, b);
        if query.sort.descending { ascending.reverse() } else { ascending }
    });
    let more = found.len() > query.limit;
    found.truncate(query.limit);
    let next = found.last().filter(|_| more).map(|last| last.position(query.sort.key));
    Ok(Page { items: found.into_iter().map(|placed| placed.device).collect(), next })
}

fn compare(key: SortKey, a: &Placed, b: &Placed) -> Ordering {
    let keys = match key {
        SortKey::Paired => Ordering::Equal,
        SortKey::Name => a.sort_name.cmp(&b.sort_name),
        SortKey::Seen => a.device.last_seen_at.cmp(&b.device.last_seen_at),
    };
    keys.then(a.number.cmp(&b.number))
}

#[cfg(test)]
#[path = "device_list_tests.rs"]
mod tests;
