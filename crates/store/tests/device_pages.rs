//! Pages of devices under every filter and sort, compared with the same done by hand.

#[expect(dead_code, reason = "other tests use the rest")]
#[path = "conformance/fixtures.rs"]
mod fixtures;

use std::collections::HashSet;
use std::sync::{Arc, OnceLock};

use clawpair_core::device::{Device, DeviceChange};
use clawpair_core::id::DeviceId;
use clawpair_core::store::{DeviceFilter, DeviceQuery, DeviceSort, Devices, SortKey, Standing};
use clawpair_core::tags::Tags;
use clawpair_store::SqliteStore;
use fixtures::{NOON, changed, paired, revoke};
use proptest::prelude::*;

struct Fleet {
    runtime: tokio::runtime::Runtime,
    store: SqliteStore,
    /// In the order they joined.
    devices: Vec<Device>,
    _folder: tempfile::TempDir,
}

const NAMES: [&str; 6] = ["Alpha", "alphabet", "Beta mast", "beta", "Östlich", "Zebra 9"];
const TYPES: [&str; 3] = ["IoT Gateway", "IoT.Sensor.Temperature", "Cloud VM"];

fn fleet() -> &'static Fleet {
    static FLEET: OnceLock<Fleet> = OnceLock::new();
    FLEET.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(&folder.path().join("platform.db")).unwrap();
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let devices = runtime.block_on(async {
            let mut ids = Vec::new();
            for seed in 0..48u8 {
                let (_, device) = paired(&store, seed).await;
                let n = usize::from(seed);
                let tags: Vec<String> = (0..n % 3).map(|tag| format!("floor-{tag}")).collect();
                let edit = DeviceChange::Edit {
                    name: Some(NAMES[n % NAMES.len()].parse().unwrap()),
                    device_type: Some(TYPES[n % TYPES.len()].parse().unwrap()),
                    tags: Some(Tags::parse(&tags).unwrap()),
                };
                changed(&store, device.id, edit).await;
                store.touch_device(device.id, format!("192.0.2.{}", n % 5), NOON.plus_minutes(u32::from(seed % 7))).await.unwrap();
                match seed % 5 {
                    1 => drop(changed(&store, device.id, DeviceChange::Disable { reason: None }).await),
                    2 => drop(revoke(&store, device.id).await),
                    _ => {}
                }
                ids.push(device.id);
            }
            let mut devices = Vec::new();
            for id in ids {
                devices.push(store.device(id).await.unwrap().unwrap());
            }
            devices
        });
        Fleet { runtime, store, devices, _folder: folder }
    })
}

fn words(device: &Device) -> Vec<String> {
    let tags = device.tags.to_strings().join(" ");
    let id = device.id.to_string().replace("dev-", "");
    let all = format!("{id} {} {} {} {} {tags}", device.name, device.device_type, device.last_address, device.key.fingerprint());
    all.to_lowercase().split(|c: char| !c.is_alphanumeric()).map(str::to_owned).collect()
}

/// What a person would say passes.
fn passes(device: &Device, filter: &DeviceFilter, search: Option<&str>) -> bool {
    let standing = if device.is_active() { Standing::Active } else { Standing::of(device) };
    let connected = |ids: &HashSet<DeviceId>| device.is_active() && ids.contains(&device.id);
    filter.standing.is_none_or(|wanted| wanted == standing)
        && filter.connected.as_ref().is_none_or(|(wanted, ids)| connected(ids) == *wanted)
        && filter.device_type.as_ref().is_none_or(|wanted| wanted.as_str() == device.device_type.as_str())
        && filter.permission.as_ref().is_none_or(|wanted| device.permissions.to_strings().contains(&wanted.to_string()))
        && filter.tag.as_ref().is_none_or(|wanted| device.tags.to_strings().contains(&wanted.to_string()))
        && filter.seen_before.is_none_or(|moment| device.last_seen_at < moment)
        && filter.seen_after.is_none_or(|moment| device.last_seen_at >= moment)
        && search.is_none_or(|text| {
            let known = words(device);
            text.to_lowercase().split([' ', '.', '-']).all(|word| known.iter().any(|known| known.starts_with(word)))
        })
}

prop_compose! {
    fn filter()(
        standing in proptest::option::weighted(0.3, proptest::sample::select(Standing::ALL.to_vec())),
        connected in proptest::option::weighted(0.2, (any::<bool>(), proptest::collection::vec(0..48usize, 0..20))),
        device_type in proptest::option::weighted(0.2, proptest::sample::select(TYPES.to_vec())),
        permission in proptest::option::weighted(0.2, proptest::sample::select(vec!["sensor:read", "door:open"])),
        tag in proptest::option::weighted(0.3, proptest::sample::select(vec!["floor-0", "floor-1", "floor"])),
        before in proptest::option::weighted(0.2, 0..8u32),
        after in proptest::option::weighted(0.2, 0..8u32),
    ) -> DeviceFilter {
        let ids = |chosen: Vec<usize>| Arc::new(chosen.into_iter().map(|index| fleet().devices[index].id).collect());
        DeviceFilter {
            standing,
            connected: connected.map(|(wanted, chosen)| (wanted, ids(chosen))),
            device_type: device_type.map(|text| text.parse().unwrap()),
            permission: permission.map(|text| text.parse().unwrap()),
            tag: tag.map(|text| text.parse().unwrap()),
            search: None,
            seen_before: before.map(|minute| NOON.plus_minutes(minute)),
            seen_after: after.map(|minute| NOON.plus_minutes(minute)),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn pages_show_each_device_that_passes_once_and_in_order(
        filter in filter(),
        search in proptest::option::weighted(
            0.4,
            proptest::sample::select(vec!["a", "alpha", "BETA m", "192.0.2.3", "temperature", "temperamental", "öst", "floor-1 iot", "9"]),
        ),
        key in proptest::sample::select(vec![SortKey::Paired, SortKey::Name, SortKey::Seen]),
        descending: bool,
        limit in 1..12usize,
    ) {
        let fleet = fleet();
        let mut expected: Vec<(usize, &Device)> =
            fleet.devices.iter().enumerate().filter(|(_, device)| passes(device, &filter, search)).collect();
        expected.sort_by(|(m, a), (n, b)| match key {
            SortKey::Paired => m.cmp(n),
            SortKey::Name => (a.name.as_str().to_lowercase(), m).cmp(&(b.name.as_str().to_lowercase(), n)),
            SortKey::Seen => (a.last_seen_at, m).cmp(&(b.last_seen_at, n)),
        });
        if descending {
            expected.reverse();
        }
        let filter = DeviceFilter { search: search.map(|text| text.parse().unwrap()), ..filter };
        let mut query = DeviceQuery { filter, sort: DeviceSort { key, descending }, after: None, limit };
        let mut seen = Vec::new();
        loop {
            let page = fleet.runtime.block_on(fleet.store.devices(&query)).unwrap();
            prop_assert!(page.items.len() == limit || page.next.is_none());
            seen.extend(page.items.into_iter().map(|device| device.id));
            match page.next {
                None => break,
                // As a client would send it back.
                Some(next) => query.after = Some(next.to_string().parse().unwrap()),
            }
        }
        prop_assert_eq!(seen, expected.into_iter().map(|(_, device)| device.id).collect::<Vec<_>>());
    }
}
