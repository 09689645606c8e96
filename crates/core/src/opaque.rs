//! OPAQUE (RFC 9807): how a device that was told a code, and knows nothing else of its platform, finds out that whoever
//! answers knows the code too and that nobody is in between.
//!
//! ristretto255 and SHA-512, 3DH, no key stretching: five guesses per code are all anybody gets, and a stolen record is
//! useless without keys that are not in the database. The *context* names the TLS connection and the platform's key as
//! each side sees them, so whoever stands in the middle has another one and fails.
//!
//! Whoever starts learns from the answer alone whether his guess was right. So the start is what counts as a guess, and
//! only a finish takes it back.

use opaque_ke::ksf::Identity;
use opaque_ke::rand::{self, CryptoRng, RngCore};
use opaque_ke::{
    CipherSuite, ClientLogin, ClientLoginFinishParameters, ClientRegistration, ClientRegistrationFinishParameters,
    CredentialFinalization, CredentialRequest, CredentialResponse, Identifiers, Ristretto255, ServerLogin, ServerLoginParameters,
    ServerRegistration, ServerSetup, TripleDh,
};
use sha2_opaque::Sha512;

use crate::claim::ChannelBinding;
use crate::code::PairingCode;
use crate::pin::ServerPin;
use crate::rng::Rng;
use crate::secret::{KeyedHash, Pepper, Purpose};

const CONTEXT: &[u8] = b"clawpair-opaque-v1\0";
/// Length of the device's first message (KE1), in bytes.
pub const REQUEST_BYTES: usize = 96;
/// Length of the platform's answer (KE2), in bytes.
pub const RESPONSE_BYTES: usize = 320;
/// Length of the device's second message (KE3), in bytes.
pub const FINALIZATION_BYTES: usize = 64;

struct Suite;

impl CipherSuite for Suite {
    type OprfCs = Ristretto255;
    type KeyExchange = TripleDh<Ristretto255, Sha512>;
    type Ksf = Identity;
}

/// The exchange did not come to a good end: another code, another context, or no message of this protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the two sides do not know the same code over the same connection")]
pub struct NotProven;

/// What both sides must see alike: a label, the connection's exporter, and the platform's pin.
pub fn context(binding: &ChannelBinding, pin: ServerPin) -> Vec<u8> {
    [CONTEXT, binding, pin.as_bytes()].concat()
}

/// The platform's side.
pub struct Opaque {
    setup: ServerSetup<Suite>,
    pepper: Pepper,
}

impl Opaque {
    /// The keys follow from the pepper, so they are kept where it is and not in the database.
    pub fn new(pepper: &Pepper) -> Self {
        Self { setup: ServerSetup::new(&mut Derived::from(pepper)), pepper: pepper.clone() }
    }

    /// The record of a new code, to be stored beside it. `credential` names the code for ever: an OPRF key that is used
    /// for a later code too would let guesses be tried before there is anything to charge them to.
    ///
    /// # Errors
    /// Never with a password of eight symbols.
    pub fn register(&self, code: &PairingCode, credential: &[u8], rng: &dyn Rng) -> Result<Vec<u8>, NotProven> {
        let (mut rng, password) = (Random(rng), code.password());
        let password = password.reveal().as_bytes();
        let asked = ClientRegistration::<Suite>::start(&mut rng, password).map_err(|_| NotProven)?;
        let answered = ServerRegistration::start(&self.setup, asked.message, credential).map_err(|_| NotProven)?;
        let parameters = ClientRegistrationFinishParameters::default();
        let done = asked.state.finish(&mut rng, password, answered.message, parameters).map_err(|_| NotProven)?;
        Ok(ServerRegistration::finish(done.message).serialize().to_vec())
    }

    /// What stands for the credential where there is no code: the same for the same locator for some time, as with a code.
    pub fn nobody(&self, locator: u16, period: i64) -> KeyedHash {
        let named = [b"nobody".as_slice(), &locator.to_be_bytes(), &period.to_be_bytes()].concat();
        self.pepper.hash(Purpose::Opaque, &named)
    }

    /// Answers a device. Without a record the answer looks the same and no finish will fit it.
    ///
    /// # Errors
    /// [`NotProven`] for bytes that are no first message.
    pub fn start(
        &self,
        record: Option<&[u8]>,
        credential: &[u8],
        request: &[u8],
        context: Vec<u8>,
        rng: &dyn Rng,
    ) -> Result<(Login, Vec<u8>), NotProven> {
        let record = record.map(ServerRegistration::<Suite>::deserialize).transpose().map_err(|_| NotProven)?;
        let request = CredentialRequest::deserialize(request).map_err(|_| NotProven)?;
        let parameters = ServerLoginParameters { context: Some(&context), identifiers: Identifiers::default() };
        let started = ServerLogin::start(&mut Random(rng), &self.setup, record, request, credential, parameters);
        let started = started.map_err(|_| NotProven)?;
        let answer = started.message.serialize().to_vec();
        Ok((Login { state: started.state, context }, answer))
    }
}

impl std::fmt::Debug for Opaque {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Opaque(***)")
    }
}

/// A device that was answered and has to finish.
pub struct Login {
    state: ServerLogin<Suite>,
    context: Vec<u8>,
}

impl Login {
    /// Whether the device knew the code, over the same connection.
    ///
    /// # Errors
    /// [`NotProven`] when it did not.
    pub fn finish(self, finalization: &[u8]) -> Result<(), NotProven> {
        let message = CredentialFinalization::deserialize(finalization).map_err(|_| NotProven)?;
        let parameters = ServerLoginParameters { context: Some(&self.context), identifiers: Identifiers::default() };
        self.state.finish(message, parameters).map(drop).map_err(|_| NotProven)
    }
}

/// The device's side.
pub struct Prover<'a> {
    state: ClientLogin<Suite>,
    code: &'a PairingCode,
}

impl<'a> Prover<'a> {
    /// Begins; the bytes are for the platform and say nothing about the code.
    ///
    /// # Errors
    /// Never with a password of eight symbols.
    pub fn start(code: &'a PairingCode, rng: &dyn Rng) -> Result<(Self, Vec<u8>), NotProven> {
        let started = ClientLogin::<Suite>::start(&mut Random(rng), code.password().reveal().as_bytes()).map_err(|_| NotProven)?;
        Ok((Self { state: started.state, code }, started.message.serialize().to_vec()))
    }

    /// Whether whoever answered knows the code and sees the same connection and key. The bytes are for the platform.
    ///
    /// # Errors
    /// [`NotProven`] when not; then nothing may be sent any more.
    pub fn finish(self, response: &[u8], context: &[u8], rng: &dyn Rng) -> Result<Vec<u8>, NotProven> {
        let response = CredentialResponse::deserialize(response).map_err(|_| NotProven)?;
        let parameters = ClientLoginFinishParameters { context: Some(context), ..ClientLoginFinishParameters::default() };
        let password = self.code.password();
        let finished = self.state.finish(&mut Random(rng), password.reveal().as_bytes(), response, parameters);
        Ok(finished.map_err(|_| NotProven)?.message.serialize().to_vec())
    }
}

/// Our randomness as `opaque-ke` takes it.
struct Random<'a>(&'a dyn Rng);

impl RngCore for Random<'_> {
    fn next_u32(&mut self) -> u32 {
        u32::from_le_bytes(crate::rng::bytes(self.0))
    }

    fn next_u64(&mut self) -> u64 {
        u64::from_le_bytes(crate::rng::bytes(self.0))
    }

    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        self.0.fill(bytes);
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), rand::Error> {
        self.0.fill(bytes);
        Ok(())
    }
}

impl CryptoRng for Random<'_> {}

/// Bytes that follow from the pepper: HMAC over a counter.
struct Derived {
    pepper: Pepper,
    blocks: u64,
}

impl From<&Pepper> for Derived {
    fn from(pepper: &Pepper) -> Self {
        Self { pepper: pepper.clone(), blocks: 0 }
    }
}

impl RngCore for Derived {
    fn next_u32(&mut self) -> u32 {
        let mut bytes = [0; 4];
        self.fill_bytes(&mut bytes);
        u32::from_le_bytes(bytes)
    }

    fn next_u64(&mut self) -> u64 {
        let mut bytes = [0; 8];
        self.fill_bytes(&mut bytes);
        u64::from_le_bytes(bytes)
    }

    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(32) {
            let block = self.pepper.hash(Purpose::Opaque, &[b"keys".as_slice(), &self.blocks.to_be_bytes()].concat());
            chunk.copy_from_slice(&block.as_bytes()[..chunk.len()]);
            self.blocks += 1;
        }
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), rand::Error> {
        self.fill_bytes(bytes);
        Ok(())
    }
}

impl CryptoRng for Derived {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::SystemRng;

    const PIN: ServerPin = ServerPin::from_bytes([3; 16]);

    fn code(text: &str) -> PairingCode {
        text.parse().unwrap()
    }

    fn exchange(record: Option<&[u8]>, typed: &PairingCode, at_platform: &[u8], at_device: &[u8]) -> Result<(), NotProven> {
        let platform = Opaque::new(&Pepper::from_bytes([1; 32]));
        let (prover, request) = Prover::start(typed, &SystemRng)?;
        let (login, response) = platform.start(record, b"pairing", &request, at_platform.to_vec(), &SystemRng)?;
        assert_eq!((request.len(), response.len()), (REQUEST_BYTES, RESPONSE_BYTES));
        let finalization = prover.finish(&response, at_device, &SystemRng)?;
        assert_eq!(finalization.len(), FINALIZATION_BYTES);
        login.finish(&finalization)
    }

    fn record() -> Vec<u8> {
        // The keys are the pepper's, so a platform that was started anew knows its codes.
        Opaque::new(&Pepper::from_bytes([1; 32])).register(&code("J4K2T8P7N1RG"), b"pairing", &SystemRng).unwrap()
    }

    #[test]
    fn who_knows_the_code_over_the_same_connection_convinces_the_other() {
        let context = context(&[9; 32], PIN);
        assert_eq!(exchange(Some(&record()), &code("J4K2T8P7N1RG"), &context, &context), Ok(()));
    }

    #[test]
    fn another_code_connection_or_key_and_no_code_at_all_convince_nobody() {
        let (same, code_) = (context(&[9; 32], PIN), code("J4K2T8P7N1RG"));
        let others = [context(&[8; 32], PIN), context(&[9; 32], ServerPin::from_bytes([4; 16]))];
        for other in others {
            assert_eq!(exchange(Some(&record()), &code_, &same, &other), Err(NotProven));
        }
        assert_eq!(exchange(Some(&record()), &code("000000000000"), &same, &same), Err(NotProven));
        assert_eq!(exchange(None, &code_, &same, &same), Err(NotProven));
    }

    #[test]
    fn a_finish_that_was_not_computed_fits_nothing() {
        let platform = Opaque::new(&Pepper::from_bytes([1; 32]));
        let (_, request) = Prover::start(&code("000000000000"), &SystemRng).unwrap();
        for finalization in [vec![0; FINALIZATION_BYTES], Vec::new(), vec![7; 1_000]] {
            let (login, _) = platform.start(None, b"pairing", &request, Vec::new(), &SystemRng).unwrap();
            assert_eq!(login.finish(&finalization), Err(NotProven));
        }
        for request in [vec![0; REQUEST_BYTES], Vec::new(), vec![7; 1_000]] {
            assert!(platform.start(None, b"pairing", &request, Vec::new(), &SystemRng).is_err());
        }
    }

    #[test]
    fn a_locator_without_a_code_looks_the_same_for_a_while() {
        let platform = Opaque::new(&Pepper::from_bytes([1; 32]));
        assert_eq!(platform.nobody(5, 1), platform.nobody(5, 1));
        assert_ne!(platform.nobody(5, 1), platform.nobody(6, 1));
        assert_ne!(platform.nobody(5, 1), platform.nobody(5, 2));
    }
}
