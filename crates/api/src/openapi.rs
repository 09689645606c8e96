//! The list of endpoints as an `OpenAPI` 3.1 document.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::alternatives;
use crate::endpoints::{self, Content, Credential, Endpoint, Query, Shape, Takes};
use crate::{ErrorCode, paths};

/// The whole document.
pub fn document() -> Value {
    let mut paths: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
    for endpoint in endpoints::all() {
        paths.entry(endpoint.path).or_default().insert(endpoint.method.as_str().to_lowercase(), call(endpoint));
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Clawpair",
            "version": "1",
            "license": { "name": "MIT", "identifier": "MIT" },
            "description": "Pairs devices by codes and links, shows every device that was ever let in, and revokes them. \
                Refusals are {code, message, hint}; programs switch on the code.",
        },
        "paths": paths,
        "components": {
            "schemas": schemas(),
            "securitySchemes": {
                "key": { "type": "http", "scheme": "bearer", "description": "An API key, cpk_…." },
                "session": {
                    "type": "apiKey",
                    "in": "cookie",
                    "name": "__Host-clawpair",
                    "description": "A member's session. A call that changes something needs the header X-Clawpair-Request, too, or an Origin \
                        or Sec-Fetch-Site that names this very platform.",
                },
                "device": {
                    "type": "http",
                    "scheme": "dpop",
                    "description": "A device's access token, with a proof of possession in the header DPoP (RFC 9449).",
                },
            },
        },
    })
}

fn schemas() -> BTreeMap<String, Value> {
    let refusal = [Content::Json(endpoints::REFUSAL), Content::Json(endpoints::OAUTH_REFUSAL)];
    let contents =
        endpoints::all().flat_map(|endpoint| endpoint.body.into_iter().chain(endpoint.answers.iter().map(|a| a.content)));
    let shapes = contents.chain(refusal).filter_map(Content::shape);
    let schemas = shapes.flat_map(|shape| (shape.schemas)());
    let mut schemas: BTreeMap<String, Value> =
        schemas.map(|(name, schema)| (name, serde_json::to_value(schema).unwrap_or_default())).collect();
    alternatives::write(&mut schemas);
    schemas
}

fn call(endpoint: &Endpoint) -> Value {
    let mut parameters: Vec<Value> = path_parameters(endpoint.path);
    parameters.extend(endpoint.query.iter().map(query));
    if endpoint.if_match {
        parameters.push(json!({
            "name": "If-Match",
            "in": "header",
            "description": "The ETag of the answer that the change was decided on. Left out, the last write wins.",
            "schema": { "type": "string", "pattern": "^(\"[0-9]{1,9}\"|\\*)$" },
        }));
    }
    if endpoint.once {
        parameters.push(json!({
            "name": "Idempotency-Key",
            "in": "header",
            "description": "Names this request. Repeated within 24 hours by the same caller with the same body, it does nothing once more: what it \
                made is answered again, and a device that it changed is answered as it is now.",
            "schema": { "type": "string", "pattern": "^[!-~]{1,255}$" },
        }));
    }
    let mut call = json!({
        "operationId": endpoint.id,
        "tags": [endpoint.id.split('.').next()],
        "summary": endpoint.summary,
        "parameters": parameters,
        "responses": responses(endpoint),
    });
    match endpoint.credential {
        Credential::Manager(operation) => {
            let scope = operation.scope();
            let roles: Vec<&str> = scope.roles().iter().map(|role| role.name()).collect();
            call["description"] = format!("Takes the right {scope}, which {} have.", roles.join(", ")).into();
            call["security"] = json!([{ "key": [] }, { "session": [] }]);
        }
        Credential::AnyManager(operations) => {
            let scopes: Vec<&str> = operations.iter().map(|operation| operation.scope().word()).collect();
            call["description"] = match scopes.as_slice() {
                [] => "Anybody who shows who they are may ask.".into(),
                scopes => format!("Takes, depending on the body, the right {}.", scopes.join(" or ")).into(),
            };
            call["security"] = json!([{ "key": [] }, { "session": [] }]);
        }
        Credential::Device => call["security"] = json!([{ "device": [] }]),
        Credential::Proof => call["description"] = "Takes a proof of possession in the header DPoP (RFC 9449).".into(),
        Credential::None => {}
    }
    if let Some(body) = endpoint.body {
        call["requestBody"] =
            json!({ "required": true, "content": { body.media_type().unwrap_or_default(): { "schema": schema(body) } } });
    }
    call
}

fn path_parameters(path: &str) -> Vec<Value> {
    let names = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    names.map(|name| json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } })).collect()
}

fn query(query: &Query) -> Value {
    let schema = match query.takes {
        Takes::Words(words) => json!({ "type": "string", "enum": words }),
        Takes::Several(words) => json!({ "type": "array", "minItems": 1, "items": { "type": "string", "enum": words } }),
        Takes::Text(pattern) => json!({ "type": "string", "pattern": pattern }),
        Takes::Reason => json!({ "$ref": "#/components/schemas/Reason" }),
        Takes::Time => json!({ "$ref": "#/components/schemas/Time" }),
        Takes::Size => json!({ "type": "integer", "minimum": 0, "maximum": u64::MAX }),
        Takes::Number(least, most) => json!({ "type": "integer", "minimum": least, "maximum": most }),
        Takes::Flag => json!({ "type": "boolean" }),
    };
    let mut parameter =
        json!({ "name": query.name, "in": "query", "required": query.required, "description": query.about, "schema": schema });
    if let Takes::Several(_) = query.takes {
        // One text with commas, as forms would not write it.
        parameter["style"] = "form".into();
        parameter["explode"] = false.into();
    }
    parameter
}

fn reference(shape: Shape) -> Value {
    json!({ "$ref": format!("#/components/schemas/{}", shape.name) })
}

fn schema(content: Content) -> Value {
    match (content, content.shape()) {
        // OpenAPI 3.1 has no word for a stream's items; where it is of server-sent events, tools take its schema for that of each.
        (Content::Events(_), Some(shape)) => json!({
            "type": "object",
            "description": "Each event of the stream.",
            "properties": {
                "id": { "type": "string", "description": "The cursor behind this event, where it is about something on disk." },
                "data": { "type": "string", "contentMediaType": "application/json", "contentSchema": reference(shape) },
            },
            "required": ["data"],
        }),
        (_, Some(shape)) => reference(shape),
        (Content::Text("application/json"), None) => json!({ "type": "object" }),
        (_, None) => json!({ "type": "string" }),
    }
}

fn responses(endpoint: &Endpoint) -> Value {
    let mut responses = Map::new();
    for answer in endpoint.answers {
        let response = responses.entry(answer.status.to_string()).or_insert_with(|| json!({ "description": answer.about }));
        if let Some(media_type) = answer.content.media_type() {
            response["content"][media_type] = json!({ "schema": schema(answer.content) });
        }
    }
    let oauth = [paths::TOKEN, paths::REVOKE].contains(&endpoint.path);
    let mut by_status: BTreeMap<u16, Vec<ErrorCode>> = BTreeMap::new();
    for code in endpoint.all_refusals() {
        by_status.entry(if oauth { code.oauth_status() } else { code.status() }).or_default().push(code);
    }
    for (status, codes) in by_status {
        responses.insert(status.to_string(), refusal(&codes, oauth));
    }
    responses.into()
}

fn refusal(codes: &[ErrorCode], oauth: bool) -> Value {
    let words: Vec<&str> = codes.iter().map(|code| code.as_str()).collect();
    let body = if oauth { endpoints::OAUTH_REFUSAL } else { endpoints::REFUSAL };
    let schema = json!({ "allOf": [reference(body), { "properties": { "code": { "enum": words } } }] });
    let mut response = json!({ "description": words.join(", "), "content": { "application/json": { "schema": schema } } });
    if codes.contains(&ErrorCode::RateLimited) {
        response["headers"] = json!({ "Retry-After": {
            "required": true,
            "description": "Seconds to wait before trying again.",
            "schema": { "type": "integer", "minimum": 1 },
        } });
    }
    response
}
