//! Who may do what: one table of operations, the scope each needs, and the roles that have it.
//!
//! A *role* is what a person or key is; a *scope* is what it may do; an *operation* is one call of the REST contract. A role
//! has scopes, an API key may be narrowed to some of its role's, and every call names its operation before anything else
//! happens.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What an API key or a member is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// May do everything.
    Admin,
    /// Lets devices in and throws them out.
    DeviceManager,
    /// Connects services: makes codes, edits devices, checks tokens.
    Integrator,
    /// Makes codes for devices and looks at what is there.
    Developer,
    /// Looks.
    Viewer,
}

/// A text is no role.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("“{shown}” is no role; the roles are admin, device_manager, integrator, developer and viewer.")]
pub struct RoleError {
    shown: String,
}

impl Role {
    /// All roles, the most powerful first.
    pub const ALL: [Self; 5] = [Self::Admin, Self::DeviceManager, Self::Integrator, Self::Developer, Self::Viewer];

    /// The stable word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::DeviceManager => "device_manager",
            Self::Integrator => "integrator",
            Self::Developer => "developer",
            Self::Viewer => "viewer",
        }
    }

    /// What people call it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Admin => "Admin",
            Self::DeviceManager => "Device Manager",
            Self::Integrator => "Integrator",
            Self::Developer => "Developer",
            Self::Viewer => "Viewer",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// Reads `device_manager`, `device-manager` and `Device Manager`.
impl FromStr for Role {
    type Err = RoleError;

    fn from_str(text: &str) -> Result<Self, RoleError> {
        let word = text.trim().to_lowercase().replace([' ', '-'], "_");
        let found = Self::ALL.into_iter().find(|role| role.word() == word);
        found.ok_or_else(|| RoleError { shown: crate::text::sanitised(text) })
    }
}

macro_rules! scopes {
    ($($(#[$doc:meta])* $name:ident = $word:literal: $($role:ident)+;)*) => {
        /// One thing that a role, or an API key narrowed to it, may do.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Scope { $($(#[$doc])* #[serde(rename = $word)] $name,)* }

        impl Scope {
            /// All scopes.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The stable word for it.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }

            /// The roles that have it.
            pub const fn roles(self) -> &'static [Role] {
                match self { $(Self::$name => &[$(Role::$role),+],)* }
            }
        }
    };
}

scopes! {
    /// See pairings.
    CodesRead = "codes:read": Admin DeviceManager Integrator Developer Viewer;
    /// Make pairing codes.
    CodesCreate = "codes:create": Admin DeviceManager Integrator Developer;
    /// Take pairing codes back.
    CodesCancel = "codes:cancel": Admin DeviceManager Integrator Developer;
    /// See devices.
    DevicesRead = "devices:read": Admin DeviceManager Integrator Developer Viewer;
    /// Rename and tag devices.
    DevicesEdit = "devices:edit": Admin DeviceManager Integrator;
    /// Change what devices may do.
    DevicesGrant = "devices:grant": Admin DeviceManager;
    /// Disable devices and enable them again.
    DevicesDisable = "devices:disable": Admin DeviceManager;
    /// Revoke devices.
    DevicesRevoke = "devices:revoke": Admin DeviceManager;
    /// See who asks to be let in.
    RequestsRead = "requests:read": Admin DeviceManager Integrator Developer Viewer;
    /// Let in who asks, or not.
    RequestsDecide = "requests:decide": Admin DeviceManager;
    /// See API keys and their use.
    KeysRead = "keys:read": Admin;
    /// Make, rotate and revoke API keys.
    KeysManage = "keys:manage": Admin;
    /// See members and invitations.
    MembersRead = "members:read": Admin DeviceManager;
    /// Invite members, change their roles, remove them.
    MembersManage = "members:manage": Admin;
    /// Read and export the activity log.
    ActivityRead = "activity:read": Admin DeviceManager;
    /// See alerts and the rules behind them.
    AlertsRead = "alerts:read": Admin DeviceManager Viewer;
    /// Acknowledge alerts.
    AlertsAcknowledge = "alerts:acknowledge": Admin DeviceManager;
    /// Change alert rules.
    RulesManage = "rules:manage": Admin;
    /// Ask whether a device's token is good.
    TokensIntrospect = "tokens:introspect": Admin Integrator;
    /// Revoke a device's tokens.
    TokensRevoke = "tokens:revoke": Admin DeviceManager;
    /// Read metrics.
    MetricsRead = "metrics:read": Admin DeviceManager;
    /// See the platform's settings.
    SettingsRead = "settings:read": Admin;
    /// Change the platform's settings.
    SettingsManage = "settings:manage": Admin;
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// A text is no scope.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("“{shown}” is no scope; a scope looks like devices:read, and GET /api/v1/roles lists all.")]
pub struct ScopeError {
    shown: String,
}

impl FromStr for Scope {
    type Err = ScopeError;

    fn from_str(text: &str) -> Result<Self, ScopeError> {
        let found = Self::ALL.iter().copied().find(|scope| scope.word() == text.trim());
        found.ok_or_else(|| ScopeError { shown: crate::text::sanitised(text) })
    }
}

macro_rules! operations {
    ($($(#[$doc:meta])* $name:ident = $word:literal: $scope:ident;)*) => {
        /// One call that somebody who manages the platform may make.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Operation { $($(#[$doc])* $name,)* }

        impl Operation {
            /// All operations.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The stable word for it, which is also its name in the `OpenAPI` document.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }

            /// Whether it changes anything; one that does not only reads.
            pub fn changes_something(self) -> bool {
                !self.scope().word().ends_with(":read") && self.scope() != Scope::TokensIntrospect
            }

            /// What it takes.
            pub const fn scope(self) -> Scope {
                match self { $(Self::$name => Scope::$scope,)* }
            }
        }

        /// The operations as types, for naming one in a signature.
        pub mod operation {
            use super::{Operation, Named};
            $($(#[$doc])* #[derive(Clone, Copy, Debug)] pub struct $name;
            impl Named for $name { const OPERATION: Operation = Operation::$name; })*
        }
    };
}

/// A type that stands for one operation.
pub trait Named {
    /// Which.
    const OPERATION: Operation;
}

operations! {
    /// List pairings.
    CodesList = "codes.list": CodesRead;
    /// How many pairings are under way.
    CodesSummary = "codes.summary": CodesRead;
    /// One pairing.
    CodesShow = "codes.show": CodesRead;
    /// Make a pairing code.
    CodesCreate = "codes.create": CodesCreate;
    /// Take a pairing code back.
    CodesCancel = "codes.cancel": CodesCancel;
    /// List who asks to be let in.
    RequestsList = "requests.list": RequestsRead;
    /// One who asks.
    RequestsShow = "requests.show": RequestsRead;
    /// Let in who asks.
    RequestsApprove = "requests.approve": RequestsDecide;
    /// Do not let in who asks.
    RequestsDeny = "requests.deny": RequestsDecide;
    /// List, filter and search devices.
    DevicesList = "devices.list": DevicesRead;
    /// How many devices there are.
    DevicesSummary = "devices.summary": DevicesRead;
    /// One device.
    DevicesShow = "devices.show": DevicesRead;
    /// Rename and tag a device.
    DevicesEdit = "devices.edit": DevicesEdit;
    /// Change what a device may do.
    DevicesGrant = "devices.grant": DevicesGrant;
    /// Shut a device out for a while.
    DevicesDisable = "devices.disable": DevicesDisable;
    /// Let a disabled device in again.
    DevicesEnable = "devices.enable": DevicesDisable;
    /// Revoke a device.
    DevicesRevoke = "devices.revoke": DevicesRevoke;
    /// List API keys.
    ApiKeysList = "api_keys.list": KeysRead;
    /// One API key and its use.
    ApiKeysShow = "api_keys.show": KeysRead;
    /// Make an API key.
    ApiKeysCreate = "api_keys.create": KeysManage;
    /// Give an API key a new secret.
    ApiKeysRotate = "api_keys.rotate": KeysManage;
    /// Revoke an API key.
    ApiKeysRevoke = "api_keys.revoke": KeysManage;
    /// Ask whether an access token is good.
    TokensIntrospect = "tokens.introspect": TokensIntrospect;
    /// Revoke a device's tokens.
    TokensRevoke = "tokens.revoke": TokensRevoke;
    /// List alerts.
    AlertsList = "alerts.list": AlertsRead;
    /// One alert.
    AlertsShow = "alerts.show": AlertsRead;
    /// Note that somebody has looked at an alert.
    AlertsAcknowledge = "alerts.acknowledge": AlertsAcknowledge;
    /// List the alert rules.
    AlertRulesList = "alert_rules.list": AlertsRead;
    /// Set an alert rule.
    AlertRulesSet = "alert_rules.set": RulesManage;
    /// Read metrics.
    MetricsRead = "metrics.read": MetricsRead;
    /// Read the activity log.
    ActivityList = "activity.list": ActivityRead;
    /// Export the activity log.
    ActivityExport = "activity.export": ActivityRead;
    /// List members.
    MembersList = "members.list": MembersRead;
    /// One member.
    MembersShow = "members.show": MembersRead;
    /// Change a member's role, disable or enable them.
    MembersEdit = "members.edit": MembersManage;
    /// Remove a member.
    MembersRemove = "members.remove": MembersManage;
    /// List invitations.
    InvitationsList = "invitations.list": MembersRead;
    /// Invite somebody.
    InvitationsCreate = "invitations.create": MembersManage;
    /// Take an invitation back.
    InvitationsWithdraw = "invitations.withdraw": MembersManage;
    /// How long things are kept.
    RetentionShow = "retention.show": SettingsRead;
    /// Set how long things are kept.
    RetentionSet = "retention.set": SettingsManage;
    /// What has changed since a cursor.
    ChangesList = "changes.list": DevicesRead;
    /// Follow what changes.
    EventsFollow = "events.follow": DevicesRead;
}

/// What one caller may do: a role's scopes, or fewer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rights(BTreeSet<Scope>);

impl Rights {
    /// Everything.
    pub fn all() -> Self {
        Self(Scope::ALL.iter().copied().collect())
    }

    /// All of a role.
    pub fn of(role: Role) -> Self {
        Self(Scope::ALL.iter().copied().filter(|scope| scope.roles().contains(&role)).collect())
    }

    /// Of these only the given ones. What a role never had cannot come back this way.
    #[must_use]
    pub fn narrowed_to(mut self, scopes: &[Scope]) -> Self {
        self.0.retain(|scope| scopes.contains(scope));
        self
    }

    /// Whether a scope is among them.
    pub fn include(&self, scope: Scope) -> bool {
        self.0.contains(&scope)
    }

    /// Whether they are enough for an operation.
    pub fn allow(&self, operation: Operation) -> bool {
        self.include(operation.scope())
    }

    /// Whether everything in `other` is here too.
    pub fn cover(&self, other: &Self) -> bool {
        self.lacking(other).is_none()
    }

    /// The first of `other` that is not here.
    pub fn lacking(&self, other: &Self) -> Option<Scope> {
        other.0.difference(&self.0).next().copied()
    }

    /// The scopes in order.
    pub fn iter(&self) -> impl Iterator<Item = Scope> {
        self.0.iter().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_admin_may_do_everything_and_a_viewer_only_looks() {
        assert_eq!(Rights::of(Role::Admin), Rights::all());
        assert!(Rights::of(Role::Viewer).iter().all(|scope| scope.word().ends_with(":read")));
    }

    #[test]
    fn narrowing_never_widens() {
        let narrowed = Rights::of(Role::Viewer).narrowed_to(&[Scope::DevicesRead, Scope::DevicesRevoke]);
        assert_eq!(narrowed.iter().collect::<Vec<_>>(), [Scope::DevicesRead]);
        assert!(Rights::of(Role::Admin).cover(&narrowed) && !narrowed.cover(&Rights::of(Role::Viewer)));
    }

    #[test]
    fn words_are_read_back_and_no_two_are_alike() {
        for role in Role::ALL {
            assert_eq!(role.word().parse(), Ok(role));
            assert_eq!(role.name().parse(), Ok(role));
        }
        for &scope in Scope::ALL {
            assert_eq!(scope.word().parse(), Ok(scope));
        }
        let words: BTreeSet<&str> = Operation::ALL.iter().map(|operation| operation.word()).collect();
        assert_eq!(words.len(), Operation::ALL.len());
        assert!("boss".parse::<Role>().is_err() && "devices:".parse::<Scope>().is_err());
    }
}
