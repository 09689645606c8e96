//! As many devices as a gateway can bear.

use std::time::{Duration, Instant};

use clawpair_gateway_stage::{Ask, Peer, own, seed};
use clawpair_openclaw::connection::Connection;
use clawpair_openclaw::paired::{PairedDevice, WARN_FROM};
use xtask::openclaw::Setup;

use crate::stage::{at, caller, token};

/// How many are seeded; with this program there is one more.
const CROWD: usize = WARN_FROM - 1;
/// How often each side is measured, in turn.
const ROUNDS: usize = 20;

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
    seed(&gateway.state(), CROWD);
    gateway.run().unwrap();

    let (connection, _events) = Connection::open(&at(gateway.port()), &caller, &token()).await.unwrap();
    let list = connection.devices().await.unwrap();
    assert_eq!((list.paired.len(), list.unreadable()), (WARN_FROM, 0));
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
    devices.iter().filter(|device| device.is_found_by(&search, "")).collect()
}
