//! Where to connect to a gateway that is added, and by which certificate.

use clawpair_openclaw::address::GatewayAddress;
use clawpair_openclaw::connection::Target;
use clawpair_openclaw::preflight::preflight;
use clawpair_openclaw::setup_code::SetupCode;

use super::Answer;
use crate::addresses::Surroundings;
use crate::platform::openclaw::{Pasted, leads_to, parse_address};
use crate::view::Refusal;

/// Where to connect: as written, or where the setup code says. A setup code vouches for the certificate, because a person got it
/// from the gateway, and for nobody else: it is sent to no address that it does not name.
pub(super) async fn target(address: &str, pasted: &Pasted) -> Answer<Target> {
    let code = match pasted {
        Pasted::Setup(code) => Some(code),
        Pasted::Shared(_) => None,
    };
    let address = match (address.trim(), code) {
        ("", Some(code)) => best_address(code).await,
        ("", None) => {
            let what = "There is no address, and a shared token does not name one.";
            return Err(Refusal::new("gateway_address", what, "Write the gateway's address, such as wss://192.168.1.20:18789."));
        }
        (text, _) => parse_address(text)?,
    };
    if let Some(code) = code {
        let next = "Leave the address empty to add the code's gateway, or make a setup code at the gateway you mean (openclaw qr).";
        leads_to(code, &address, next)?;
    }
    let pin = code.filter(|_| address.tls()).and_then(|code| code.fingerprint());
    Ok(Target { address, pin })
}

/// The first address at which a gateway answers, or the one that the code names first.
async fn best_address(code: &SetupCode) -> GatewayAddress {
    let first = code.addresses()[0].clone();
    if code.addresses().len() == 1 {
        return first;
    }
    let around = Surroundings::now();
    let checked = preflight(code, &|ip| around.is_bridge(ip)).await;
    checked.into_iter().find(|checked| checked.answers.is_ok()).map_or(first, |checked| checked.address)
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::*;

    const HEX: &str = "ecbe5d76aabbccddeeff00112233445566778899aabbccddeeff0011223b1b87";

    fn code() -> Pasted {
        let json = format!(r#"{{"url":"wss://192.0.2.7:1","bootstrapToken":"t","tlsFingerprint":"{HEX}"}}"#);
        Pasted::read(&URL_SAFE_NO_PAD.encode(json)).unwrap()
    }

    #[tokio::test]
    async fn a_code_brings_its_address_and_its_certificate() {
        let its_own = Target { address: "wss://192.0.2.7:1".parse().unwrap(), pin: Some(HEX.parse().unwrap()) };
        assert_eq!(target(" ", &code()).await, Ok(its_own.clone()));
        assert_eq!(target("wss://192.0.2.7:1/", &code()).await, Ok(its_own), "written besides, it is the same");
    }

    #[tokio::test]
    async fn a_code_of_one_gateway_is_not_sent_to_another() {
        let refused = target("wss://192.0.2.8:1", &code()).await.unwrap_err();
        assert_eq!(refused.code, "setup_code_elsewhere");
        assert!(refused.message.contains("wss://192.0.2.7:1") && refused.message.contains("wss://192.0.2.8:1"), "{refused}");
        assert!(refused.hint.unwrap().starts_with("Leave the address empty"));
    }

    #[tokio::test]
    async fn a_shared_token_goes_where_a_person_says() {
        let token = Pasted::read("token").unwrap();
        assert_eq!(target("", &token).await.unwrap_err().code, "gateway_address");
        let there = Target { address: "wss://192.0.2.8:1".parse().unwrap(), pin: None };
        assert_eq!(target("wss://192.0.2.8:1", &token).await, Ok(there));
    }
}
