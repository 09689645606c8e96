//! Which optional fields of a request exclude each other, as its schema says it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// Types of which exactly one of each group of fields must be there: all others are left out or null.
const ONE_OF: &[(&str, &[&str])] = &[("EditMember", &["role", "disabled"]), ("SignIn", &["name", "email"])];
/// Types of which at most one of these fields may be there.
const NOT_BOTH: &[(&str, [&str; 2])] = &[("SignIn", ["totp", "recovery_code"])];

/// Adds that to the schemas.
pub(crate) fn write(schemas: &mut BTreeMap<String, Value>) {
    for &(name, fields) in ONE_OF {
        let Some(schema) = schemas.get_mut(name) else { continue };
        let alternatives: Vec<Value> = fields.iter().map(|only| alternative(schema, fields, only)).collect();
        schema["oneOf"] = alternatives.into();
    }
    for (name, [one, other]) in NOT_BOTH {
        let Some(schema) = schemas.get_mut(*name) else { continue };
        let absent = |field: &str| json!({ "properties": { field: { "type": "null" } } });
        schema["anyOf"] = json!([absent(one), absent(other)]);
    }
}

/// The schema of a request with `only` one of the fields.
fn alternative(schema: &Value, fields: &[&str], only: &str) -> Value {
    let mut properties = serde_json::Map::new();
    for &field in fields {
        let null = json!({ "type": "null" });
        properties.insert(field.to_owned(), if field == only { json!({ "not": null }) } else { null });
    }
    let about = schema["properties"][only]["description"].as_str().unwrap_or_default();
    json!({ "title": only, "description": about, "properties": properties, "required": [only] })
}
