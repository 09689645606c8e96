//! TLS with the one key that is pinned, and nobody else; or with whoever answers, until he has proved who he is.

use clawpair_core::pin::ServerPin;
use clawpair_pinned_tls::Recognise;
use rustls::CertificateError;
use rustls_pki_types::CertificateDer;
use webpki::EndEntityCert;

/// Whom to speak to.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Trust {
    /// Only who has this key.
    Pinned(ServerPin),
    /// Anybody, and nothing secret is said to him before he has proved that he knows the code.
    Unproven,
}

impl Recognise for Trust {
    fn recognises(&self, certificate: &CertificateDer<'_>) -> Result<bool, CertificateError> {
        let shown = pin_of(certificate).ok_or(CertificateError::BadEncoding)?;
        Ok(match self {
            Self::Pinned(pin) => *pin == shown,
            Self::Unproven => true,
        })
    }
}

/// The pin of a certificate's key.
pub(crate) fn pin_of(certificate: &CertificateDer<'_>) -> Option<ServerPin> {
    let certificate = EndEntityCert::try_from(certificate).ok()?;
    Some(ServerPin::of_spki(&certificate.subject_public_key_info()))
}
