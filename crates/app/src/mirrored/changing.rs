//! Changes of one thing: each is asked for on file first and goes out from there. What cannot wait goes to the platform at once.

use std::sync::Arc;

use clawpair_api::{ApproveRequest, EditDevice};
use clawpair_core::tags::Tags;
use clawpair_core::text::Reason;
use clawpair_mirror::{Act, Intent, MirrorError, Place, Wish};

use super::Mirrored;
use super::asking::Asked;
use super::delivering::Outcome;
use super::records::shown_request;
use crate::platform::delivering::Changed;
use crate::platform::{Answer, Platform};
use crate::view::Refusal;
use crate::view::platform::{PlatformDevice, PlatformRequest, PlatformState};

impl Mirrored {
    /// Edits what differs from what is known: name and tags may wait, the type may not.
    pub(super) async fn edit(&self, id: &str, revision: u32, form: &EditDevice) -> Answer<PlatformDevice> {
        let known = self.device(id).await?;
        // While something waits, what is known is not what will be.
        let as_seen = known.device.revision == revision && known.pending.is_empty();
        let other = |new: &Option<String>, old: &str| new.clone().filter(|new| !as_seen || new != old);
        let name = other(&form.name, &known.device.name);
        let tags = form.tags.clone().filter(|tags| !as_seen || *tags != known.device.tags);
        let device_type = other(&form.device_type, &known.device.device_type);
        let (mut device, mut revision) = (known, revision);
        if device_type.is_some() {
            self.only_now("What kind of device this is")?;
            let form = EditDevice { device_type, ..EditDevice::default() };
            let edited = self.itself().edit_device(id, revision, &form).await;
            self.note(Act::EditDevice, Some(id), form.device_type.as_deref(), edited.as_ref().err()).await;
            device = self.changed_device(edited?).await?;
            revision = device.device.revision;
        }
        let (rest, mut wishes) = (EditDevice { name, device_type: None, tags }, Vec::new());
        if let Some(name) = &rest.name {
            wishes.push(self.wish(id, Intent::Rename { name: parsed(name)? }, Some(revision)));
        }
        if let Some(tags) = &rest.tags {
            wishes.push(self.wish(
                id,
                Intent::EditTags { tags: Tags::parse(tags).map_err(|error| unreadable(&error))? },
                Some(revision),
            ));
        }
        if wishes.is_empty() {
            return Ok(device);
        }
        if let Some(kept) = self.ask(wishes).await? {
            return self.device_since(id, &kept).await;
        }
        let edited = self.itself().edit_device(id, revision, &rest).await;
        self.note(Act::EditDevice, Some(id), rest.name.as_deref(), edited.as_ref().err()).await;
        self.changed_device(edited?).await
    }

    /// Asks for one change of a device; nothing where that cannot be kept and the platform is to be asked itself.
    pub(super) async fn ask_of_device(&self, id: &str, intent: Intent) -> Answer<Option<PlatformDevice>> {
        match self.ask(vec![self.wish(id, intent, None)]).await? {
            Some(kept) => self.device_since(id, &kept).await.map(Some),
            None => Ok(None),
        }
    }

    /// Decides about a request, as it was seen.
    pub(super) async fn decide(&self, id: &str, seen: &ApproveRequest, approve: bool) -> Answer<PlatformRequest> {
        let ApproveRequest { public_key, permissions } = seen.clone();
        let intent = if approve {
            Intent::Approve { public_key, permissions }
        } else {
            Intent::Deny { public_key, permissions, reason: None }
        };
        if let Some(kept) = self.ask(vec![self.wish(id, intent, None)]).await? {
            return self.request_since(id, &kept).await;
        }
        let (act, decided) = if approve {
            (Act::ApproveRequest, self.itself().approve_request(id, seen).await)
        } else {
            (Act::DenyRequest, self.itself().deny_request(id, seen).await)
        };
        self.note(act, Some(id), None, decided.as_ref().err()).await;
        self.decided(decided?).await
    }

    /// The credentials of a role are replaced, unless they were since this was asked for.
    pub(super) async fn rotate(&self, id: &str, role: &str) -> Answer<PlatformDevice> {
        let place = self.place(id);
        let record = self.upkeep.shared.on_file(move |mirror| Ok(mirror.device(&place).ok().map(|listed| listed.record))).await?;
        let before = record.and_then(|record| record.rotations.get(role).copied());
        if let Some(device) = self.ask_of_device(id, Intent::Rotate { role: parsed(role)?, before }).await? {
            return Ok(device);
        }
        let rotated = self.itself().rotate_role_token(id, role).await;
        self.note(Act::RotateToken, Some(id), Some(role), rotated.as_ref().err()).await;
        self.changed_device(rotated?).await
    }

    /// Asks; nothing where it cannot be kept and the platform itself is to be asked instead.
    pub(super) async fn ask(&self, wishes: Vec<Wish>) -> Answer<Option<Vec<Arc<Outcome>>>> {
        match self.upkeep.shared.ask(wishes).await? {
            Asked::Kept(kept) => Ok(Some(kept)),
            // It knows better what it has, and why it does not answer.
            Asked::NotKept(MirrorError::NotFound(_)) => Ok(None),
            Asked::NotKept(error) if self.upkeep.shared.is_connected() => {
                tracing::error!(%error, "a change could not be written down, and is made without");
                Ok(None)
            }
            Asked::NotKept(error) => Err(error.body().into()),
        }
    }

    /// A device after what was asked of it: as the platform has answered, or as it was known before if that did not come yet.
    pub(super) async fn device_since(&self, id: &str, kept: &[Arc<Outcome>]) -> Answer<PlatformDevice> {
        if let Some(why) = kept.iter().find_map(|kept| kept.refusal()) {
            return Err(why);
        }
        let latest = kept.iter().filter_map(|kept| match &kept.thing {
            Some(Changed::Device(device)) => Some(device),
            _ => None,
        });
        match latest.max_by_key(|device| device.device.revision) {
            Some(device) => {
                let mut devices = [PlatformDevice::clone(device)];
                self.note_with_devices(&mut devices).await?;
                let [device] = devices;
                Ok(device)
            }
            None => self.device(id).await,
        }
    }

    async fn request_since(&self, id: &str, kept: &[Arc<Outcome>]) -> Answer<PlatformRequest> {
        if let Some(why) = kept.iter().find_map(|kept| kept.refusal()) {
            return Err(why);
        }
        let answered = kept.iter().find_map(|kept| match &kept.thing {
            Some(Changed::Request(request)) => Some(PlatformRequest::clone(request)),
            _ => None,
        });
        let (shared, place) = (&self.upkeep.shared, self.place(id));
        let (outbox, clocks) = (Arc::clone(&shared.outbox), shared.clocks());
        shared
            .on_file(move |mirror| {
                let mut requests = [match answered {
                    Some(request) => request,
                    None => shown_request(mirror.request(&place)?, clocks),
                }];
                outbox.note_with_requests(&place.platform, &mut requests)?;
                let [request] = requests;
                Ok(request)
            })
            .await
    }

    /// Refused while the platform is not connected: it cannot wait.
    pub(super) fn only_now(&self, what: &str) -> Answer<()> {
        let why = match self.itself().standing().state {
            PlatformState::Connected { .. } => return Ok(()),
            PlatformState::Connecting => "It is being connected to.".to_owned(),
            PlatformState::WaitingForApproval { why, .. }
            | PlatformState::Retrying { why, .. }
            | PlatformState::Refused { why, .. } => why.message,
        };
        let message = format!("{what} can only be changed while the platform is connected. Nothing was changed. {why}");
        Err(Refusal::new("cannot_wait", message, "Try again once it is connected. Name, tags, disabling and revoking can wait."))
    }

    pub(super) fn place(&self, id: &str) -> Place {
        Place { platform: self.upkeep.shared.id.clone(), id: id.to_owned() }
    }

    fn wish(&self, id: &str, intent: Intent, seen: Option<u32>) -> Wish {
        self.upkeep.shared.wish(id, intent, seen)
    }
}

/// Why, if somebody said.
pub(super) fn reason(text: Option<&str>) -> Answer<Option<Reason>> {
    text.map(parsed).transpose()
}

fn parsed<T: std::str::FromStr<Err: std::error::Error>>(text: &str) -> Answer<T> {
    text.parse().map_err(|error: T::Err| unreadable(&error))
}

fn unreadable(error: &dyn std::error::Error) -> Refusal {
    Refusal::new("invalid_request", error.to_string(), "Change what you wrote, and try again.")
}
