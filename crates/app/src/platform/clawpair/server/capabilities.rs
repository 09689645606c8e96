//! What a server can do, as far as the key may.

use clawpair_api::Me;
use clawpair_core::access::Operation;

use crate::view::platform::Capability;

/// A capability and the calls that it takes, all of them.
const TAKES: [(Capability, &[Operation]); 13] = [
    (Capability::PairingCodes, &[Operation::CodesCreate, Operation::CodesShow]),
    (Capability::OpenCodes, &[Operation::CodesList, Operation::CodesCancel]),
    (Capability::Requests, &[Operation::RequestsList, Operation::RequestsApprove, Operation::RequestsDeny]),
    (Capability::RenameDevices, &[Operation::DevicesEdit]),
    (Capability::EditDevices, &[Operation::DevicesEdit]),
    (Capability::GrantPermissions, &[Operation::DevicesGrant]),
    (Capability::DisableDevices, &[Operation::DevicesDisable, Operation::DevicesEnable]),
    (Capability::RevokeDevices, &[Operation::DevicesRevoke]),
    (
        Capability::ChangeManyDevices,
        &[Operation::DevicesEdit, Operation::DevicesDisable, Operation::DevicesEnable, Operation::DevicesRevoke],
    ),
    (Capability::ApiKeys, &[Operation::ApiKeysList, Operation::ApiKeysCreate, Operation::ApiKeysRotate, Operation::ApiKeysRevoke]),
    (Capability::Alerts, &[Operation::AlertsList]),
    (Capability::AlertRules, &[Operation::AlertRulesList, Operation::AlertRulesSet]),
    (Capability::Activity, &[Operation::ActivityList]),
];

/// What the caller may do. The log is verified where the platform runs, so that is never among it.
pub(super) fn of(me: &Me) -> Vec<Capability> {
    let may = |operation: &Operation| me.operations.iter().any(|word| word == operation.word());
    TAKES.iter().filter(|(_, calls)| calls.iter().all(may)).map(|(capability, _)| *capability).collect()
}

#[cfg(test)]
mod tests {
    use clawpair_core::access::{Rights, Role};

    use super::*;
    use crate::view::platform::PlatformKind;

    fn of_role(role: Role) -> Vec<Capability> {
        let rights = Rights::of(role);
        let operations = Operation::ALL.iter().filter(|&&operation| rights.allow(operation));
        let operations = operations.map(|operation| operation.word().to_owned()).collect();
        let scopes = rights.iter().collect();
        of(&Me { id: "key".into(), name: None, role, scopes, operations, ends_at: None, version: "1".into() })
    }

    #[test]
    fn an_admin_may_everything_that_a_server_can_do() {
        assert_eq!(of_role(Role::Admin), PlatformKind::Server.capabilities());
    }

    #[test]
    fn a_device_manager_has_no_api_keys_and_a_viewer_changes_nothing() {
        assert!(!of_role(Role::DeviceManager).contains(&Capability::ApiKeys));
        let looking = [Capability::Alerts, Capability::AlertRules, Capability::Activity];
        assert!(of_role(Role::Viewer).iter().all(|capability| looking.contains(capability)), "{:?}", of_role(Role::Viewer));
    }
}
