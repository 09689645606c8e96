//! Changes of many devices. Whoever is let in or shut out goes the way of all others, so that each is seen to be done; tags go to the platform
//! in one call while it is connected and nothing waits for any of the devices, and one by one where not.

use std::collections::HashMap;

use clawpair_api::{ChangeDevices, ErrorBody, ErrorCode};
use clawpair_core::tags::Tags;
use clawpair_mirror::{About, Act, Delivery, Errand, Intent, ListedDevice, Mirror, MirrorError, Noted, Place};

use super::Mirrored;
use super::changing::reason;
use super::delivering::Outcome;
use super::records::thing_of_device;
use crate::platform::Answer;
use crate::platform::delivering::Changed;
use crate::view::many::{ChangeOutcome, ChangeOutcomes, OutcomeKind};

/// A device that is let in or disabled, as far as is known.
struct Known {
    listed: ListedDevice,
    /// Whether something that was asked of it has still to go out.
    waits: bool,
}

impl Mirrored {
    pub(super) async fn change_many(&self, form: &ChangeDevices) -> Answer<ChangeOutcomes> {
        let known = self.known(form.device_ids()).await?;
        let waits = known.values().any(|known| known.waits);
        let is_about_tags = matches!(form, ChangeDevices::AddTags { .. } | ChangeDevices::RemoveTags { .. });
        if is_about_tags && !waits && self.upkeep.shared.is_connected() {
            // The platform knows best what tags each has.
            match self.tell_many(form).await {
                Err(why) if why.is_no_answer() => {}
                told => return told,
            }
        }
        self.ask_many(form, &known).await
    }

    /// Those of which something can be asked here.
    async fn known(&self, ids: &[String]) -> Answer<HashMap<String, Known>> {
        let places: Vec<Place> = ids.iter().map(|id| self.place(id)).collect();
        let known = self.upkeep.shared.on_file(move |mirror| known(mirror, &places)).await;
        match known {
            Err(why) if self.upkeep.shared.is_connected() => {
                tracing::error!(%why, "what is known of devices could not be read, and their platform is asked");
                Ok(HashMap::new())
            }
            known => known,
        }
    }

    /// In one call of the platform.
    async fn tell_many(&self, form: &ChangeDevices) -> Answer<ChangeOutcomes> {
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

    /// One errand for each device. Of those that are not known here the platform is asked, and of all where that cannot be written down.
    async fn ask_many(&self, form: &ChangeDevices, known: &HashMap<String, Known>) -> Answer<ChangeOutcomes> {
        let (mut outcomes, mut wishes, mut others) = (HashMap::new(), Vec::new(), Vec::new());
        for id in form.device_ids() {
            match known.get(id).map(|known| wanted(form, &known.listed)).transpose()? {
                Some(Ok(intent)) => wishes.push(self.upkeep.shared.wish(id, intent, None)),
                Some(Err(why)) => drop(outcomes.insert(id.clone(), refused(id, why))),
                None => others.push(id.clone()),
            }
        }
        if !wishes.is_empty() {
            let Some(kept) = self.ask(wishes).await? else { return self.tell_many(form).await };
            outcomes.extend(kept.iter().map(|kept| {
                let outcome = outcome_of(form, kept, known.get(&kept.errand.place.id));
                (outcome.device_id.clone(), outcome)
            }));
        }
        if !others.is_empty() {
            let told = self.of_the_platform(&of_these(form, others.clone())).await;
            match told {
                Err(why) if outcomes.is_empty() => return Err(why),
                Err(why) => outcomes.extend(others.into_iter().map(|id| (id.clone(), refused(&id, why.body())))),
                Ok(told) => outcomes.extend(told.outcomes.into_iter().map(|outcome| (outcome.device_id.clone(), outcome))),
            }
        }
        Ok(ChangeOutcomes { outcomes: form.device_ids().iter().filter_map(|id| outcomes.get(id).cloned()).collect() })
    }

    /// What is not known here, or over as far as is known.
    async fn of_the_platform(&self, form: &ChangeDevices) -> Answer<ChangeOutcomes> {
        if self.upkeep.shared.is_connected() {
            return self.tell_many(form).await;
        }
        let gone = || ErrorBody::new(ErrorCode::NotFound, "There is no such device any more, or it was revoked.");
        Ok(ChangeOutcomes { outcomes: form.device_ids().iter().map(|id| refused(id, gone())).collect() })
    }
}

fn known(mirror: &Mirror, places: &[Place]) -> Result<HashMap<String, Known>, MirrorError> {
    let Some(first) = places.first() else { return Ok(HashMap::new()) };
    let ids: Vec<String> = places.iter().map(|place| place.id.clone()).collect();
    let open = mirror.open_errands(&first.platform, &ids)?;
    let mut known = HashMap::new();
    for place in places {
        let listed = match mirror.device(place) {
            Ok(listed) if !listed.standing.is_over() => listed,
            Ok(_) | Err(MirrorError::NotFound(_)) => continue,
            Err(error) => return Err(error),
        };
        let of_it = open.get(&place.id).map_or(&[][..], Vec::as_slice);
        let waits = of_it.iter().any(|errand| errand.delivery.is_open());
        known.insert(place.id.clone(), Known { listed: as_it_will_be(listed, of_it), waits });
    }
    Ok(known)
}

/// Tags are added to those that it will have.
fn as_it_will_be(mut listed: ListedDevice, open: &[Errand]) -> ListedDevice {
    let asked = open.iter().rev().find_map(|errand| match &errand.intent {
        Intent::EditTags { tags } => Some(tags.to_strings()),
        _ => None,
    });
    if let Some(tags) = asked {
        listed.record.device.tags = tags;
    }
    listed
}

/// How far one of them has come.
fn outcome_of(form: &ChangeDevices, kept: &Outcome, known: Option<&Known>) -> ChangeOutcome {
    let id = &kept.errand.place.id;
    if let Some(why) = kept.refusal() {
        return refused(id, why.body());
    }
    let known = known.map(|known| &known.listed.record.device);
    let since = match &kept.thing {
        Some(Changed::Device(device)) => Some(&device.device),
        _ => None,
    };
    let is_done = matches!(kept.errand.delivery, Delivery::Acknowledged { .. } | Delivery::Verified { .. });
    let is_the_same = since.zip(known).is_some_and(|(since, known)| since.revision == known.revision);
    let outcome = match (is_done, form) {
        (false, _) => OutcomeKind::Queued,
        (true, ChangeDevices::Revoke { .. }) => OutcomeKind::Changed,
        (true, _) if is_the_same => OutcomeKind::Unchanged,
        (true, _) => OutcomeKind::Changed,
    };
    ChangeOutcome { device_id: id.clone(), outcome, device: since.or(known).cloned(), error: None }
}

fn refused(id: &str, why: ErrorBody) -> ChangeOutcome {
    ChangeOutcome { device_id: id.to_owned(), outcome: OutcomeKind::Refused, device: None, error: Some(why) }
}

/// The same of other devices.
fn of_these(form: &ChangeDevices, ids: Vec<String>) -> ChangeDevices {
    let mut form = form.clone();
    let (ChangeDevices::Revoke { device_ids, .. }
    | ChangeDevices::Disable { device_ids, .. }
    | ChangeDevices::Enable { device_ids }
    | ChangeDevices::AddTags { device_ids, .. }
    | ChangeDevices::RemoveTags { device_ids, .. }) = &mut form;
    *device_ids = ids;
    form
}

/// What is to be asked of one of them, or why that cannot be.
fn wanted(form: &ChangeDevices, known: &ListedDevice) -> Answer<Result<Intent, ErrorBody>> {
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
