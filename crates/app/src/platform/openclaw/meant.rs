//! Whether a setup code is of the gateway that it would be sent to: whoever gets it can use it.

use clawpair_openclaw::address::{GatewayAddress, Reach};
use clawpair_openclaw::fingerprint::Fingerprint;
use clawpair_openclaw::setup_code::SetupCode;

use crate::addresses;
use crate::view::Refusal;

/// A code may go to the addresses it names, and to no other.
///
/// # Errors
/// A sentence with both addresses, and `next` as what to do.
pub(crate) fn leads_to(code: &SetupCode, address: &GatewayAddress, next: &str) -> Result<(), Refusal> {
    if code.addresses().iter().any(|named| is_one(named, address)) {
        return Ok(());
    }
    let named: Vec<String> = code.addresses().iter().map(ToString::to_string).collect();
    let what = format!("This setup code names {}, and {address} is not among that. Nothing was sent.", named.join(" and "));
    Err(Refusal::new("setup_code_elsewhere", what, next))
}

/// Likewise for a gateway whose certificate was `accepted`, which tells more than its addresses: a code that names the same one is its,
/// whatever else it names, and one that names another is not.
///
/// # Errors
/// A sentence that says what is not the same.
pub(super) fn is_of(code: &SetupCode, address: &GatewayAddress, accepted: Option<Fingerprint>) -> Result<(), Refusal> {
    let Some((named, accepted)) = code.fingerprint().zip(accepted.filter(|_| address.tls())) else {
        let next =
            "Sign in with the gateway's shared token (gateway.auth.token), or add what the code names as a platform of its own.";
        return leads_to(code, address, next);
    };
    if named == accepted {
        return Ok(());
    }
    let what = format!(
        "This setup code is of a gateway with another certificate than the one you accepted of {address}. Nothing was sent."
    );
    let next = "If the gateway's certificate was renewed, accept the new one first; otherwise make a setup code at this gateway (openclaw qr).";
    Err(Refusal::new("setup_code_elsewhere", what, next))
}

/// Whether two addresses are certainly those of one gateway.
pub(crate) fn is_one(one: &GatewayAddress, other: &GatewayAddress) -> bool {
    is_same(one, other, is_here)
}

/// One port of this computer is one gateway's, by whichever of its addresses.
fn is_same(one: &GatewayAddress, other: &GatewayAddress, is_here: impl Fn(&GatewayAddress) -> bool) -> bool {
    one == other || one.tls() == other.tls() && one.port() == other.port() && is_here(one) && is_here(other)
}

fn is_here(address: &GatewayAddress) -> bool {
    let own = || addresses::list().into_iter().any(|own| own.ip.to_string() == address.host());
    address.reach() == Reach::Loopback || own()
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::*;

    const HEX: &str = "ecbe5d76aabbccddeeff00112233445566778899aabbccddeeff0011223b1b87";

    fn code() -> SetupCode {
        let json =
            format!(r#"{{"urls":["wss://192.0.2.7:1","wss://hub.example.org:2"],"bootstrapToken":"t","tlsFingerprint":"{HEX}"}}"#);
        URL_SAFE_NO_PAD.encode(json).parse().unwrap()
    }

    #[test]
    fn a_code_goes_to_the_addresses_it_names_alone() {
        for named in ["wss://192.0.2.7:1", "wss://HUB.example.org:2"] {
            assert_eq!(leads_to(&code(), &named.parse().unwrap(), "Next."), Ok(()));
        }
        for other in ["wss://192.0.2.7:2", "wss://192.0.2.8:1", "wss://127.0.0.1:1"] {
            let refused = leads_to(&code(), &other.parse().unwrap(), "Next.").unwrap_err();
            assert_eq!((refused.code.as_str(), refused.hint.as_deref()), ("setup_code_elsewhere", Some("Next.")));
            assert!(refused.message.contains("wss://192.0.2.7:1 and wss://hub.example.org:2"), "{refused}");
            assert!(refused.message.contains(other), "{refused}");
        }
    }

    #[test]
    fn two_addresses_of_one_port_of_this_computer_are_one_gateway() {
        let is_same = |one: &str, other: &str| {
            let here = |address: &GatewayAddress| ["127.0.0.1", "192.168.1.5"].contains(&address.host().as_str());
            is_same(&one.parse().unwrap(), &other.parse().unwrap(), here)
        };
        assert!(is_same("wss://127.0.0.1:9", "wss://192.168.1.5:9"));
        assert!(!is_same("wss://127.0.0.1:9", "wss://192.168.1.5:8"));
        assert!(!is_same("ws://127.0.0.1:9", "wss://192.168.1.5:9"));
        assert!(!is_same("wss://127.0.0.1:9", "wss://192.168.1.6:9"));
    }

    #[test]
    fn an_accepted_certificate_tells_more_than_addresses() {
        let is_of = |address: &str, accepted| is_of(&code(), &address.parse().unwrap(), accepted);
        let (its_own, another) = (Some(HEX.parse().unwrap()), Some(Fingerprint::of(b"another")));
        for (address, accepted) in [("wss://192.0.2.7:1", None), ("wss://192.0.2.7:1", its_own), ("wss://10.0.0.7:1", its_own)] {
            assert_eq!(is_of(address, accepted), Ok(()), "{address}");
        }
        let refused = is_of("wss://192.0.2.7:1", another).unwrap_err();
        assert!(refused.message.contains("wss://192.0.2.7:1") && refused.hint.unwrap().contains("renewed"));
        // In clear, no certificate is looked at.
        for (address, accepted) in [("wss://10.0.0.7:1", None), ("ws://10.0.0.7:1", its_own)] {
            assert!(is_of(address, accepted).unwrap_err().hint.unwrap().contains("shared token"), "{address}");
        }
    }
}
