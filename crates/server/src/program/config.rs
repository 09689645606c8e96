//! The settings of `serve`, each from the command line or the environment, else from the file, else by default.

use std::fmt::Write as _;
use std::io::{ErrorKind, IsTerminal};
use std::net::{Ipv4Addr, SocketAddr};
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use clawpair_core::link::{Address, DEFAULT_PORT, MAX_ADDRESSES};
use clawpair_server::{Admission, CallRate, PublicUrl, TrustedProxies};
use serde::Deserialize;

use super::args::{LogFormat, Serve};
use super::data::DataDir;
use super::mail::{MailConfig, MailFile};

/// Calls of each API key and member: a window with several pages open makes fewer, and a script that makes codes for a factory
/// floor comes through.
const CALLS_PER_SECOND: u32 = 100;
const CALLS_AT_ONCE: NonZeroU32 = NonZeroU32::new(500).unwrap();
const MAX_CALLS: u32 = 1_000_000;
/// Most addresses to listen on.
const MAX_LISTENERS: usize = 16;
/// Most connections of one listener.
const MAX_CONNECTIONS: usize = 100_000;

/// The file; every setting may be left out.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct File {
    listen: Option<Vec<String>>,
    advertise: Option<Vec<String>>,
    tls_cert: Option<PathBuf>,
    tls_key: Option<PathBuf>,
    plain_http: Option<Vec<String>>,
    trust_proxy: Option<Vec<String>>,
    max_connections: Option<usize>,
    smtp_url: Option<String>,
    smtp_from: Option<String>,
    #[serde(rename = "smtp-password-file")]
    smtp_password: Option<PathBuf>,
    smtp_ca: Option<PathBuf>,
    public_url: Option<String>,
    secrets: Option<PathBuf>,
    worker_threads: Option<usize>,
    calls_per_second: Option<u32>,
    calls_at_once: Option<NonZeroU32>,
    log: Option<LogFormat>,
}

/// Where to speak plain HTTP: nowhere but on this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Plain {
    /// On loopback.
    Loopback(SocketAddr),
    /// On a Unix socket.
    Unix(PathBuf),
}

/// Certificate chain and key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TlsFiles {
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
}

/// The settings that count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Config {
    /// Where to speak TLS.
    pub(crate) listen: Vec<SocketAddr>,
    pub(crate) plain: Vec<Plain>,
    pub(crate) advertise: Vec<Address>,
    /// None for the platform's own key.
    pub(crate) tls: Option<TlsFiles>,
    /// Who may connect to each listener.
    pub(crate) admission: Admission,
    /// None where no mail is sent.
    pub(crate) mail: Option<MailConfig>,
    pub(crate) public_url: Option<PublicUrl>,
    pub(crate) secrets: Option<PathBuf>,
    pub(crate) worker_threads: Option<usize>,
    /// None for any number of calls.
    pub(crate) calls: Option<CallRate>,
    pub(crate) log: LogFormat,
}

impl Config {
    /// Settles which setting counts.
    ///
    /// # Errors
    /// A sentence when one cannot be used, or two do not go together.
    pub(crate) fn settle(given: Serve, data: &DataDir) -> Result<Self> {
        let file = read(given.config.as_deref(), data)?;
        let advertise = match (given.advertise, file.advertise) {
            (given, None) => given,
            (given, Some(_)) if !given.is_empty() => given,
            (_, Some(texts)) => texts.iter().map(|text| text.parse()).collect::<Result<_, _>>()?,
        };
        ensure!(advertise.len() <= MAX_ADDRESSES, "A link takes up to {MAX_ADDRESSES} addresses; advertise fewer.");
        let tls = match (given.tls_cert.or(file.tls_cert), given.tls_key.or(file.tls_key)) {
            (Some(certificate), Some(key)) => Some(TlsFiles { certificate, key }),
            (None, None) => None,
            _ => bail!("A certificate needs its key and a key its certificate: give both tls-cert and tls-key."),
        };
        let plain = or(given.plain_http, file.plain_http).unwrap_or_default();
        let by_default = || if plain.is_empty() { vec![format!("127.0.0.1:{DEFAULT_PORT}")] } else { Vec::new() };
        let listen = or(given.listen, file.listen).unwrap_or_else(by_default);
        let places = listen.len() + plain.len();
        ensure!((1..=MAX_LISTENERS).contains(&places), "Listen on 1 to {MAX_LISTENERS} places, not {places}.");
        ensure!(tls.is_none() || !listen.is_empty(), "A certificate is shown where TLS is spoken: give --listen too.");
        let listen = listen.iter().map(|text| with_tls(text)).collect::<Result<_>>()?;
        let plain = plain.iter().map(|text| without_tls(text)).collect::<Result<_>>()?;
        let connections = given.max_connections.or(file.max_connections).unwrap_or(Admission::CONNECTIONS);
        ensure!(
            (1..=MAX_CONNECTIONS).contains(&connections),
            "A listener serves 1 to {MAX_CONNECTIONS} connections at once; max-connections is {connections}."
        );
        let proxies = TrustedProxies::parse(&or(given.trust_proxy, file.trust_proxy).unwrap_or_default())?;
        let admission = Admission { connections, proxies };
        let worker_threads = given.worker_threads.or(file.worker_threads);
        ensure!(worker_threads.is_none_or(|threads| (1..=256).contains(&threads)), "worker-threads is a number from 1 to 256.");
        let per_second = given.calls_per_second.or(file.calls_per_second).unwrap_or(CALLS_PER_SECOND);
        let at_once = given.calls_at_once.and_then(NonZeroU32::new).or(file.calls_at_once).unwrap_or(CALLS_AT_ONCE);
        let calls = NonZeroU32::new(per_second).map(|per_second| CallRate { per_second, at_once });
        ensure!(
            per_second <= MAX_CALLS && at_once.get() <= MAX_CALLS,
            "Calls are limited to {MAX_CALLS} at most; 0 a second limits nothing."
        );
        let file_url = file.public_url.map(|text| text.parse()).transpose()?;
        let mail_file =
            MailFile { url: file.smtp_url, from: file.smtp_from, password_file: file.smtp_password, authorities: file.smtp_ca };
        let public_url = given.mail.public_url.clone().or(file_url);
        let mail = MailConfig::settle(given.mail, mail_file)?;
        let by_default = if std::io::stderr().is_terminal() { LogFormat::Text } else { LogFormat::Json };
        let log = given.log.or(file.log).unwrap_or(by_default);
        let secrets = given.secrets.secrets.or(file.secrets);
        Ok(Self { listen, plain, advertise, tls, admission, mail, public_url, secrets, worker_threads, calls, log })
    }

    /// The settings in the file's own form.
    pub(crate) fn shown(&self, data: &DataDir) -> Result<String> {
        let quoted = |texts: Vec<String>| texts.iter().map(|text| format!("{text:?}")).collect::<Vec<_>>().join(", ");
        let plain = self.plain.iter().map(|plain| match plain {
            Plain::Loopback(address) => address.to_string(),
            Plain::Unix(path) => format!("unix:{}", path.display()),
        });
        let mut shown = format!("listen = [{}]\n", quoted(self.listen.iter().map(ToString::to_string).collect()));
        writeln!(shown, "plain-http = [{}]", quoted(plain.collect()))?;
        writeln!(shown, "advertise = [{}]", quoted(self.advertise.iter().map(ToString::to_string).collect()))?;
        writeln!(shown, "trust-proxy = [{}]", quoted(self.admission.proxies.networks().collect()))?;
        writeln!(shown, "max-connections = {}", self.admission.connections)?;
        if let Some(TlsFiles { certificate, key }) = &self.tls {
            writeln!(shown, "tls-cert = {:?}\ntls-key = {:?}", certificate.display().to_string(), key.display().to_string())?;
        }
        if let Some(url) = &self.public_url {
            writeln!(shown, "public-url = {:?}", url.to_string())?;
        }
        if let Some(mail) = &self.mail {
            shown.push_str(&mail.shown());
        }
        let secrets = data.secrets(self.secrets.as_deref());
        writeln!(shown, "secrets = {:?}", secrets.display().to_string())?;
        if let Some(threads) = self.worker_threads {
            writeln!(shown, "worker-threads = {threads}")?;
        }
        match self.calls {
            Some(CallRate { per_second, at_once }) => {
                writeln!(shown, "calls-per-second = {per_second}\ncalls-at-once = {at_once}")?;
            }
            None => writeln!(shown, "calls-per-second = 0")?,
        }
        writeln!(shown, "log = {:?}", if self.log == LogFormat::Json { "json" } else { "text" })?;
        Ok(shown)
    }
}

fn or(given: Vec<String>, file: Option<Vec<String>>) -> Option<Vec<String>> {
    if given.is_empty() { file } else { Some(given) }
}

fn read(named: Option<&Path>, data: &DataDir) -> Result<File> {
    let path = named.map_or_else(|| data.config(), Path::to_owned);
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound && named.is_none() => return Ok(File::default()),
        Err(error) => return Err(error).with_context(|| format!("The settings in {} cannot be read", path.display())),
    };
    toml::from_str(&text).with_context(|| format!("The settings in {} cannot be used", path.display()))
}

fn with_tls(text: &str) -> Result<SocketAddr> {
    ensure!(!text.starts_with("unix:"), "A Unix socket speaks plain HTTP: give “{text}” to --plain-http.");
    address(text)
}

fn without_tls(text: &str) -> Result<Plain> {
    if let Some(path) = text.strip_prefix("unix:") {
        ensure!(
            path.starts_with('/'),
            "“{text}” is no place to listen; name the socket by its whole path, such as unix:/run/clawpair.sock."
        );
        return Ok(Plain::Unix(path.into()));
    }
    let address = address(text)?;
    ensure!(
        address.ip().is_loopback(),
        "Plain HTTP on {address} could be read by everybody on that network; give 127.0.0.1 or a Unix socket, or give it to --listen."
    );
    Ok(Plain::Loopback(address))
}

fn address(text: &str) -> Result<SocketAddr> {
    match text.strip_prefix("localhost:") {
        Some(port) => Ok(SocketAddr::from((Ipv4Addr::LOCALHOST, port.parse().with_context(|| no_address(text))?))),
        None => text.parse().with_context(|| no_address(text)),
    }
}

fn no_address(text: &str) -> String {
    format!("“{text}” is no place to listen; write an IP address and a port, such as 0.0.0.0:{DEFAULT_PORT}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settled(file: &str, given: Serve) -> Result<Config> {
        let folder = tempfile::tempdir().unwrap();
        let data = DataDir::at(folder.path());
        std::fs::write(data.config(), file).unwrap();
        Config::settle(given, &data)
    }

    fn refused(file: &str, given: Serve) -> String {
        format!("{:#}", settled(file, given).unwrap_err())
    }

    #[test]
    fn the_command_line_counts_before_the_file_and_the_file_before_the_default() {
        let default = settled("", Serve::default()).unwrap();
        assert_eq!(default.listen, ["127.0.0.1:21327".parse().unwrap()]);
        let file = "listen = [\"127.0.0.1:1\"]\nadvertise = [\"hub.example.org:1\"]\nworker-threads = 2\n";
        let by_file = settled(file, Serve::default()).unwrap();
        assert_eq!((by_file.listen, by_file.worker_threads), (vec!["127.0.0.1:1".parse().unwrap()], Some(2)));
        assert_eq!(by_file.advertise, ["hub.example.org:1".parse().unwrap()]);
        let given = Serve { listen: vec!["127.0.0.1:2".into()], worker_threads: Some(3), ..Serve::default() };
        let given = settled(file, given).unwrap();
        assert_eq!((given.listen, given.worker_threads), (vec!["127.0.0.1:2".parse().unwrap()], Some(3)));
    }

    #[test]
    fn plain_http_stays_on_this_machine() {
        let plain = |place: &str| Serve { plain_http: vec![place.into()], ..Serve::default() };
        assert!(refused("", plain("0.0.0.0:80")).contains("could be read by everybody"));
        assert!(refused("", plain("192.168.1.5:80")).contains("127.0.0.1"));
        assert!(refused("", plain("unix:clawpair.sock")).contains("whole path"));
        assert!(refused("", plain("true")).contains("“true” is no place"));
        assert!(settled("", plain("127.0.0.1:80")).is_ok() && settled("", plain("[::1]:80")).is_ok());
        let unix = settled("", plain("unix:/run/clawpair.sock")).unwrap();
        assert_eq!((unix.plain, unix.listen), (vec![Plain::Unix("/run/clawpair.sock".into())], vec![]), "TLS nowhere");
        let unix = Serve { listen: vec!["unix:/run/clawpair.sock".into()], ..Serve::default() };
        assert!(refused("", unix).contains("--plain-http"));
    }

    #[test]
    fn one_process_listens_with_tls_and_without() {
        let both = Serve { listen: vec!["0.0.0.0:1".into()], plain_http: vec!["unix:/run/x.sock".into()], ..Serve::default() };
        let both = settled("", both).unwrap();
        assert_eq!((both.listen.len(), both.plain.len()), (1, 1));
        let cert = "tls-cert = \"c.pem\"\ntls-key = \"k.pem\"\nplain-http = [\"127.0.0.1:80\"]";
        assert!(refused(cert, Serve::default()).contains("give --listen too"));
    }

    #[test]
    fn what_does_not_fit_is_named() {
        assert!(refused("lisen = []", Serve::default()).contains("lisen"));
        assert!(refused("listen = \"here\"", Serve::default()).contains("listen"));
        assert!(refused("listen = [\"here\"]", Serve::default()).contains("“here” is no place"));
        assert!(refused("tls-key = \"key.pem\"", Serve::default()).contains("give both"));
        assert!(refused("trust-proxy = true", Serve::default()).contains("trust-proxy"));
        assert!(refused("trust-proxy = [\"0.0.0.0/0\"]", Serve::default()).contains("every network"));
        assert!(refused("max-connections = 0", Serve::default()).contains("1 to 100000"));
        let missing = Serve { config: Some("/nowhere/clawpair.toml".into()), ..Serve::default() };
        assert!(refused("", missing).contains("/nowhere/clawpair.toml"));
    }

    #[test]
    fn mail_needs_a_server_and_a_sender_and_is_shown_without_its_password() {
        let file = "smtp-url = \"smtps://hub@mail.example.org\"\nsmtp-from = \"hub@example.org\"\nsmtp-password-file = \"/p\"\n";
        let config = settled(file, Serve::default()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let shown = config.shown(&DataDir::at(folder.path())).unwrap();
        assert!(shown.contains("smtp-url = \"smtps://hub@mail.example.org:465\"") && shown.contains("\"/p\""), "{shown}");
        assert_eq!(settled(&shown, Serve::default()).unwrap().mail, config.mail);
        let mut given = Serve::default();
        given.mail.smtp_from = Some("other@example.org".into());
        assert_ne!(settled(file, given).unwrap().mail, config.mail, "the command line counts before the file");
        assert_eq!(settled("", Serve::default()).unwrap().mail, None);
        assert!(refused("smtp-url = \"smtps://mail.example.org\"\n", Serve::default()).contains("smtp-from"));
        assert!(refused("smtp-from = \"hub@example.org\"\n", Serve::default()).contains("no mail server"));
        assert!(refused("public-url = \"hub\"\n", Serve::default()).contains("“hub” is no public URL"));
        let refused = refused("smtp-url = \"smtps://hub:tulip@mail.example.org\"\n", Serve::default());
        assert!(refused.contains("--smtp-password-file") && !refused.contains("tulip"), "{refused}");
    }

    #[test]
    fn what_is_shown_can_be_a_file_again() {
        let file = "listen = [\"[::1]:1\"]\nplain-http = [\"unix:/run/x.sock\"]\ntrust-proxy = [\"127.0.0.1/32\", \"fd00::/8\"]\n\
                    max-connections = 7\nlog = \"json\"\n";
        let config = settled(file, Serve::default()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let shown = config.shown(&DataDir::at(folder.path())).unwrap();
        let again = settled(&shown, Serve::default()).unwrap();
        assert_eq!(Config { secrets: None, ..again }, config);
    }
}
