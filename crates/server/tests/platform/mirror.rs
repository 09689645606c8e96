//! The mirror of a real platform: what is asked for offline is done there, and verified by what it lists afterwards.

use axum::http::{Method, StatusCode};
use clawpair_api::{ChangeList, Device, ErrorBody};
use clawpair_core::clock::Timestamp;
use clawpair_core::rng::SystemRng;
use clawpair_device::Caller;
use clawpair_mirror::{Answer, Batch, Delivery, EndedBy, Errand, Extent, Intent, Mirror, Place, PlatformId, Standing, Thing};
use serde_json::Value;
use tempfile::TempDir;

use crate::fixture::{TestPlatform, claim, refusal};

const REVOKE: Intent = Intent::Revoke { reason: None };

struct Desk {
    platform: TestPlatform,
    mirror: Mirror,
    folder: TempDir,
    id: PlatformId,
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(1_698_402_600_000).plus_seconds(seconds)
}

impl Desk {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mirror = Mirror::open(&folder.path().join("mirror.db")).unwrap();
        let id: PlatformId = "p".parse().unwrap();
        mirror.enter_platform(&id, &"Platform".parse().unwrap()).unwrap();
        Self { platform: TestPlatform::start().await, mirror, folder, id }
    }

    async fn read(&self) {
        loop {
            let reading = self.mirror.reading(at(0)).unwrap();
            let since = self.mirror.platforms().unwrap().remove(0).cursor;
            let path = since.map_or("/api/v1/changes".to_owned(), |since| format!("/api/v1/changes?since={since}"));
            let (_, list) = self.platform.owner(Method::GET, &path, Value::Null).await;
            let list: ChangeList = serde_json::from_value(list).unwrap();
            let things = list.changes.into_iter().filter_map(Thing::of).collect();
            let extent = Extent::Some { cursor: Some(list.cursor) };
            self.mirror.apply(Batch { platform: self.id.clone(), reading, extent, things }).unwrap();
            if !list.more {
                return;
            }
        }
    }

    fn place(&self, id: &str) -> Place {
        Place { platform: self.id.clone(), id: id.into() }
    }

    async fn send(&self, errand: &Errand) -> Answer {
        assert_eq!(errand.intent, REVOKE);
        let path = format!("/api/v1/devices/{}", errand.place.id);
        let (status, answer) = self.platform.owner(Method::DELETE, &path, Value::Null).await;
        if status == StatusCode::OK {
            let device: Device = serde_json::from_value(answer).unwrap();
            return Answer::Done { revision: Some(device.revision) };
        }
        let why: ErrorBody = serde_json::from_value(answer).unwrap();
        Answer::refused(why, status.as_u16(), None)
    }

    fn settle(&self, errand: &Errand, answer: Answer) -> Delivery {
        self.mirror.settle_all(vec![(errand.id, errand.attempts, answer)], at(1), &SystemRng).unwrap().remove(0).delivery
    }

    fn take(&self, seconds: i64) -> Errand {
        self.mirror.take_several(&self.id, 1, at(seconds)).unwrap().remove(0)
    }
}

#[tokio::test]
async fn a_revocation_asked_for_offline_is_done_and_verified_by_reading_again() {
    let desk = Desk::new().await;
    let (_, paired, credential) = desk.platform.paired(1).await;
    desk.read().await;
    let place = desk.place(&paired.device.id);
    let errand = desk.mirror.ask(&place, &REVOKE, at(0), &SystemRng).unwrap();
    let sent = desk.take(0);
    let answer = desk.send(&sent).await;
    assert!(matches!(desk.settle(&sent, answer), Delivery::Acknowledged { .. }));
    assert_eq!(desk.mirror.outbox_counts().unwrap().not_yet_revoked, 1);
    desk.read().await;
    assert!(matches!(desk.mirror.errand(errand.id).unwrap().delivery, Delivery::Verified { .. }));
    assert_eq!(desk.mirror.outbox_counts().unwrap().not_yet_revoked, 0);
    assert_eq!(desk.mirror.device(&place).unwrap().standing, Standing::Revoked);
    assert_eq!(desk.mirror.tombstones(None, None, 10).unwrap()[0].who, Some(EndedBy::You));
    assert_eq!(refusal(Caller::of_system(credential).device_self().await), "device_revoked");
}

#[tokio::test]
async fn a_revocation_whose_answer_was_lost_is_sent_again_and_has_effect_once() {
    let desk = Desk::new().await;
    let (_, paired, _) = desk.platform.paired(1).await;
    desk.read().await;
    desk.mirror.ask(&desk.place(&paired.device.id), &REVOKE, at(0), &SystemRng).unwrap();
    let first = desk.take(0);
    desk.send(&first).await;
    assert!(matches!(desk.settle(&first, Answer::Lost), Delivery::Queued { .. }));
    let second = desk.take(60);
    assert_eq!(second.idempotency_key, first.idempotency_key);
    let answer = desk.send(&second).await;
    assert!(matches!(desk.settle(&second, answer), Delivery::Acknowledged { .. }));
    let path = "/api/v1/activity?action=device_revoked";
    let (_, page) = desk.platform.owner(Method::GET, path, Value::Null).await;
    assert_eq!(page["entries"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_revoked_device_that_is_paired_again_raises_an_alarm() {
    let desk = Desk::new().await;
    let (_, paired, _) = desk.platform.paired(1).await;
    desk.platform.owner(Method::DELETE, &format!("/api/v1/devices/{}", paired.device.id), Value::Null).await;
    desk.read().await;
    let again = claim(&TestPlatform::by_link(&desk.platform.open().await), 1).await.unwrap();
    desk.read().await;
    let alarm = desk.mirror.alarms().unwrap().remove(0);
    assert_eq!((alarm.place.id, alarm.tombstone.place.id), (again.device.id, paired.device.id));
}

#[tokio::test]
async fn no_secret_of_a_platform_is_in_the_mirrors_files() {
    let desk = Desk::new().await;
    let created = desk.platform.open().await;
    let (key, (_, _, credential)) = (desk.platform.api_key().await, desk.platform.paired(1).await);
    desk.read().await;
    let link = created.link.unwrap();
    let digits = created.code.replace('-', "");
    let secrets = [
        created.code.as_str(),
        digits.as_str(),
        link.rsplit('/').next().unwrap(),
        key.as_str(),
        credential.tokens.access.reveal(),
        credential.tokens.refresh.reveal(),
    ];
    for path in std::fs::read_dir(desk.folder.path()).unwrap().map(|entry| entry.unwrap().path()) {
        let bytes = std::fs::read(&path).unwrap();
        let holds = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
        assert!(!secrets.iter().any(|secret| holds(secret)), "{}", path.display());
    }
}
