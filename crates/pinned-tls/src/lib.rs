//! TLS 1.3 to whom a rule recognises by their certificate, and to nobody else.
//!
//! Names, dates and issuers say nothing here: the certificate or its key is the identity, and the handshake's signature
//! proves that the server holds it. What is compared is the [`Recognise`] of the caller.

use std::fmt;
use std::io;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{ClientConfig, Resumption};
use rustls::crypto::{CryptoProvider, ring, verify_tls13_signature};
use rustls::{CertificateError, DigitallySignedStruct, Error, OtherError, PeerIncompatible, SignatureScheme};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};

/// Whom to speak to.
pub trait Recognise: fmt::Debug + Send + Sync + 'static {
    /// Whether this is the certificate of who is meant.
    ///
    /// # Errors
    /// When it cannot be read.
    fn recognises(&self, certificate: &CertificateDer<'_>) -> Result<bool, CertificateError>;
}

/// The server is not who was meant.
#[derive(Debug)]
struct Stranger;

impl fmt::Display for Stranger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the server has another key than the pinned one")
    }
}

impl std::error::Error for Stranger {}

#[derive(Debug)]
struct ByRule<R> {
    rule: R,
    provider: Arc<CryptoProvider>,
}

impl<R: Recognise> ServerCertVerifier for ByRule<R> {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if self.rule.recognises(end_entity)? {
            return Ok(ServerCertVerified::assertion());
        }
        Err(CertificateError::Other(OtherError(Arc::new(Stranger))).into())
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

/// TLS 1.3 and HTTP/1.1. No resumption, so that every connection shows the certificate again.
///
/// # Errors
/// Only if the cryptography provider has no TLS 1.3, which ours has.
pub fn client_config(rule: impl Recognise) -> Result<ClientConfig, Error> {
    client_config_by(Arc::new(ByRule { rule, provider: Arc::new(ring::default_provider()) }))
}

/// The same for a verifier that looks at more than the certificate: at who issued it, for which name and until when.
///
/// # Errors
/// Only if the cryptography provider has no TLS 1.3, which ours has.
pub fn client_config_by(verifier: Arc<dyn ServerCertVerifier>) -> Result<ClientConfig, Error> {
    let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
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
pub fn is_of_tls(error: &io::Error) -> bool {
    tls_error(error).is_some()
}

/// Whether a handshake failed because somebody else answered.
pub fn is_stranger(error: &io::Error) -> bool {
    matches!(tls_error(error), Some(Error::InvalidCertificate(CertificateError::Other(OtherError(other)))) if other.is::<Stranger>())
}
