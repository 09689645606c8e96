//! What a gateway's devices cost in the window, beside the gateway's own answer in the same run: the first page before anything is
//! known here, and later lists and searches, which are read from the app's file. `cargo xtask bench --gateway` installs a gateway and runs
//! this with optimisation.

#[path = "../tests/desk/mod.rs"]
mod desk;

use std::sync::Arc;
use std::time::{Duration, Instant};

use clawpair_app::page_of_look;
use clawpair_app::platform::Platform;
use clawpair_app::view::DeviceQuery;
use clawpair_app::view::openclaw::AddPlatform;
use clawpair_core::clock::SystemClock;
use clawpair_core::rng::SystemRng;
use clawpair_core::secret::Secret;
use clawpair_gateway_stage::{Ask, Peer, own, seed};
use clawpair_openclaw::connection::{Caller, Connection, Target};
use clawpair_openclaw::credential::Credential;
use clawpair_openclaw::identity::DeviceIdentity;
use clawpair_openclaw::supervisor::Snapshot;
use xtask::openclaw::{Setup, TOKEN};

/// How many devices there are unless the command line says otherwise.
const CROWD: usize = 1_000;
/// How often each is measured, in turn.
const ROUNDS: usize = 101;
/// Devices on a page.
const PAGE: usize = 100;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let crowd = std::env::args().nth(1).map_or(CROWD, |count| count.parse().expect("a number of devices"));
    println!("-- Starting an OpenClaw Gateway with {crowd} devices");
    let (mut gateway, _folder) = own(Setup::default());
    let address = format!("ws://127.0.0.1:{}", gateway.port());
    let target = Target { address: address.parse().expect("an address"), pin: None };
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
    let app = desk::Desk::new();
    let app = (app.start().await.expect("the app starts"), app);
    let adding = AddPlatform::Gateway { name: String::new(), address, credential: TOKEN.to_owned() };
    let id = app.0.add_platform(adding).await.expect("the gateway is added").id;
    let platform = app.0.platform(&id).expect("the platform");
    let is_known = async || platform.device_summary().await.is_ok_and(|known| known.active >= crowd as u64);
    while !is_known().await || platform.standing().as_of.is_none() {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }

    let search = DeviceQuery { q: Some("sensor 0815".to_owned()), ..DeviceQuery::default() };
    let mut took: [Vec<Duration>; 4] = Default::default();
    for round in 0..ROUNDS {
        for turn in 0..took.len() {
            let which = (round + turn) % took.len();
            let start = Instant::now();
            match which {
                0 => {
                    // A client that asks, and does not look at the answer.
                    let bytes: usize =
                        bare.ask_together(["device.pair.list", "node.pair.list"]).await.iter().map(|text| text.len()).sum();
                    assert!(bytes > 400 * crowd, "{bytes} bytes are no {crowd} devices");
                }
                1 => assert_eq!(first_paint(&connection).await, crowd.min(PAGE)),
                2 => assert_eq!(listed(&*platform, &DeviceQuery::default()).await, crowd.min(PAGE)),
                _ => assert_eq!(listed(&*platform, &search).await, usize::from(crowd > 815)),
            }
            took[which].push(start.elapsed());
        }
    }
    let [theirs, first, list, search] = took.map(middle);
    println!("{:<52}{theirs:>10.1?}", "the gateway's own answer");
    let ours = [
        ("first paint: asked, read, sorted, a page as JSON", first),
        ("a list from the app's file, a page as JSON", list),
        ("a search in the app's file, a page as JSON", search),
    ];
    for (what, ours) in ours {
        println!("{what:<52}{ours:>10.1?}{:>8.2} ×", ours.as_secs_f64() / theirs.as_secs_f64());
    }
}

/// Lists as the window does, and makes what goes there. Returns how many devices that shows.
async fn listed(platform: &dyn Platform, query: &DeviceQuery) -> usize {
    let page = platform.devices(query).await.expect("a page");
    assert!(!serde_json::to_string(&page).expect("JSON").is_empty());
    page.devices.len()
}

/// Asks the gateway, prepares its answer, and makes what goes to the window. Returns how many devices that shows.
async fn first_paint(connection: &Connection) -> usize {
    let taken = connection.gateway_time();
    let (devices, nodes) = tokio::join!(connection.devices(), connection.node_requests());
    let snapshot = Snapshot {
        devices: devices.expect("the gateway's devices"),
        nodes: nodes.expect("the requests of its nodes"),
        taken,
        ahead_millis: connection.ahead_millis(),
        scopes: connection.hello().scopes.clone(),
    };
    let page = page_of_look(Arc::new(snapshot), &DeviceQuery::default()).expect("a page");
    assert!(!serde_json::to_string(&page).expect("JSON").is_empty());
    page.devices.len()
}

fn middle(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}
