//! As many devices as a gateway can bear.

use std::path::Path;
use std::time::{Duration, Instant};

use clawpair_core::rng::SystemRng;
use clawpair_openclaw::connection::Connection;
use clawpair_openclaw::identity::DeviceIdentity;
use clawpair_openclaw::paired::{PairedDevice, WARN_FROM};
use rusqlite::{Connection as Database, params};
use xtask::openclaw::Setup;

use crate::peer::{Ask, Peer};
use crate::stage::{at, caller, own, token};

/// How many are seeded; with this program there is one more.
const CROWD: usize = WARN_FROM - 1;
/// How often each side is measured, in turn.
const ROUNDS: usize = 20;

/// Lets devices in as the gateway itself would have noted it. It must not run.
fn seed(state: &Path) {
    let mut database = Database::open(state.join("state/openclaw.sqlite")).unwrap();
    let transaction = database.transaction().unwrap();
    let sql = "INSERT INTO device_pairing_paired (device_id, public_key, display_name, platform, device_family, client_id, client_mode, \
               role, roles_json, scopes_json, approved_scopes_json, remote_ip, tokens_json, approved_via, created_at_ms, approved_at_ms, \
               last_seen_at_ms, last_seen_reason) \
               VALUES (?1, ?2, ?3, 'android 15', 'Android', 'openclaw-android', 'node', 'operator', '[\"operator\"]', \
               '[\"operator.read\",\"operator.write\"]', '[\"operator.read\",\"operator.write\"]', ?4, ?5, 'owner', ?6, ?6, ?6, 'connect')";
    for number in 0..CROWD {
        let identity = DeviceIdentity::generate(&SystemRng);
        let tokens = format!(
            r#"{{"operator":{{"token":"{}","role":"operator","scopes":["operator.read"],"createdAtMs":1}}}}"#,
            identity.id()
        );
        let at = 1_795_000_000_000_i64 + i64::try_from(number).unwrap();
        let (id, key) = (identity.id().to_string(), identity.public_key().to_string());
        let (name, ip) = (format!("Sensor {number:04}"), format!("192.0.2.{}", number % 250));
        transaction.execute(sql, params![id, key, name, ip, tokens, at]).unwrap();
    }
    transaction.commit().unwrap();
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

#[tokio::test]
async fn a_crowd_is_listed_whole_searched_and_warned_of() {
    let (mut gateway, _folder) = own(Setup::default());
    let caller = caller();
    let paired = Connection::open(&at(gateway.port()), &caller, &token()).await.unwrap();
    drop(paired);
    gateway.stop();
    seed(&gateway.state());
    gateway.run().unwrap();

    let (connection, _events) = Connection::open(&at(gateway.port()), &caller, &token()).await.unwrap();
    let list = connection.devices().await.unwrap();
    assert_eq!((list.paired.len(), list.unreadable), (WARN_FROM, 0));
    assert!(list.is_crowded());
    let found: Vec<String> = search(&list.paired, "sensor 0815").iter().map(|device| device.title()).collect();
    assert_eq!(found, ["Sensor 0815"]);

    // Another client that only asks and does not look at the answer, in turn with this one.
    let mut bare = Peer { far: false, ..Peer::foreign("Bare") }.joins(gateway.port(), &Ask::operator(&["operator.pairing"])).await;
    let (mut theirs, mut ours) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        for turn in [round % 2, (round + 1) % 2] {
            let start = Instant::now();
            if turn == 0 {
                let bytes = bare.ask("device.pair.list").await.len();
                theirs.push(start.elapsed());
                assert!(bytes > 400 * WARN_FROM, "{bytes}");
            } else {
                let list = connection.devices().await.unwrap();
                assert_eq!(search(&list.paired, "sensor 0815").len(), 1);
                ours.push(start.elapsed());
            }
        }
    }
    let (theirs, ours) = (median(theirs), median(ours));
    let ratio = ours.as_secs_f64() / theirs.as_secs_f64();
    println!("{WARN_FROM} devices: the gateway's answer {theirs:.1?}, the same listed and searched {ours:.1?}, ratio {ratio:.2}");
}

fn search<'a>(devices: &'a [PairedDevice], text: &str) -> Vec<&'a PairedDevice> {
    let search = text.parse().unwrap();
    devices.iter().filter(|device| device.is_found_by(&search)).collect()
}
