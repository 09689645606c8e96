//! The activity log: append-only, each entry carrying the hash of the one before it.
//!
//! Entries hold who, what, to what, from where, and one bounded text; never a secret.

mod chain;

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use crate::access::Role;
use crate::id::{AlertId, ApiKeyId, DeviceId, InvitationId, MemberId, PairingId};
use crate::pairing::InvalidTransition;
use crate::retention::{Kept, Retention};
use crate::watch::RuleId;

pub use chain::{Checkpoint, Entry, Fault, Format, GENESIS, Head, Verified, Verifier, hex};

/// Most characters of an entry's details.
pub const MAX_DETAILS: usize = 200;

/// Who did it, and for those who call over a network from which address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actor {
    /// The person at this computer.
    Owner,
    /// A holder of an API key.
    ApiKey(ApiKeyId, Option<IpAddr>),
    /// A member who has signed in.
    Member(MemberId, Option<IpAddr>),
    /// Somebody at the server's own command line.
    Operator,
    /// The platform itself, by one of its rules.
    Platform,
    /// A device, or something that tried to become one.
    Device(Option<IpAddr>),
}

/// A text names nobody who could have done anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("This names nobody: an actor is owner, operator, platform, device, key-<uuid> or mem-<uuid>.")]
pub struct ActorError;

impl Actor {
    /// The same actor, calling from this address. Who calls over no network has none.
    #[must_use]
    pub const fn calling_from(self, address: Option<IpAddr>) -> Self {
        match self {
            Self::ApiKey(id, _) => Self::ApiKey(id, address),
            Self::Member(id, _) => Self::Member(id, address),
            Self::Device(_) => Self::Device(address),
            Self::Owner | Self::Operator | Self::Platform => self,
        }
    }

    /// Where it called from.
    pub const fn address(&self) -> Option<IpAddr> {
        match self {
            Self::ApiKey(_, address) | Self::Member(_, address) | Self::Device(address) => *address,
            Self::Owner | Self::Operator | Self::Platform => None,
        }
    }
}

/// Who, without the address.
impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Owner => f.write_str("owner"),
            Self::ApiKey(id, _) => write!(f, "{id}"),
            Self::Member(id, _) => write!(f, "{id}"),
            Self::Operator => f.write_str("operator"),
            Self::Platform => f.write_str("platform"),
            Self::Device(_) => f.write_str("device"),
        }
    }
}

impl FromStr for Actor {
    type Err = ActorError;

    fn from_str(text: &str) -> Result<Self, ActorError> {
        match text {
            "owner" => Ok(Self::Owner),
            "operator" => Ok(Self::Operator),
            "platform" => Ok(Self::Platform),
            "device" => Ok(Self::Device(None)),
            id => {
                let key = id.parse().map(|id| Self::ApiKey(id, None));
                key.or_else(|_| id.parse().map(|id| Self::Member(id, None))).map_err(|_| ActorError)
            }
        }
    }
}

/// Why a claim was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// A wrong code with the locator of an open pairing.
    WrongCode,
    /// The right secret of a pairing that it no longer opens.
    Over(InvalidTransition),
}

impl Refused {
    /// The stable word for it: the code of the refusal.
    pub const fn word(self) -> &'static str {
        match self {
            Self::WrongCode => "code_unknown",
            Self::Over(reason) => reason.word(),
        }
    }
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// A code was made.
    PairingOpened(PairingId),
    /// A code was taken back.
    PairingCancelled(PairingId),
    /// A device has claimed a pairing, and a person is asked.
    RequestMade(PairingId),
    /// A person has let that device in.
    RequestApproved(PairingId),
    /// A person has not.
    RequestDenied(PairingId),
    /// A device joined.
    PairingCompleted(PairingId, DeviceId),
    /// A device got another name, type or tags.
    DeviceEdited(DeviceId),
    /// What a device may do was changed.
    DevicePermissionsChanged(DeviceId),
    /// A device was shut out for a while.
    DeviceDisabled(DeviceId),
    /// A device was let in again.
    DeviceEnabled(DeviceId),
    /// A claim with a spent, expired or cancelled secret, or a wrong code charged to this pairing; and why.
    ClaimRefused(PairingId, Refused),
    /// A device was revoked.
    DeviceRevoked(DeviceId),
    /// A refresh token came back after its successor was used, so somebody has a copy; the device's tokens are revoked.
    RefreshTokenReused(DeviceId),
    /// A device's tokens were revoked, and the device was not.
    TokensRevoked(DeviceId),
    /// A device put a new key in the place of its own.
    DeviceKeyChanged(DeviceId),
    /// A rule was hit.
    AlertRaised(AlertId),
    /// Somebody has looked at an alert.
    AlertAcknowledged(AlertId),
    /// An alert rule was set.
    RuleChanged(RuleId),
    /// Entries older than the platform keeps them were removed.
    ActivityPruned(Checkpoint),
    /// Things of another kind that were over for longer than the platform keeps them were removed.
    Pruned(Kept),
    /// How long things are kept was set.
    RetentionChanged(Retention),
    /// An API key was made.
    ApiKeyCreated(ApiKeyId),
    /// An API key got a new secret.
    ApiKeyRotated(ApiKeyId),
    /// An API key was revoked.
    ApiKeyRevoked(ApiKeyId),
    /// A backup was put in the place of the database, and its open codes were voided.
    Restored,
    /// Somebody was asked to become a member.
    MemberInvited(InvitationId),
    /// An invitation was taken back.
    InvitationWithdrawn(InvitationId),
    /// An invitation was accepted.
    MemberJoined(InvitationId, MemberId),
    /// A member's role was changed.
    RoleChanged(MemberId, Role),
    /// A member may not sign in for now.
    MemberDisabled(MemberId),
    /// A member may sign in again.
    MemberEnabled(MemberId),
    /// A member was removed.
    MemberRemoved(MemberId),
    /// A member signed in.
    SignedIn(MemberId),
    /// Somebody failed to sign in as this member.
    SignInFailed(MemberId),
    /// A member signed out, or ended another of their sessions.
    SignedOut(MemberId),
    /// A member changed their password.
    PasswordChanged(MemberId),
    /// A member set up a second factor.
    SecondFactorSet(MemberId),
    /// A member took their second factor away.
    SecondFactorRemoved(MemberId),
    /// A member signed in with a recovery code.
    RecoveryCodeUsed(MemberId),
    /// A member got new recovery codes.
    RecoveryCodesReplaced(MemberId),
    /// A member wants mail at another address.
    AddressChangeAsked(MemberId),
    /// A member's address was verified, and counts.
    AddressConfirmed(MemberId),
}

impl Action {
    /// The stable word for it.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::PairingOpened(_) => "pairing_opened",
            Self::PairingCancelled(_) => "pairing_cancelled",
            Self::RequestMade(_) => "request_made",
            Self::RequestApproved(_) => "request_approved",
            Self::RequestDenied(_) => "request_denied",
            Self::PairingCompleted(..) => "pairing_completed",
            Self::DeviceEdited(_) => "device_edited",
            Self::DevicePermissionsChanged(_) => "device_permissions_changed",
            Self::DeviceDisabled(_) => "device_disabled",
            Self::DeviceEnabled(_) => "device_enabled",
            Self::ClaimRefused(..) => "claim_refused",
            Self::DeviceRevoked(_) => "device_revoked",
            Self::RefreshTokenReused(_) => "refresh_token_reused",
            Self::TokensRevoked(_) => "tokens_revoked",
            Self::DeviceKeyChanged(_) => "device_key_changed",
            Self::AlertRaised(_) => "alert_raised",
            Self::AlertAcknowledged(_) => "alert_acknowledged",
            Self::RuleChanged(_) => "rule_changed",
            Self::ActivityPruned(_) => "activity_pruned",
            Self::Pruned(_) => "pruned",
            Self::RetentionChanged(_) => "retention_changed",
            Self::ApiKeyCreated(_) => "api_key_created",
            Self::ApiKeyRotated(_) => "api_key_rotated",
            Self::ApiKeyRevoked(_) => "api_key_revoked",
            Self::Restored => "restored",
            Self::MemberInvited(_) => "member_invited",
            Self::InvitationWithdrawn(_) => "invitation_withdrawn",
            Self::MemberJoined(..) => "member_joined",
            Self::RoleChanged(..) => "role_changed",
            Self::MemberDisabled(_) => "member_disabled",
            Self::MemberEnabled(_) => "member_enabled",
            Self::MemberRemoved(_) => "member_removed",
            Self::SignedIn(_) => "signed_in",
            Self::SignInFailed(_) => "sign_in_failed",
            Self::SignedOut(_) => "signed_out",
            Self::PasswordChanged(_) => "password_changed",
            Self::SecondFactorSet(_) => "second_factor_set",
            Self::SecondFactorRemoved(_) => "second_factor_removed",
            Self::RecoveryCodeUsed(_) => "recovery_code_used",
            Self::RecoveryCodesReplaced(_) => "recovery_codes_replaced",
            Self::AddressChangeAsked(_) => "address_change_asked",
            Self::AddressConfirmed(_) => "address_confirmed",
        }
    }

    /// The thing it happened to.
    pub fn subject(&self) -> String {
        match self {
            Self::PairingOpened(id)
            | Self::PairingCancelled(id)
            | Self::ClaimRefused(id, _)
            | Self::RequestMade(id)
            | Self::RequestApproved(id)
            | Self::RequestDenied(id) => id.to_string(),
            Self::Restored => "platform".to_owned(),
            Self::PairingCompleted(id, device) => format!("{id} {device}"),
            Self::DeviceEdited(id)
            | Self::DevicePermissionsChanged(id)
            | Self::DeviceDisabled(id)
            | Self::DeviceEnabled(id)
            | Self::DeviceRevoked(id)
            | Self::RefreshTokenReused(id)
            | Self::TokensRevoked(id)
            | Self::DeviceKeyChanged(id) => id.to_string(),
            Self::MemberInvited(id) | Self::InvitationWithdrawn(id) => id.to_string(),
            Self::MemberJoined(id, member) => format!("{id} {member}"),
            Self::RoleChanged(id, role) => format!("{id} {role}"),
            Self::MemberDisabled(id)
            | Self::MemberEnabled(id)
            | Self::MemberRemoved(id)
            | Self::SignedIn(id)
            | Self::SignInFailed(id)
            | Self::SignedOut(id)
            | Self::PasswordChanged(id)
            | Self::SecondFactorSet(id)
            | Self::SecondFactorRemoved(id)
            | Self::RecoveryCodeUsed(id)
            | Self::RecoveryCodesReplaced(id)
            | Self::AddressChangeAsked(id)
            | Self::AddressConfirmed(id) => id.to_string(),
            Self::ApiKeyCreated(id) | Self::ApiKeyRotated(id) | Self::ApiKeyRevoked(id) => id.to_string(),
            Self::AlertRaised(id) | Self::AlertAcknowledged(id) => id.to_string(),
            Self::RuleChanged(rule) => rule.to_string(),
            Self::Pruned(kind) => kind.word().to_owned(),
            Self::ActivityPruned(_) | Self::RetentionChanged(_) => String::new(),
        }
    }

    /// What there is to say besides, in a word or a sentence.
    pub fn details(&self) -> Option<String> {
        match self {
            Self::ClaimRefused(_, reason) => Some(reason.word().to_owned()),
            Self::ActivityPruned(checkpoint) => Some(checkpoint.to_details()),
            Self::RetentionChanged(retention) => Some(retention.to_string()),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actors_are_read_back_without_their_address() {
        let address = Some(IpAddr::from([192, 0, 2, 7]));
        let key = Actor::ApiKey(ApiKeyId::from_bytes([1; 16]), address);
        let member = Actor::Member(MemberId::from_bytes([2; 16]), address);
        for actor in [Actor::Owner, Actor::Operator, Actor::Platform, Actor::Device(address), key, member] {
            assert_eq!(actor.to_string().parse(), Ok(actor.calling_from(None)));
        }
        assert_eq!("somebody".parse::<Actor>(), Err(ActorError));
    }

    #[test]
    fn only_who_calls_over_a_network_has_an_address() {
        let address = Some(IpAddr::from([192, 0, 2, 7]));
        assert_eq!(Actor::Owner.calling_from(address).address(), None);
        assert_eq!(Actor::Device(None).calling_from(address).address(), address);
    }
}
