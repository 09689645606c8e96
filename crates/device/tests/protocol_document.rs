//! The golden vectors of `docs/DEVICE-PROTOCOL.md` are the ones the code produces.

use clawpair_core::claim::{ClaimSecret, Description, message, sign};
use clawpair_core::code::PairingCode;
use clawpair_core::dpop;
use clawpair_core::id::PairingId;
use clawpair_core::key::DeviceKey;
use clawpair_core::key_change;
use clawpair_core::link::PairingLink;
use clawpair_core::opaque;
use clawpair_core::pin::ServerPin;
use clawpair_core::request::Comparison;
use ed25519_dalek::SigningKey;
use sha2::{Digest, Sha256};
use uuid::Uuid;

const DOCUMENT: &str = include_str!("../../../docs/DEVICE-PROTOCOL.md");

#[track_caller]
fn documented(value: &str) {
    assert!(DOCUMENT.contains(&format!("`{value}`")), "docs/DEVICE-PROTOCOL.md lacks `{value}`");
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"))
}

/// The first cells of the table under a heading.
fn table(heading: &str) -> Vec<Vec<&'static str>> {
    let (_, section) = DOCUMENT.split_once(&format!("\n{heading}\n")).unwrap_or_else(|| panic!("no heading {heading}"));
    let section = section.split_once("\n#").map_or(section, |(section, _)| section);
    let rows = section.lines().filter(|line| line.starts_with("| `"));
    rows.map(|row| row.trim_matches('|').split('|').map(|cell| cell.trim().trim_matches('`')).collect()).collect()
}

#[test]
fn codes() {
    let vectors = table("### Code vectors");
    assert!(vectors.len() >= 4);
    for row in vectors {
        match row[1] {
            "refused" => assert!(row[0].parse::<PairingCode>().is_err(), "{}", row[0]),
            symbols => assert_eq!(row[0].parse::<PairingCode>().unwrap().symbols(), symbols, "{}", row[0]),
        }
    }
}

/// The document's own recipe, carried out.
fn product(mut a: u8, mut b: u8) -> u8 {
    let mut product = 0;
    while b != 0 {
        if b & 1 != 0 {
            product ^= a;
        }
        b >>= 1;
        a <<= 1;
        if a & 32 != 0 {
            a ^= 0b10_0101;
        }
    }
    product
}

#[test]
fn the_check_symbol_by_hand() {
    let listed = |values: &[u8]| values.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let weights: Vec<u8> = std::iter::successors(Some(1), |&weight| Some(product(weight, 2))).take(12).collect();
    let values =
        "J4K2T8P7N1RG".bytes().map(|symbol| b"0123456789ABCDEFGHJKMNPQRSTVWXYZ".iter().position(|&s| s == symbol).unwrap());
    let values: Vec<u8> = values.map(|value| u8::try_from(value).unwrap()).collect();
    let products: Vec<u8> = values.iter().zip(&weights).map(|(&value, &weight)| product(value, weight)).collect();
    assert_eq!(products.iter().fold(0, |sum, product| sum ^ product), 0);
    for line in [weights, values, products] {
        assert!(DOCUMENT.contains(&listed(&line)), "docs/DEVICE-PROTOCOL.md lacks {}", listed(&line));
    }
}

#[test]
fn links() {
    let vectors = table("### Link vectors");
    assert!(vectors.len() >= 4);
    let pin = ServerPin::from_bytes(*b"0123456789abcdef");
    for row in vectors {
        let link: PairingLink = row[0].parse().unwrap();
        let addresses: Vec<_> = link.addresses().iter().map(ToString::to_string).collect();
        assert_eq!((addresses.join(" "), link.reveal().as_str()), (row[1].to_owned(), row[0]));
        assert_eq!((link.pin(), link.secret().symbols().as_str()), (pin, "3MD1JJ0V39DSNJ0WV5CDS6AX11"));
    }
    documented(&pin.to_string());
}

#[test]
fn the_claim() {
    let key = SigningKey::from_bytes(&[7; 32]);
    let public = DeviceKey::from_bytes(key.verifying_key().as_bytes()).unwrap();
    let secret = ClaimSecret::Code("OCL-J4K2T8P7N1RG".parse().unwrap());
    let description = Description {
        name: "hub".into(),
        device_type: "IoT Gateway".into(),
        platform: "linux x86_64".into(),
        version: "1.0".into(),
    };
    let id = Uuid::from_bytes([5; 16]);
    let signed = message(&[9; 32], &secret, &description, id);
    let mut rest = signed.as_slice();
    for length in [18, 5, 32, 32, 32, 16] {
        let (field, after) = rest.split_at(length);
        documented(&hex(field));
        rest = after;
    }
    assert!(rest.is_empty());
    documented(&hex(&Sha256::digest(&signed)));
    documented(&hex(&sign(&key, &[9; 32], &secret, &description, id)));
    documented(&public.to_string());
    documented(&public.fingerprint());
    documented(&public.thumbprint());
    documented(&id.to_string());
}

#[test]
fn the_typed_code() {
    let code: PairingCode = "OCL-J4K2T8P7N1RG".parse().unwrap();
    documented(&code.locator().symbols());
    documented(code.password().reveal());
    documented(&hex(&opaque::context(&[9; 32], ServerPin::from_bytes(*b"0123456789abcdef"))));
    for bytes in [opaque::REQUEST_BYTES, opaque::RESPONSE_BYTES, opaque::FINALIZATION_BYTES] {
        assert!(DOCUMENT.contains(&format!("{bytes} bytes")), "{bytes}");
    }
}

#[test]
fn the_comparison_number() {
    let key = DeviceKey::from_bytes(SigningKey::from_bytes(&[7; 32]).verifying_key().as_bytes()).unwrap();
    let pairing = PairingId::from_bytes([1; 16]);
    documented(&pairing.to_string());
    documented(&Comparison::of(ServerPin::from_bytes(*b"0123456789abcdef"), &key, pairing).to_string());
}

#[test]
fn the_proof() {
    let target = dpop::Target { method: "GET", url: "https://10.0.0.7:21327/api/v1/device/self", token: Some("t") };
    documented(&dpop::prove(&SigningKey::from_bytes(&[7; 32]), target, "n", "jti-1", 0));
}

#[test]
fn the_pin() {
    // The SubjectPublicKeyInfo of an Ed25519 key of 32 bytes 0x01.
    let mut spki = vec![0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
    spki.extend([1; 32]);
    documented(&hex(&spki));
    documented(&ServerPin::of_spki(&spki).to_string());
}

#[test]
fn every_error_code_is_listed_with_its_status() {
    let listed = table("## Error codes");
    for code in clawpair_api::ErrorCode::ALL {
        let row = listed.iter().find(|row| row[0] == code.as_str()).unwrap_or_else(|| panic!("{} is not listed", code.as_str()));
        assert_eq!(row[1], code.status().to_string(), "{}", code.as_str());
    }
    assert_eq!(listed.len(), clawpair_api::ErrorCode::ALL.len());
}

#[test]
fn the_limits_are_the_codes_limits() {
    for limit in [
        clawpair_core::pairing::REPEAT_MINUTES.to_string(),
        clawpair_core::pairing::DECISION_MINUTES.to_string(),
        clawpair_core::pairing::MAX_WRONG_GUESSES.to_string(),
        clawpair_core::pairing::MAX_TYPED_CODES.to_string(),
        clawpair_core::link::MAX_ADDRESSES.to_string(),
        clawpair_core::link::DEFAULT_PORT.to_string(),
        clawpair_core::claim::MAX_DESCRIPTION_BYTES.to_string(),
        clawpair_core::token_family::ACCESS_MINUTES.to_string(),
        clawpair_core::token_family::REFRESH_DAYS.to_string(),
    ] {
        assert!(table("## Limits").iter().any(|row| row[1] == limit), "{limit} is no limit in the table");
    }
}

#[test]
fn the_change_of_keys() {
    let (old, new) = (SigningKey::from_bytes(&[7; 32]), SigningKey::from_bytes(&[8; 32]));
    let public = |key: &SigningKey| DeviceKey::from_bytes(key.verifying_key().as_bytes()).unwrap();
    let signed = key_change::message(&[9; 32], &public(&old), &public(&new));
    assert_eq!(signed.len(), 115);
    let (context, _) = signed.split_at(19);
    let signature = key_change::sign(&new, &[9; 32], &public(&old), &public(&new));
    let expected = [public(&new).to_string(), hex(context), hex(&Sha256::digest(&signed)), hex(&signature)];
    let missing: Vec<_> = expected.iter().filter(|value| !DOCUMENT.contains(&format!("`{value}`"))).collect();
    assert!(missing.is_empty(), "docs/DEVICE-PROTOCOL.md lacks {missing:#?}");
}
