//! Changes of many devices in one call. Revocations go the way of all others, so that each is seen to be done; the rest goes to the
//! platform in one call while it is connected, and waits one by one while it is not.

use std::collections::HashMap;
use std::sync::Arc;

use clawpair_api::{ChangeDevices, Device, ErrorBody, ErrorCode};
use clawpair_core::tags::Tags;
use clawpair_mirror::{About, Act, Delivery, Intent, ListedDevice, Noted};

use super::Mirrored;
use super::changing::reason;
use super::delivering::Outcome;
use super::records::thing_of_device;
use crate::platform::Answer;
use crate::platform::delivering::Changed;
use crate::view::many::{ChangeOutcome, ChangeOutcomes, OutcomeKind};

impl Mirrored {
    pub(super) async fn change_many(&self, form: &ChangeDevices) -> Answer<ChangeOutcomes> {
        let waits = !self.upkeep.shared.is_connected();
        if (matches!(form, ChangeDevices::Revoke { .. }) || waits)
            && let Some(outcomes) = self.ask_many(form).await?
        {
            return Ok(ChangeOutcomes { outcomes });
        }
        let changed = self.itself().change_devices(form).await;
        self.note_many(form, &changed).await;
        let outcomes = changed?;
        let devices = outcomes.outcomes.iter().filter_map(|outcome| outcome.device.clone());
        self.changed(devices.map(|device| thing_of_device(device.into())).collect()).await;
        Ok(outcomes)
    }

    /// Writes down what was done to each of them.
    async fn note_many(&self, form: &ChangeDevices, changed: &Answer<ChangeOutcomes>) {
        let (act, details) = match form {
            ChangeDevices::Revoke { reason, .. } => (Act::RevokeDevice, reason.clone()),
            ChangeDevices::Disable { reason, .. } => (Act::DisableDevice, reason.clone()),
            ChangeDevices::Enable { .. } => (Act::EnableDevice, None),
            ChangeDevices::AddTags { tags, .. } => (Act::EditDevice, Some(format!("+ {}", tags.join(" ")))),
            ChangeDevices::RemoveTags { tags, .. } => (Act::EditDevice, Some(format!("- {}", tags.join(" ")))),
        };
        let outcomes = match changed {
            Ok(changed) => &changed.outcomes,
            Err(why) => return self.note(act, None, details.as_deref(), Some(why)).await,
        };
        let of_each = outcomes.iter().filter(|outcome| outcome.outcome != OutcomeKind::Unchanged).map(|outcome| Noted {
            act,
            about: About::Thing(self.place(&outcome.device_id)),
            details: details.clone(),
            refused: outcome.error.as_ref().map(|why| why.message.clone()),
        });
        self.note_all(act, of_each.collect()).await;
    }

    /// One for each device; nothing where it cannot be kept and the platform itself is to be asked.
    async fn ask_many(&self, form: &ChangeDevices) -> Answer<Option<Vec<ChangeOutcome>>> {
        let ids = form.device_ids().to_vec();
        let places: Vec<_> = ids.iter().map(|id| self.place(id)).collect();
        let known: Vec<Option<ListedDevice>> = self
            .upkeep
            .shared
            .on_file(move |mirror| {
                let mut open = HashMap::new();
                if let Some(place) = places.first() {
                    let ids: Vec<String> = places.iter().map(|place| place.id.clone()).collect();
                    open = mirror.open_errands(&place.platform, &ids)?;
                }
                let known = places.iter().map(|place| {
                    let mut known = mirror.device(place).ok()?;
                    // Tags are added to those it will have.
                    let mut tags = open.get(&place.id).into_iter().flatten().filter_map(|errand| match &errand.intent {
                        Intent::EditTags { tags } => Some(tags.to_strings()),
                        _ => None,
                    });
                    if let Some(tags) = tags.next_back() {
                        known.record.device.tags = tags;
                    }
                    Some(known)
                });
                Ok(known.collect())
            })
            .await?;
        let mut refused: HashMap<&str, ErrorBody> = HashMap::new();
        let mut wishes = Vec::new();
        for (id, known) in ids.iter().zip(&known) {
            match wanted(form, known.as_ref())? {
                Ok(intent) => wishes.push(self.upkeep.shared.wish(id, intent, None)),
                Err(why) => drop(refused.insert(id, why)),
            }
        }
        // Of what is not known here, the platform has to be asked.
        if !refused.is_empty() && self.upkeep.shared.is_connected() {
            return Ok(None);
        }
        let Some(kept) = (if wishes.is_empty() { Some(Vec::new()) } else { self.ask(wishes).await? }) else { return Ok(None) };
        let kept: HashMap<&str, &Arc<Outcome>> = kept.iter().map(|kept| (kept.errand.place.id.as_str(), kept)).collect();
        let outcomes = ids.iter().zip(known).map(|(id, known)| {
            let why = kept.get(id.as_str()).and_then(|kept| kept.refusal()).map(|why| why.body());
            if let Some(why) = why.or_else(|| refused.get(id.as_str()).cloned()) {
                return outcome(id, OutcomeKind::Refused, None, Some(why));
            }
            let kept = kept.get(id.as_str());
            let since = kept.and_then(|kept| match &kept.thing {
                Some(Changed::Device(device)) => Some(device.device.clone()),
                _ => None,
            });
            let is_done =
                |kept: &&Arc<Outcome>| matches!(kept.errand.delivery, Delivery::Acknowledged { .. } | Delivery::Verified { .. });
            let how = if kept.is_some_and(is_done) { OutcomeKind::Changed } else { OutcomeKind::Queued };
            outcome(id, how, since.or_else(|| known.map(|known| known.record.device)), None)
        });
        Ok(Some(outcomes.collect()))
    }
}

fn outcome(id: &str, outcome: OutcomeKind, device: Option<Device>, error: Option<ErrorBody>) -> ChangeOutcome {
    ChangeOutcome { device_id: id.to_owned(), outcome, device, error }
}

/// What is to be asked of one of them, or why that cannot be.
fn wanted(form: &ChangeDevices, known: Option<&ListedDevice>) -> Answer<Result<Intent, ErrorBody>> {
    let Some(known) = known.filter(|known| !known.standing.is_over()) else {
        return Ok(Err(ErrorBody::new(ErrorCode::NotFound, "There is no such device any more, or it was revoked.")));
    };
    let tags = |tags: Vec<String>| {
        let tags = Tags::parse(&tags).map_err(|error| ErrorBody::new(ErrorCode::InvalidRequest, error.to_string()));
        tags.map(|tags| Intent::EditTags { tags })
    };
    let has = &known.record.device.tags;
    Ok(match form {
        ChangeDevices::Revoke { reason: why, .. } => Ok(Intent::Revoke { reason: reason(why.as_deref())? }),
        ChangeDevices::Disable { reason: why, .. } => Ok(Intent::Disable { reason: reason(why.as_deref())? }),
        ChangeDevices::Enable { .. } => Ok(Intent::Enable),
        ChangeDevices::AddTags { tags: more, .. } => {
            tags(has.iter().chain(more.iter().filter(|tag| !has.contains(tag))).cloned().collect())
        }
        ChangeDevices::RemoveTags { tags: less, .. } => tags(has.iter().filter(|tag| !less.contains(tag)).cloned().collect()),
    })
}
