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
