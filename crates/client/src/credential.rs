//! What a caller shows.

use std::fmt;

use axum::http::header::{AUTHORIZATION, COOKIE, HeaderName};
use axum::http::{HeaderMap, HeaderValue};
use clawpair_core::api_key::ApiKeySecret;
use clawpair_core::secret::Secret;

/// The cookie of a member's session.
const COOKIE_NAME: &str = "__Host-clawpair";
/// Says of a change with a session that no web page made it.
const NOT_FROM_A_PAGE: HeaderName = HeaderName::from_static("x-clawpair-request");

/// What lets a caller in.
#[derive(Clone, PartialEq, Eq)]
pub enum Credential {
    /// An API key.
    ApiKey(ApiKeySecret),
    /// A member's session, as [`crate::Client::sign_in`] got it.
    Session(SessionToken),
}

/// Shows no secret.
impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ApiKey(key) => write!(f, "ApiKey({}, ***)", key.prefix()),
            Self::Session(_) => f.write_str("Session(***)"),
        }
    }
}

/// The token of a session.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionToken(Secret);

impl SessionToken {
    /// The one in an answer's `Set-Cookie`, if there is one.
    pub(crate) fn in_answer(headers: &HeaderMap) -> Option<Self> {
        let cookies = headers.get_all(axum::http::header::SET_COOKIE).iter().filter_map(|value| value.to_str().ok());
        let mut tokens = cookies.filter_map(|cookie| cookie.strip_prefix(COOKIE_NAME)?.strip_prefix('=')?.split(';').next());
        tokens.next().and_then(Self::kept)
    }

    /// The token as it was [revealed](Self::reveal) and kept; none if no token could be like that.
    pub fn kept(text: &str) -> Option<Self> {
        let fits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b';' | b',' | b'"'));
        fits.then(|| Self(Secret::new(text.to_owned())))
    }

    /// The token, for whoever keeps it until the next call. Treat it like a password.
    pub fn reveal(&self) -> &str {
        self.0.reveal()
    }
}

impl Credential {
    /// Puts it into a request. Logs of HTTP libraries leave the values out.
    pub(crate) fn show(&self, headers: &mut HeaderMap) {
        let (name, text) = match self {
            Self::ApiKey(key) => (AUTHORIZATION, Secret::new(format!("Bearer {}", key.reveal()))),
            Self::Session(SessionToken(token)) => {
                headers.insert(NOT_FROM_A_PAGE, HeaderValue::from_static("1"));
                (COOKIE, Secret::new(format!("{COOKIE_NAME}={}", token.reveal())))
            }
        };
        // Both are of characters that headers may have: keys were parsed, and tokens came in a header.
        if let Ok(mut value) = HeaderValue::from_str(text.reveal()) {
            value.set_sensitive(true);
            headers.insert(name, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(cookies: &[&'static str]) -> HeaderMap {
        cookies.iter().map(|&cookie| (axum::http::header::SET_COOKIE, HeaderValue::from_static(cookie))).collect()
    }

    #[test]
    fn debug_shows_neither_key_nor_token() {
        let key = ApiKeySecret::generate(&clawpair_core::rng::SystemRng);
        let secret = key.secret().reveal().to_owned();
        assert!(!format!("{:?}", Credential::ApiKey(key)).contains(&secret));
        let token = SessionToken::in_answer(&headers(&["__Host-clawpair=abc; Secure"])).unwrap();
        assert_eq!(format!("{:?}", Credential::Session(token)), "Session(***)");
    }

    #[test]
    fn finds_the_sessions_cookie_among_others() {
        let found = headers(&["a=b", "__Host-clawpairs=no", "__Host-clawpair=abc; Path=/; Secure"]);
        assert!(SessionToken::in_answer(&found).is_some_and(|token| token.0.reveal() == "abc"));
        assert!(SessionToken::in_answer(&headers(&["__Host-clawpair=; Max-Age=0"])).is_none());
    }

    #[test]
    fn a_token_that_was_kept_cannot_become_another_header() {
        assert_eq!(SessionToken::kept("abc").unwrap().reveal(), "abc");
        for text in ["", "a b", "a;b", "a\r\nb", "ä"] {
            assert!(SessionToken::kept(text).is_none(), "{text}");
        }
    }
}
