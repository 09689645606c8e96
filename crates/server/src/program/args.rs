//! The command line. What `serve` takes may also stand in the environment or in a file; `config` settles which counts.

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};
use clawpair_core::access::{Role, Scope};
use clawpair_core::link::Address;
use clawpair_core::member::Email;
use clawpair_core::text::Name;
use clawpair_server::{NewInvitation, PublicUrl, SmtpUrl};
use serde::Deserialize;

/// A Clawpair platform for a network: REST, devices, tokens, activity.
///
/// Every option of `serve` is taken from the command line, else from the environment (CLAWPAIR_…), else from the file
/// that --config names (by default clawpair-server.toml in the data folder), else as said there.
#[derive(Parser)]
#[command(
    name = "clawpair-server",
    version,
    after_help = "docs/SERVER.md tells how to run it as a service, behind a proxy, and how to back it up."
)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,

    /// Where the platform keeps everything; made on the first start, readable by its owner only
    #[arg(long, global = true, value_name = "DIR", env = "CLAWPAIR_DATA", default_value = "clawpair-data")]
    pub(crate) data: PathBuf,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Run the platform until SIGTERM or SIGINT
    Serve(Serve),
    /// API keys; works while the platform runs
    Key {
        #[command(flatten)]
        secrets: SecretsFile,
        #[command(subcommand)]
        command: KeyCommand,
    },
    /// Invite somebody to become a member, and print the link, this once; works while the platform runs
    Invite(Invite),
    /// Check that no entry of the activity log was changed, removed or added; works while the platform runs
    VerifyActivity,
    /// Print the OpenAPI document of the REST contract
    Openapi,
    /// Write the database to a file; works while the platform runs. The keys in secrets.json are not in it: keep a copy of
    /// that file elsewhere, once
    Backup {
        /// Must not exist yet
        file: PathBuf,
    },
    /// Put a backup in the place of the database, which is kept beside it. The platform must not run. All codes that
    /// were open in the backup are void afterwards
    Restore {
        /// What `backup` wrote
        file: PathBuf,
    },
}

#[derive(clap::Args, Default)]
pub(crate) struct SecretsFile {
    /// The file with the platform's two keys, if it is not secrets.json in the data folder
    #[arg(long, value_name = "FILE", env = "CLAWPAIR_SECRETS")]
    pub(crate) secrets: Option<PathBuf>,
}

/// Where mail goes out, and where its links lead.
#[derive(clap::Args, Default)]
pub(crate) struct Mail {
    /// Send mail through this server: smtps://USER@HOST:465, or smtp://USER@HOST:587, which must offer STARTTLS. Without it
    /// no mail is sent
    #[arg(long, value_name = "URL", env = "CLAWPAIR_SMTP_URL")]
    pub(crate) smtp_url: Option<SmtpUrl>,

    /// Whom mail is from: an address, or Clawpair <hub@example.org>
    #[arg(long, value_name = "SENDER", env = "CLAWPAIR_SMTP_FROM")]
    pub(crate) smtp_from: Option<String>,

    /// The file with the password of the mail server's user; otherwise it is taken from CLAWPAIR_SMTP_PASSWORD
    #[arg(long, value_name = "FILE", env = "CLAWPAIR_SMTP_PASSWORD_FILE")]
    pub(crate) smtp_password_file: Option<PathBuf>,

    /// Authorities in PEM that the mail server's certificate may be of, in the place of the system's
    #[arg(long, value_name = "FILE", env = "CLAWPAIR_SMTP_CA")]
    pub(crate) smtp_ca: Option<PathBuf>,

    /// Where people reach the platform's pages, which links of invitations and mails lead to, such as
    /// https://hub.example.org; by default the first address that --advertise names
    #[arg(long, value_name = "URL", env = "CLAWPAIR_PUBLIC_URL")]
    pub(crate) public_url: Option<PublicUrl>,
}

/// What `invite` takes.
#[derive(clap::Args)]
pub(crate) struct Invite {
    /// What the member will be called and may sign in by
    #[arg(long)]
    pub(crate) name: Name,

    /// What they will be: admin, device-manager, integrator, developer or viewer
    #[arg(long)]
    pub(crate) role: Role,

    /// Where they get mail; a server that is set up for it sends them a link, too
    #[arg(long)]
    pub(crate) email: Option<Email>,

    /// How long they may take, such as 7d or 12h; by default 72h
    #[arg(long, value_name = "TIME", value_parser = hours)]
    pub(crate) expires_in: Option<u32>,

    /// The file of settings of `serve`; by default clawpair-server.toml in the data folder, if it is there
    #[arg(long, value_name = "FILE", env = "CLAWPAIR_CONFIG")]
    pub(crate) config: Option<PathBuf>,

    /// As for `serve`
    #[arg(long, value_name = "HOST:PORT", env = "CLAWPAIR_ADVERTISE", value_delimiter = ',')]
    pub(crate) advertise: Vec<Address>,

    #[command(flatten)]
    pub(crate) mail: Mail,

    #[command(flatten)]
    pub(crate) secrets: SecretsFile,
}

#[derive(Subcommand)]
pub(crate) enum KeyCommand {
    /// Make an API key and print it, this once
    Create {
        /// What it is for
        #[arg(long)]
        name: Name,
        /// What its holder is: admin, device-manager, integrator, developer or viewer
        #[arg(long)]
        role: Role,
        /// Only these scopes of the role, such as codes:create; all of them when left out
        #[arg(long, value_delimiter = ',', value_name = "SCOPE,…")]
        scopes: Option<Vec<Scope>>,
        /// How long it works, such as 90d; for ever when left out
        #[arg(long, value_name = "DAYS", value_parser = days)]
        expires_in: Option<u32>,
    },
    /// List the API keys
    List,
    /// Revoke an API key; it is refused from its next call on
    Revoke {
        /// As `list` shows it
        id: String,
    },
}

/// Reads `90d` and `90`.
fn days(text: &str) -> Result<u32, String> {
    let number = text.strip_suffix('d').unwrap_or(text);
    number.parse().map_err(|_| format!("“{text}” is no number of days; write it like 90d."))
}

/// Reads `7d`, `12h` and `12`.
fn hours(text: &str) -> Result<u32, String> {
    let (number, hours) = match text.strip_suffix('d') {
        Some(days) => (days, 24),
        None => (text.strip_suffix('h').unwrap_or(text), 1),
    };
    let most = NewInvitation::MAX_HOURS;
    let hours = number.parse::<u32>().ok().and_then(|number| number.checked_mul(hours));
    hours.filter(|hours| (1..=most).contains(hours)).ok_or_else(|| {
        format!("“{text}” is no time to accept in; write it like 7d or 12h, at least 1h and at most {}d.", most / 24)
    })
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LogFormat {
    /// For people
    Text,
    /// One JSON object a line
    Json,
}

/// What `serve` takes.
#[derive(clap::Args, Default)]
pub(crate) struct Serve {
    /// The file of settings; by default clawpair-server.toml in the data folder, if it is there
    #[arg(long, value_name = "FILE", env = "CLAWPAIR_CONFIG")]
    pub(crate) config: Option<PathBuf>,

    /// Print the settings that count, and where each comes from, and end
    #[arg(long)]
    pub(crate) print_config: bool,

    /// Where to listen with TLS; may be given more than once. By default 127.0.0.1:21327, or nowhere with --plain-http
    #[arg(long, value_name = "ADDRESS:PORT", env = "CLAWPAIR_LISTEN", value_delimiter = ',')]
    pub(crate) listen: Vec<String>,

    /// What links tell devices to connect to, such as hub.example.org:21327, up to four; by default this machine's
    /// addresses among those it listens on
    #[arg(long, value_name = "HOST:PORT", env = "CLAWPAIR_ADVERTISE", value_delimiter = ',')]
    pub(crate) advertise: Vec<Address>,

    /// A certificate chain in PEM, instead of the platform's own; read again on SIGHUP
    #[arg(long, value_name = "FILE", env = "CLAWPAIR_TLS_CERT", requires = "tls_key")]
    pub(crate) tls_cert: Option<PathBuf>,

    /// Its key in PEM
    #[arg(long, value_name = "FILE", env = "CLAWPAIR_TLS_KEY", requires = "tls_cert")]
    pub(crate) tls_key: Option<PathBuf>,

    /// Where to speak HTTP without TLS, for a reverse proxy on this machine: ADDRESS:PORT on loopback, or a Unix socket as
    /// unix: and its path; may be given more than once, and beside --listen. Devices cannot pair there
    #[arg(long, value_name = "PLACE", env = "CLAWPAIR_PLAIN_HTTP", value_delimiter = ',')]
    pub(crate) plain_http: Vec<String>,

    /// Networks whose proxies are believed when they say from where a request came (Forwarded, X-Forwarded-For), such as
    /// 10.1.0.0/16 or 127.0.0.1, which also stands for Unix sockets. By default nobody is
    #[arg(long, value_name = "NETWORK", env = "CLAWPAIR_TRUST_PROXY", value_delimiter = ',')]
    pub(crate) trust_proxy: Vec<String>,

    /// Connections that each listener serves at once, of which one address may take a quarter. By default 640
    #[arg(long, value_name = "N", env = "CLAWPAIR_MAX_CONNECTIONS")]
    pub(crate) max_connections: Option<usize>,

    #[command(flatten)]
    pub(crate) mail: Mail,

    #[command(flatten)]
    pub(crate) secrets: SecretsFile,

    /// Threads that answer requests; by default one for each core
    #[arg(long, value_name = "N", env = "CLAWPAIR_WORKER_THREADS")]
    pub(crate) worker_threads: Option<usize>,

    /// How many calls a second each API key and member may make in the long run; 0 for any number. By default 100
    #[arg(long, value_name = "N", env = "CLAWPAIR_CALLS_PER_SECOND")]
    pub(crate) calls_per_second: Option<u32>,

    /// How many calls each may make at once after a while without any. By default 500
    #[arg(long, value_name = "N", env = "CLAWPAIR_CALLS_AT_ONCE", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) calls_at_once: Option<u32>,

    /// How log lines look; by default text on a terminal and JSON elsewhere. CLAWPAIR_LOG sets how much, such as debug
    #[arg(long, value_enum, env = "CLAWPAIR_LOG_FORMAT")]
    pub(crate) log: Option<LogFormat>,
}
