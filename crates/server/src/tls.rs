//! The platform's TLS identity, and what a request learns about the connection it came over.

use std::io;
use std::pin::Pin;
use std::sync::Arc;

use axum::Extension;
use axum::middleware::AddExtension;
use axum_server::accept::Accept;
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use clawpair_core::claim::{ChannelBinding, EXPORTER_LABEL};
use clawpair_core::pin::ServerPin;
use rcgen::{CertificateParams, KeyPair, PKCS_ECDSA_P256_SHA256};
use rustls::ServerConfig;
use rustls::sign::CertifiedKey;
use rustls::version::TLS13;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio_rustls::server::TlsStream;
use tower::Layer;
use zeroize::Zeroizing;

use crate::places::{Admission, Place, Places};

/// The key that devices pin and a certificate that carries it.
pub struct Identity {
    key: Zeroizing<Vec<u8>>,
    chain: Vec<CertificateDer<'static>>,
    pin: ServerPin,
    spki: Vec<u8>,
}

/// A key or certificate cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("The platform's TLS key or certificate cannot be used: {0}")]
pub struct IdentityError(String);

fn unusable(error: impl std::fmt::Display) -> IdentityError {
    IdentityError(error.to_string())
}

impl Identity {
    /// A new P-256 key and a self-signed certificate. Devices judge the key alone, so the certificate's names and dates
    /// say nothing.
    ///
    /// # Errors
    /// When the system has no randomness to give.
    pub fn generate() -> Result<Self, IdentityError> {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(unusable)?;
        let certificate =
            CertificateParams::new(["clawpair.local".to_owned()]).map_err(unusable)?.self_signed(&key).map_err(unusable)?;
        Self::from_der(Zeroizing::new(key.serialize_der()), certificate.der().to_vec())
    }

    /// From a PKCS #8 key and a certificate, both DER.
    ///
    /// # Errors
    /// When the key does not parse.
    pub fn from_der(key: Zeroizing<Vec<u8>>, certificate: Vec<u8>) -> Result<Self, IdentityError> {
        Self::of(key, vec![CertificateDer::from(certificate)])
    }

    /// From a certificate chain, the platform's own certificate first, and its key, both PEM.
    ///
    /// # Errors
    /// When one of them does not parse, or the key is of a kind that TLS 1.3 does not use.
    pub fn from_pem(chain: &[u8], key: &[u8]) -> Result<Self, IdentityError> {
        let chain: Vec<_> = CertificateDer::pem_slice_iter(chain).collect::<Result<_, _>>().map_err(unusable)?;
        let key = PrivateKeyDer::from_pem_slice(key).map_err(unusable)?;
        if chain.is_empty() {
            return Err(IdentityError("there is no certificate in the file".into()));
        }
        Self::of(Zeroizing::new(key.secret_der().to_vec()), chain)
    }

    fn of(key: Zeroizing<Vec<u8>>, chain: Vec<CertificateDer<'static>>) -> Result<Self, IdentityError> {
        let signing = PrivateKeyDer::try_from(key.as_slice()).map_err(unusable)?;
        let signing = rustls::crypto::ring::sign::any_supported_type(&signing).map_err(unusable)?;
        let spki = signing.public_key().ok_or_else(|| IdentityError("the key does not tell its public half".into()))?.to_vec();
        CertifiedKey::new(chain.clone(), signing)
            .keys_match()
            .map_err(|_| IdentityError("the key is not the certificate's".into()))?;
        Ok(Self { key, chain, pin: ServerPin::of_spki(&spki), spki })
    }

    /// What devices remember.
    pub const fn pin(&self) -> ServerPin {
        self.pin
    }

    /// The key's DER-encoded `SubjectPublicKeyInfo`.
    pub fn spki_der(&self) -> &[u8] {
        &self.spki
    }

    /// The PKCS #8 key, for keeping in a keyring.
    pub fn key_der(&self) -> &[u8] {
        &self.key
    }

    /// The certificate.
    pub fn certificate_der(&self) -> &[u8] {
        self.chain.first().map_or(&[], |certificate| certificate.as_ref())
    }

    /// TLS 1.3 and HTTP/1.1 only.
    pub(crate) fn server_config(&self) -> Result<ServerConfig, IdentityError> {
        let key = PrivateKeyDer::try_from(self.key.to_vec()).map_err(unusable)?;
        let mut config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_protocol_versions(&[&TLS13])
            .map_err(unusable)?
            .with_no_client_auth()
            .with_single_cert(self.chain.clone(), key)
            .map_err(unusable)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        // Claims are signed over this very connection, so early data of a resumed one is never wanted.
        config.max_early_data_size = 0;
        Ok(config)
    }
}

/// Ends when the listener does that a request came to, whatever it speaks.
#[derive(Clone)]
pub(crate) struct Listening(pub(crate) watch::Receiver<()>);

/// The TLS connection a request came over.
#[derive(Clone)]
pub(crate) struct Connection {
    pub(crate) binding: ChannelBinding,
    /// Ends when the listener does; what outlives its request must end with it.
    pub(crate) listening: watch::Receiver<()>,
    /// Given back when the last who knows the connection forgets it.
    _place: Arc<Place>,
}

/// Shows a renewed certificate on a listener that runs.
pub(crate) struct Renewal(RustlsConfig);

impl Renewal {
    pub(crate) fn show(&self, identity: &Identity) -> Result<(), IdentityError> {
        self.0.reload_from_config(Arc::new(identity.server_config()?));
        Ok(())
    }
}

/// Accepts TLS and tells every request of a connection what it is bound to.
#[derive(Clone)]
pub(crate) struct BindingAcceptor {
    tls: RustlsAcceptor,
    config: RustlsConfig,
    listening: watch::Receiver<()>,
    places: Arc<Places>,
}

impl BindingAcceptor {
    pub(crate) fn new(config: ServerConfig, listening: watch::Receiver<()>, admission: Admission) -> Self {
        let config = RustlsConfig::from_config(Arc::new(config));
        let places = Places::new(admission);
        Self { tls: RustlsAcceptor::new(config.clone()), config, listening, places }
    }

    /// The way to show another certificate later.
    pub(crate) fn renewal(&self) -> Renewal {
        Renewal(self.config.clone())
    }
}

impl<S: Send + 'static> Accept<TcpStream, S> for BindingAcceptor {
    type Stream = TlsStream<TcpStream>;
    type Service = AddExtension<S, Connection>;
    type Future = Pin<Box<dyn Future<Output = io::Result<(Self::Stream, Self::Service)>> + Send>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        // Whoever has gone already leaves no address, and needs no place.
        let place = stream.peer_addr().map(|peer| self.places.take(Some(peer.ip())));
        let (accepting, listening) = (self.tls.accept(stream, service), self.listening.clone());
        Box::pin(async move {
            let place = Arc::new(place?.ok_or_else(|| io::Error::other("too many connections"))?);
            let (stream, service) = accepting.await?;
            let binding =
                stream.get_ref().1.export_keying_material([0; 32], EXPORTER_LABEL, Some(&[])).map_err(io::Error::other)?;
            Ok((stream, Extension(Connection { binding, listening, _place: place }).layer(service)))
        })
    }
}
