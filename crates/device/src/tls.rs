//! TLS 1.3 with the one key that is pinned, and nobody else; or with whoever answers, until he has proved who he is.

use std::fmt;
use std::io;
use std::sync::Arc;

use clawpair_core::pin::ServerPin;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{ClientConfig, Resumption};
use rustls::crypto::{CryptoProvider, ring, verify_tls13_signature};
use rustls::{CertificateError, DigitallySignedStruct, Error, OtherError, PeerIncompatible, SignatureScheme};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use webpki::EndEntityCert;

/// The server's key is not the pinned one.
#[derive(Debug)]
struct OtherKey;

impl fmt::Display for OtherKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the server has another key than the pinned one")
    }
}

impl std::error::Error for OtherKey {}

/// Whom to speak to.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Trust {
    /// Only who has this key.
    Pinned(ServerPin),
    /// Anybody, and nothing secret is said to him before he has proved that he knows the code.
    Unproven,
}

/// Judges certificates by their key alone. Names, dates and issuers say nothing here: the key is the identity, and the
/// handshake's signature proves that the server holds it.
#[derive(Debug)]
struct ByKey {
    trust: Trust,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for ByKey {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let shown = pin_of(end_entity).ok_or(CertificateError::BadEncoding)?;
        match self.trust {
            Trust::Pinned(pin) if pin != shown => Err(CertificateError::Other(OtherError(Arc::new(OtherKey))).into()),
            Trust::Pinned(_) | Trust::Unproven => Ok(ServerCertVerified::assertion()),
        }
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _cert: &CertificateDer<'_>,
        _dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(PeerIncompatible::Tls12NotOffered.into())
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// The pin of a certificate's key.
pub(crate) fn pin_of(certificate: &CertificateDer<'_>) -> Option<ServerPin> {
    let certificate = EndEntityCert::try_from(certificate).ok()?;
    Some(ServerPin::of_spki(&certificate.subject_public_key_info()))
}

/// TLS 1.3 and HTTP/1.1. No resumption, so that every connection shows the key again.
///
/// # Errors
/// Only if the cryptography provider has no TLS 1.3, which ours has.
pub(crate) fn client_config(trust: Trust) -> Result<ClientConfig, Error> {
    let provider = Arc::new(ring::default_provider());
    let verifier = Arc::new(ByKey { trust, provider: Arc::clone(&provider) });
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    config.resumption = Resumption::disabled();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

fn tls_error(error: &io::Error) -> Option<&Error> {
    error.get_ref()?.downcast_ref()
}

/// Whether a handshake failed because of what was said, and not because the connection broke.
pub(crate) fn is_of_tls(error: &io::Error) -> bool {
    tls_error(error).is_some()
}

/// Whether a handshake failed because of the pin.
pub(crate) fn is_pin_mismatch(error: &io::Error) -> bool {
    matches!(tls_error(error), Some(Error::InvalidCertificate(CertificateError::Other(OtherError(other)))) if other.is::<OtherKey>())
}
