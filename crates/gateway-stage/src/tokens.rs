//! What a gateway has given out, so that it can be looked for where it must not be.

use std::collections::BTreeMap;
use std::path::Path;

use rusqlite::{Connection, OpenFlags};
use serde_json::Value;

/// Every token of a device that the gateway of this state folder knows now. It may be running.
///
/// # Panics
/// When its database cannot be read.
pub fn tokens(state: &Path) -> Vec<String> {
    let database = Connection::open_with_flags(state.join("state/openclaw.sqlite"), OpenFlags::SQLITE_OPEN_READ_ONLY);
    let database = database.expect("the gateway's database");
    let mut statement = database.prepare("SELECT tokens_json FROM device_pairing_paired").expect("the gateway's devices");
    let rows = statement.query_map([], |row| row.get::<_, Option<String>>(0)).expect("the gateway's devices");
    let by_role = rows.filter_map(|row| row.expect("a device"));
    by_role
        .flat_map(|text| serde_json::from_str::<BTreeMap<String, Value>>(&text).unwrap_or_default())
        .filter_map(|(_, token)| token.get("token").and_then(Value::as_str).map(str::to_owned))
        .collect()
}
