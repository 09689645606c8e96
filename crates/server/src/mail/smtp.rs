//! SMTP (RFC 5321) over TLS.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;
use std::time::{Duration, UNIX_EPOCH};

use async_trait::async_trait;
use clawpair_core::mail::MailFault;
use clawpair_core::secret::Secret;
use lettre::message::header::{ContentType, Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, CertificateStore, Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use url::{Host, Url};

use super::{Mail, Mailer, NotSent};

/// How long a mail server may take for one step.
const PATIENCE: Duration = Duration::from_secs(20);
/// The reply to a refused sign-in, and those that ask for one (RFC 4954 §6): our settings are at fault and not the mail.
const OF_OUR_SETTINGS: [u16; 4] = [530, 534, 535, 538];

/// A text names no mail server.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SmtpUrlError {
    /// Not of the form.
    #[error("“{0}” is no mail server; write smtps://USER@HOST:465, or smtp://USER@HOST:587 for one that begins TLS by STARTTLS.")]
    Form(String),
    /// With a password in it.
    #[error(
        "A password on the command line or in a file of settings is read by others; put it into a file of its own and name that with --smtp-password-file."
    )]
    Password,
}

/// Where mail is handed over, and how that is kept from others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SmtpUrl {
    host: String,
    port: u16,
    user: Option<String>,
    protection: Protection,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Protection {
    /// TLS from the first byte (RFC 8314).
    Tls,
    /// TLS after STARTTLS, without which nothing is sent.
    StartTls,
    /// None: it never leaves this computer.
    Loopback,
}

impl SmtpUrl {
    /// Who signs in there, if anybody does.
    pub fn user(&self) -> Option<&str> {
        self.user.as_deref()
    }
}

impl FromStr for SmtpUrl {
    type Err = SmtpUrlError;

    fn from_str(text: &str) -> Result<Self, SmtpUrlError> {
        let url = Url::parse(text.trim());
        if url.as_ref().is_ok_and(|url| url.password().is_some()) {
            return Err(SmtpUrlError::Password);
        }
        let wrong = || SmtpUrlError::Form(clawpair_core::text::sanitised(text));
        let url = url.map_err(|_| wrong())?;
        // For schemes that it does not know, the parser leaves an IPv4 address as a name.
        let host = match url.host().ok_or_else(wrong)? {
            Host::Domain(name) => name.to_ascii_lowercase(),
            Host::Ipv4(ip) => ip.to_string(),
            Host::Ipv6(ip) => ip.to_string(),
        };
        let is_loopback = host == "localhost" || host.parse().is_ok_and(|ip: IpAddr| ip.is_loopback());
        let (protection, port) = match url.scheme() {
            "smtps" => (Protection::Tls, 465),
            "smtp" if is_loopback => (Protection::Loopback, 25),
            "smtp" => (Protection::StartTls, 587),
            _ => return Err(wrong()),
        };
        if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() || host.is_empty() {
            return Err(wrong());
        }
        let user = percent_decoded(url.username()).ok_or_else(wrong)?;
        let user = (!user.is_empty()).then_some(user);
        Ok(Self { host, port: url.port().unwrap_or(port), user, protection })
    }
}

/// Users are often addresses, so their `@` may be written `%40`.
fn percent_decoded(text: &str) -> Option<String> {
    let decoded = percent_encoding::percent_decode_str(text).decode_utf8().ok()?;
    (!decoded.chars().any(char::is_control)).then(|| decoded.into_owned())
}

impl fmt::Display for SmtpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.protection == Protection::Tls { "smtps" } else { "smtp" };
        write!(f, "{scheme}://")?;
        if let Some(user) = &self.user {
            write!(f, "{}@", percent_encoding::utf8_percent_encode(user, percent_encoding::NON_ALPHANUMERIC))?;
        }
        if self.host.contains(':') {
            write!(f, "[{}]", self.host)?;
        } else {
            f.write_str(&self.host)?;
        }
        write!(f, ":{}", self.port)
    }
}

/// What it takes to hand mail over.
pub struct SmtpSettings {
    /// Where.
    pub url: SmtpUrl,
    /// The password of the URL's user.
    pub password: Option<Secret>,
    /// Whom mails are from: `hub@example.org` or `Clawpair <hub@example.org>`.
    pub from: String,
    /// Authorities to trust in the place of the system's, in PEM.
    pub authorities: Option<Vec<u8>>,
    /// The name to greet the mail server with.
    pub own_name: String,
}

/// Hands mails over to one mail server, on a connection each: there are few.
pub struct SmtpMailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl SmtpMailer {
    /// Nothing is connected yet.
    ///
    /// # Errors
    /// A sentence about the setting that cannot be used.
    pub fn new(settings: SmtpSettings) -> Result<Self, String> {
        let SmtpSettings { url, password, from, authorities, own_name } = settings;
        let from = from.parse::<Mailbox>().map_err(|_| {
            format!(
                "“{}” is no sender; write an address, or a name and an address in angle brackets.",
                clawpair_core::text::sanitised(&from)
            )
        })?;
        let tls = match url.protection {
            Protection::Loopback => Tls::None,
            Protection::Tls => Tls::Wrapper(parameters(&url.host, authorities.as_deref())?),
            Protection::StartTls => Tls::Required(parameters(&url.host, authorities.as_deref())?),
        };
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(url.host)
            .port(url.port)
            .tls(tls)
            .timeout(Some(PATIENCE))
            .hello_name(ClientId::Domain(own_name));
        match (url.user, password) {
            (Some(user), Some(password)) => {
                builder = builder.credentials(Credentials::new(user, password.reveal().to_owned()));
            }
            (None, None) => {}
            (Some(user), None) => {
                return Err(format!(
                    "The mail server's user {user} needs a password: name a file with it by --smtp-password-file."
                ));
            }
            (None, Some(_)) => {
                return Err("There is a password for the mail server and no user: write smtps://USER@HOST.".to_owned());
            }
        }
        Ok(Self { transport: builder.build(), from })
    }

    fn message(&self, mail: &Mail) -> Result<Message, String> {
        let address: Address = mail.to.as_str().parse().map_err(|error| format!("This address cannot be written to: {error}."))?;
        let domain = self.from.email.domain();
        Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(Some(mail.name.to_string()), address))
            .subject(mail.subject)
            .date(UNIX_EPOCH + Duration::from_millis(mail.at.as_millis().max(0).unsigned_abs()))
            .message_id(Some(format!("<{}@{domain}>", mail.id)))
            .header(AutoSubmitted)
            .header(ContentType::TEXT_PLAIN)
            .body(mail.text.reveal().to_owned())
            .map_err(|error| format!("The mail cannot be written: {error}."))
    }
}

fn parameters(host: &str, authorities: Option<&[u8]>) -> Result<TlsParameters, String> {
    let mut builder = TlsParameters::builder(host.to_owned());
    if let Some(pem) = authorities {
        let certificates: Vec<Certificate> = rustls_pki_types::pem::PemObject::pem_slice_iter(pem)
            .map(|der: Result<rustls_pki_types::CertificateDer<'_>, _>| {
                der.map_err(|error| error.to_string())
                    .and_then(|der| Certificate::from_der(der.to_vec()).map_err(|error| error.to_string()))
            })
            .collect::<Result<_, _>>()
            .map_err(|error| format!("The mail server's authorities cannot be used: {error}."))?;
        if certificates.is_empty() {
            return Err("The file of the mail server's authorities holds no certificate.".to_owned());
        }
        builder = builder.certificate_store(CertificateStore::None);
        builder =
            certificates.into_iter().fold(builder, lettre::transport::smtp::client::TlsParametersBuilder::add_root_certificate);
    }
    builder.build_rustls().map_err(|error| format!("TLS to the mail server cannot be set up: {error}."))
}

#[async_trait]
impl Mailer for SmtpMailer {
    async fn send(&self, mail: &Mail) -> Result<(), NotSent> {
        let message = self.message(mail).map_err(|error| NotSent::Ever(MailFault::new(&error)))?;
        self.transport.send(message).await.map(drop).map_err(|error| not_sent(&error))
    }
}

/// What to say of a failure, and whether it may pass.
fn not_sent(error: &lettre::transport::smtp::Error) -> NotSent {
    let status = error.status().map(u16::from);
    let said = std::error::Error::source(error).map(|source| format!(": {source}")).unwrap_or_default();
    match status {
        Some(status) if OF_OUR_SETTINGS.contains(&status) => {
            NotSent::Yet(MailFault::new(&format!("The mail server does not let this platform in ({status}){said}")))
        }
        Some(status) if error.is_permanent() => {
            NotSent::Ever(MailFault::new(&format!("The mail server does not take this mail ({status}){said}")))
        }
        Some(status) => NotSent::Yet(MailFault::new(&format!("The mail server does not take this mail now ({status}){said}"))),
        None if error.is_tls() => NotSent::Yet(MailFault::new(&format!("There is no TLS with the mail server{said}"))),
        None if error.is_timeout() => NotSent::Yet(MailFault::new("The mail server did not answer in time.")),
        None => NotSent::Yet(MailFault::new(&format!("The mail server cannot be reached{said}"))),
    }
}

/// Tells programs that answer mail to leave this one alone (RFC 3834 §5).
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

#[cfg(test)]
#[path = "smtp_tests.rs"]
mod tests;
