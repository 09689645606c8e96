//! `HashiCorp` Vault, KV secrets engine version 2:
//! <https://developer.hashicorp.com/vault/api-docs/secret/kv/kv-v2#read-secret-version>.

use std::collections::HashMap;

use clawpair_core::secret::Secret;
use serde::Deserialize;
use serde_json::Value;

use super::http::Ask;
use super::reference::VaultPlace;
use super::{Stuck, Surroundings};

/// Where Vault's own programs look when nothing is set.
const USUAL: &str = "https://127.0.0.1:8200";

#[derive(Deserialize)]
struct Read {
    data: Version,
}

#[derive(Deserialize)]
struct Version {
    data: Option<HashMap<String, Value>>,
}

pub(super) fn read(place: &VaultPlace, surroundings: &Surroundings<'_>) -> Result<Secret, Stuck> {
    let address = surroundings.set("VAULT_ADDR").unwrap_or_else(|| USUAL.to_owned());
    let token = token(surroundings)?;
    let path = place.path.replace(' ', "%20");
    let url = format!("{}/v1/{}/data/{path}", address.trim_end_matches('/'), place.mount.replace(' ', "%20"));
    let mut ask = Ask::new("Asking Vault", &url)?.header("x-vault-token", token.reveal()).header("x-vault-request", "true");
    if let Some(namespace) = surroundings.set("VAULT_NAMESPACE") {
        ask = ask.header("x-vault-namespace", namespace);
    }
    if let Some(path) = surroundings.set("VAULT_CACERT") {
        ask.authorities = Some(std::fs::read(path).map_err(|error| Stuck::at("Reading VAULT_CACERT", error))?);
    }
    let answer = ask.get()?.good(|status, body| match (status, body["errors"][0].as_str()) {
        (404, None) => Some("no such path, or the engine is not KV version 2".into()),
        (_, said) => said.map(str::to_owned),
    })?;
    let mut fields = answer.json::<Read>()?.data.data.ok_or_else(|| Stuck::at("Asking Vault", "this version was deleted"))?;
    match fields.remove(&place.field) {
        Some(Value::String(text)) => Ok(Secret::new(text)),
        Some(_) => Err(Stuck::at("Looking for the field", format!("{} is no text", place.field))),
        None => Err(Stuck::at("Looking for the field", format!("the secret has no {}", place.field))),
    }
}

/// `VAULT_TOKEN`, or what `vault login` left in the home folder.
fn token(surroundings: &Surroundings<'_>) -> Result<Secret, Stuck> {
    const STEP: &str = "Looking for Vault's token";
    if let Some(token) = surroundings.set("VAULT_TOKEN") {
        return Ok(Secret::new(token));
    }
    let path = surroundings.home.as_ref().map(|home| home.join(".vault-token"));
    let kept = path.and_then(|path| std::fs::read_to_string(path).ok()).map(|text| text.trim().to_owned());
    let kept = kept.filter(|text| !text.is_empty());
    kept.map(Secret::new).ok_or_else(|| Stuck::at(STEP, "VAULT_TOKEN is not set, and there is no ~/.vault-token; run vault login"))
}
