//! Which optional fields of a request exclude each other, as its schema says it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// Types of which exactly one of each group of fields must be there: all others are left out or null.
const ONE_OF: &[(&str, &[&str])] = &[("EditMember", &["role", "disabled"]), ("SignIn", &["name", "email"])];
/// Types that are one of several, each with its own fields; what is derived does not say that it has no others.
const TAGGED: &[&str] = &["ChangeDevices"];
/// Types of which at most one of these fields may be there.
const NOT_BOTH: &[(&str, [&str; 2])] = &[("SignIn", ["totp", "recovery_code"])];

/// Adds that to the schemas.
pub(crate) fn write(schemas: &mut BTreeMap<String, Value>) {
    for &(name, fields) in ONE_OF {
        let Some(schema) = schemas.get_mut(name) else { continue };
        let alternatives: Vec<Value> = fields.iter().map(|only| alternative(schema, fields, only)).collect();
        schema["oneOf"] = alternatives.into();
    }
    for &name in TAGGED {
        let alternatives = schemas.get_mut(name).and_then(|schema| schema["oneOf"].as_array_mut());
        for alternative in alternatives.into_iter().flatten() {
            alternative["additionalProperties"] = false.into();
        }
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
        let is_there = field == only;
        properties
            .insert(field.to_owned(), if is_there { required(&schema["properties"][field]) } else { json!({ "type": "null" }) });
    }
    json!({ "title": only, "properties": properties, "required": [only] })
}

/// The schema of a field that may be null, without that.
fn required(field: &Value) -> Value {
    if let Some(of) = field["oneOf"].as_array() {
        return of.iter().find(|schema| schema["type"] != "null").cloned().unwrap_or_default();
    }
    let mut field = field.clone();
    if let Some(kind) = field["type"].as_array().and_then(|kinds| kinds.iter().find(|kind| **kind != "null")).cloned() {
        field["type"] = kind;
    }
    field
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_excludes_something_else_says_so() {
        let document = crate::openapi::document();
        let schemas = &document["components"]["schemas"];
        let edit = schemas["EditMember"]["oneOf"].as_array().unwrap();
        let named: Vec<&Value> = edit.iter().map(|alternative| &alternative["required"][0]).collect();
        assert_eq!(named, ["role", "disabled"]);
        assert_eq!(edit[1]["properties"]["disabled"]["type"], "boolean");
        assert_eq!(edit[1]["properties"]["role"]["type"], "null");
        assert_eq!(schemas["SignIn"]["oneOf"][0]["properties"]["name"]["$ref"], "#/components/schemas/Name");
        assert_eq!(schemas["SignIn"]["anyOf"].as_array().unwrap().len(), 2);
    }
}
