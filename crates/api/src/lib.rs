//! The REST contract. Every request, response, error and event that crosses a wire is a type here; times are RFC 3339
//! in UTC with whole seconds.

mod access;
mod account;
mod activity;
mod alerts;
#[cfg(feature = "openapi")]
mod alternatives;
mod changes;
mod claim;
mod device_changes;
mod devices;
pub mod endpoints;
mod error;
mod event;
mod keys;
mod mail;
mod members;
mod oauth;
mod opaque;
#[cfg(feature = "openapi")]
pub mod openapi;
mod pairing;
mod pairing_list;
pub mod paths;
mod permissions;
mod request;
mod retention;
#[cfg(feature = "openapi")]
mod schema;
mod tokens;

pub use access::{Me, OperationRow, RoleRow, RoleTable};
pub use account::{ChangePassword, ConfirmPassword, RecoveryCodes, Session, SessionList, SetTotp, SignIn, SignedIn, TotpProposal};
pub use activity::{ActivityActor, ActivityEntry, ActivityPage, ActivitySubject, ActorKind};
pub use alerts::{AcknowledgeAlert, Alert, AlertPage, AlertRule, AlertRuleList, AlertStatus, ParameterBounds, SetAlertRule};
pub use changes::ChangeList;
pub use claim::{ChangeKey, Claim, ClaimedSecret, LiveMessage, Paired, Waiting, WaitingStatus};
pub use device_changes::{ChangeDevices, ChangeOutcome, ChangeOutcomes, DisableDevice, EditDevice, GrantPermissions, OutcomeKind};
pub use devices::{Device, DevicePage, DeviceStatus, DeviceSummary};
pub use error::{ErrorBody, ErrorCode};
pub use event::Event;
pub use keys::{ApiKey, ApiKeyCreated, ApiKeyDay, ApiKeyDetail, ApiKeyList, ApiKeyUsage, CreateApiKey, RotateApiKey};
pub use mail::{ChangeEmail, ConfirmEmail, EmailChange, EmailChangeStatus, EmailConfirmed, MailDelivery, MailStatus, MyEmail};
pub use members::{
    AcceptInvitation, CreateInvitation, EditMember, EmailVerified, Invitation, InvitationCreated, InvitationList, InvitationStatus,
    Member, MemberList, MemberStatus,
};
pub use oauth::{Confirmation, Introspection, NamedToken, ServerMetadata};
pub use opaque::{OpaqueFinish, OpaqueFinished, OpaqueStart, OpaqueStarted, OpaqueStatus};
pub use pairing::{CreatePairingCode, Pairing, PairingCodeCreated, PairingStatus, TypedEntry};
pub use pairing_list::{ListPairingCodes, PairingPage, PairingSummary};
pub use permissions::{OfferedPermission, PermissionList, PermissionPreset};
pub use request::{ApproveRequest, DenyRequest, Request, RequestPage};
pub use retention::Retention;
pub use tokens::{OauthErrorBody, TokenRequest, TokenType, Tokens};

/// The contract as an `OpenAPI` document, as `cargo xtask generate` wrote it.
pub const OPENAPI: &str = include_str!("../openapi.json");
