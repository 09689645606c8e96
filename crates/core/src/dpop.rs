//! Proof of possession for every call of a paired device (RFC 9449): a JWT signed with the device's own key.
//!
//! Only what our devices use is accepted: `EdDSA` over Ed25519, the key in the header, a server-chosen nonce for
//! freshness. Devices often have no clock to trust, so `iat` is not judged; the nonce is.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as B64;
use ed25519_dalek::{Signer, SigningKey};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::key::DeviceKey;

/// Longest proof that is looked at, in bytes.
const MAX_PROOF: usize = 2_048;

#[derive(Serialize, Deserialize)]
struct Header {
    typ: String,
    alg: String,
    jwk: Jwk,
}

#[derive(Serialize, Deserialize)]
struct Jwk {
    kty: String,
    crv: String,
    x: String,
}

#[derive(Serialize, Deserialize)]
struct Claims {
    jti: String,
    htm: String,
    htu: String,
    iat: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ath: Option<String>,
    #[serde(default)]
    nonce: String,
}

/// The request a proof is for.
#[derive(Clone, Copy, Debug)]
pub struct Target<'a> {
    /// HTTP method, upper case.
    pub method: &'a str,
    /// `https://host:port/path`, without query and fragment.
    pub url: &'a str,
    /// The access token of the same request; none where the request asks for one.
    pub token: Option<&'a str>,
}

/// A proof that fits its request.
#[derive(Clone, Debug)]
pub struct Proof {
    /// The key that made it.
    pub key: DeviceKey,
    /// The proof's own name, for refusing a replay.
    pub jti: String,
}

/// Why a proof was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DpopError {
    /// Not a proof at all, or of a kind that is not accepted.
    #[error("The DPoP proof is not a JWT of type dpop+jwt signed with EdDSA over Ed25519.")]
    Malformed,
    /// The signature does not fit the key in the header.
    #[error("The DPoP proof's signature does not fit its key.")]
    BadSignature,
    /// Made for another method, address or token.
    #[error("The DPoP proof was made for another request.")]
    OtherRequest,
    /// The nonce is missing or no longer current.
    #[error("The DPoP proof needs the nonce of this answer's DPoP-Nonce header.")]
    UseNonce,
}

fn token_hash(token: &str) -> String {
    B64.encode(Sha256::digest(token.as_bytes()))
}

/// Makes a proof; the device's side.
///
/// # Panics
/// Never: the claims are plain strings.
pub fn prove(key: &SigningKey, target: Target<'_>, nonce: &str, jti: &str, issued_at_seconds: i64) -> String {
    let jwk = Jwk { kty: "OKP".into(), crv: "Ed25519".into(), x: B64.encode(key.verifying_key().as_bytes()) };
    let header = Header { typ: "dpop+jwt".into(), alg: "EdDSA".into(), jwk };
    let claims = Claims {
        jti: jti.into(),
        htm: target.method.into(),
        htu: target.url.into(),
        iat: issued_at_seconds,
        ath: target.token.map(token_hash),
        nonce: nonce.into(),
    };
    let encode = |json: Result<Vec<u8>, serde_json::Error>| B64.encode(json.expect("strings serialise"));
    let signed = format!("{}.{}", encode(serde_json::to_vec(&header)), encode(serde_json::to_vec(&claims)));
    let signature = key.sign(signed.as_bytes()).to_bytes();
    format!("{signed}.{}", B64.encode(signature))
}

/// Checks a proof against the request it came with. `nonces` are the ones accepted now.
///
/// # Errors
/// The first thing that does not hold.
pub fn verify(proof: &str, target: Target<'_>, nonces: &[String]) -> Result<Proof, DpopError> {
    let malformed = DpopError::Malformed;
    if proof.len() > MAX_PROOF {
        return Err(malformed);
    }
    let (signed, signature) = proof.rsplit_once('.').ok_or(malformed)?;
    let (header, claims) = signed.split_once('.').ok_or(malformed)?;
    let header: Header = serde_json::from_slice(&B64.decode(header).map_err(|_| malformed)?).map_err(|_| malformed)?;
    let claims: Claims = serde_json::from_slice(&B64.decode(claims).map_err(|_| malformed)?).map_err(|_| malformed)?;
    if (header.typ.as_str(), header.alg.as_str(), header.jwk.kty.as_str(), header.jwk.crv.as_str())
        != ("dpop+jwt", "EdDSA", "OKP", "Ed25519")
        || claims.jti.is_empty()
        || claims.jti.len() > 64
    {
        return Err(malformed);
    }
    let key: DeviceKey = header.jwk.x.parse().map_err(|_| malformed)?;
    let signature: [u8; 64] = B64.decode(signature).ok().and_then(|s| s.try_into().ok()).ok_or(malformed)?;
    key.verify(signed.as_bytes(), &signature).map_err(|_| DpopError::BadSignature)?;
    if claims.htm != target.method || claims.htu != target.url || claims.ath != target.token.map(token_hash) {
        return Err(DpopError::OtherRequest);
    }
    if !nonces.contains(&claims.nonce) {
        return Err(DpopError::UseNonce);
    }
    Ok(Proof { key, jti: claims.jti })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TARGET: Target<'_> = Target { method: "GET", url: "https://10.0.0.7:21327/api/v1/device/self", token: Some("t") };

    fn proof(nonce: &str) -> String {
        prove(&SigningKey::from_bytes(&[7; 32]), TARGET, nonce, "jti-1", 0)
    }

    #[test]
    fn a_proof_fits_its_request_only() {
        let nonces = ["n".to_owned()];
        assert_eq!(verify(&proof("n"), TARGET, &nonces).unwrap().jti, "jti-1");
        assert_eq!(verify(&proof("old"), TARGET, &nonces).unwrap_err(), DpopError::UseNonce);
        for other in [
            Target { method: "POST", ..TARGET },
            Target { url: "https://x/", ..TARGET },
            Target { token: Some("u"), ..TARGET },
            Target { token: None, ..TARGET },
        ] {
            assert_eq!(verify(&proof("n"), other, &nonces).unwrap_err(), DpopError::OtherRequest);
        }
    }

    #[test]
    fn a_changed_proof_is_refused() {
        let good = proof("n");
        let (signed, _) = good.rsplit_once('.').unwrap();
        let forged = format!("{signed}.{}", B64.encode([0; 64]));
        assert_eq!(verify(&forged, TARGET, &["n".to_owned()]).unwrap_err(), DpopError::BadSignature);
        for text in ["", "a.b.c", "..", &"x".repeat(10_000)] {
            assert_eq!(verify(text, TARGET, &[]).unwrap_err(), DpopError::Malformed);
        }
    }
}
