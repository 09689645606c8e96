//! What the list of a gateway's devices costs in the window, beside the gateway's own answer in the same run. `cargo xtask bench
//! --gateway` installs a gateway and runs this with optimisation.

use std::sync::Arc;
use std::time::{Duration, Instant};

use clawpair_app::page_of_look;
use clawpair_app::view::DeviceQuery;
use clawpair_core::clock::SystemClock;
use clawpair_core::rng::SystemRng;
use clawpair_core::secret::Secret;
use clawpair_gateway_stage::{Ask, Peer, own, seed};
use clawpair_openclaw::connection::{Caller, Connection, Target};
use clawpair_openclaw::credential::Credential;
use clawpair_openclaw::identity::DeviceIdentity;
use clawpair_openclaw::operations::NodeRequests;
use clawpair_openclaw::supervisor::Snapshot;
use xtask::openclaw::{Setup, TOKEN};

/// How many devices there are unless the command line says otherwise.
const CROWD: usize = 1_000;
/// How often each side is measured, in turn.
const ROUNDS: usize = 101;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let crowd = std::env::args().nth(1).map_or(CROWD, |count| count.parse().expect("a number of devices"));
    println!("-- Starting an OpenClaw Gateway with {crowd} devices");
    let (mut gateway, _folder) = own(Setup::default());
    let address = format!("ws://127.0.0.1:{}", gateway.port()).parse().expect("an address");
    let target = Target { address, pin: None };
    let identity = DeviceIdentity::generate(&SystemRng);
    let caller = Caller { identity, name: "Clawpair".to_owned(), clock: Arc::new(SystemClock) };
    let token = Credential::Shared(Secret::new(TOKEN.to_owned()));
    // Whoever comes first makes the tables.
    drop(Connection::open(&target, &caller, &token).await.expect("the gateway lets this program in"));
    gateway.stop();
    seed(&gateway.state(), crowd);
    gateway.run().expect("the gateway starts again");

    let (connection, _events) = Connection::open(&target, &caller, &token).await.expect("the gateway lets this program in");
    let bare = Peer { far: false, ..Peer::foreign("Bare") };
    let mut bare = bare.joins(gateway.port(), &Ask::operator(&["operator.pairing"])).await;
    let search = DeviceQuery { q: Some("sensor 0815".to_owned()), ..DeviceQuery::default() };
    let (mut theirs, mut listed, mut searched) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        for turn in 0..3 {
            let start = Instant::now();
            match (round + turn) % 3 {
                0 => {
                    // A client that asks, and does not look at the answer.
                    let bytes = bare.ask("device.pair.list").await.len();
                    theirs.push(start.elapsed());
                    assert!(bytes > 400 * crowd, "{bytes} bytes are no {crowd} devices");
                }
                1 => {
                    let shown = shown(&connection, &DeviceQuery::default()).await;
                    listed.push(start.elapsed());
                    assert_eq!(shown, crowd.min(100));
                }
                _ => {
                    let shown = shown(&connection, &search).await;
                    searched.push(start.elapsed());
                    assert_eq!(shown, usize::from(crowd > 815));
                }
            }
        }
    }
    let theirs = middle(theirs);
    println!("{:<52}{theirs:>10.1?}", "the gateway's own answer");
    for (what, ours) in [("read, sorted, first page as JSON", middle(listed)), ("read, searched, page as JSON", middle(searched))] {
        println!("{what:<52}{ours:>10.1?}{:>8.2} ×", ours.as_secs_f64() / theirs.as_secs_f64());
    }
}

/// Asks the gateway anew, prepares its answer, and makes what goes to the window. Returns how many devices that shows.
async fn shown(connection: &Connection, query: &DeviceQuery) -> usize {
    let taken = connection.gateway_time();
    let devices = connection.devices().await.expect("the gateway's devices");
    let snapshot = Snapshot {
        devices,
        nodes: NodeRequests::default(),
        taken,
        ahead_millis: connection.ahead_millis(),
        scopes: connection.hello().scopes.clone(),
    };
    let page = page_of_look(Arc::new(snapshot), query).expect("a page");
    assert!(!serde_json::to_string(&page).expect("JSON").is_empty());
    page.devices.len()
}

fn middle(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}
