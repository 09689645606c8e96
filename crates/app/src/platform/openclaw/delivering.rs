//! Sending what was asked for to a gateway. It knows no names of calls, so what may have arrived is looked for before it is sent again.

use clawpair_api::{ApproveRequest, DeviceStatus, ErrorBody, ErrorCode};
use clawpair_core::clock::Timestamp;
use clawpair_core::text::Name;
use clawpair_mirror::{Answer, Conflict, Errand, Intent};
use clawpair_openclaw::access::Role;
use clawpair_openclaw::error::{GatewayError, Retry};
use clawpair_openclaw::ids::DeviceId;
use clawpair_openclaw::paired::PairedDevice;
use clawpair_openclaw::returned::{How, ThrownOut};

use super::acting::Undecided;
use super::reading::record;
use super::shown_device::{revision_of, shown};
use super::throwing::kept;
use super::{OpenclawPlatform, device_id, no_device};
use crate::platform::delivering::{Changed, Delivered};
use crate::view::Refusal;

/// An attempt that did not do it.
type NotDone = Box<Delivered>;

impl OpenclawPlatform {
    /// One attempt. That lists show it is not waited for; the next look does.
    pub(super) async fn deliver(&self, errand: &Errand) -> Delivered {
        // An attempt whose answer was lost may have had effect, which a look that begins now shows.
        if errand.attempts > 1
            && let Err(why) = self.gateway.look().await
        {
            return failed(&why);
        }
        let done = match &errand.intent {
            Intent::Rename { name } => self.deliver_name(errand, name).await,
            Intent::Revoke { .. } => self.deliver_removal(errand).await,
            Intent::Rotate { role, before } => self.deliver_rotation(errand, &Role::of(role.as_str()), *before).await,
            Intent::Approve { public_key, permissions } => {
                let seen = ApproveRequest { public_key: public_key.clone(), permissions: permissions.clone() };
                self.deliver_decision(errand, &seen, true).await
            }
            Intent::Deny { public_key, permissions, .. } => {
                let seen = ApproveRequest { public_key: public_key.clone(), permissions: permissions.clone() };
                self.deliver_decision(errand, &seen, false).await
            }
            Intent::EditTags { .. } | Intent::Disable { .. } | Intent::Enable => {
                let what = "A gateway's devices have no tags, and are not disabled.";
                Err(Box::new(Delivered::refused(ErrorBody::new(ErrorCode::InvalidRequest, what), Refusal::unsupported(what))))
            }
        };
        done.unwrap_or_else(|not_done| *not_done)
    }

    async fn deliver_name(&self, errand: &Errand, name: &Name) -> Result<Delivered, NotDone> {
        let mut device = self.find(&errand.place.id).map_err(gone)?;
        let is_other = errand.revision.is_some_and(|seen| seen != device.device.revision);
        if device.device.name == name.as_str() {
            return Ok(Delivered::done(Some(Changed::Device(Box::new(device)))));
        }
        if is_other {
            let what = "Somebody else has renamed this device meanwhile.";
            let why = Refusal::new("changed_meanwhile", what, "Look at its name now, and change it again if you still want to.");
            return Err(Box::new(Delivered::contradicted(Conflict::Changed, why)));
        }
        let id = device_id(&errand.place.id).map_err(gone)?;
        let renamed = match self.gateway.act() {
            Ok(acting) => acting.rename(&id, name).await,
            Err(why) => Err(why),
        };
        self.judged(errand, renamed).await?;
        device.device.revision = revision_of(name.as_str());
        device.device.name = name.to_string();
        Ok(Delivered::done(Some(Changed::Device(Box::new(device)))))
    }

    async fn deliver_removal(&self, errand: &Errand) -> Result<Delivered, NotDone> {
        let id = device_id(&errand.place.id).map_err(gone)?;
        self.not_this_app(&id).map_err(|why| {
            let body = ErrorBody { hint: why.hint.clone(), ..ErrorBody::new(ErrorCode::InvalidRequest, &why.message) };
            Box::new(Delivered::refused(body, why))
        })?;
        let roster = self.roster().map_err(|why| Box::new(Delivered::later(None, why)))?;
        let listed = match roster.find(&id) {
            Some(listed) => listed,
            None if errand.attempts > 1 => {
                self.left_unheard(id, roster.snapshot.taken);
                return Ok(Delivered::done(None));
            }
            None => return Err(gone(no_device())),
        };
        if errand.is_before(&record(listed, &roster.snapshot, &self.shared.own)) {
            let conflict = Conflict::PairedAgain { id: errand.place.id.clone() };
            let why = Refusal::new("paired_again", conflict.sentence(), "Look at the device that has the key now, and decide.");
            return Err(Box::new(Delivered::contradicted(conflict, why)));
        }
        let removed = self.throw_out(id).await;
        self.judged(errand, removed).await?;
        let mut device = shown(listed, &roster.snapshot, &self.shared.own);
        device.device.status = DeviceStatus::Revoked;
        device.device.connected = false;
        device.device.revoked_at = Some(self.shared.clock.now().to_string());
        Ok(Delivered::done(Some(Changed::Device(Box::new(device)))))
    }

    /// An attempt to remove this device whose answer was lost has had effect, as a look shows that began at this moment of the gateway.
    fn left_unheard(&self, device: DeviceId, at: Timestamp) {
        kept(self.shared.memory().is_gone(&ThrownOut { device, how: How::Removed, at }));
    }

    async fn deliver_rotation(&self, errand: &Errand, role: &Role, before: Option<i64>) -> Result<Delivered, NotDone> {
        let id = device_id(&errand.place.id).map_err(gone)?;
        let roster = self.roster().map_err(|why| Box::new(Delivered::later(None, why)))?;
        let device = roster.find(&id).ok_or_else(|| gone(no_device()))?;
        let rotated = |device: &PairedDevice| {
            let of_role = device.tokens.iter().find(|token| token.role == *role);
            of_role.and_then(|token| token.rotated).map_or(0, Timestamp::as_millis)
        };
        // Once more would end the token that an attempt before, of this program or another, has made.
        if rotated(device) <= before.unwrap_or(0) {
            let rotated = self.gateway.rotate(&id, role, None).await;
            self.judged(errand, rotated).await?;
        }
        Ok(Delivered::done(Some(Changed::Device(Box::new(shown(device, &roster.snapshot, &self.shared.own))))))
    }

    async fn deliver_decision(&self, errand: &Errand, seen: &ApproveRequest, approve: bool) -> Result<Delivered, NotDone> {
        // Whoever asks under the same name once the request has ended asks anew.
        let is_late = approve && errand.is_late(self.shared.clock.now());
        let decided = if is_late { Err(Undecided::Gone) } else { self.decide_unseen(&errand.place.id, seen, approve).await };
        match decided {
            Ok(request) => Ok(Delivered::done(Some(Changed::Request(Box::new(request))))),
            Err(Undecided::Gone) if errand.attempts > 1 && self.is_decided(errand, approve)? => Ok(Delivered::done(None)),
            Err(Undecided::Gone) => Err(Box::new(Delivered::contradicted(Conflict::Decided, Undecided::Gone.into()))),
            Err(Undecided::Changed) => Err(Box::new(Delivered::contradicted(Conflict::AsksOtherwise, Undecided::Changed.into()))),
            Err(Undecided::NotKept(why)) => Err(Box::new(Delivered::later(None, why))),
            Err(Undecided::Gateway(why)) => Err(Box::new(failed(&why))),
        }
    }

    /// Whether a request that nobody waits with any more was decided so, as far as the device of its key shows.
    fn is_decided(&self, errand: &Errand, approve: bool) -> Result<bool, NotDone> {
        let roster = self.roster().map_err(|why| Box::new(Delivered::later(None, why)))?;
        let let_in = roster.snapshot.devices.paired.iter().find(|paired| paired.key.fingerprint() == errand.key);
        let let_in = let_in.map(|paired| record(paired, &roster.snapshot, &self.shared.own));
        Ok(match let_in {
            Some(device) if approve => errand.was_granted_to(&device),
            Some(device) => !errand.was_granted_against(&device),
            None => !approve,
        })
    }

    /// What a gateway's own refusal means: where the device is in no look any more, that it is gone.
    async fn judged<T>(&self, errand: &Errand, done: Result<T, GatewayError>) -> Result<T, NotDone> {
        match done {
            Ok(done) => Ok(done),
            Err(why @ GatewayError::Refused { retryable: false, .. }) => {
                let looked = self.gateway.look().await.is_ok();
                Err(match self.find(&errand.place.id) {
                    Err(_) if looked && errand.attempts > 1 && errand.intent.revokes() => {
                        if let (Ok(id), Some(roster)) = (device_id(&errand.place.id), self.shared.roster()) {
                            self.left_unheard(id, roster.snapshot.taken);
                        }
                        Box::new(Delivered::done(None))
                    }
                    Err(missing) if looked => gone(missing),
                    _ => Box::new(failed(&why)),
                })
            }
            Err(why) => Err(Box::new(failed(&why))),
        }
    }
}

fn gone(why: Refusal) -> NotDone {
    Box::new(Delivered::refused(ErrorBody::new(ErrorCode::NotFound, &why.message), why))
}

fn failed(error: &GatewayError) -> Delivered {
    let why = Refusal::from(error);
    let words = |code| ErrorBody { hint: why.hint.clone(), ..ErrorBody::new(code, &why.message) };
    let answer = match (error, error.retry()) {
        _ if error.may_have_arrived() => Answer::Lost,
        (GatewayError::MissingScope { .. }, _) => Answer::Refused(words(ErrorCode::AccessDenied)),
        (GatewayError::Refused { .. }, Retry::No) => Answer::Refused(words(ErrorCode::Unknown)),
        (_, Retry::Later(after)) => Answer::Later { after },
        // It waits for a person, as the platform does.
        (_, Retry::Knock | Retry::No) => Answer::Later { after: None },
    };
    Delivered { answer, thing: None, why: Some(why) }
}
