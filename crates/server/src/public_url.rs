//! Where people reach the platform's pages.

use std::fmt;
use std::str::FromStr;

use clawpair_core::link::Address;

/// A text is no such place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("“{shown}” is no public URL; write https://, a host, and a port unless it is 443, such as https://hub.example.org.")]
pub struct PublicUrlError {
    shown: String,
}

/// `https://` and a host, maybe a port, and nothing else. A page behind it shows what the link's last part, behind `#`, is for;
/// browsers keep that part to themselves, so it is in no log of a server or proxy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl(Address);

impl PublicUrl {
    /// The platform's own address.
    pub const fn of(address: Address) -> Self {
        Self(address)
    }

    /// The host's name.
    pub fn host(&self) -> String {
        self.0.host()
    }

    /// A link to one of its pages with something secret for it.
    pub(crate) fn link(&self, page: &str, secret: &str) -> String {
        format!("{self}{page}#{secret}")
    }
}

/// The port is left out where browsers would not show it either.
impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.0.to_string();
        write!(f, "https://{}", text.strip_suffix(":443").unwrap_or(&text))
    }
}

impl FromStr for PublicUrl {
    type Err = PublicUrlError;

    fn from_str(text: &str) -> Result<Self, PublicUrlError> {
        let wrong = || PublicUrlError { shown: clawpair_core::text::sanitised(text) };
        let rest = text.trim().strip_prefix("https://").ok_or_else(wrong)?;
        let authority = rest.strip_suffix('/').unwrap_or(rest);
        let has_port = authority.rsplit_once(':').is_some_and(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()));
        let whole = if has_port { authority.to_owned() } else { format!("{authority}:443") };
        whole.parse().map(Self).map_err(|_| wrong())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_url_is_https_and_a_host() {
        for (text, shown) in [
            ("https://hub.example.org", "https://hub.example.org"),
            ("https://hub.example.org:443/", "https://hub.example.org"),
            ("https://127.0.0.1:21327", "https://127.0.0.1:21327"),
        ] {
            assert_eq!(text.parse::<PublicUrl>().unwrap().to_string(), shown);
        }
        for text in ["", "http://hub.example.org", "hub.example.org", "https://", "https://a/b", "https://a b", "https://u@a"] {
            assert!(text.parse::<PublicUrl>().is_err(), "{text}");
        }
        let url: PublicUrl = "https://hub.example.org".parse().unwrap();
        assert_eq!(url.link("/join", "cpi_x"), "https://hub.example.org/join#cpi_x");
    }
}
