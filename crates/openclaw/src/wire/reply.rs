//! The answer to one request.

use serde::Deserialize;
use serde::de::Error;
use serde_json::value::RawValue;
use tokio_tungstenite::tungstenite::Utf8Bytes;

use super::refusal::Refusal;
use crate::error::GatewayError;

/// A whole message that answers a request.
#[derive(Debug)]
pub(crate) struct Reply {
    asked: &'static str,
    text: Utf8Bytes,
}

#[derive(Deserialize)]
#[serde(bound = "T: Deserialize<'de>")]
struct Outcome<'a, T> {
    #[serde(default)]
    ok: bool,
    #[serde(default = "none")]
    payload: Option<T>,
    #[serde(borrow, default)]
    error: Option<&'a RawValue>,
}

/// For payloads of types that have no default of their own.
const fn none<T>() -> Option<T> {
    None
}

impl Reply {
    /// The message that answers what was asked.
    pub(crate) const fn new(asked: &'static str, text: Utf8Bytes) -> Self {
        Self { asked, text }
    }

    /// What it says.
    ///
    /// # Errors
    /// The gateway's refusal, or that it cannot be read as a `T`.
    pub(crate) fn read<'a, T: Deserialize<'a>>(&'a self) -> Result<T, GatewayError> {
        let outcome: Outcome<'a, T> = serde_json::from_str(&self.text).map_err(|error| self.odd(&error))?;
        match outcome {
            Outcome { ok: true, payload: Some(payload), .. } => Ok(payload),
            Outcome { ok: true, payload: None, .. } => Err(self.odd(&serde_json::Error::missing_field("payload"))),
            Outcome { ok: false, error, .. } => {
                Err(error.map_or_else(Refusal::default, |error| Refusal::read(error.get())).into_error())
            }
        }
    }

    /// That it is not what it should be. Where JSON is wrong is told without quoting it: it may hold a token.
    fn odd(&self, error: &serde_json::Error) -> GatewayError {
        GatewayError::NotUnderstood { asked: self.asked, why: fault(error) }
    }
}

/// Where JSON is wrong, without quoting it.
pub(crate) fn fault(error: &serde_json::Error) -> String {
    format!("JSON {:?} fault in column {}", error.classify(), error.column())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<u8>, GatewayError> {
        Reply::new("x", text.to_owned().into()).read()
    }

    #[test]
    fn says_what_was_asked_or_why_not() {
        assert_eq!(read(r#"{"type":"res","id":"1","ok":true,"payload":[1,2],"later":{}}"#), Ok(vec![1, 2]));
        let refused = read(r#"{"ok":false,"error":{"code":"FORBIDDEN","details":{"code":"MISSING_SCOPE"}}}"#);
        assert_eq!(refused, Err(GatewayError::MissingScope { scope: None }));
        assert_eq!(read(r#"{"ok":false}"#).unwrap_err().code(), "gateway_refused");
    }

    #[test]
    fn what_is_not_understood_is_not_quoted() {
        for odd in [r#"{"ok":true}"#, r#"{"ok":true,"payload":{"token":"secret"}}"#, "secret"] {
            let error = read(odd).unwrap_err();
            assert_eq!(error.code(), "gateway_not_understood");
            assert!(!format!("{error} {error:?}").contains("secret"), "{error:?}");
        }
    }
}
