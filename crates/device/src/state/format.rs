//! The state file's JSON.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clawpair_core::id::DeviceId;
use clawpair_core::secret::Secret;
use clawpair_core::text;
use ed25519_dalek::SigningKey;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::{Pending, State};
use crate::credential::Credential;
use crate::pair::is_token;
use crate::tokens::Tokens;

/// Files of version 1 hold a token that no platform takes any more; of those only a claim that was begun is read.
const VERSION: u32 = 2;

/// Why a text is no state.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// Of a later version.
    Newer,
    /// What is wrong, without quoting it.
    Damaged(String),
}

#[derive(Deserialize)]
struct Versioned {
    version: u32,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document<Paired> {
    version: u32,
    paired: Option<Paired>,
    pending: Option<PendingEntry>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PairedEntry {
    addresses: Vec<String>,
    pin: String,
    id: DeviceId,
    name: String,
    key: Text,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    next_key: Option<Text>,
    access_token: Text,
    refresh_token: Text,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PendingEntry {
    key: Text,
    idempotency_key: Uuid,
    #[serde(default)]
    pin: Option<String>,
    identity: String,
}

/// A secret on its way to or from the file.
#[derive(Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
#[serde(transparent)]
struct Text(String);

fn encode_key(key: &SigningKey) -> Text {
    Text(URL_SAFE_NO_PAD.encode(Zeroizing::new(key.to_bytes())))
}

fn decode_key(text: &Text) -> Result<SigningKey, Fault> {
    let mut seed = Zeroizing::new([0; 32]);
    match URL_SAFE_NO_PAD.decode_slice(&text.0, seed.as_mut_slice()) {
        Ok(32) => Ok(SigningKey::from_bytes(&seed)),
        _ => Err(damaged("the key is not 32 bytes in base64url")),
    }
}

fn damaged(why: &str) -> Fault {
    Fault::Damaged(why.to_owned())
}

/// A state as text.
///
/// # Panics
/// Never: the document is plain texts.
pub(super) fn text(state: &State) -> Zeroizing<String> {
    let document = Document {
        version: VERSION,
        paired: state.paired.as_ref().map(|credential| PairedEntry {
            addresses: credential.addresses.iter().map(ToString::to_string).collect(),
            pin: credential.pin.to_string(),
            id: credential.id,
            name: credential.name.clone(),
            key: encode_key(&credential.key),
            next_key: credential.next_key.as_ref().map(encode_key),
            access_token: Text(credential.tokens.access.reveal().to_owned()),
            refresh_token: Text(credential.tokens.refresh.reveal().to_owned()),
        }),
        pending: state.pending.as_ref().map(|pending| PendingEntry {
            key: encode_key(&pending.key),
            idempotency_key: pending.idempotency_key,
            pin: pending.pin.map(|pin| pin.to_string()),
            identity: pending.identity.clone(),
        }),
    };
    Zeroizing::new(serde_json::to_string_pretty(&document).expect("texts serialise") + "\n")
}

/// The state of a text.
pub(super) fn parse(text: &str) -> Result<State, Fault> {
    let fault = |error: serde_json::Error| Fault::Damaged(format!("line {}, column {}", error.line(), error.column()));
    let Versioned { version } = serde_json::from_str(text).map_err(fault)?;
    if version > VERSION {
        return Err(Fault::Newer);
    }
    if version < VERSION {
        let document: Document<IgnoredAny> = serde_json::from_str(text).map_err(fault)?;
        if document.paired.is_some() {
            tracing::warn!("the state file was written by an older clawpair-device; this device must pair again");
        }
        return Ok(State { paired: None, pending: document.pending.map(pending).transpose()? });
    }
    let document: Document<PairedEntry> = serde_json::from_str(text).map_err(fault)?;
    Ok(State { paired: document.paired.as_ref().map(credential).transpose()?, pending: document.pending.map(pending).transpose()? })
}

fn pending(entry: PendingEntry) -> Result<Pending, Fault> {
    Ok(Pending {
        key: decode_key(&entry.key)?,
        idempotency_key: entry.idempotency_key,
        pin: entry.pin.map(|pin| pin.parse()).transpose().map_err(|_| damaged("the pin is none"))?,
        identity: entry.identity,
    })
}

fn credential(entry: &PairedEntry) -> Result<Credential, Fault> {
    let addresses: Result<Vec<_>, _> = entry.addresses.iter().map(|address| address.parse()).collect();
    let addresses = addresses.map_err(|_| damaged("an address is none"))?;
    if addresses.is_empty() {
        return Err(damaged("there is no address"));
    }
    if !is_token(&entry.access_token.0) || !is_token(&entry.refresh_token.0) {
        return Err(damaged("a token is none"));
    }
    Ok(Credential {
        addresses,
        pin: entry.pin.parse().map_err(|_| damaged("the pin is none"))?,
        id: entry.id,
        name: text::sanitised(&entry.name),
        key: decode_key(&entry.key)?,
        next_key: entry.next_key.as_ref().map(decode_key).transpose()?,
        tokens: Tokens { access: Secret::new(entry.access_token.0.clone()), refresh: Secret::new(entry.refresh_token.0.clone()) },
    })
}
