//! A gateway's "no", and what it means.

use std::time::Duration;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::access::Scope;
use crate::error::{ApprovalReason, GatewayError};
use crate::shown::Shown;

/// Longest time a gateway may ask to wait; its own lock lasts five minutes.
const MAX_RETRY_AFTER: Duration = Duration::from_hours(1);

/// An error answer. Whatever of it cannot be read is as if it were not there.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Refusal {
    code: String,
    message: String,
    details: Option<Box<RawValue>>,
    retryable: bool,
    retry_after_ms: Option<u64>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Details {
    code: String,
    reason: String,
    request_id: String,
    missing_scope: Option<String>,
    expected_protocol: Option<u32>,
    retry_after_ms: Option<u64>,
}

impl Refusal {
    /// Reads an error object.
    pub(crate) fn read(json: &str) -> Self {
        serde_json::from_str(json).unwrap_or_default()
    }

    /// What it means.
    pub(crate) fn into_error(self) -> GatewayError {
        let details: Details = self.details.as_ref().and_then(|raw| serde_json::from_str(raw.get()).ok()).unwrap_or_default();
        let after = self.retry_after_ms.or(details.retry_after_ms).map(|ms| Duration::from_millis(ms).min(MAX_RETRY_AFTER));
        match details.code.as_str() {
            "PAIRING_REQUIRED" => {
                let why = ApprovalReason::of(&details.reason);
                GatewayError::ApprovalNeeded { request: details.request_id.parse().ok(), why }
            }
            "AUTH_TOKEN_MISSING" => GatewayError::TokenMissing,
            "AUTH_TOKEN_MISMATCH" => GatewayError::TokenWrong,
            "AUTH_PASSWORD_MISSING" => GatewayError::PasswordWanted,
            "AUTH_PASSWORD_MISMATCH" => GatewayError::PasswordWrong,
            "AUTH_DEVICE_TOKEN_MISMATCH" => GatewayError::OwnTokenEnded,
            "AUTH_SCOPE_MISMATCH" => GatewayError::OwnTokenTooNarrow,
            "AUTH_BOOTSTRAP_TOKEN_INVALID" => GatewayError::SetupCodeEnded,
            "AUTH_RATE_LIMITED" => GatewayError::RateLimited { retry_after: after },
            "PROTOCOL_MISMATCH" => GatewayError::Protocol { expected: details.expected_protocol },
            "MISSING_SCOPE" => GatewayError::MissingScope { scope: details.missing_scope.map(|word| Scope::of(&word)) },
            code if code.starts_with("DEVICE_") => GatewayError::ProofRefused { why: word(code) },
            _ if self.code == "UNAVAILABLE" && details.reason == "startup-sidecars" => GatewayError::Starting,
            _ => GatewayError::Refused {
                kind: word(if details.code.is_empty() { &self.code } else { &details.code }),
                message: Shown::of(&self.message),
                retryable: self.retryable || self.code == "UNAVAILABLE",
            },
        }
    }
}

/// A gateway's word for something, made fit for showing.
fn word(text: &str) -> String {
    Shown::of(text).map_or_else(|| "UNKNOWN".to_owned(), |shown| shown.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(json: &str) -> GatewayError {
        Refusal::read(json).into_error()
    }

    #[test]
    fn pairing_required_says_what_to_approve() {
        let needed = error(
            r#"{"code":"NOT_PAIRED","message":"pairing required","details":{"code":"PAIRING_REQUIRED","reason":"scope-upgrade",
            "requestId":"49fefc3e-6782","remediationHint":"…","approvedScopes":[]}}"#,
        );
        assert_eq!(
            needed,
            GatewayError::ApprovalNeeded { request: Some("49fefc3e-6782".parse().unwrap()), why: ApprovalReason::Scopes }
        );
        assert!(needed.next_step().ends_with("openclaw devices approve 49fefc3e-6782"));
        // What cannot be an id must not become part of a command that a person copies.
        let odd = error(r#"{"details":{"code":"PAIRING_REQUIRED","reason":"x","requestId":"a; rm -rf ~"}}"#);
        assert!(matches!(odd, GatewayError::ApprovalNeeded { request: None, .. }));
    }

    #[test]
    fn limits_and_versions_carry_their_numbers() {
        let limited =
            error(r#"{"code":"INVALID_REQUEST","details":{"code":"AUTH_RATE_LIMITED"},"retryable":true,"retryAfterMs":300000}"#);
        assert_eq!(limited, GatewayError::RateLimited { retry_after: Some(Duration::from_mins(5)) });
        let huge = error(r#"{"details":{"code":"AUTH_RATE_LIMITED","retryAfterMs":99999999999}}"#);
        assert_eq!(huge, GatewayError::RateLimited { retry_after: Some(MAX_RETRY_AFTER) });
        let version = error(r#"{"details":{"code":"PROTOCOL_MISMATCH","expectedProtocol":5}}"#);
        assert!(version.to_string().contains("version 5"), "{version}");
    }

    #[test]
    fn a_wrong_password_is_not_a_missing_one() {
        let of = |code: &str| error(&format!(r#"{{"details":{{"code":"{code}"}}}}"#));
        assert_eq!(of("AUTH_PASSWORD_MISSING"), GatewayError::PasswordWanted);
        let wrong = of("AUTH_PASSWORD_MISMATCH");
        assert_eq!(wrong, GatewayError::PasswordWrong);
        assert!(wrong.to_string().contains("does not accept") && wrong.next_step().contains("gateway.auth.password"));
    }

    #[test]
    fn a_missing_scope_is_named() {
        let missing = error(r#"{"code":"FORBIDDEN","details":{"code":"MISSING_SCOPE","missingScope":"operator.admin"}}"#);
        assert!(missing.to_string().contains("operator.admin is missing"), "{missing}");
    }

    #[test]
    fn an_unknown_refusal_keeps_the_gateways_words_fit_for_showing() {
        let refused = error(r#"{"code":"INVALID_REQUEST","message":"unknown \u001b[31mdeviceId\u202e"}"#);
        assert_eq!(refused.to_string(), "The gateway refused: unknown deviceId\u{fffd}");
        assert_eq!(error("[]").code(), "gateway_refused");
    }
}
