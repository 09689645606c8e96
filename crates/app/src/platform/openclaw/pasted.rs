//! What a person pastes to sign in at a gateway.

use clawpair_core::secret::Secret;
use clawpair_openclaw::setup_code::{SetupCode, SetupCodeError};

use crate::view::Refusal;

/// Longest shared token or password, in bytes.
const MAX_TOKEN: usize = 512;
/// What a gateway's setup code begins with where it is handed on as a link.
const SETUP_LINK: &str = "oc-pair://";
/// How the base64url of a JSON object begins; a token that does so as well is not one that a gateway makes.
const JSON_IN_BASE64: &str = "eyJ";

/// What it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Pasted {
    /// The gateway's shared token or password.
    Shared(Secret),
    /// A setup code.
    Setup(Box<SetupCode>),
}

impl Pasted {
    /// Tells one from the other.
    ///
    /// # Errors
    /// A sentence that says what it is instead, as far as that can be told.
    pub(crate) fn read(text: &str) -> Result<Self, Refusal> {
        let text = text.trim();
        let lower = text.get(..8).unwrap_or(text).to_ascii_lowercase();
        if text.is_empty() {
            return Err(refused("There is no token in this.", "Paste the gateway's shared token or a full setup code."));
        }
        if lower.starts_with("https://") || lower.starts_with("http://") {
            let what = "This is a web address. A join link lets a computer in as a node, and cannot sign this app in.";
            return Err(refused(
                what,
                "Paste the gateway's shared token (gateway.auth.token), or a full setup code (openclaw qr).",
            ));
        }
        if lower.starts_with("cpair:") || lower.starts_with("ocl-") {
            let what = "This pairs a device with a Clawpair platform; it does not sign in at an OpenClaw Gateway.";
            return Err(refused(
                what,
                "Type it at the device that should pair. To add a Clawpair server here, use its address and an API key.",
            ));
        }
        match text.parse::<SetupCode>() {
            Ok(code) => return Ok(Self::Setup(Box::new(code))),
            Err(why) if text.starts_with(SETUP_LINK) || text.starts_with(JSON_IN_BASE64) || why != SetupCodeError::Malformed => {
                return Err(refused(&why.to_string(), "On the gateway's computer, run: openclaw qr"));
            }
            Err(_) => {}
        }
        if text.len() > MAX_TOKEN || text.chars().any(char::is_control) {
            let what = "This is neither a gateway's token or password nor a setup code: it is too long, or has more than one line.";
            return Err(refused(what, "Copy the token or password alone, without what stands around it."));
        }
        Ok(Self::Shared(Secret::new(text.to_owned())))
    }
}

fn refused(what: &str, next: &str) -> Refusal {
    Refusal::new("credential_unusable", what, next)
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::*;

    fn code() -> String {
        URL_SAFE_NO_PAD.encode(r#"{"url":"wss://192.168.77.1:19589","bootstrapToken":"wWsEaxb4"}"#)
    }

    #[test]
    fn a_setup_code_and_a_token_are_told_apart() {
        assert!(matches!(Pasted::read(&format!(" {}\n", code())).unwrap(), Pasted::Setup(_)));
        assert!(matches!(Pasted::read(&format!("oc-pair://{}", code())).unwrap(), Pasted::Setup(_)));
        for shared in ["4f1c90aa77", "ein schöner Tag"] {
            assert_eq!(Pasted::read(&format!(" {shared}\n")).unwrap(), Pasted::Shared(Secret::new(shared.to_owned())));
        }
    }

    #[test]
    fn what_is_something_else_is_named() {
        let said = |text: &str| Pasted::read(text).unwrap_err().message;
        assert!(said("https://hub.example.org/j/AbCdEfGhIjKlMnOpQrStUv").contains("join link"));
        assert!(said("CPAIR:1/ABCDEF").contains("Clawpair platform"));
        assert!(said("OCL-7F3K-9QWZ-4JN2").contains("Clawpair platform"));
        assert!(said(&code()[..60]).contains("cut off"));
        assert!(said("oc-pair://x").contains("no setup code"));
        assert!(said("token\nabc").contains("more than one line"));
        assert!(said(&"a".repeat(513)).contains("too long"));
        assert!(said("  ").contains("no token"));
    }
}
