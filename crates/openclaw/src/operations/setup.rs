//! Making setup codes, and learning what became of them.

use clawpair_core::clock::Timestamp;
use clawpair_core::secret::Secret;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use zeroize::Zeroizing;

use crate::address::GatewayAddress;
use crate::connection::Connection;
use crate::error::GatewayError;
use crate::ids::SetupId;
use crate::setup_code::{Grant, SetupCode};
use crate::wire::event::SetupUse;

/// A setup code that the gateway just made. It is shown once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MadeSetupCode {
    /// Names it, for [`Connection::setup_status`] and [`crate::Event::SetupUsed`].
    pub setup: SetupId,
    /// The text of its picture, as the phone apps read it.
    pub text: Secret,
    /// What is in it.
    pub code: SetupCode,
    /// When it ends, by the gateway's clock.
    pub expires: Timestamp,
    /// What it grants. Less than was asked for where its address is in clear: see `narrowed`.
    pub grant: Grant,
    /// Whether the gateway granted less because the address is `ws://`.
    pub narrowed: bool,
}

/// What became of a setup code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SetupStatus {
    /// Nobody has used it up yet, as far as the gateway says. It also says so for a device that was let in by hand, and for codes
    /// it has forgotten.
    Open,
    /// A device has used it.
    Used(SetupUse),
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Wanted {
    include_qr: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    bootstrap_profile: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    public_url: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Made {
    setup_id: String,
    expires_at_ms: i64,
    setup_code: Zeroizing<String>,
    access: String,
    #[serde(default)]
    access_downgraded: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Which<'a> {
    setup_id: &'a str,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Status<'a> {
    #[serde(borrow, default)]
    completion: Option<&'a RawValue>,
    #[serde(borrow, default)]
    delivery_uncertain: Option<&'a RawValue>,
}

impl Connection {
    /// Makes a setup code. It names the address that the gateway knows of itself, or `address`.
    ///
    /// # Errors
    /// The gateway's refusal, among others when it listens on loopback only and no address is given.
    pub async fn make_setup_code(&self, grant: Grant, address: Option<&GatewayAddress>) -> Result<MadeSetupCode, GatewayError> {
        const METHOD: &str = "device.pair.setupCode";
        let odd = |why: &str| GatewayError::NotUnderstood { asked: METHOD, why: why.to_owned() };
        let public_url = address.map(ToString::to_string);
        let wanted = Wanted { include_qr: false, bootstrap_profile: grant.profile(), public_url };
        let made: Made = self.call(METHOD, &wanted).await?;
        let text = Secret::new(made.setup_code.to_string());
        Ok(MadeSetupCode {
            setup: made.setup_id.parse().map_err(|_| odd("its id is none"))?,
            code: text.reveal().parse().map_err(|_| odd("the setup code cannot be read"))?,
            expires: Timestamp::from_millis(made.expires_at_ms),
            grant: Grant::of(&made.access).ok_or_else(|| odd("what it grants is not known"))?,
            narrowed: made.access_downgraded,
            text,
        })
    }

    /// What became of a setup code.
    ///
    /// # Errors
    /// The gateway's refusal, or the end of the connection.
    pub async fn setup_status(&self, setup: &SetupId) -> Result<SetupStatus, GatewayError> {
        const METHOD: &str = "device.pair.setupStatus";
        let odd = || GatewayError::NotUnderstood { asked: METHOD, why: "who used it cannot be read".to_owned() };
        let reply = self.ask(METHOD, &Which { setup_id: setup.as_str() }).await?;
        let status: Status<'_> = reply.read()?;
        let used = match (status.completion, status.delivery_uncertain) {
            (Some(raw), _) => SetupUse::read(raw.get(), true),
            (None, Some(raw)) => SetupUse::read(raw.get(), false),
            (None, None) => return Ok(SetupStatus::Open),
        };
        used.map(SetupStatus::Used).ok_or_else(odd)
    }
}
