use axum::Json;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use clawpair_api::{ErrorBody, ErrorCode, OauthErrorBody};
use clawpair_core::access::Scope;
use clawpair_core::dpop::DpopError;
use clawpair_core::pairing::{DECISION_MINUTES, InvalidTransition, MAX_WRONG_GUESSES};
use clawpair_core::request::InvalidDecision;
use clawpair_core::store::StoreError;

/// Where a device finds the nonce for its next proof (RFC 9449 §8).
pub(crate) const DPOP_NONCE: HeaderName = HeaderName::from_static("dpop-nonce");

/// A refusal on its way out.
#[derive(Debug)]
pub(crate) struct Refusal {
    body: ErrorBody,
    /// Seconds to wait before trying again.
    retry_after: Option<i64>,
}

impl Refusal {
    pub(crate) fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { body: ErrorBody::new(code, message), retry_after: None }
    }

    pub(crate) const fn code(&self) -> ErrorCode {
        self.body.code
    }

    /// Too much at once; again after so many seconds.
    pub(crate) fn rate_limited(message: &str, seconds: i64) -> Self {
        Self { retry_after: Some(seconds), ..Self::new(ErrorCode::RateLimited, message) }
    }

    /// The caller is known and lacks a right, which is named.
    pub(crate) fn missing(scope: Scope) -> Self {
        let roles: Vec<&str> = scope.roles().iter().map(|role| role.name()).collect();
        let mut refusal = Self::new(ErrorCode::AccessDenied, format!("Access denied: this takes the right {scope}."));
        refusal.body.hint = Some(format!("The role {} has it. Ask an Admin of this platform.", roles.join(" or ")));
        refusal
    }

    /// The same with another next step than the code's usual one.
    #[must_use]
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.body.hint = Some(hint.into());
        self
    }

    /// The refusal as one part of a larger answer.
    pub(crate) fn into_body(self) -> ErrorBody {
        self.body
    }

    /// Whether repeating the request cannot help: the fault is not the platform's own.
    pub(crate) const fn is_of_the_caller(&self) -> bool {
        self.body.code.status() < 500
    }

    /// A value that does not parse: the parser's own sentence.
    pub(crate) fn invalid(error: impl std::error::Error) -> Self {
        Self::new(ErrorCode::InvalidRequest, error.to_string())
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "the store failed");
        Self::new(ErrorCode::StorageUnavailable, error.to_string())
    }
}

impl From<InvalidTransition> for Refusal {
    fn from(reason: InvalidTransition) -> Self {
        let (code, message) = match reason {
            InvalidTransition::Expired => (ErrorCode::CodeExpired, "This code has expired.".to_owned()),
            InvalidTransition::Used => (ErrorCode::CodeUsed, "This code has already been used.".to_owned()),
            InvalidTransition::Cancelled => (ErrorCode::CodeCancelled, "This code was cancelled.".to_owned()),
            InvalidTransition::Denied => (ErrorCode::PairingDenied, "This device was not let in.".to_owned()),
            InvalidTransition::Unanswered => {
                (ErrorCode::RequestExpired, format!("Nobody let this device in within {DECISION_MINUTES} minutes."))
            }
            InvalidTransition::EntryBurnt => {
                (ErrorCode::CodeEntryBurnt, format!("After {MAX_WRONG_GUESSES} wrong guesses this code can no longer be typed."))
            }
        };
        Self::new(code, message)
    }
}

impl From<InvalidDecision> for Refusal {
    fn from(reason: InvalidDecision) -> Self {
        let code = match reason {
            InvalidDecision::Changed => ErrorCode::RequestChanged,
            InvalidDecision::Expired => ErrorCode::RequestExpired,
            InvalidDecision::Decided => ErrorCode::RequestDecided,
        };
        Self::new(code, reason.to_string())
    }
}

impl From<DpopError> for Refusal {
    fn from(error: DpopError) -> Self {
        let code = if error == DpopError::UseNonce { ErrorCode::UseDpopNonce } else { ErrorCode::DpopInvalid };
        Self::new(code, error.to_string())
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let code = self.body.code;
        let status = StatusCode::from_u16(code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(self.body)).into_response();
        let challenge = match code {
            ErrorCode::UseDpopNonce | ErrorCode::DpopInvalid => Some(format!("DPoP algs=\"EdDSA\", error=\"{}\"", code.as_str())),
            ErrorCode::DeviceTokenInvalid | ErrorCode::DeviceKeyReplaced | ErrorCode::TokenExpired => {
                Some("DPoP algs=\"EdDSA\", error=\"invalid_token\"".to_owned())
            }
            ErrorCode::ApiKeyInvalid | ErrorCode::ApiKeyExpired | ErrorCode::ApiKeyRevoked => {
                Some("Bearer error=\"invalid_token\"".to_owned())
            }
            ErrorCode::Unauthenticated | ErrorCode::WrongAuthMethod => Some("Bearer, DPoP algs=\"EdDSA\"".to_owned()),
            _ => None,
        };
        if let Some(challenge) = challenge.and_then(|text| HeaderValue::from_str(&text).ok()) {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
        }
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}

/// A refusal of an OAuth endpoint.
pub(crate) struct OauthRefusal(pub(crate) Refusal);

impl IntoResponse for OauthRefusal {
    fn into_response(self) -> Response {
        let body = OauthErrorBody::new(self.0.body.clone());
        let status = StatusCode::from_u16(body.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut head = self.0.into_response();
        let mut response = (status, Json(body)).into_response();
        for name in [header::RETRY_AFTER, header::WWW_AUTHENTICATE] {
            if let Some(value) = head.headers_mut().remove(&name) {
                response.headers_mut().insert(name, value);
            }
        }
        response
    }
}
