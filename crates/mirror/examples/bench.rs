//! What lists, searches, counts and syncs over the file cost, beside what SQLite itself costs on this machine in the same run.
//! `cargo xtask bench --mirror` builds this with optimisation and runs it; numbers of devices may follow, 100,000 and a million
//! by default.

use std::error::Error;
use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use clawpair_api::{ActivityActor, ActivityEntry, ActivitySubject, ActorKind, Device, DeviceStatus};
use clawpair_core::Timestamp;
use clawpair_core::search::Search;
use clawpair_mirror::{
    About, Act, Batch, DeviceFilter, DeviceQuery, DeviceRecord, Extent, FacetQuery, JournalFilter, Mark, Mirror, Noted, Order,
    PlatformId, Standing, Thing,
};
use rusqlite::Connection;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const PLATFORMS: usize = 3;
const KINDS: [&str; 5] = ["IoT Sensor", "IoT Gateway", "Cloud VM", "Web Application", "Toaster"];
const PLACES: [&str; 8] = ["Kitchen", "Cellar", "Roof", "Garage", "Office", "Garden", "Workshop", "Attic"];
const NOW: i64 = 1_790_000_000_000;

fn main() -> Result<()> {
    let counts: Vec<usize> = std::env::args().skip(1).map(|text| text.parse()).collect::<std::result::Result<_, _>>()?;
    let counts = if counts.is_empty() { vec![100_000, 1_000_000] } else { counts };
    println!("SQLite itself, {} rows", counts[0]);
    reference(counts[0])?;
    for count in counts {
        println!("\n{count} devices on {PLATFORMS} platforms");
        mirror(count)?;
    }
    Ok(())
}

fn platform(number: usize) -> Result<PlatformId> {
    Ok(format!("platform-{number}").parse()?)
}

fn at(millis_ago: usize) -> Result<String> {
    Ok(Timestamp::from_millis(NOW - i64::try_from(millis_ago)?).to_string())
}

fn device(n: usize, revision: u32) -> Result<Device> {
    let scattered = n.wrapping_mul(2_654_435_761) % 1_000_003;
    let paired = scattered * 60_000;
    Ok(Device {
        id: format!("dev-{n:08x}-0000-7000-8000-{scattered:012x}"),
        name: format!("{} sensor {scattered}", PLACES[scattered % 8]),
        device_type: KINDS[scattered % 5].into(),
        permissions: vec![["sensor:read", "telemetry:publish", "lights:control"][scattered % 3].into(), "config:read".into()],
        tags: vec![format!("floor-{}", scattered % 40), format!("line-{}", n / 50)],
        status: match scattered % 20 {
            0 => DeviceStatus::Disabled,
            1 | 2 => DeviceStatus::Revoked,
            _ => DeviceStatus::Active,
        },
        connected: scattered % 20 > 2 && scattered.is_multiple_of(2),
        paired_at: at(paired)?,
        last_seen_at: Some(at(if scattered % 10 == 9 { paired } else { paired / 2 })?),
        last_address: Some(format!("10.{}.{}.{}", scattered % 200, scattered % 251, n % 253)),
        said_name: Some(format!("esp32-{n:x}")),
        platform: Some("ESP-IDF 5.4".into()),
        version: Some("1.4.2".into()),
        key_fingerprint: format!("{:04X}-{:04X}-{scattered:04X}", n % 65_536, n / 65_536),
        disabled_at: None,
        revoked_at: None,
        reason: None,
        revision,
    })
}

fn batch(mirror: &Mirror, to: usize, devices: impl Iterator<Item = (usize, u32)>) -> Result<Batch> {
    let thing = |(n, revision)| Ok(Thing::Device(Box::new(DeviceRecord::of(device(n, revision)?))));
    let things = devices.map(thing).collect::<Result<_>>()?;
    let reading = mirror.reading(Timestamp::from_millis(NOW)).unwrap();
    Ok(Batch { platform: platform(to)?, reading, extent: Extent::Some { cursor: None }, things })
}

fn mirror(count: usize) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("mirror.db");
    let filled = Instant::now();
    fill(&path, count)?;
    println!("{:<52}{:>9.1} s", "filled in", filled.elapsed().as_secs_f64());
    measure("cold open and first page", 20, 150.0, |_| {
        let mirror = Mirror::open(&path)?;
        page(&mirror, DeviceFilter::default(), Order::Name)
    })?;
    let mirror = Mirror::open(&path)?;
    for order in [Order::Name, Order::Paired, Order::Seen] {
        measure(&format!("first page of 100 by {order:?}"), 300, 1.0, |_| page(&mirror, DeviceFilter::default(), order))?;
    }
    deep_page(&mirror)?;
    searches(&mirror, count)?;
    searches_elsewhere(&mirror, count)?;
    filters(&mirror, count)?;
    measure("counts of all platforms and of one", 300, 10.0, |_| {
        Ok(black_box((mirror.summary(None)?, mirror.summary(Some(&platform(0)?))?)).0.active > 0)
    })?;
    let now = Some(Timestamp::from_millis(NOW));
    let facets = FacetQuery { not_seen_since: now, expires_before: now, ..FacetQuery::default() };
    measure("filters, tags, groups and types with their counts", 300, 10.0, |_| {
        Ok(!black_box(mirror.facets(&facets)?).types.is_empty())
    })?;
    let mut revision = 1;
    measure("a sync with 100 changes", 500, 20.0, |round| {
        revision += 1;
        let devices = (0..100).map(|i| ((round * 7_919 + i * 997) % count / PLATFORMS * PLATFORMS, revision));
        Ok(mirror.apply(batch(&mirror, 0, devices)?)?.changed > 0)
    })?;
    let mut number = count;
    measure("a sync with 100 changes that the activity tells, too", 500, 20.0, |round| {
        revision += 1;
        let devices = (0..100).map(|i| ((round * 7_919 + i * 997) % count / PLATFORMS * PLATFORMS, revision));
        let mut batch = batch(&mirror, 0, devices)?;
        number += 100;
        batch.things.extend((number - 100..number).map(told).collect::<Result<Vec<_>>>()?);
        Ok(mirror.apply(batch)?.changed > 0)
    })?;
    println!("{:<52}{:>9.1} MiB", "the file", mebibytes(&path)?);
    Ok(())
}

/// An entry of a platform's activity; there are as many as there are devices.
fn told(n: usize) -> Result<Thing> {
    Ok(Thing::Activity(Box::new(ActivityEntry {
        number: i64::try_from(n)? + 1,
        at: at(10_000_000 - n.min(10_000_000))?,
        actor: ActivityActor {
            kind: ActorKind::Member,
            id: Some(format!("mem-{}", n % 50)),
            name: Some(format!("Member {}", n % 50)),
        },
        action: ["device_renamed", "device_disabled", "pairing_opened", "device_tagged"][n % 4].into(),
        subjects: vec![ActivitySubject { id: format!("dev-{n:08x}"), name: Some(format!("{} sensor {n}", PLACES[n % 8])) }],
        address: Some(format!("10.0.{}.{}", n % 200, n % 251)),
        details: None,
        hash: format!("{n:064x}"),
    })))
}

#[expect(clippy::cast_precision_loss, reason = "files are far below 2⁵² bytes")]
fn mebibytes(path: &Path) -> Result<f64> {
    Ok(std::fs::metadata(path)?.len() as f64 / 1_048_576.0)
}

fn fill(path: &Path, count: usize) -> Result<()> {
    let mirror = Mirror::open(path)?;
    for number in 0..PLATFORMS {
        mirror.enter_platform(&platform(number)?, &format!("Site {number}").parse()?)?;
    }
    for start in (0..count).step_by(9_000) {
        for number in 0..PLATFORMS {
            let mine = (start..count.min(start + 9_000)).filter(|n| n % PLATFORMS == number).map(|n| (n, 1));
            mirror.apply(batch(&mirror, number, mine)?)?;
        }
        let mut told = batch(&mirror, 0, std::iter::empty())?;
        told.things = (start..count.min(start + 9_000)).map(self::told).collect::<Result<_>>()?;
        mirror.apply(told)?;
    }
    for start in (0..count / 10).step_by(1_000) {
        let noted = |n: usize| -> Result<Noted> {
            let (act, about) = (Act::RenamePlatform, About::Platform(platform(n % PLATFORMS)?));
            Ok(Noted { act, about, details: Some(format!("Desk {n}")), refused: None })
        };
        mirror.note(&(start..start + 1_000).map(noted).collect::<Result<Vec<_>>>()?, Timestamp::from_millis(NOW))?;
    }
    Ok(())
}

fn page(mirror: &Mirror, filter: DeviceFilter, order: Order) -> Result<bool> {
    let query = DeviceQuery { filter, order, descending: order != Order::Name, after: None, limit: 100 };
    Ok(!black_box(mirror.devices(&query)?).devices.is_empty())
}

fn deep_page(mirror: &Mirror) -> Result<()> {
    let mut query = DeviceQuery { order: Order::Name, limit: 100, ..DeviceQuery::default() };
    measure("pages of 100, one after the other", 300, 0.0, |_| {
        let page = mirror.devices(&query)?;
        query.after = page.next;
        Ok(!page.devices.is_empty())
    })
}

fn searches(mirror: &Mirror, count: usize) -> Result<()> {
    let find = |text: String, standing: Option<Standing>, order: Order| {
        page(mirror, DeviceFilter { search: Some(text.parse()?), standing, ..DeviceFilter::default() }, order)
    };
    let numbered = |round: usize| round * 7_919 % count;
    measure("a search that finds one, by what it calls itself", 300, 10.0, |round| {
        find(format!("esp32 {:x}", numbered(round)), None, Order::Name)
    })?;
    measure("a search by the beginning of a name's number", 300, 10.0, |round| {
        find(format!("sensor {}", 100 + round % 800), None, Order::Name)
    })?;
    measure("a search that finds all", 300, 10.0, |_| find("sensor".into(), None, Order::Seen))?;
    measure("a search by one letter, of those that are disabled", 300, 10.0, |round| {
        find(["k", "s", "g", "1", "e"][round % 5].into(), Some(Standing::Disabled), Order::Name)
    })?;
    measure("a search by platform and place", 300, 10.0, |round| {
        find(format!("site {} {}", round % 3, PLACES[round % 8].to_lowercase()), None, Order::Name)
    })?;
    measure("a search for a word that only begins as all names do", 300, 10.0, |round| {
        find(format!("sensors {}", PLACES[round % 8].to_lowercase()), None, Order::Name).map(|found| !found)
    })?;
    // A fifth of all devices are of each type, and “toaster” is a word of one of them alone.
    let other_type = Some("Cloud VM".parse()?);
    measure("a search for what no device of a common type has", 300, 10.0, |round| {
        let (search, device_type) = (Some(format!("toaster {}", PLACES[round % 8]).parse()?), other_type.clone());
        page(mirror, DeviceFilter { search, device_type, ..DeviceFilter::default() }, Order::Name).map(|found| !found)
    })?;
    measure("a search by several broad words", 300, 10.0, |round| {
        find(format!("{} toaster floor read", PLACES[round % 8].to_lowercase()), None, Order::Name)
    })
}

/// Through tombstones (of one device in ten), activity (an entry for each device) and the journal (a tenth of that).
fn searches_elsewhere(mirror: &Mirror, count: usize) -> Result<()> {
    let words = |round: usize| -> Result<Search> {
        let rare = format!("{} {}", PLACES[round % 8], round * 7_919 % count);
        Ok([rare.as_str(), "sensor", "s", "site 1", "desk 1", "sensors", "workshop"][round % 7].parse()?)
    };
    measure("a search through all revoked devices", 300, 10.0, |round| {
        Ok(!black_box(mirror.tombstones(Some(&words(round + 1)?), None, 100)?).is_empty())
    })?;
    measure("a search through all activity", 300, 10.0, |round| {
        Ok(!black_box(mirror.search_activity(&words(round)?, None, 100)?).is_empty())
    })?;
    measure("a search through the journal", 300, 10.0, |round| {
        let filter = JournalFilter { search: Some(words(round + 3)?), ..JournalFilter::default() };
        Ok(!black_box(mirror.journal(&filter, None, 100)?).0.is_empty())
    })
}

/// The goal is for a hundred thousand devices.
fn filters(mirror: &Mirror, count: usize) -> Result<()> {
    let goal = if count <= 100_000 { 10.0 } else { 0.0 };
    let all = DeviceFilter::default;
    let active = Some(Standing::Active);
    let weeks = |weeks: i64| Some(Timestamp::from_millis(NOW - weeks * 7 * 86_400_000));
    let filters = [
        ("never used", DeviceFilter { marks: vec![Mark::NeverUsed], standing: active, ..all() }),
        ("broad permissions", DeviceFilter { marks: vec![Mark::Broad], ..all() }),
        ("unknown type, connected", DeviceFilter { marks: vec![Mark::UnknownType, Mark::Connected], ..all() }),
        ("not seen for 40 weeks", DeviceFilter { not_seen_since: weeks(40), ..all() }),
        ("not seen for 52 weeks, broad", DeviceFilter { not_seen_since: weeks(52), marks: vec![Mark::Broad], ..all() }),
        ("one platform, disabled", DeviceFilter { platform: Some(platform(1)?), standing: Some(Standing::Disabled), ..all() }),
        ("a tag of one in 40", DeviceFilter { tag: Some("floor-7".parse()?), ..all() }),
        ("a tag of 50", DeviceFilter { tag: Some("line-7".parse()?), ..all() }),
        (
            "a type of one in 5, revoked",
            DeviceFilter { device_type: Some("Toaster".parse()?), standing: Some(Standing::Revoked), ..all() },
        ),
        ("a permission of one in 3", DeviceFilter { permission: Some("lights:control".parse()?), standing: active, ..all() }),
        (
            "nothing: never used and connected on one platform",
            DeviceFilter {
                platform: Some(platform(2)?),
                marks: vec![Mark::NeverUsed, Mark::Connected],
                tag: Some("floor-8".parse()?),
                ..all()
            },
        ),
    ];
    for (what, filter) in filters {
        measure(&format!("filter: {what}"), 200, goal, |round| {
            page(mirror, filter.clone(), [Order::Name, Order::Paired, Order::Seen][round % 3])?;
            Ok(true)
        })?;
    }
    Ok(())
}

/// The least that any program on this machine's SQLite can do.
fn reference(rows: usize) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let db = clawpair_store::open_private(&folder.path().join("reference.db"))?;
    db.execute_batch(
        "CREATE TABLE thing (number INTEGER PRIMARY KEY, name TEXT, record TEXT) STRICT; CREATE INDEX by_name ON thing (name);
         CREATE VIRTUAL TABLE found USING fts5 (parts, content = '', detail = none, tokenize = 'ascii');
         BEGIN",
    )?;
    for n in 0..rows {
        let name = format!("{} sensor {n}", PLACES[n % 8]);
        db.prepare_cached("INSERT INTO thing VALUES (?, ?, ?)")?.execute((i64::try_from(n)?, &name, "x".repeat(600)))?;
        db.prepare_cached("INSERT INTO found (rowid, parts) VALUES (?, ?)")?.execute((i64::try_from(n)?, name.to_lowercase()))?;
    }
    db.execute_batch("COMMIT")?;
    let all = |sql: &str, value: &str| -> Result<bool> {
        let mut statement = db.prepare_cached(sql)?;
        let mut found = statement.query([value])?;
        let mut bytes = 0;
        while let Some(row) = found.next()? {
            bytes += row.get_ref(0)?.as_bytes().map_or(1, <[u8]>::len);
        }
        Ok(black_box(bytes) > 0)
    };
    measure("a keyset page of 100 rows", 300, 0.0, |_| {
        all("SELECT record FROM thing WHERE name > ? ORDER BY name LIMIT 100", "K")
    })?;
    measure("an FTS5 look for a word of one row", 300, 0.0, |_| all("SELECT rowid FROM found WHERE found MATCH ?", "4242"))?;
    measure("a scan of all names in their index", 50, 0.0, |_| all("SELECT name FROM thing WHERE name > ? ORDER BY name", ""))?;
    measure("a flushed commit of one row", 100, 0.0, |round| commit(&db, round))
}

fn commit(db: &Connection, round: usize) -> Result<bool> {
    Ok(db.execute("UPDATE thing SET record = ? WHERE number = ?", ("y".repeat(600), i64::try_from(round)?))? > 0)
}

/// What this thread has spent of its core, which a busy machine does not change.
fn core_time() -> Duration {
    let spent = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(u64::try_from(spent.tv_sec).unwrap_or(0), u32::try_from(spent.tv_nsec).unwrap_or(0))
}

/// Runs something many times and prints the middle, the slowest in a hundred, and what that may be.
fn measure(what: &str, times: usize, goal: f64, mut one: impl FnMut(usize) -> Result<bool>) -> Result<()> {
    let (mut took, mut worked): (Vec<Duration>, Vec<Duration>) = (Vec::new(), Vec::new());
    for round in 0..times {
        let (start, before) = (Instant::now(), core_time());
        let found = one(round)?;
        took.push(start.elapsed());
        worked.push(core_time().saturating_sub(before));
        if !found && round == 0 {
            println!("{what}: finds nothing");
        }
    }
    took.sort();
    worked.sort();
    let millis = |time: Duration| time.as_secs_f64() * 1e3;
    let (middle, p99) = (millis(took[times / 2]), millis(took[times * 99 / 100]));
    let core = millis(worked[times * 99 / 100]);
    let judged = if goal > 0.0 { format!("   goal {goal} ms{}", if p99 > goal { ", MISSED" } else { "" }) } else { String::new() };
    println!("{what:<52}{middle:>9.3} ms, p99 {p99:.3} ms, {core:.3} ms of the core{judged}");
    Ok(())
}
