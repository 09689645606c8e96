//! Sending what was asked for to a platform of ours. Changes of devices go out under the errand's own name, by which the platform knows for
//! a day that it has made them.

use clawpair_api::{
    ApproveRequest, DenyRequest, Device, DeviceStatus, DisableDevice, EditDevice, ErrorBody, ErrorCode, PairingStatus, Request,
};
use clawpair_client::{Client, ClientError};
use clawpair_core::repeat::REMEMBERED_HOURS;
use clawpair_core::text::Reason;
use clawpair_mirror::{Answer, Conflict, DeviceRecord, Errand, Intent, Thing};

use super::Answer as Asked;
use crate::platform::delivering::{Changed, Delivered};
use crate::view::Refusal;

/// A thing of ours.
enum Found {
    Device(Device),
    Request(Request),
}

impl From<Found> for Changed {
    fn from(found: Found) -> Self {
        match found {
            Found::Device(device) => Self::Device(Box::new(device.into())),
            Found::Request(request) => Self::Request(Box::new(request.into())),
        }
    }
}

/// One attempt.
pub(super) async fn deliver(client: &Client, errand: &Errand) -> Delivered {
    if is_forgotten(errand) {
        // What somebody has done since would be undone, and nobody has seen it.
        match find(client, errand).await {
            Ok(found) if is_done(errand, &found) => return done(errand, found),
            Ok(found) if is_as_seen(errand, &found) => {}
            Ok(_) => return changed(),
            Err(error) => return failed(error),
        }
    }
    match send(client, errand).await {
        Ok(found) => answered(errand, found),
        Err(error) if may_be_so(&error) => match find(client, errand).await {
            Ok(found) if is_done(errand, &found) => done(errand, found),
            _ => failed(error),
        },
        Err(error) => failed(error),
    }
}

/// What an attempt was answered with. A device that is not as wanted was, by an earlier attempt, and somebody has changed it since.
fn answered(errand: &Errand, found: Found) -> Delivered {
    match &found {
        Found::Device(device) if !is_done(errand, &found) => {
            if device.status == DeviceStatus::Revoked {
                let body = ErrorBody::new(ErrorCode::AlreadyRevoked, "This device was revoked since.");
                return Delivered::contradicted(Conflict::Gone, body.into());
            }
            changed()
        }
        _ => done(errand, found),
    }
}

/// What was asked for after it is meant on top of the revision that this has led to. Where somebody else's change lies between, nobody here
/// has seen that, and it is meant on top of what was seen.
fn done(errand: &Errand, found: Found) -> Delivered {
    let delivered = Delivered::done(Some(found.into()));
    match (&delivered.answer, errand.revision) {
        (Answer::Done { revision: Some(now) }, Some(seen)) if *now > seen + 1 => {
            Delivered { answer: Answer::Done { revision: Some(seen) }, ..delivered }
        }
        _ => delivered,
    }
}

/// Whether it is to be done whatever has changed, and the platform may have done that and forgotten it. The times are both of this
/// computer's clock; one that was set back between them says nothing.
fn is_forgotten(errand: &Errand) -> bool {
    let since = errand.sent_at.map(|sent| sent.as_millis() - errand.queued_at.as_millis());
    let remembered = since.is_some_and(|since| (0..REMEMBERED_HOURS * 3_600_000).contains(&since));
    let overwrites = errand.revision.is_none() && edits(&errand.intent);
    errand.attempts > 1 && (overwrites || matches!(errand.intent, Intent::Disable { .. })) && !remembered
}

/// Whether nobody has changed it since it was seen.
fn is_as_seen(errand: &Errand, found: &Found) -> bool {
    matches!(found, Found::Device(device) if errand.revision == Some(device.revision))
}

/// Whether it writes what others write, too.
const fn edits(intent: &Intent) -> bool {
    matches!(intent, Intent::Rename { .. } | Intent::EditTags { .. })
}

/// The thing as the platform has it now, for the mirror.
pub(super) async fn look(client: &Client, errand: &Errand) -> Asked<Option<Thing>> {
    match find(client, errand).await {
        Ok(Found::Device(device)) => Ok(Some(Thing::Device(Box::new(DeviceRecord::of(device))))),
        Ok(Found::Request(request)) => Ok(Some(Thing::Request(Box::new(request.into())))),
        // Only what it lists as a whole can say that something is gone, and what may not be seen says nothing.
        Err(error) if matches!(error.refusal(), Some(ErrorCode::NotFound | ErrorCode::AccessDenied)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

async fn find(client: &Client, errand: &Errand) -> Result<Found, ClientError> {
    let id = &errand.place.id;
    if errand.intent.decides() { client.request(id).await.map(Found::Request) } else { client.device(id).await.map(Found::Device) }
}

async fn send(client: &Client, errand: &Errand) -> Result<Found, ClientError> {
    let (id, client) = (&errand.place.id, &client.named(&errand.idempotency_key)?);
    let device = match &errand.intent {
        Intent::Rename { name } => {
            let form = EditDevice { name: Some(name.to_string()), ..EditDevice::default() };
            edit(client, errand, &form).await
        }
        Intent::EditTags { tags } => {
            let form = EditDevice { tags: Some(tags.to_strings()), ..EditDevice::default() };
            edit(client, errand, &form).await
        }
        Intent::Disable { reason } => {
            let form = DisableDevice { reason: reason.as_ref().map(ToString::to_string) };
            // Who is to be shut out is, whatever somebody else calls it meanwhile.
            client.disable_device(id, None, &form).await
        }
        // Who shut it out since may know why.
        Intent::Enable => client.enable_device(id, errand.revision).await,
        Intent::Revoke { reason } => client.revoke_device(id, reason.as_ref().map(Reason::as_str)).await,
        Intent::Rotate { .. } => {
            let why = "devices of this platform change their keys themselves".to_owned();
            Err(ClientError::Unaskable { why })
        }
        Intent::Approve { public_key, permissions } => {
            let seen = ApproveRequest { public_key: public_key.clone(), permissions: permissions.clone() };
            return client.approve_request(id, &seen).await.map(Found::Request);
        }
        Intent::Deny { reason, .. } => {
            let form = DenyRequest { reason: reason.as_ref().map(ToString::to_string) };
            return client.deny_request(id, &form).await.map(Found::Request);
        }
    };
    device.map(Found::Device)
}

/// At the revision that was seen; where a person wants it whatever has changed, at the one there is.
async fn edit(client: &Client, errand: &Errand, form: &EditDevice) -> Result<Device, ClientError> {
    let revision = match errand.revision {
        Some(seen) => seen,
        None => client.device(&errand.place.id).await?.revision,
    };
    client.edit_device(&errand.place.id, revision, form).await
}

/// Whether it is so already, whoever did it.
fn is_done(errand: &Errand, found: &Found) -> bool {
    match (&errand.intent, found) {
        (Intent::Approve { public_key, .. }, Found::Request(request)) => {
            matches!(request.status, PairingStatus::Approved | PairingStatus::Completed) && request.public_key == *public_key
        }
        (Intent::Deny { .. }, Found::Request(request)) => request.status == PairingStatus::Denied,
        (intent, Found::Device(device)) => {
            intent.is_shown_by(&DeviceRecord::of(device.clone()), device.status.into()).unwrap_or(false)
        }
        (_, Found::Request(_)) => false,
    }
}

/// Whether a refusal may mean that it was done before.
fn may_be_so(error: &ClientError) -> bool {
    matches!(error.refusal(), Some(ErrorCode::ChangedMeanwhile | ErrorCode::RequestDecided))
}

fn changed() -> Delivered {
    let body = ErrorBody::new(ErrorCode::ChangedMeanwhile, "Somebody else has changed this device meanwhile.");
    Delivered::contradicted(Conflict::Changed, body.into())
}

fn failed(error: ClientError) -> Delivered {
    let why = Refusal::from(error.clone());
    let answer = match error {
        // It waits for another API key, as the platform does.
        error if error.is_about_the_credential() => Answer::Later { after: None },
        ClientError::Refused(refusal) => Answer::refused(refusal.body, refusal.status, refusal.retry_after),
        // Something in between does not let it through.
        ClientError::NotAServer { status: status @ 400..500, .. } => Answer::refused(error.into(), status, None),
        ClientError::Unaskable { .. } => Answer::Refused(error.into()),
        ClientError::Unreachable { .. }
        | ClientError::NotLoopback { .. }
        | ClientError::NotTls { .. }
        | ClientError::NotPinned { .. }
        | ClientError::OtherCertificate { .. } => Answer::Later { after: None },
        ClientError::NotAServer { .. }
        | ClientError::AnswerLost { .. }
        | ClientError::TooSlow { .. }
        | ClientError::TooLarge { .. }
        | ClientError::NotUnderstood { .. } => Answer::Lost,
    };
    Delivered { answer, thing: None, why: Some(why) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_something_in_between_does_not_let_through_is_not_sent_for_ever() {
        for (status, ends) in [(403, true), (404, true), (413, true), (408, false), (429, false), (200, false), (500, false)] {
            let address = "https://office.example".parse().unwrap();
            let why = format!("status {status} without a reason");
            let delivered = failed(ClientError::NotAServer { address, status, why });
            assert_eq!(matches!(delivered.answer, Answer::Refused(_)), ends, "{status}");
        }
    }
}
