//! What the upkeep tells, keeps and says of its own age.

use tokio::time::timeout;

use super::*;

#[tokio::test(start_paused = true)]
async fn what_is_told_while_it_is_read_is_told_on_after_the_next_reading() {
    let stand = Stand::new();
    let platform = Told::new(brings(&["Hall"], "1"), connected());
    let mirrored = stand.around(&platform);
    let mut news = mirrored.news();
    resync(&mut news).await;
    told_state(&mut news).await;
    let gate = Arc::new(Notify::new());
    *platform.reading.lock().unwrap() = Reading::Gated(Arc::clone(&gate));
    platform.tell(News::Event(Box::new(Event::Resync)));
    platform.was_asked(2).await;
    platform.tell(News::Event(Box::new(Event::Resync)));
    // Told after it, so what was told before has been heard.
    platform.tell(News::State);
    told_state(&mut news).await;
    *platform.reading.lock().unwrap() = brings(&["Hall"], "1");
    gate.notify_one();
    timeout(EVERY, resync(&mut news)).await.unwrap();
    timeout(EVERY, resync(&mut news)).await.expect("the second time, too, though it brought nothing new");
}

#[tokio::test]
async fn what_was_told_says_nothing_of_all_the_rest() {
    let stand = Stand::new();
    let platform = Told::new(Reading::Fails(Refusal::new("server_unwell", "It has no memory.", "Wait.")), connected());
    let mirrored = stand.around(&platform);
    let mut news = mirrored.news();
    told_state(&mut news).await;
    *platform.reading.lock().unwrap() = Reading::Never;
    platform.tell(News::Event(Box::new(Event::Device { device: device("Hall", true) })));
    while !matches!(news.recv().await.unwrap(), News::Event(_)) {}
    let standing = mirrored.standing();
    assert_eq!((standing.as_of, standing.notice.map(|why| why.code).as_deref()), (None, Some("server_unwell")));
    let known = stand.mirror.platform(&id()).unwrap();
    assert_eq!((known.as_of, known.stale.is_some()), (None, true));
}

#[tokio::test]
async fn a_look_that_was_made_before_is_as_old_as_that_and_what_kept_a_platform_from_being_read_is_over_then() {
    let stand = Stand::new();
    let platform = Told::new(Reading::Fails(Refusal::new("server_unwell", "It has no memory.", "Wait.")), connected());
    let mirrored = stand.around(&platform);
    let mut news = mirrored.news();
    told_state(&mut news).await;
    let Reading::Brings(brought) = brings(&["Hall"], "1") else { unreachable!() };
    let looked = "2026-10-01T11:59:30Z";
    *platform.reading.lock().unwrap() = Reading::Brings(Brought { as_of: looked.parse().ok(), asked: false, ..brought });
    platform.tell(News::Event(Box::new(Event::Resync)));
    resync(&mut news).await;
    let standing = mirrored.standing();
    assert_eq!((standing.as_of.as_deref(), standing.notice), (Some(looked), None));
    let known = stand.mirror.platform(&id()).unwrap();
    assert_eq!((known.as_of, known.stale), (looked.parse().ok(), None));
    assert_eq!(platform.asked().iter().map(|since| since.stale).collect::<Vec<_>>(), [false, true], "who is asked is told");
}

#[tokio::test]
async fn why_a_platform_is_stale_is_written_once_however_often_it_is_tried() {
    let stand = Stand::new();
    let platform = Told::new(brings(&["Hall"], "1"), connected());
    let mirrored = stand.around(&platform);
    let mut news = mirrored.news();
    resync(&mut news).await;
    told_state(&mut news).await;
    let watching = rusqlite::Connection::open(stand.mirror.path()).unwrap();
    // Changes with each commit of another connection.
    let version = || watching.query_row("PRAGMA data_version", [], |row| row.get::<_, i64>(0)).unwrap();
    let mut is = async |state: PlatformState| {
        platform.is(state);
        told_state(&mut news).await;
        version()
    };
    let before = is(retrying()).await;
    assert_eq!(is(retrying()).await, before);
    let other = Refusal::new("server_unreachable", "Its name is not known.", "Wait.");
    let after = is(PlatformState::Retrying { at: NOW.into(), why: other }).await;
    assert_ne!(after, before);
    let why = stand.mirror.platform(&id()).unwrap().stale.unwrap().why;
    assert_eq!(why.message, "Its name is not known.");
}

#[tokio::test]
async fn more_devices_may_be_connected_than_one_batch_holds() {
    let stand = Stand::new();
    let platform = Told::new(brings(&["Hall"], "1"), connected());
    *platform.connected.lock().unwrap() = (0..=MAX_CHANGES).map(|number| device(&number.to_string(), true).into()).collect();
    let mirrored = stand.around(&platform);
    resync(&mut mirrored.news()).await;
    assert_eq!(mirrored.device_summary().await.unwrap().connected, MAX_CHANGES as u64 + 1);
}

#[tokio::test]
async fn what_a_server_says_ends_by_its_clock_and_is_counted_by_this_computers() {
    let stand = Stand::new();
    let asking = |id: &str, expires_at: &str| {
        let json = serde_json::json!({"id": id, "status": "waiting", "name": "Hub", "device_type": "IoT Sensor", "permissions": [],
            "public_key": "", "key_fingerprint": "", "comparison": "", "other_keys": 0, "asked_at": NOW, "expires_at": expires_at,
            "seconds_left": 9});
        Thing::Request(Box::new(serde_json::from_value(json).unwrap()))
    };
    let things = vec![asking("over", "2026-10-01T12:01:00Z"), asking("waits", "2026-10-01T12:03:00Z")];
    let extent = Extent::Everything { cursor: Some("1".into()) };
    let two_minutes_ahead = Brought { extent, things, more: false, asked: true, as_of: None, ahead_millis: Some(120_000) };
    let platform = Told::new(Reading::Brings(two_minutes_ahead), connected());
    let mirrored = stand.around(&platform);
    resync(&mut mirrored.news()).await;
    let listed = async |mirrored: &Mirrored| {
        let requests = mirrored.requests(None).await.unwrap().requests.into_iter().map(|request| request.request);
        requests.map(|request| (request.id, request.expires_at, request.seconds_left)).collect::<Vec<_>>()
    };
    let waits = [("waits".to_owned(), "2026-10-01T12:01:00Z".to_owned(), 60)];
    assert_eq!(listed(&mirrored).await, waits);
    drop(mirrored);
    let away = stand.around(&Told::new(Reading::Never, PlatformState::Connecting));
    assert_eq!(listed(&away).await, waits, "also after a start without it");
}

#[tokio::test]
async fn what_a_platform_said_last_that_it_can_do_counts_while_it_is_away() {
    let stand = Stand::new();
    let never = stand.around(&Told::new(Reading::Never, PlatformState::Connecting));
    assert_eq!(never.standing().capabilities, None);
    drop(never);
    let platform = Told::new(brings(&["Hall"], "1"), connected());
    let says = |capabilities: &[Capability]| *platform.capabilities.lock().unwrap() = Some(capabilities.to_vec());
    says(&[Capability::Requests, Capability::RevokeDevices]);
    let mirrored = stand.around(&platform);
    let mut news = mirrored.news();
    told_state(&mut news).await;
    let away = async || {
        let mirrored = stand.around(&Told::new(Reading::Never, retrying()));
        mirrored.standing().capabilities.unwrap()
    };
    assert_eq!(away().await, [Capability::Requests, Capability::RevokeDevices]);
    says(&[]);
    mirrored.catch_up().await.unwrap();
    assert_eq!(away().await, [], "it may nothing any more, which is not the same as not to know");
    // A newer program has been here.
    stand.mirror.keep_capabilities(&id(), &["requests", "later"]).unwrap();
    assert_eq!(away().await, [Capability::Requests]);
}
