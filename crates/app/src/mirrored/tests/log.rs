//! The activity log: what is on this computer, what the platform is asked for, and what is said when it cannot be.

use clawpair_api::{ActivityActor, ActivityEntry, ActorKind};
use clawpair_mirror::Thing;

use super::*;

fn entry(number: i64) -> ActivityEntry {
    ActivityEntry {
        number,
        at: NOW.into(),
        actor: ActivityActor { kind: ActorKind::Owner, id: None, name: None },
        action: "pairing_opened".into(),
        subjects: Vec::new(),
        address: None,
        details: None,
        hash: String::new(),
    }
}

fn read(numbers: std::ops::RangeInclusive<i64>, cursor: &str) -> Reading {
    let things = numbers.map(|number| Thing::Activity(Box::new(entry(number)))).collect();
    let extent = Extent::Some { cursor: Some(cursor.into()) };
    Reading::Brings(Brought { extent, things, more: false, asked: true, as_of: None, ahead_millis: None })
}

fn after(number: i64) -> ActivityQuery {
    ActivityQuery { after: Some(number), ..ActivityQuery::default() }
}

fn numbers(page: &ActivityPage) -> (Vec<i64>, Option<i64>) {
    (page.entries.iter().map(|entry| entry.number).collect(), page.next)
}

#[tokio::test(start_paused = true)]
async fn what_is_missing_here_is_asked_of_the_platform_or_said_to_be_missing() {
    let stand = Stand::new();
    let platform = Told::new(read(1..=3, "1"), connected());
    let mirrored = stand.around(&platform);
    let mut news = mirrored.news();
    told_state(&mut news).await;
    let all = mirrored.activity(&ActivityQuery::default()).await.unwrap();
    assert_eq!(numbers(&all), (vec![3, 2, 1], None), "there was nothing before the first");
    // So much was done meanwhile that it was not all read.
    *platform.reading.lock().unwrap() = read(6..=7, "2");
    platform.tell(News::State);
    platform.was_asked(2).await;
    told_state(&mut news).await;
    told_state(&mut news).await;
    let newest = mirrored.activity(&ActivityQuery::default()).await.unwrap();
    assert_eq!(numbers(&newest), (vec![7, 6], Some(6)));
    *platform.older.lock().unwrap() = Some(Ok(ActivityPage { entries: vec![entry(5), entry(4)], next: Some(4) }));
    assert_eq!(numbers(&mirrored.activity(&after(6)).await.unwrap()), (vec![5, 4], Some(4)));
    let of_nobody = ActivityQuery { actor: Some("mem-1".into()), ..ActivityQuery::default() };
    assert_eq!(mirrored.activity(&of_nobody).await.unwrap().entries.len(), 2, "no entry here is not none at all");
    *platform.older.lock().unwrap() = Some(Err(Refusal::new("server_unreachable", "Nobody answers.", "Wait.")));
    let refused = mirrored.activity(&after(6)).await.unwrap_err();
    assert_eq!(refused.code, "activity_not_here");
    assert!(refused.message.contains("Nobody answers.") && refused.hint.is_some(), "{refused}");
    let since_then = ActivityQuery { from: Some("2026-10-01T12:00:01Z".into()), ..ActivityQuery::default() };
    assert_eq!(numbers(&mirrored.activity(&since_then).await.unwrap()), (vec![], None), "what is older is not wanted");
}
