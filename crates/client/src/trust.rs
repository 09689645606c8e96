//! Which server to believe: the one whose key a person compared, or one that an authority vouches for.

use std::fmt;
use std::io;
use std::sync::Arc;

use clawpair_core::pin::ServerPin;
use clawpair_pinned_tls::{Recognise, client_config, client_config_by};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::ring;
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error, OtherError, RootCertStore, SignatureScheme};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use webpki::EndEntityCert;

/// Whom to speak to. Nothing is sent to anybody else.
#[derive(Clone, Debug)]
pub enum Trust {
    /// Who holds the key that a person compared, whatever its certificate says. Only a person changes this.
    Pinned(ServerPin),
    /// Who has a certificate for the address's name from one of these.
    Authorities(Authorities),
}

/// Authorities that issue certificates.
#[derive(Clone)]
pub struct Authorities(Arc<RootCertStore>);

impl Authorities {
    /// Those of the operating system. Reads files, so it blocks for some milliseconds.
    pub fn of_system() -> Self {
        let found = rustls_native_certs::load_native_certs();
        for error in &found.errors {
            tracing::warn!(%error, "some of the system's certificate authorities cannot be read");
        }
        Self::of(found.certs)
    }

    /// Exactly these; what cannot be read as a certificate is left out.
    pub fn of(certificates: impl IntoIterator<Item = CertificateDer<'static>>) -> Self {
        let mut store = RootCertStore::empty();
        store.add_parsable_certificates(certificates);
        Self(Arc::new(store))
    }
}

impl fmt::Debug for Authorities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Authorities({})", self.0.len())
    }
}

impl Trust {
    /// # Errors
    /// Only if the cryptography provider has no TLS 1.3, which ours has.
    pub(crate) fn client_config(&self) -> Result<ClientConfig, Error> {
        match self {
            Self::Pinned(pin) => client_config(Pinned(*pin)),
            Self::Authorities(authorities) => {
                let provider = Arc::new(ring::default_provider());
                // Without a single authority there is nothing to build, and nobody is believed.
                let chain = WebPkiServerVerifier::builder_with_provider(Arc::clone(&authorities.0), provider).build();
                client_config_by(Arc::new(Vouched { chain: chain.map_err(|error| error.to_string()) }))
            }
        }
    }
}

/// Somebody answers who is not to be believed, and this is their key.
#[derive(Clone, Debug)]
pub(crate) struct Unrecognised {
    pub(crate) shown: ServerPin,
    pub(crate) why: String,
}

impl fmt::Display for Unrecognised {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.why)
    }
}

impl std::error::Error for Unrecognised {}

impl Unrecognised {
    /// What a failed handshake says about it.
    pub(crate) fn of(error: &io::Error) -> Option<&Self> {
        match error.get_ref()?.downcast_ref::<Error>()? {
            Error::InvalidCertificate(CertificateError::Other(OtherError(other))) => other.downcast_ref(),
            _ => None,
        }
    }

    fn as_fault(certificate: &CertificateDer<'_>, why: String) -> CertificateError {
        match pin_of(certificate) {
            Some(shown) => CertificateError::Other(OtherError(Arc::new(Self { shown, why }))),
            None => CertificateError::BadEncoding,
        }
    }
}

/// The pin of a certificate's key.
fn pin_of(certificate: &CertificateDer<'_>) -> Option<ServerPin> {
    let certificate = EndEntityCert::try_from(certificate).ok()?;
    Some(ServerPin::of_spki(&certificate.subject_public_key_info()))
}

#[derive(Debug)]
struct Pinned(ServerPin);

impl Recognise for Pinned {
    fn recognises(&self, certificate: &CertificateDer<'_>) -> Result<bool, CertificateError> {
        if pin_of(certificate) == Some(self.0) {
            return Ok(true);
        }
        Err(Unrecognised::as_fault(certificate, "it has another key".into()))
    }
}

/// Judges as browsers do, and remembers whom it did not believe.
#[derive(Debug)]
struct Vouched {
    chain: Result<Arc<WebPkiServerVerifier>, String>,
}

impl ServerCertVerifier for Vouched {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let judged = match &self.chain {
            Ok(chain) => chain.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now),
            Err(why) => return Err(Unrecognised::as_fault(end_entity, why.clone()).into()),
        };
        judged.map_err(|error| Unrecognised::as_fault(end_entity, error.to_string()).into())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let provider = ring::default_provider().signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, cert, dss, &provider)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let provider = ring::default_provider().signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, cert, dss, &provider)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        ring::default_provider().signature_verification_algorithms.supported_schemes()
    }
}
