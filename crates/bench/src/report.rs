//! The run and its table.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;
use clap::Args;
use tokio::net::TcpStream;

use crate::load::{CLIENTS, Measured, drive, middle};
use crate::peer::Peer;
use crate::platform::{Platform, Spent};
use crate::process::{Process, keep_to_load_core};
use crate::sqlite;
use crate::wire::Wire;

/// What to measure.
#[derive(Args)]
pub struct Plan {
    /// The server program.
    #[arg(long)]
    program: PathBuf,
    /// Where npm has installed the peer; without it there is none.
    #[arg(long)]
    peer: Option<PathBuf>,
    /// How many devices there are when lists are read.
    #[arg(long, default_value_t = 100_000)]
    devices: usize,
    /// Rounds, of which the middle one counts.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// How long each round makes codes.
    #[arg(long, default_value_t = 4)]
    seconds: u64,
}

/// Measures everything and prints it.
///
/// # Errors
/// The first refusal or fault.
pub async fn run(plan: &Plan) -> Result<()> {
    keep_to_load_core();
    let folder = tempfile::tempdir()?;
    let time = Duration::from_secs(plan.seconds);
    println!("{CLIENTS} clients on one core, the program under load on another; the middle one of {} rounds\n", plan.rounds);

    let bare = middle(bare(plan.rounds, time).await?);
    let commits = sqlite::commits_per_second(folder.path(), time)?;
    line("a bare axum handler", &bare);
    println!("{:<44}{commits:>9.0}/s", "SQLite, synchronous=FULL, one commit each");

    let (mut issued, mut redeemed) = (Vec::new(), Vec::new());
    let data = folder.path().join("platform");
    let platform = Platform::start(&plan.program, &data).await?;
    let (mut devices, mut issuing, mut redeeming) = (0, Spent::default(), Spent::default());
    for _ in 0..plan.rounds {
        let start = platform.spent().await?;
        let (issue, links) = platform.issue(time).await?;
        let made = platform.spent().await?;
        devices += links.len();
        issued.push(issue);
        redeemed.push(platform.redeem(links).await?);
        issuing += made - start;
        redeeming += platform.spent().await? - made;
    }
    let (issue, redeem) = (middle(issued), middle(redeemed));
    println!();
    line("a code is made", &issue);
    ratios(&issue, &bare, commits);
    spent(&issuing, devices);
    line("a device is let in, signature and all", &redeem);
    ratios(&redeem, &bare, commits);
    spent(&redeeming, devices);

    if let Some(peer) = &plan.peer {
        let (mut issued, mut redeemed) = (Vec::new(), Vec::new());
        let peer = Peer::start(peer, &folder.path().join("peer.db")).await?;
        for _ in 0..plan.rounds {
            let (issue, codes) = peer.issue(time).await?;
            issued.push(issue);
            redeemed.push(peer.redeem(codes).await?);
        }
        let (peer_issue, peer_redeem) = (middle(issued), middle(redeemed));
        println!();
        line("oidc-provider on SQLite: a code is made", &peer_issue);
        line("oidc-provider on SQLite: a device is let in", &peer_redeem);
        println!(
            "{:<44}{:>9.1} ×, {:.1} ×",
            "the platform against it",
            issue.per_second / peer_issue.per_second,
            redeem.per_second / peer_redeem.per_second
        );
    }

    while devices < plan.devices {
        let (_, mut links) = platform.issue(Duration::from_secs(1)).await?;
        links.truncate(plan.devices - devices);
        devices += links.len();
        platform.redeem(links).await?;
    }
    println!("\nwith {devices} devices");
    for (what, path) in [
        ("a page of 100", "/api/v1/devices?limit=100"),
        ("a page of 100 by when they were seen", "/api/v1/devices?limit=100&sort=-seen"),
        ("a page of 100 of one type", "/api/v1/devices?limit=100&device_type=IoT%20Sensor"),
        ("a search that finds one", "/api/v1/devices?limit=100&q=zebra"),
        ("a search that finds all", "/api/v1/devices?limit=100&q=sensor"),
        ("how many there are", "/api/v1/devices/summary"),
    ] {
        let read = platform.read(path, 2_000).await?;
        println!("{what:<44}{:>9.0} µs, p99 {:.0} µs", micros(read.median), micros(read.p99));
    }
    println!("{:<44}{:>9.1} MiB", "resident memory", platform.process.resident_mib()?);
    Ok(())
}

async fn bare(rounds: usize, time: Duration) -> Result<Vec<Measured>> {
    let mut process = Process::start(&std::env::current_exe()?, &["bare"])?;
    let port: u16 = process.line().await?.parse()?;
    let mut measured = Vec::new();
    for _ in 0..rounds {
        let mut clients = Vec::new();
        for _ in 0..CLIENTS {
            let stream = TcpStream::connect(("127.0.0.1", port)).await?;
            stream.set_nodelay(true)?;
            let mut wire = Wire::over(stream, format!("127.0.0.1:{port}"));
            clients.push(async move {
                let (end, mut latencies) = (std::time::Instant::now() + time, Vec::new());
                while std::time::Instant::now() < end {
                    let start = std::time::Instant::now();
                    wire.call("POST", "/", "Content-Type: application/json\r\n", br#"{"name":"Line 4"}"#).await?;
                    latencies.push(start.elapsed());
                }
                Ok(latencies)
            });
        }
        measured.push(drive(clients).await?);
    }
    Ok(measured)
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

fn line(what: &str, measured: &Measured) {
    let Measured { per_second, median, p99 } = measured;
    println!("{what:<44}{per_second:>9.0}/s   half within {:.1} ms, p99 {:.1} ms", micros(*median) / 1e3, micros(*p99) / 1e3);
}

#[expect(clippy::cast_precision_loss, reason = "counts are far below 2⁵²")]
fn spent(spent: &Spent, calls: usize) {
    let (each, together) = (micros(spent.core) / calls as f64, spent.transitions / spent.commits);
    println!("{:<44}{each:>9.0} µs of the core each, {together:.0} in a commit", "");
}

fn ratios(measured: &Measured, bare: &Measured, commits: f64) {
    let (of_bare, of_commits) = (measured.per_second / bare.per_second, measured.per_second / commits);
    println!("{:<44}{of_bare:>9.2} of a bare handler, {of_commits:.1} × a commit each", "");
}
