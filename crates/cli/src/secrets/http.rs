//! Requests to the services that keep secrets, and to those that say who we are.
//!
//! Answers are small, redirections are not followed, since they would take credentials along, and in clear nothing goes further than
//! this computer and the metadata service of the machine it runs on.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use clawpair_core::text::sanitised;
use rustls::crypto::ring;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use serde::de::DeserializeOwned;
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::{Agent, Body};
use url::{Host, Url};
use zeroize::Zeroizing;

use super::Stuck;

/// For a whole call.
const PATIENCE: Duration = Duration::from_secs(15);
/// A machine's own metadata service answers at once, or is not there.
const METADATA_PATIENCE: Duration = Duration::from_secs(3);
/// Largest answer, in bytes. AWS keeps secrets of up to 64 KiB.
const MAX_ANSWER: u64 = 256 * 1_024;
/// Metadata services of the clouds, which speak plain HTTP to their own machine.
const METADATA: [&str; 4] = ["169.254.169.254", "169.254.170.2", "fd00:ec2::254", "metadata.google.internal"];

/// Which way a request goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// Over the network, through the proxy of the environment if there is one.
    Network,
    /// To a metadata service, past every proxy.
    Metadata,
}

/// One request.
pub(super) struct Ask<'a> {
    /// What is being done, for the error.
    pub(super) step: &'a str,
    pub(super) url: Url,
    pub(super) headers: Vec<(String, Zeroizing<String>)>,
    pub(super) way: Way,
    /// Authorities in PEM besides the system's.
    pub(super) authorities: Option<Vec<u8>>,
}

impl<'a> Ask<'a> {
    pub(super) fn new(step: &'a str, url: &str) -> Result<Self, Stuck> {
        let url = Url::parse(url).map_err(|error| Stuck::at(step, format!("the address is none: {error}")))?;
        if url.scheme() != "https" && !(url.scheme() == "http" && may_be_clear(&url)) {
            return Err(Stuck::at(step, format!("{} is not https://, and no secret goes in clear over a network", origin(&url))));
        }
        Ok(Self { step, url, headers: Vec::new(), way: Way::Network, authorities: None })
    }

    pub(super) fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), Zeroizing::new(value.into())));
        self
    }

    /// To a metadata service.
    pub(super) fn past_proxies(self) -> Self {
        Self { way: Way::Metadata, ..self }
    }

    pub(super) fn get(self) -> Result<Answer, Stuck> {
        let request =
            self.headers.iter().fold(self.agent()?.get(self.url.as_str()), |r, (name, value)| r.header(name, value.as_str()));
        self.answered(request.call())
    }

    /// Without a body, as AWS wants it for a metadata token.
    pub(super) fn put(self) -> Result<Answer, Stuck> {
        let request =
            self.headers.iter().fold(self.agent()?.put(self.url.as_str()), |r, (name, value)| r.header(name, value.as_str()));
        self.answered(request.send_empty())
    }

    pub(super) fn post(self, body: &[u8]) -> Result<Answer, Stuck> {
        let request =
            self.headers.iter().fold(self.agent()?.post(self.url.as_str()), |r, (name, value)| r.header(name, value.as_str()));
        self.answered(request.send(body))
    }

    fn agent(&self) -> Result<Agent, Stuck> {
        let mut builder = Agent::config_builder().http_status_as_error(false).max_redirects(0).max_redirects_will_error(false);
        builder = match self.way {
            Way::Network => builder.timeout_global(Some(PATIENCE)),
            Way::Metadata => builder.timeout_global(Some(METADATA_PATIENCE)).proxy(None),
        };
        if self.url.scheme() == "https" {
            builder = builder.tls_config(self.tls()?);
        }
        Ok(builder.build().into())
    }

    fn tls(&self) -> Result<TlsConfig, Stuck> {
        let mut roots: Vec<CertificateDer<'static>> = rustls_native_certs::load_native_certs().certs;
        if let Some(pem) = &self.authorities {
            let own: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
            roots.extend(own.map_err(|error| Stuck::at(self.step, format!("the authorities' file is no PEM: {error}")))?);
        }
        let roots: Vec<Certificate<'static>> = roots.iter().map(|der| Certificate::from_der(der).to_owned()).collect();
        let provider = Arc::new(ring::default_provider());
        Ok(TlsConfig::builder().unversioned_rustls_crypto_provider(provider).root_certs(RootCerts::new_with_certs(&roots)).build())
    }

    fn answered(&self, outcome: Result<ureq::http::Response<Body>, ureq::Error>) -> Result<Answer, Stuck> {
        let lost = |error: ureq::Error| Stuck::at(self.step, format!("{} did not answer: {error}", origin(&self.url)));
        let mut response = outcome.map_err(lost)?;
        let body = response.body_mut().with_config().limit(MAX_ANSWER).read_to_vec().map_err(lost)?;
        Ok(Answer {
            step: self.step.to_owned(),
            from: origin(&self.url),
            status: response.status().as_u16(),
            body: Zeroizing::new(body),
        })
    }
}

/// Scheme, host and port, without path and query.
fn origin(url: &Url) -> String {
    sanitised(&url[..url::Position::BeforePath])
}

fn may_be_clear(url: &Url) -> bool {
    let is_here = |ip: IpAddr| ip.to_canonical().is_loopback();
    let here = match url.host() {
        Some(Host::Ipv4(ip)) => is_here(ip.into()),
        Some(Host::Ipv6(ip)) => is_here(ip.into()),
        Some(Host::Domain(_)) | None => false,
    };
    here || url.host_str().is_some_and(|host| METADATA.contains(&host.trim_matches(['[', ']'])))
}

/// What came back.
pub(super) struct Answer {
    step: String,
    from: String,
    pub(super) status: u16,
    body: Zeroizing<Vec<u8>>,
}

impl Answer {
    /// The answer, if it is a good one; otherwise `fault` may find a word for it, which is shown.
    pub(super) fn good(self, fault: impl FnOnce(u16, &serde_json::Value) -> Option<String>) -> Result<Self, Stuck> {
        if (200..300).contains(&self.status) {
            return Ok(self);
        }
        let said = serde_json::from_slice(&self.body).ok().and_then(|body| fault(self.status, &body)).map(|word| sanitised(&word));
        let said = said.map(|word| format!(" ({word})")).unwrap_or_default();
        Err(Stuck::at(self.step, format!("{} answered with status {}{said}", self.from, self.status)))
    }

    /// What its JSON says.
    pub(super) fn json<T: DeserializeOwned>(&self) -> Result<T, Stuck> {
        // The parser's words may quote what it reads, so they are left out.
        serde_json::from_slice(&self.body)
            .map_err(|_| Stuck::at(&*self.step, format!("{} answered something else than was asked", self.from)))
    }

    /// Its text.
    pub(super) fn text(&self) -> Result<Zeroizing<String>, Stuck> {
        let text =
            std::str::from_utf8(&self.body).map_err(|_| Stuck::at(&*self.step, format!("{} answered no text", self.from)))?;
        Ok(Zeroizing::new(text.trim().to_owned()))
    }
}
