//! Finding gateways, and whether a setup code leads to one.

use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

use clawpair_gateway_stage::{own, shared};
use clawpair_openclaw::address::GatewayAddress;
use clawpair_openclaw::connection::Connection;
use clawpair_openclaw::connection::dial::shown_certificate;
use clawpair_openclaw::credential::Credential;
use clawpair_openclaw::discovery::config_file::{Configured, on_this_computer};
use clawpair_openclaw::discovery::mdns::{Browsing, News};
use clawpair_openclaw::error::GatewayError;
use clawpair_openclaw::preflight::{Checked, Warning, preflight};
use clawpair_openclaw::setup_code::Grant;
use tokio::time::timeout;
use xtask::openclaw::{Setup, TOKEN};

use crate::stage::{caller, manager};

/// The gateway whose configuration lies at `path`, as somebody would find it who is told so.
fn found(path: &Path, state: &Path) -> Configured {
    let environment = |name: &str| match name {
        "OPENCLAW_CONFIG_PATH" => Some(OsString::from(path)),
        "OPENCLAW_STATE_DIR" => Some(OsString::from(state)),
        _ => None,
    };
    on_this_computer(&environment).unwrap().expect("there is a configuration")
}

#[tokio::test]
async fn the_gateway_on_this_computer_is_found_with_its_token_and_certificate() {
    let (gateway, _folder) = own(Setup { tls: true, ..Setup::default() });
    let Configured { target, token } = found(&gateway.config_file(), &gateway.state());
    assert_eq!(token.as_ref().unwrap().reveal(), TOKEN);
    assert_eq!(target.pin, Some(shown_certificate(&target.address).await.unwrap()));
    let (connection, _events) = Connection::open(&target, &caller(), &Credential::Shared(token.unwrap())).await.unwrap();

    // A code with this address carries the certificate, and leads here.
    let made = connection.make_setup_code(Grant::Node, Some(&target.address)).await.unwrap();
    let checked = preflight(&made.code, &|_| false).await;
    assert_eq!((checked[0].answers.clone(), checked[0].address.clone()), (Ok(()), target.address.clone()));
    assert!(checked[0].warnings.contains(&Warning::Loopback) && !checked[0].warnings.contains(&Warning::Clear));
    assert!(made.code.fingerprint().is_none_or(|pin| Some(pin) == target.pin));
}

#[test]
fn no_configuration_is_no_gateway() {
    let folder = tempfile::tempdir().unwrap();
    let environment = |name: &str| (name == "HOME").then(|| OsString::from(folder.path()));
    assert_eq!(on_this_computer(&environment).unwrap(), None);
}

#[tokio::test]
async fn a_code_that_leads_nowhere_is_told_before_it_is_shown() {
    let (manager, _events) = manager().await;
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let nowhere: GatewayAddress = format!("wss://127.0.0.1:{}", silent.local_addr().unwrap().port()).parse().unwrap();
    drop(silent);
    let made = manager.make_setup_code(Grant::Full, Some(&nowhere)).await.unwrap();
    assert!(made.code.expires().unwrap() > manager.gateway_time());
    let [Checked { answers, warnings, .. }] = preflight(&made.code, &|_| false).await.try_into().unwrap();
    assert!(matches!(answers, Err(GatewayError::Unreachable { .. })), "{answers:?}");
    assert_eq!(warnings, [Warning::Loopback, Warning::NoFingerprint]);

    let here: GatewayAddress = format!("ws://127.0.0.1:{}", shared()).parse().unwrap();
    let made = manager.make_setup_code(Grant::Full, Some(&here)).await.unwrap();
    let [Checked { answers, warnings, .. }] = preflight(&made.code, &|_| false).await.try_into().unwrap();
    assert_eq!((answers, warnings), (Ok(()), vec![Warning::Loopback, Warning::Clear]));
}

#[tokio::test]
async fn an_announced_gateway_is_seen_and_missed() {
    let mut browsing = Browsing::start().unwrap();
    let (mut gateway, _folder) = own(Setup { tls: true, announces: true, ..Setup::default() });
    let port = gateway.port();
    let sighting = news(&mut browsing, |news| match news {
        News::Seen(sighting) if sighting.addresses[0].port() == port => Some(sighting),
        _ => None,
    })
    .await;
    assert!(sighting.name.is_some() && sighting.addresses.iter().all(GatewayAddress::tls), "{sighting:?}");
    let here = found(&gateway.config_file(), &gateway.state()).target;
    assert_eq!(sighting.claims, here.pin);
    assert!(!sighting.contradicts(&here));

    gateway.stop();
    let instance = sighting.instance;
    news(&mut browsing, |news| (news == News::Gone { instance: instance.clone() }).then_some(())).await;
}

/// Waits for news of one kind.
async fn news<T>(browsing: &mut Browsing, mut wanted: impl FnMut(News) -> Option<T>) -> T {
    let waiting = async {
        loop {
            if let Some(found) = wanted(browsing.next().await.expect("the search goes on")) {
                return found;
            }
        }
    };
    timeout(Duration::from_mins(2), waiting).await.expect("the news are heard")
}
