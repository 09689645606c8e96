//! One claim: a secret becomes a device.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clawpair_api::{Claim, ClaimedSecret, Device, Waiting, paths};
use clawpair_core::claim::{self, ClaimSecret, Description};
use clawpair_core::id::PairingId;
use clawpair_core::key::DeviceKey;
use clawpair_core::link::{Address, PairingLink};
use clawpair_core::pin::ServerPin;
use clawpair_core::request::Comparison;
use ed25519_dalek::SigningKey;
use http::{HeaderValue, StatusCode};
use uuid::Uuid;
use zeroize::{Zeroize, Zeroizing};

use crate::connection::Connection;
use crate::error::DeviceError;
use crate::http::{Channel, post_json};
use crate::tokens::Tokens;

/// A platform that wants to be asked again sooner or later than this is not obeyed.
const SOONEST: Duration = Duration::from_secs(1);
const LATEST: Duration = Duration::from_secs(30);
/// Longest token, in bytes.
const MAX_TOKEN: usize = 512;

/// Which platform to join, and with what.
#[derive(Clone, Debug)]
pub struct Target {
    /// Where it may be reached, best first.
    pub addresses: Vec<Address>,
    /// The only key to speak to.
    pub pin: ServerPin,
    /// What proves that a person wants this device there.
    pub secret: ClaimSecret,
}

impl From<&PairingLink> for Target {
    fn from(link: &PairingLink) -> Self {
        Self { addresses: link.addresses().to_vec(), pin: link.pin(), secret: ClaimSecret::Link(link.secret().clone()) }
    }
}

/// A claim that won.
#[derive(Clone, Debug)]
pub struct Paired {
    /// The device as the platform knows it.
    pub device: Device,
    /// The first pair.
    pub tokens: Tokens,
    /// Which address answered.
    pub address: Address,
}

/// Makes one claim over one connection. Keeps nothing: repeating it with the same key and idempotency key within ten
/// minutes gets the same answer.
///
/// # Errors
/// Whatever stood in the way; [`DeviceError::Waiting`] while a person is asked. After [`DeviceError::AnswerLost`] the claim may have won.
pub async fn pair(
    target: &Target,
    key: &SigningKey,
    idempotency_key: Uuid,
    description: &Description,
) -> Result<Paired, DeviceError> {
    let connection = Connection::open(&target.addresses, target.pin).await?;
    let address = connection.address.clone();
    let body = claim_body(&connection, target, key, idempotency_key, description)?;
    let mut channel = Channel::over(connection).await?;
    let answer = channel.call(post_json(paths::CLAIM, body)?).await?;
    if answer.status == StatusCode::ACCEPTED {
        return Err(waiting(&answer.into_body()?, target, key));
    }
    let paired: clawpair_api::Paired = answer.into_result()?;
    Ok(Paired { device: paired.device, tokens: paired.tokens.try_into()?, address })
}

/// The number is this device's own: one that the platform says would prove nothing.
fn waiting(answer: &Waiting, target: &Target, key: &SigningKey) -> DeviceError {
    let own = DeviceKey::from_bytes(key.verifying_key().as_bytes()).ok().zip(answer.pairing_id.parse::<PairingId>().ok());
    match own.map(|(key, pairing)| Comparison::of(target.pin, &key, pairing)) {
        Some(comparison) if comparison.to_string() == answer.comparison => {
            let again = Duration::from_secs(u64::from(answer.retry_after_seconds)).clamp(SOONEST, LATEST);
            DeviceError::Waiting { comparison, again }
        }
        _ => DeviceError::NotUnderstood { why: "a comparison number that is not this device's".into() },
    }
}

fn claim_body(
    connection: &Connection,
    target: &Target,
    key: &SigningKey,
    idempotency_key: Uuid,
    description: &Description,
) -> Result<Zeroizing<Vec<u8>>, DeviceError> {
    let signature = claim::sign(key, &connection.binding()?, &target.secret, description, idempotency_key);
    let mut claim = Claim {
        secret: match &target.secret {
            ClaimSecret::Link(secret) => ClaimedSecret::Link(secret.symbols()),
            ClaimSecret::Code(code) => ClaimedSecret::Code(code.symbols()),
        },
        public_key: URL_SAFE_NO_PAD.encode(key.verifying_key().as_bytes()),
        description: description.clone(),
        idempotency_key,
        signature: URL_SAFE_NO_PAD.encode(signature),
    };
    let body = serde_json::to_vec(&claim).map(Zeroizing::new);
    let (ClaimedSecret::Link(symbols) | ClaimedSecret::Code(symbols)) = &mut claim.secret;
    symbols.zeroize();
    body.map_err(|error| DeviceError::NotUnderstood { why: error.to_string() })
}

/// Whether a text can stand in a header after `DPoP `.
pub(crate) fn is_token(text: &str) -> bool {
    (1..=MAX_TOKEN).contains(&text.len()) && !text.contains(' ') && HeaderValue::from_str(text).is_ok()
}
