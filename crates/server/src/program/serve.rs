//! `serve`: the platform until a signal ends it.

use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use clawpair_core::clock::SystemClock;
use clawpair_core::link::{Address, MAX_ADDRESSES};
use clawpair_core::pin::ServerPin;
use clawpair_core::rng::SystemRng;
use clawpair_server::{Identity, Listener, PlainListener, PlatformSecrets, Ports, PublicUrl, Service};
use clawpair_store::SqliteStore;
use tokio::signal::unix::{SignalKind, signal};

use super::config::{Config, Plain, TlsFiles};
use super::data::DataDir;
use super::{descriptors, log};

/// What is listening.
#[derive(Default)]
struct Listeners {
    tls: Vec<Listener>,
    plain: Vec<PlainListener>,
}

/// Runs the platform until SIGTERM or SIGINT.
///
/// # Errors
/// A sentence when the folder, the keys, the database or an address cannot be used.
pub(crate) fn serve(config: &Config, data: &DataDir) -> Result<()> {
    log::start(config.log);
    let places = u64::try_from(config.listen.len() + config.plain.len())?;
    descriptors::ensure_for(places * u64::try_from(config.admission.connections)?)?;
    data.make()?;
    let _running = data.share()?;
    let secrets = data.open_secrets(config.secrets.as_deref())?;
    let mut runtime = match config.worker_threads {
        Some(1) => tokio::runtime::Builder::new_current_thread(),
        _ => tokio::runtime::Builder::new_multi_thread(),
    };
    if let Some(threads) = config.worker_threads.filter(|&threads| threads > 1) {
        runtime.worker_threads(threads);
    }
    runtime.enable_all().build()?.block_on(run(config, data, secrets))
}

async fn run(config: &Config, data: &DataDir, secrets: PlatformSecrets) -> Result<()> {
    // Heard from here on, so that a signal during the start is not lost.
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let mut hang_up = signal(SignalKind::hangup())?;
    let PlatformSecrets { pepper, identity } = secrets;
    let files = config.tls.as_ref();
    let identity = files.map_or(Ok(identity), read_identity)?;
    let service = Service::start(Ports {
        store: Arc::new(SqliteStore::open(&data.database())?),
        clock: Arc::new(SystemClock),
        rng: Arc::new(SystemRng),
        pepper,
        pin: identity.pin(),
    })
    .await?;
    if let Some(calls) = config.calls {
        service.limit_calls(calls);
    }
    service.follow_others().await?;
    let listeners = listen(config, &service, &identity)?;
    let bound: Vec<SocketAddr> = listeners.tls.iter().map(Listener::address).collect();
    service.advertise(advertised(config, &bound));
    set_up_mail(config, &service)?;
    service.start_mailing();
    say_where(&listeners, &identity, &service, data);
    loop {
        tokio::select! {
            _ = terminate.recv() => break,
            _ = interrupt.recv() => break,
            _ = hang_up.recv() => files.map_or_else(no_certificate, |files| renew(&listeners, files, &identity)),
        }
    }
    tracing::info!("ending: no new requests, open ones finish");
    let tls = listeners.tls.into_iter().map(Listener::stop);
    let plain = listeners.plain.into_iter().map(PlainListener::stop);
    tokio::join!(futures_util::future::join_all(tls), futures_util::future::join_all(plain));
    service.flush().await?;
    tracing::info!("ended");
    Ok(())
}

fn read_identity(files: &TlsFiles) -> Result<Identity> {
    let read = |path: &Path| std::fs::read(path).with_context(|| format!("{} cannot be read", path.display()));
    let key = zeroize::Zeroizing::new(read(&files.key)?);
    Identity::from_pem(&read(&files.certificate)?, &key)
        .with_context(|| format!("{} and {} do not serve", files.certificate.display(), files.key.display()))
}

fn listen(config: &Config, service: &Arc<Service>, identity: &Identity) -> Result<Listeners> {
    let mut listeners = Listeners::default();
    let admission = || config.admission.clone();
    for address in &config.listen {
        let listener = Listener::admitting(Arc::clone(service), identity, *address, admission());
        listeners.tls.push(listener.with_context(|| format!("The platform cannot listen on {address}"))?);
    }
    for plain in &config.plain {
        let (listener, place) = match plain {
            Plain::Loopback(address) => {
                (PlainListener::on_loopback(Arc::clone(service), *address, admission()), address.to_string())
            }
            Plain::Unix(path) => (PlainListener::on_socket(Arc::clone(service), path, admission()), path.display().to_string()),
        };
        listeners.plain.push(listener.with_context(|| format!("The platform cannot listen on {place}"))?);
    }
    Ok(listeners)
}

/// What links carry: what was asked for, else this machine's addresses among those it listens on.
pub(super) fn advertised(config: &Config, listening: &[SocketAddr]) -> Vec<Address> {
    if !config.advertise.is_empty() {
        return config.advertise.clone();
    }
    let mut addresses = Vec::new();
    for bound in listening {
        if bound.ip().is_unspecified() {
            let own = if_addrs::get_if_addrs().unwrap_or_default().into_iter().map(|interface| interface.ip());
            addresses.extend(own.filter(|ip| ip.is_ipv4() && !ip.is_loopback()).map(|ip: IpAddr| (ip, bound.port())));
        } else {
            addresses.push((bound.ip(), bound.port()));
        }
    }
    addresses.into_iter().filter_map(|(ip, port)| Address::new(ip, port)).take(MAX_ADDRESSES).collect()
}

/// Where the links of mails lead, if mail is set up.
///
/// # Errors
/// A sentence when it is, and nothing says that.
pub(super) fn mail_links(config: &Config, service: &Service) -> Result<Option<PublicUrl>> {
    if let Some(url) = &config.public_url {
        service.publish(url.clone());
    }
    if config.mail.is_none() {
        return Ok(None);
    }
    let nowhere =
        "Mail holds links, and nothing says where they lead: give --public-url, such as https://hub.example.org, or --advertise";
    service.public_url().context(nowhere).map(Some)
}

/// Lets the platform send mail, if that is set up.
fn set_up_mail(config: &Config, service: &Service) -> Result<()> {
    if let (Some(url), Some(mail)) = (mail_links(config, service)?, &config.mail) {
        service.use_mailer(Arc::new(mail.mailer(&url)?));
    }
    Ok(())
}

fn no_certificate() {
    tracing::info!("there is no certificate to read again");
}

/// Takes a renewed certificate into use. Its key must be the one that devices pin.
fn renew(listeners: &Listeners, files: &TlsFiles, old: &Identity) {
    let renewed = read_identity(files).and_then(|identity| {
        anyhow::ensure!(
            identity.pin() == old.pin(),
            "it has another key than the one devices pin; start the platform anew if that is meant"
        );
        listeners.tls.iter().try_for_each(|listener| listener.renew(&identity)).context("TLS does not take it")
    });
    match renewed {
        Ok(()) => tracing::info!("the certificate was read again"),
        Err(error) => tracing::error!("the certificate stays as it was: {error:#}"),
    }
}

/// On standard output, for the person who starts it by hand and for scripts that wait until it is there.
fn say_where(listeners: &Listeners, identity: &Identity, service: &Service, data: &DataDir) {
    println!("Clawpair {} on {}", env!("CARGO_PKG_VERSION"), data.path().display());
    for listener in &listeners.tls {
        println!("  listens    https://{}", listener.address());
    }
    for listener in &listeners.plain {
        println!("  listens    {} (plain, for a proxy)", listener.place());
    }
    let links: Vec<String> = service.advertised().iter().map(ToString::to_string).collect();
    if listeners.tls.is_empty() {
        println!("  devices    cannot pair through a proxy that ends TLS; give --listen ADDRESS:PORT too");
    } else {
        println!(
            "  links say  {}",
            if links.is_empty() { "nothing; give --advertise HOST:PORT".to_owned() } else { links.join(", ") }
        );
        println!("  pin        {}", identity.pin());
        println!("  for curl   --pinnedpubkey {}", ServerPin::for_curl(identity.spki_der()));
    }
    println!("  a key      clawpair-server key create --data {} --name NAME --role admin", data.path().display());
}
