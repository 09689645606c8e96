//! The second factor: time-based codes (RFC 6238), whose secret rests sealed.

use clawpair_api::ErrorCode;
use clawpair_core::Timestamp;
use clawpair_core::id::MemberId;
use clawpair_core::member::Member;
use clawpair_core::rng::{self, Rng};
use clawpair_core::secret::{Pepper, Purpose};
use clawpair_core::store::SealedTotp;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use totp_rs::{Builder, Secret as TotpSecret, Totp};

use crate::error::Refusal;

/// 160 bits, as RFC 4226 §4 recommends.
const SECRET: usize = 20;
const ISSUER: &str = "Clawpair";

/// One member's authenticator: six digits that change every 30 seconds, one step either way accepted.
pub(crate) struct Authenticator(Totp);

impl Authenticator {
    /// With a new secret.
    pub(crate) fn propose(member: &Member, rng: &dyn Rng) -> Result<Self, Refusal> {
        Self::of(TotpSecret::from(rng::bytes::<SECRET>(rng)), Some(member))
    }

    /// From a secret that came back in base32.
    ///
    /// # Errors
    /// A refusal that says what is wrong with it.
    pub(crate) fn parse(secret: &str) -> Result<Self, Refusal> {
        let unfit = || Refusal::new(ErrorCode::InvalidRequest, "This is no secret that was proposed; ask for a new proposal.");
        let secret = TotpSecret::try_from_base32(secret).ok().filter(|secret| secret.as_ref().len() == SECRET).ok_or_else(unfit)?;
        Self::of(secret, None)
    }

    fn of(secret: TotpSecret, member: Option<&Member>) -> Result<Self, Refusal> {
        // A colon would end the account's name in the link.
        let account = member.map(|member| member.name.as_str().replace(':', " ")).unwrap_or_default();
        let totp = Builder::new().with_secret(secret).with_issuer(Some(ISSUER)).with_account_name(account).build();
        totp.map(Self).map_err(|error| fault(&error))
    }

    /// The secret in base32, for typing.
    pub(crate) fn secret(&self) -> String {
        self.0.secret().to_base32()
    }

    /// The link for a QR picture.
    pub(crate) fn uri(&self) -> Result<String, Refusal> {
        self.0.to_url().map_err(|error| fault(&error))
    }

    /// The time step a code is right for. Whoever takes it must spend the step.
    pub(crate) fn step_of(&self, code: &str, now: Timestamp) -> Option<u64> {
        let code: String = code.chars().take(16).filter(|c| !c.is_whitespace()).collect();
        self.0.check(&code, now.as_millis().max(0).unsigned_abs() / 1_000)
    }

    /// Sealed for resting, for one member only.
    pub(crate) fn seal(&self, pepper: &Pepper, member: MemberId, rng: &dyn Rng) -> Result<SealedTotp, Refusal> {
        let nonce = rng::bytes::<NONCE_LEN>(rng);
        let mut sealed = self.0.secret().as_ref().to_vec();
        key(pepper)?
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(member.as_bytes()), &mut sealed)
            .map_err(|error| fault(&error))?;
        Ok(SealedTotp([&nonce[..], &sealed].concat()))
    }

    /// What was sealed for a member.
    ///
    /// # Errors
    /// When it was sealed for another one or under another pepper.
    pub(crate) fn open(sealed: &SealedTotp, pepper: &Pepper, member: MemberId) -> Result<Self, Refusal> {
        let (nonce, sealed) = sealed.0.split_first_chunk::<NONCE_LEN>().ok_or_else(|| fault(&"too short"))?;
        let mut sealed = sealed.to_vec();
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let secret = key(pepper)?.open_in_place(nonce, Aad::from(member.as_bytes()), &mut sealed).map_err(|error| fault(&error))?;
        Self::of(TotpSecret::from(&*secret), None)
    }
}

fn key(pepper: &Pepper) -> Result<LessSafeKey, Refusal> {
    let key = pepper.hash(Purpose::TotpSeal, b"");
    UnboundKey::new(&CHACHA20_POLY1305, key.as_bytes()).map(LessSafeKey::new).map_err(|error| fault(&error))
}

fn fault(error: &dyn std::fmt::Display) -> Refusal {
    tracing::error!(%error, "a second factor could not be used");
    Refusal::new(ErrorCode::Internal, "The platform could not work with this second factor.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use clawpair_core::rng::SystemRng;

    /// RFC 6238, appendix B, the SHA-1 rows; six of their eight digits.
    #[test]
    fn codes_are_those_of_the_rfc() {
        let authenticator = Authenticator::of(TotpSecret::from(*b"12345678901234567890"), None).unwrap();
        for (seconds, code) in [(59, "287082"), (1_111_111_109, "081804"), (2_000_000_000, "279037")] {
            let at = Timestamp::from_millis(seconds * 1_000);
            assert_eq!(authenticator.step_of(code, at), Some(seconds.unsigned_abs() / 30));
            assert!(authenticator.step_of(code, at.plus_seconds(30)).is_some());
            assert_eq!(authenticator.step_of(code, at.plus_seconds(90)), None);
        }
    }

    #[test]
    fn a_sealed_secret_opens_for_its_member_and_pepper_only() {
        let (pepper, member) = (Pepper::from_bytes([1; 32]), MemberId::from_bytes([2; 16]));
        let authenticator = Authenticator::of(TotpSecret::from([3; 20]), None).unwrap();
        let sealed = authenticator.seal(&pepper, member, &SystemRng).unwrap();
        assert!(!sealed.0.windows(20).any(|bytes| bytes == [3; 20]));
        assert_eq!(Authenticator::open(&sealed, &pepper, member).unwrap().secret(), authenticator.secret());
        assert!(Authenticator::open(&sealed, &pepper, MemberId::from_bytes([4; 16])).is_err());
        assert!(Authenticator::open(&sealed, &Pepper::from_bytes([5; 32]), member).is_err());
    }
}
