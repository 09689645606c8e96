use std::cmp::Ordering;

use clawpair_api::{Device, DeviceStatus};
use clawpair_mirror::{Batch, DeviceFilter, DeviceQuery, Extent, FacetQuery, ListedDevice, Mark, Order, PlatformId, Standing};

use crate::common::{File, at, device, place, platform, thing};

/// Above the number from which lists walk their indexes.
const MANY: usize = 5_000;

fn one_of_many(n: usize) -> Device {
    let tags = if n.is_multiple_of(2) { vec!["even".to_owned(), format!("t{}", n % 7)] } else { vec![format!("t{}", n % 7)] };
    let permission = if n.is_multiple_of(3) { "lights:control" } else { "sensor:read" };
    let seen = i64::try_from((n * 7_919) % MANY).unwrap() * i64::from(!n.is_multiple_of(5));
    Device {
        name: format!("Device {}", (n * 31) % 1_000),
        device_type: if n.is_multiple_of(11) { "Toaster".into() } else { "IoT Sensor".into() },
        permissions: vec![permission.into()],
        tags,
        status: [DeviceStatus::Active, DeviceStatus::Active, DeviceStatus::Disabled, DeviceStatus::Revoked][n % 4],
        connected: n % 4 < 2 && n.is_multiple_of(5),
        paired_at: at(i64::try_from((n * 17) % MANY).unwrap() - 10_000).to_string(),
        last_seen_at: (seen > 0).then(|| at(seen).to_string()),
        ..device(&n.to_string())
    }
}

fn seeded() -> File {
    let file = File::new();
    let other: PlatformId = "q".parse().unwrap();
    file.mirror.enter_platform(&other, &"Workshop".parse().unwrap()).unwrap();
    for (at_platform, odd) in [(platform(), 0), (other, 1)] {
        let things = (0..MANY).filter(|n| n / 10 % 2 == odd).map(|n| thing(one_of_many(n))).collect();
        let batch = Batch { platform: at_platform, things, ..file.batch([]) };
        file.mirror.apply(batch).unwrap();
    }
    file
}

fn all_pages(file: &File, query: &DeviceQuery) -> Vec<ListedDevice> {
    let (mut query, mut all) = (DeviceQuery { limit: 150, ..query.clone() }, Vec::new());
    loop {
        let page = file.mirror.devices(&query).unwrap();
        assert!(page.ordered || query.filter.search.is_some());
        all.extend(page.devices);
        match page.next {
            None => return all,
            next => query.after = next,
        }
    }
}

fn filters() -> Vec<DeviceFilter> {
    let all = DeviceFilter::default;
    let mut filters = vec![
        all(),
        DeviceFilter { platform: Some("q".parse().unwrap()), ..all() },
        DeviceFilter { standing: Some(Standing::Revoked), ..all() },
        DeviceFilter { besides: vec![Standing::Revoked], without: vec![Mark::Connected], ..all() },
        DeviceFilter { tag: Some("even".parse().unwrap()), ..all() },
        DeviceFilter { tag: Some("even".parse().unwrap()), marks: vec![Mark::Broad], ..all() },
        DeviceFilter { tag: Some("t3".parse().unwrap()), standing: Some(Standing::Active), ..all() },
        DeviceFilter { permission: Some("sensor:read".into()), not_seen_since: Some(at(4_000)), ..all() },
        DeviceFilter { not_seen_since: Some(at(100)), ..all() },
        DeviceFilter { device_type: Some("Toaster".parse().unwrap()), ..all() },
    ];
    let marks = [Mark::Connected, Mark::NeverUsed, Mark::Broad, Mark::UnknownType];
    filters.extend(marks.map(|mark| DeviceFilter { marks: vec![mark], ..all() }));
    filters.extend(
        ["dev", "device 17", "works", "work device", "toas even", "lights"]
            .map(|text| DeviceFilter { search: Some(text.parse().unwrap()), ..all() }),
    );
    filters
}

/// What a reader of the whole list would say.
fn passes(filter: &DeviceFilter, listed: &ListedDevice) -> bool {
    let device = &listed.record.device;
    let has = |list: &[String], one: Option<String>| one.is_none_or(|one| list.contains(&one));
    let seen = device.last_seen_at.as_ref().map(|seen| seen.parse().unwrap());
    let never = seen.is_none();
    let platform_name = if listed.platform == platform() { "Platform" } else { "Workshop" };
    let texts = [&device.name, &device.device_type, &device.id, &device.key_fingerprint].map(String::as_str);
    let texts = texts.into_iter().chain([platform_name]).chain(device.tags.iter().chain(&device.permissions).map(String::as_str));
    let has_mark = |mark: &Mark| match mark {
        Mark::Connected => device.connected,
        Mark::NeverUsed => never,
        Mark::Broad => device.permissions == ["lights:control"],
        Mark::UnknownType => device.device_type == "Toaster",
    };
    filter.platform.as_ref().is_none_or(|wanted| *wanted == listed.platform)
        && filter.standing.is_none_or(|wanted| wanted == listed.standing)
        && has(&device.tags, filter.tag.as_ref().map(ToString::to_string))
        && has(&device.permissions, filter.permission.as_ref().map(ToString::to_string))
        && filter.device_type.as_ref().is_none_or(|wanted| wanted.as_str() == device.device_type)
        && filter.not_seen_since.is_none_or(|since| seen.is_none_or(|seen: clawpair_core::Timestamp| seen < since))
        && !filter.besides.contains(&listed.standing)
        && filter.marks.iter().all(has_mark)
        && !filter.without.iter().any(has_mark)
        && filter.search.as_ref().is_none_or(|search| search.finds_in(texts))
}

fn compare(order: Order, a: &ListedDevice, b: &ListedDevice) -> Ordering {
    let seen = |listed: &ListedDevice| listed.record.device.last_seen_at.clone().unwrap_or_default();
    let (a_device, b_device) = (&a.record.device, &b.record.device);
    match order {
        Order::Name => a_device.name.to_lowercase().cmp(&b_device.name.to_lowercase()),
        Order::Paired => a_device.paired_at.cmp(&b_device.paired_at),
        Order::Seen => seen(a).cmp(&seen(b)),
    }
}

#[test]
fn every_filter_in_every_order_lists_exactly_what_passes_and_each_once() {
    let file = seeded();
    let everything = all_pages(&file, &DeviceQuery::default());
    assert_eq!(everything.len(), MANY);
    for filter in filters() {
        let mut expected: Vec<&str> =
            everything.iter().filter(|listed| passes(&filter, listed)).map(|listed| listed.record.device.id.as_str()).collect();
        expected.sort_unstable();
        let orders = [(Order::Name, false), (Order::Paired, true), (Order::Seen, false), (Order::Seen, true)];
        for (order, descending) in orders {
            let query = DeviceQuery { filter: filter.clone(), order, descending, ..DeviceQuery::default() };
            let listed = all_pages(&file, &query);
            let mut ids: Vec<&str> = listed.iter().map(|listed| listed.record.device.id.as_str()).collect();
            ids.sort_unstable();
            assert_eq!(ids, expected, "{query:?}");
            let ordered = file.mirror.devices(&DeviceQuery { limit: 1, ..query.clone() }).unwrap().ordered;
            let right = |pair: &[ListedDevice]| {
                let found = compare(order, &pair[0], &pair[1]);
                if descending { found.is_ge() } else { found.is_le() }
            };
            assert!(!ordered || listed.windows(2).all(right), "{query:?}");
        }
    }
}

#[test]
fn counts_are_those_of_the_lists() {
    let file = seeded();
    let summary = file.mirror.summary(None).unwrap();
    let count = |marks: Vec<Mark>| {
        let filter = DeviceFilter { standing: Some(Standing::Active), marks, ..DeviceFilter::default() };
        i64::try_from(all_pages(&file, &DeviceQuery { filter, ..DeviceQuery::default() }).len()).unwrap()
    };
    assert_eq!((summary.active, summary.broad), (count(vec![]), count(vec![Mark::Broad])));
    assert_eq!((summary.never_used, summary.connected), (count(vec![Mark::NeverUsed]), count(vec![Mark::Connected])));
    let tags = file.mirror.facets(&FacetQuery::default()).unwrap().tags;
    assert_eq!(tags.len(), 8);
    assert_eq!(tags[0].0, "even");
}

#[test]
fn each_filter_finds_as_many_as_it_says() {
    let file = seeded();
    let (since, before) = (at(100), at(100).plus_minutes(180 * 24 * 60));
    for platform in [None, Some(platform())] {
        for standing in [None, Some(Standing::Active), Some(Standing::Disabled), Some(Standing::Gone)] {
            let among = DeviceFilter { platform: platform.clone(), standing, ..DeviceFilter::default() };
            let count = |filter: DeviceFilter| {
                i64::try_from(all_pages(&file, &DeviceQuery { filter, ..DeviceQuery::default() }).len()).unwrap()
            };
            let marked = |mark| count(DeviceFilter { marks: vec![mark], ..among.clone() });
            let query =
                FacetQuery { platform: platform.clone(), standing, not_seen_since: Some(since), expires_before: Some(before) };
            let facets = file.mirror.facets(&query).unwrap();
            let marks = (facets.never_used, facets.broad, facets.unknown_type);
            assert_eq!(marks, (marked(Mark::NeverUsed), marked(Mark::Broad), marked(Mark::UnknownType)), "{query:?}");
            assert_eq!(facets.not_seen, count(DeviceFilter { not_seen_since: Some(since), ..among.clone() }), "{query:?}");
            assert_eq!(facets.expiring, count(DeviceFilter { expires_before: Some(before), ..among.clone() }), "{query:?}");
            for (tag, devices) in &facets.tags {
                assert_eq!(*devices, count(DeviceFilter { tag: Some(tag.parse().unwrap()), ..among.clone() }), "{tag} {query:?}");
            }
            for (kind, devices) in &facets.types {
                let device_type = Some(kind.parse().unwrap());
                assert_eq!(*devices, count(DeviceFilter { device_type, ..among.clone() }), "{kind} {query:?}");
            }
        }
    }
}

#[test]
fn counts_follow_changes_and_ends() {
    let file = File::new();
    let tagged = |id: &str, tag: &str| Device { tags: vec![tag.into()], revision: 2, ..device(id) };
    file.everything([tagged("a", "x"), tagged("b", "x")]);
    file.everything([tagged("a", "y")]);
    let summary = file.mirror.summary(None).unwrap();
    assert_eq!((summary.active, summary.gone), (1, 1));
    let active = FacetQuery { standing: Some(Standing::Active), ..FacetQuery::default() };
    assert_eq!(file.mirror.facets(&active).unwrap().tags, [("y".to_owned(), 1)]);
}

#[test]
fn a_platform_with_another_name_is_found_by_it_at_once() {
    let file = File::new();
    file.some([device("a")]);
    file.mirror.enter_platform(&platform(), &"Greenhouse".parse().unwrap()).unwrap();
    let find = |text: &str| {
        let filter = DeviceFilter { search: Some(text.parse().unwrap()), ..DeviceFilter::default() };
        file.mirror.devices(&DeviceQuery { filter, limit: 10, ..DeviceQuery::default() }).unwrap().devices.len()
    };
    assert_eq!((find("green"), find("green sensor"), find("plat")), (1, 1, 0));
}

#[test]
fn a_group_is_this_computers_and_stays_when_the_platform_says_more() {
    let file = File::new();
    file.some([device("a")]);
    let group = "cellar".parse().unwrap();
    file.mirror.put_in_group(&place("a"), Some(&group), at(0)).unwrap();
    file.some([Device { revision: 2, name: "Other".into(), ..device("a") }]);
    assert_eq!(file.mirror.device(&place("a")).unwrap().group, Some(group));
    let groups = || file.mirror.facets(&FacetQuery::default()).unwrap().groups;
    assert_eq!(groups(), [("cellar".to_owned(), 1)]);
    file.mirror.put_in_group(&place("a"), None, at(0)).unwrap();
    assert_eq!(groups(), []);
}

#[test]
fn what_ends_soon_is_found() {
    let file = File::new();
    let mut batch = file.batch([device("a"), device("b"), device("c")]);
    for (thing, ends) in batch.things.iter_mut().zip([Some(at(100)), Some(at(900)), None]) {
        let clawpair_mirror::Thing::Device(record) = thing else { panic!("a device") };
        record.expires_at = ends;
    }
    file.mirror.apply(batch).unwrap();
    let filter = DeviceFilter { expires_before: Some(at(500)), ..DeviceFilter::default() };
    let page = file.mirror.devices(&DeviceQuery { filter, limit: 10, ..DeviceQuery::default() }).unwrap();
    assert_eq!(page.devices.iter().map(|listed| listed.record.device.id.as_str()).collect::<Vec<_>>(), ["a"]);
}

#[test]
fn a_device_is_found_by_its_key_on_every_platform() {
    let file = File::new();
    let other: PlatformId = "q".parse().unwrap();
    file.mirror.enter_platform(&other, &"Other".parse().unwrap()).unwrap();
    let twin = Device { key_fingerprint: device("a").key_fingerprint, ..device("b") };
    file.some([device("a")]);
    let extent = Extent::Everything { cursor: None };
    file.mirror.apply(Batch { platform: other, extent, ..file.batch([twin]) }).unwrap();
    assert_eq!(file.mirror.devices_with_key(&device("a").key_fingerprint).unwrap().len(), 2);
}

#[test]
fn what_an_older_program_has_entered_by_its_beginning_only_is_found_on_a_full_disk_too() {
    let file = File::new();
    file.some([Device { name: "Kitchens".into(), ..device("a") }]);
    let db = rusqlite::Connection::open(file.mirror.path()).unwrap();
    db.execute_batch(
        "INSERT INTO device_search (device_search) VALUES ('delete-all');
         INSERT INTO device_search (rowid, parts) SELECT number, 'kitche §p' || platform FROM device;
         UPDATE state SET words_entered = 0",
    )
    .unwrap();
    let filter = DeviceFilter { search: Some("kitchens".parse().unwrap()), ..DeviceFilter::default() };
    let query = DeviceQuery { filter, limit: 1, ..DeviceQuery::default() };
    assert_eq!(file.mirror.devices(&query).unwrap().devices.len(), 1);
}
