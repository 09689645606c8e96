use std::fmt;

use serde::{Deserialize, Serialize};

/// What every refusal looks like.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ErrorBody {
    /// Stable; programs switch on it.
    #[cfg_attr(feature = "ts", ts(type = "string"))]
    #[cfg_attr(feature = "openapi", schema(value_type = crate::schema::ErrorWord))]
    pub code: ErrorCode,
    /// What is wrong, for people.
    pub message: String,
    /// What to do next, for people.
    pub hint: Option<String>,
}

impl ErrorBody {
    /// A refusal with the code's own hint.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), hint: code.hint().map(str::to_owned) }
    }
}

impl fmt::Display for ErrorBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match &self.hint {
            Some(hint) => write!(f, " {hint}"),
            None => Ok(()),
        }
    }
}

macro_rules! error_codes {
    ($($(#[$doc:meta])* $name:ident = $text:literal, $status:literal, $hint:expr;)*) => {
        /// The stable codes, each with its HTTP status and its usual next step.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum ErrorCode {
            $($(#[$doc])* #[serde(rename = $text)] $name,)*
            /// A code this program does not know: the other side is newer.
            #[serde(other, rename = "unknown")]
            Unknown,
        }

        impl ErrorCode {
            /// All codes a platform sends.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The text on the wire.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* Self::Unknown => "unknown" }
            }

            /// The HTTP status.
            pub const fn status(self) -> u16 {
                match self { $(Self::$name => $status,)* Self::Unknown => 500 }
            }

            /// What to do next.
            pub const fn hint(self) -> Option<&'static str> {
                match self { $(Self::$name => $hint,)* Self::Unknown => None }
            }
        }
    };
}

error_codes! {
    /// The body or a parameter is not as the contract says.
    InvalidRequest = "invalid_request", 400, None;
    /// The body is larger than any valid one.
    BodyTooLarge = "body_too_large", 413, Some("Send less at once.");
    /// The body is not declared as JSON.
    UnsupportedMediaType = "unsupported_media_type", 415, Some("Send the header Content-Type: application/json.");
    /// No such path.
    NotFound = "not_found", 404, None;
    /// The path exists and not for this method.
    MethodNotAllowed = "method_not_allowed", 405, None;
    /// No credential was sent.
    Unauthenticated = "unauthenticated", 401, Some("Send an API key as Authorization: Bearer KEY. Keys are made in Settings.");
    /// A credential of another kind than this path takes.
    WrongAuthMethod = "wrong_auth_method", 401, Some("Manager calls take Authorization: Bearer with an API key, device calls Authorization: DPoP with an access token.");
    /// The API key is malformed or unknown.
    ApiKeyInvalid = "api_key_invalid", 401, Some("Copy the whole key again, or make a new one in Settings.");
    /// The API key is too old.
    ApiKeyExpired = "api_key_expired", 401, Some("Make a new key, or rotate this one before it ends next time.");
    /// The API key was revoked.
    ApiKeyRevoked = "api_key_revoked", 401, Some("Make a new key in Settings.");
    /// What is asked needs a key that is still good.
    ApiKeyEnded = "api_key_ended", 409, Some("Make a new key; one that was revoked or has expired never comes back.");
    /// Name, password or second factor are not right, or the member may not sign in.
    SignInFailed = "sign_in_failed", 401, Some("Check the name and the password. An Admin can tell whether the account is disabled.");
    /// The password is right and the account has a second factor.
    SecondFactorRequired = "second_factor_required", 401, Some("Send the six digits of the authenticator app as totp, or a recovery_code.");
    /// The session was ended, or nobody used it for too long.
    SessionEnded = "session_ended", 401, Some("Sign in again.");
    /// The invitation was used, withdrawn or has expired, or there never was one.
    InvitationOver = "invitation_over", 410, Some("Ask for a new invitation.");
    /// The mail's link was opened, replaced or has expired, or there never was one.
    ConfirmationOver = "confirmation_over", 410, Some("Ask for a new mail.");
    /// The platform is not set up to send mail.
    NoMail = "no_mail", 409, Some("Whoever runs the server sets it up with --smtp-url and --smtp-from.");
    /// The password is too short, too long or too easy to guess.
    PasswordUnfit = "password_unfit", 400, Some("Take a few unrelated words, or let a password program choose.");
    /// Another member has this name or e-mail address.
    NameTaken = "name_taken", 409, Some("Choose another name or address, or remove that member first.");
    /// Nobody could manage the platform afterwards.
    LastAdmin = "last_admin", 409, Some("Make another member Admin first.");
    /// The caller is known and lacks the right.
    AccessDenied = "access_denied", 403, Some("Ask the person at the computer that runs this platform; API keys are managed in its window.");
    /// The request comes from a web page, or names a host that is not this platform.
    OriginNotAllowed = "origin_not_allowed", 403, Some("Web pages may not call this platform. Use its address, a program, or the Clawpair window.");
    /// Claims work over the platform's own TLS only.
    TlsRequired = "tls_required", 400, Some("Connect to the platform's own address over TLS 1.3.");
    /// Not of a code's or link's form: mistyped or cut off. Costs no attempt.
    CodeMalformed = "code_malformed", 400, Some("Compare it with the screen that shows it, or scan the QR code.");
    /// No pairing has this secret.
    CodeUnknown = "code_unknown", 404, Some("Compare it with the screen that shows it, and check that you are at the right platform. If in doubt make a new code.");
    /// The code is too old.
    CodeExpired = "code_expired", 410, Some("Make a new code and use it before its time is up.");
    /// Another device joined with it.
    CodeUsed = "code_used", 409, Some("If that was not your device, revoke it in Devices now. Then make a new code.");
    /// The code was taken back.
    CodeCancelled = "code_cancelled", 410, Some("Make a new code.");
    /// Too many wrong guesses; the link still works.
    CodeEntryBurnt = "code_entry_burnt", 403, Some("Scan the QR code instead, which still works, or make a new code.");
    /// As many codes may be typed as the guess budget allows.
    GuessBudgetSpent = "guess_budget_spent", 409, Some("Leave typed out for a code that is used by link or by a program, cancel one that nobody needs, or wait.");
    /// A person has not let this device in.
    PairingDenied = "pairing_denied", 403, Some("Ask the person who made the code. To try again, make a new code.");
    /// Nobody decided in time, or the device came back too late.
    RequestExpired = "request_expired", 410, Some("Make a new code, and have somebody ready who answers the request.");
    /// Key or permissions of a request are not those that were approved.
    RequestChanged = "request_changed", 409, Some("Load the request again, compare the number with the device's, and decide anew.");
    /// A request was decided otherwise before, or its code was taken back.
    RequestDecided = "request_decided", 409, Some("Load the request again to see what was decided. A device that was let in can be revoked.");
    /// The claim's signature does not fit.
    SignatureInvalid = "signature_invalid", 401, Some("Something between the device and the platform may have changed the request. Pair on a network you trust.");
    /// The token is unknown, was revoked, or belongs to another key.
    DeviceTokenInvalid = "device_token_invalid", 401, Some("Pair this device again with a new code.");
    /// The key that proves a call was this device's and has been replaced.
    DeviceKeyReplaced = "device_key_replaced", 401, Some("Use the device's new key. If this device has not changed its key, somebody else has: revoke it and pair it again.");
    /// The access token is too old, or a newer one has been used.
    TokenExpired = "token_expired", 401, Some("Get the next one with the refresh token.");
    /// A refresh token came back after its successor was used.
    RefreshTokenReuse = "refresh_token_reuse", 401, Some("Somebody may have a copy of this device's storage, so all its tokens were revoked. Pair it again with a new code.");
    /// The token endpoint has no such grant.
    GrantUnsupported = "unsupported_grant_type", 400, Some("Send grant_type=refresh_token. Devices get their first tokens by pairing.");
    /// The device is disabled.
    DeviceDisabled = "device_disabled", 403, Some("Ask the person who manages this platform to enable it again; it need not pair again.");
    /// The device was revoked.
    DeviceRevoked = "device_revoked", 403, Some("To let it back in, pair it again with a new code.");
    /// The device to be changed was revoked, which is final.
    AlreadyRevoked = "already_revoked", 409, Some("To let it back in, pair it again with a new code.");
    /// It is no longer at the revision that If-Match names.
    ChangedMeanwhile = "changed_meanwhile", 412, Some("Read it again, look at what is different, and repeat your change with the new ETag.");
    /// The cursor is of another database, or of this one before it was restored.
    CursorUnknown = "cursor_unknown", 410, Some("Start from the beginning: leave the cursor out.");
    /// The proof of possession is missing or wrong.
    DpopInvalid = "invalid_dpop_proof", 401, Some("Sign each request with the key the device paired with.");
    /// The proof needs the nonce of this answer (RFC 9449).
    UseDpopNonce = "use_dpop_nonce", 401, Some("Repeat the request with the nonce of the DPoP-Nonce header.");
    /// Too many requests.
    RateLimited = "rate_limited", 429, Some("Wait as many seconds as the Retry-After header says, then try again.");
    /// The idempotency key stands for another request.
    IdempotencyKeyReused = "idempotency_key_reused", 422, Some("Send a new Idempotency-Key with each new request, and the same one only to repeat a request unchanged.");
    /// The database cannot be used.
    StorageUnavailable = "storage_unavailable", 503, Some("Check free disk space and permissions of the data folder, then try again; repeating is safe.");
    /// A fault of the platform.
    Internal = "internal", 500, Some("Try again. If it stays, report it with the time of this message.");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_of_a_newer_platform_is_still_an_error() {
        let body: ErrorBody = serde_json::from_str(r#"{"code":"from_the_future","message":"m","hint":null}"#).unwrap();
        assert_eq!(body.code, ErrorCode::Unknown);
    }

    #[test]
    fn codes_travel_as_their_text() {
        for &code in ErrorCode::ALL {
            assert_eq!(serde_json::to_value(code).unwrap(), code.as_str());
        }
    }
}
