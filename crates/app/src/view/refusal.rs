//! Why something was not done, whoever refused it: a platform of ours, a gateway, or the app itself.

use std::fmt;
use std::time::Duration;

use clawpair_api::{ErrorBody, ErrorCode};
use clawpair_client::ClientError;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The codes of those that only say that a platform did not answer, or cannot now.
const UNANSWERED: [&str; 10] = [
    "server_unreachable",
    "server_connecting",
    "server_answer_lost",
    "server_too_slow",
    "server_answer_too_large",
    "server_not_understood",
    "not_a_server",
    "rate_limited",
    "storage_unavailable",
    "internal",
];

/// What every refusal looks like to the window. It is [`ErrorBody`] with the codes of gateways and of the app itself beside those of
/// the REST contract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct Refusal {
    /// Stable; programs switch on it.
    pub code: String,
    /// What is wrong, for people.
    pub message: String,
    /// What to do next, for people.
    pub hint: Option<String>,
    /// How long whoever refused wants to be left alone, if they said so. The window is told by the sentence.
    #[serde(skip)]
    #[cfg_attr(feature = "ts", ts(skip))]
    pub after: Option<Duration>,
}

impl Refusal {
    /// A refusal with its next step.
    pub fn new(code: &str, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { code: code.to_owned(), message: message.into(), hint: Some(hint.into()), after: None }
    }

    /// What this kind of platform cannot do.
    pub fn unsupported(message: impl Into<String>) -> Self {
        Self { code: "unsupported".to_owned(), message: message.into(), hint: None, after: None }
    }

    /// Whether it only says that a platform did not answer, or wants to be asked later: nobody knows whether anything was done.
    pub(crate) fn is_no_answer(&self) -> bool {
        UNANSWERED.contains(&self.code.as_str())
    }

    /// A platform that wants to be left alone is not read.
    pub fn left_alone(after: Duration) -> Self {
        let what = format!("The platform wants to be left alone for {} s. What was read before is still shown.", after.as_secs());
        Self { after: Some(after), ..Self::new("rate_limited", what, "Nothing needs to be done: it is asked again later.") }
    }

    /// The same in the words of the REST contract. The codes of gateways and of the app are not among them; their sentences are kept.
    pub(crate) fn body(&self) -> ErrorBody {
        let code = serde_json::from_value(Value::from(self.code.clone())).unwrap_or(ErrorCode::Unknown);
        ErrorBody { code, message: self.message.clone(), hint: self.hint.clone() }
    }
}

impl From<ErrorBody> for Refusal {
    fn from(ErrorBody { code, message, hint }: ErrorBody) -> Self {
        Self { code: code.as_str().to_owned(), message, hint, after: None }
    }
}

/// A platform's own words, or those for a server that could not be asked.
impl From<ClientError> for Refusal {
    fn from(error: ClientError) -> Self {
        match error {
            ClientError::Refused(refusal) => Self { after: refusal.retry_after, ..refusal.body.into() },
            other => Self::new(other.code(), other.to_string(), other.next_step()),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match &self.hint {
            Some(hint) => write!(f, " {hint}"),
            None => Ok(()),
        }
    }
}
