//! The `OpenAPI` document as a page that a person reads, without a script.

use std::fmt::Write as _;

use serde_json::{Map, Value};

/// How the page looks.
pub(crate) const STYLE: &str = include_str!("reference.css");

/// The methods in the order they are shown.
const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// The whole page.
pub(crate) fn page(document: &str) -> String {
    let document: Value = serde_json::from_str(document).unwrap_or_default();
    let mut page = String::from(
        "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>Clawpair: the REST contract</title><link rel=\"stylesheet\" href=\"docs/style.css\">\n<h1>Clawpair: the REST contract</h1>",
    );
    let _ = write!(page, "<p>{}</p>", escaped(text(&document["info"]["description"])));
    page.push_str("<p>For programs: <a href=\"openapi.json\">openapi.json</a> (OpenAPI 3.1).</p>\n<h2>Calls</h2>");
    for (path, calls) in object(&document["paths"]) {
        for method in METHODS {
            if let Some(call) = calls.get(method) {
                write_call(&mut page, method, path, call);
            }
        }
    }
    page.push_str("<h2>Types</h2>");
    for (name, schema) in object(&document["components"]["schemas"]) {
        write_type(&mut page, name, schema);
    }
    page.push_str("</html>\n");
    page
}

fn write_call(page: &mut String, method: &str, path: &str, call: &Value) {
    let id = escaped(text(&call["operationId"]));
    let _ = write!(page, "\n<article id=\"{id}\"><h3>{} {}</h3>", method.to_uppercase(), escaped(path));
    let _ = write!(page, "<p>{} {}</p><table>", escaped(text(&call["summary"])), escaped(text(&call["description"])));
    for parameter in call["parameters"].as_array().into_iter().flatten().filter(|parameter| parameter["in"] == "query") {
        let about = escaped(text(&parameter["description"]));
        let _ = write!(page, "<tr><td>?{}=<td>{} {about}", escaped(text(&parameter["name"])), kind(&parameter["schema"]));
    }
    if let Some(content) = call["requestBody"]["content"].as_object() {
        let _ = write!(page, "<tr><td>takes<td>{}", body(content));
    }
    for (status, answer) in object(&call["responses"]) {
        let content = if status.starts_with('2') { answer["content"].as_object().map(body) } else { None };
        let _ = write!(page, "<tr><td>{status}<td>{} {}", content.unwrap_or_default(), escaped(text(&answer["description"])));
    }
    page.push_str("</table></article>");
}

fn body(content: &Map<String, Value>) -> String {
    let kinds =
        content.iter().map(|(media_type, body)| format!("{} as <code>{}</code>.", kind(&body["schema"]), escaped(media_type)));
    kinds.collect::<Vec<_>>().join(" ")
}

fn write_type(page: &mut String, name: &str, schema: &Value) {
    let _ = write!(page, "\n<article id=\"type-{0}\"><h3>{0}</h3><p>{1}</p>", escaped(name), escaped(text(&schema["description"])));
    let alternatives = ["allOf", "oneOf"].into_iter().filter_map(|word| schema[word].as_array()).flatten();
    let parts: Vec<&Value> = std::iter::once(schema).chain(alternatives).collect();
    page.push_str("<table>");
    for part in parts {
        if part["properties"].is_object() || part["$ref"].is_string() || !part["enum"].is_null() || part["type"] == "string" {
            write_fields(page, part);
        }
    }
    page.push_str("</table></article>");
}

fn write_fields(page: &mut String, schema: &Value) {
    let required: Vec<&str> = schema["required"].as_array().into_iter().flatten().map(text).collect();
    if !schema["properties"].is_object() {
        let _ = write!(page, "<tr><td><td>{}", kind(schema));
    }
    for (field, schema) in object(&schema["properties"]) {
        let optional = if required.contains(&field.as_str()) { "" } else { ", may be left out" };
        let about = escaped(text(&schema["description"]));
        let _ = write!(page, "<tr><td>{}<td>{}{optional}. {about}", escaped(field), kind(schema));
    }
}

/// A schema in a few words.
fn kind(schema: &Value) -> String {
    if let Some(name) = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next()) {
        return format!("<a href=\"#type-{0}\">{0}</a>", escaped(name));
    }
    if let Some(words) = schema["enum"].as_array() {
        let words: Vec<String> = words.iter().map(|word| format!("<code>{}</code>", escaped(text(word)))).collect();
        return words.join(" or ");
    }
    if let Some(schemas) = schema["oneOf"].as_array() {
        return schemas.iter().map(kind).collect::<Vec<_>>().join(" or ");
    }
    let mut kind = match &schema["type"] {
        Value::Array(types) => types.iter().map(text).collect::<Vec<_>>().join(" or "),
        one => text(one).to_owned(),
    };
    if schema["items"].is_object() {
        let _ = write!(kind, " of {}", self::kind(&schema["items"]));
    }
    for (word, shown) in [
        ("minLength", "at least"),
        ("maxLength", "at most"),
        ("minimum", "from"),
        ("maximum", "to"),
        ("minItems", "at least"),
        ("maxItems", "at most"),
    ] {
        if let Some(bound) = schema[word].as_u64() {
            let _ = write!(kind, ", {shown} {bound}");
        }
    }
    kind
}

fn object(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_call_and_type_of_the_contract_is_on_the_page() {
        let page = page(clawpair_api::OPENAPI);
        for endpoint in clawpair_api::endpoints::all() {
            let heading = format!("<h3>{} {}</h3>", endpoint.method.as_str(), endpoint.path);
            assert!(page.contains(&heading), "{heading}; run cargo xtask generate");
        }
        assert!(page.contains("id=\"type-CreatePairingCode\""));
        assert!(!page.contains("<script"));
    }

    #[test]
    fn what_the_document_says_cannot_become_markup() {
        let hostile = r#"{"paths":{"/<b>":{"get":{"operationId":"\"><i>","summary":"<script>","responses":{}}}}}"#;
        let page = page(hostile);
        assert!(!page.contains("<b>") && !page.contains("<i>") && !page.contains("<script>"), "{page}");
    }
}
