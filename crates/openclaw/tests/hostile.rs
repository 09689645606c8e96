//! Whatever text comes in, it is read or refused, and what was read is fit for showing.

use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clawpair_core::text::{MAX_CHARS, harmless};
use clawpair_openclaw::address::GatewayAddress;
use clawpair_openclaw::fingerprint::Fingerprint;
use clawpair_openclaw::ids::{DeviceId, PublicKey, RequestId};
use clawpair_openclaw::setup_code::SetupCode;
use clawpair_openclaw::shown::Shown;
use proptest::prelude::*;

/// What a sentence to a person may hold: nothing that deceives, whatever the text it quotes.
fn is_fit(sentence: &str) -> bool {
    sentence.chars().all(|c| harmless(c) == c)
}

fn refusal<T: FromStr<Err: ToString>>(text: &str) -> String {
    text.parse::<T>().err().map_or_else(String::new, |error| error.to_string())
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused_in_a_sentence(text in "\\PC{0,80}|.{0,80}|(wss?://)?[a-z0-9.:\\[\\]@/-]{0,40}") {
        for sentence in [refusal::<GatewayAddress>(&text), refusal::<SetupCode>(&text), refusal::<Fingerprint>(&text)] {
            prop_assert!(is_fit(&sentence), "{sentence:?}");
        }
        let _ = (text.parse::<DeviceId>(), text.parse::<PublicKey>(), text.parse::<RequestId>());
    }

    #[test]
    fn an_address_that_was_read_is_read_again_the_same(text in "wss?://[a-z0-9.-]{1,20}(:[0-9]{1,5})?/?") {
        if let Ok(address) = text.parse::<GatewayAddress>() {
            prop_assert_eq!(address.to_string().parse::<GatewayAddress>(), Ok(address));
        }
    }

    #[test]
    fn any_bytes_in_a_setup_code_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = URL_SAFE_NO_PAD.encode(bytes).parse::<SetupCode>();
    }

    #[test]
    fn a_damaged_setup_code_is_never_read_with_another_token(cut in 0usize..140, bit in 0u8..8) {
        let json = br#"{"url":"wss://192.168.77.1:19589","bootstrapToken":"wWsEaxb4wWsEaxb4wWsEaxb4wWsEaxb4wWsEaxb4wWs","expiresAtMs":1795333997625}"#;
        let whole = URL_SAFE_NO_PAD.encode(json);
        prop_assert!(whole[..cut.min(whole.len() - 1)].parse::<SetupCode>().is_err());
        let mut bytes = json.to_vec();
        let at = cut % bytes.len();
        bytes[at] ^= 1 << bit;
        if let Ok(code) = URL_SAFE_NO_PAD.encode(&bytes).parse::<SetupCode>() {
            prop_assert!(code.addresses().len() == 1 && code.token().reveal().len() == 43);
        }
    }

    #[test]
    fn what_is_shown_is_short_and_harmless(text in "(\\x1b[\\[\\]PX]?[0-9;]{0,5}[A-Za-z]?|\\PC|[\\x00-\\x1f\\u{202a}-\\u{202e}\\u{9b}]){0,200}") {
        if let Some(shown) = Shown::of(&text) {
            prop_assert!(shown.as_str().chars().count() <= MAX_CHARS && is_fit(shown.as_str()), "{shown:?}");
        }
    }
}
