//! Which devices that were thrown out are back, and which of them nobody was told of.

use clawpair_core::clock::Timestamp;
use clawpair_core::watch::Severity;
use clawpair_openclaw::ids::DeviceId;
use clawpair_openclaw::operations::DeviceList;
use clawpair_openclaw::returned::{Back, How, ThrownOut, returned};

use super::alerts::{DEVICE_RETURNED, Hit};
use super::shared::named;
use super::thrown_out::{Remembered, Stand};

/// How long what was asked for may be under way, in milliseconds, after the connection on which nobody heard the answer.
const UNDER_WAY: i64 = 60_000;

/// A device that stands otherwise than when it was last looked.
pub(super) struct Noticed {
    pub(super) before: Remembered,
    /// How it stands now; nothing if it is no device that was thrown out: it never was, or it was let in on purpose.
    pub(super) now: Option<Stand>,
    /// What to tell, if it is nearer than before.
    pub(super) hit: Option<Hit>,
}

/// What has changed since the last look; this one's asking began at `asked` of the gateway's clock. Whom the gateway has `refused` to
/// throw out before that, it has thrown out by then or never does, whatever was asked for before.
pub(super) fn back(list: &DeviceList, asked: Timestamp, remembered: &[Remembered], refused: Option<DeviceId>) -> Vec<Noticed> {
    let gone: Vec<ThrownOut> = remembered.iter().map(|device| device.gone.clone()).collect();
    let returned = returned(list, asked, &gone);
    let judged = remembered.iter().filter(|device| device.gone.is_judged_by(asked));
    let changed = judged.filter_map(|device| {
        let back = returned.iter().find(|(gone, _)| **gone == device.gone).map(|(_, back)| *back);
        let is_over = |since: Timestamp| {
            refused == Some(device.gone.device) || asked.as_millis().saturating_sub(since.as_millis()) >= UNDER_WAY
        };
        let forgotten = || Noticed { before: device.clone(), now: None, hit: None };
        if let Some(since) = device.let_in {
            match back {
                _ if asked <= since => return None,
                Some(Back::In) => return Some(forgotten()),
                // Perhaps the gateway has not let it in yet.
                Some(Back::Asking) if !is_over(since) => return None,
                Some(Back::Asking) | None => {}
            }
        }
        if device.stand == Stand::Unanswered && back == Some(Back::In) && !is_let_in_since(list, &device.gone) {
            // The gateway has not done it, but perhaps only not yet.
            return is_over(device.gone.at).then(forgotten);
        }
        let now = back.map_or(Stand::Out, Stand::Back);
        let nearer = match (device.stand, back) {
            (Stand::Unanswered | Stand::Out, Some(back)) | (Stand::Back(Back::Asking), Some(back @ Back::In)) => Some(back),
            _ => None,
        };
        let hit = nearer.map(|back| hit(list, &device.gone, back));
        (now != device.stand || device.let_in.is_some()).then(|| Noticed { before: device.clone(), now: Some(now), hit })
    });
    changed.collect()
}

/// Whether a device that may have been removed was let in after that was asked for.
fn is_let_in_since(list: &DeviceList, gone: &ThrownOut) -> bool {
    let paired = list.paired.iter().find(|device| device.device == gone.device);
    gone.how == How::Removed && paired.and_then(|device| device.approved).is_some_and(|approved| approved > gone.at)
}

fn hit(list: &DeviceList, gone: &ThrownOut, back: Back) -> Hit {
    let paired = list.paired.iter().find(|device| device.device == gone.device);
    let pending = list.pending.iter().find(|device| device.device == gone.device);
    let name = paired.and_then(|device| device.label.as_ref().or(device.name.as_ref()));
    let name = named(name.or_else(|| pending.and_then(|device| device.name.as_ref())), &gone.device);
    let was = match &gone.how {
        How::Removed => "was removed".to_owned(),
        How::Revoked(role) => format!("had its token as {role} revoked"),
    };
    let (severity, what) = match back {
        Back::In => {
            (Severity::High, "is in again. It may hold the gateway's shared token; change gateway.auth.token to shut it out")
        }
        Back::Asking => (Severity::Medium, "asks to be let in again"),
    };
    let sentence = format!("{name} {was} here and {what}.");
    Hit { rule: DEVICE_RETURNED, severity, sentence, subject: gone.device.to_string() }
}
