//! What a person did here that no errand tells of, for the journal.

use clawpair_core::Timestamp;

use crate::error::MirrorError;
use crate::file::Mirror;
use crate::journal::{self, Deed};
use crate::platform::{Place, PlatformId};

/// Something that a person can do here besides asking for errands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Another name, type or tags for a device.
    EditDevice,
    /// Other permissions for a device.
    GrantPermissions,
    /// Shut a device out for a while.
    DisableDevice,
    /// Let it in again.
    EnableDevice,
    /// Shut it out for good.
    RevokeDevice,
    /// Replace the token of one of a device's roles.
    RotateToken,
    /// End it.
    RevokeToken,
    /// Let in who asked.
    ApproveRequest,
    /// Or not.
    DenyRequest,
    /// Make a pairing code.
    MakeCode,
    /// Take it back.
    CancelCode,
    /// Make a gateway's setup code.
    MakeSetupCode,
    /// Make an API key.
    CreateApiKey,
    /// Replace its secret.
    RotateApiKey,
    /// End it.
    RevokeApiKey,
    /// Note that an alert was looked at.
    AcknowledgeAlert,
    /// Set an alert rule.
    SetAlertRule,
    /// Add a platform.
    AddPlatform,
    /// Call it by another name.
    RenamePlatform,
    /// Remove this program from it, before it is forgotten here.
    TakeLeave,
    /// Sign in there with something else.
    SignIn,
    /// Accept the certificate or key that it showed.
    AcceptCertificate,
    /// Write a file for other programs.
    Export,
    /// Make the key that bundles are signed with.
    MakeSigningKey,
    /// Copy the file.
    BackUp,
}

impl Act {
    /// Its stable word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::EditDevice => "edit_device",
            Self::GrantPermissions => "grant_permissions",
            Self::DisableDevice => "disable_device",
            Self::EnableDevice => "enable_device",
            Self::RevokeDevice => "revoke_device",
            Self::RotateToken => "rotate_token",
            Self::RevokeToken => "revoke_token",
            Self::ApproveRequest => "approve_request",
            Self::DenyRequest => "deny_request",
            Self::MakeCode => "make_code",
            Self::CancelCode => "cancel_code",
            Self::MakeSetupCode => "make_setup_code",
            Self::CreateApiKey => "create_api_key",
            Self::RotateApiKey => "rotate_api_key",
            Self::RevokeApiKey => "revoke_api_key",
            Self::AcknowledgeAlert => "acknowledge_alert",
            Self::SetAlertRule => "set_alert_rule",
            Self::AddPlatform => "add_platform",
            Self::RenamePlatform => "rename_platform",
            Self::TakeLeave => "take_leave",
            Self::SignIn => "sign_in",
            Self::AcceptCertificate => "accept_certificate",
            Self::Export => "export",
            Self::MakeSigningKey => "make_signing_key",
            Self::BackUp => "back_up",
        }
    }
}

/// What an act was about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum About {
    /// A thing on a platform.
    Thing(Place),
    /// A platform.
    Platform(PlatformId),
    /// What is kept here.
    File,
}

/// An act as the journal is to have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Noted {
    /// What.
    pub act: Act,
    /// Of what.
    pub about: About,
    /// What there is to say besides, without any secret.
    pub details: Option<String>,
    /// Why it was not done, if it was not.
    pub refused: Option<String>,
}

impl Noted {
    fn deed(&self) -> Deed {
        let subject = match &self.about {
            About::Thing(place) => journal::subject(place),
            About::Platform(platform) => platform.to_string(),
            About::File => "file".to_owned(),
        };
        match &self.refused {
            None => Deed::by_person(self.act.word(), subject, self.details.clone()),
            Some(why) => Deed::by_platform("refused", subject, Some(format!("{}: {why}", self.act.word()))),
        }
    }
}

impl Mirror {
    /// Writes down what a person did, each an entry of the journal: all of them or, when this fails, none.
    ///
    /// # Errors
    /// When they cannot be kept.
    pub fn note(&self, acts: &[Noted], now: Timestamp) -> Result<(), MirrorError> {
        self.write(|db| acts.iter().try_for_each(|noted| journal::append(db, now, &noted.deed())))
    }
}
