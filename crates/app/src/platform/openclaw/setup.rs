//! Setup codes as the window shows them.

use clawpair_openclaw::access::{Role, Scope};
use clawpair_openclaw::address::{AddressError, GatewayAddress};
use clawpair_openclaw::operations::MadeSetupCode;
use clawpair_openclaw::preflight::{Checked, Warning};
use clawpair_openclaw::setup_code::Grant;
use clawpair_openclaw::{SetupUse, supervisor::Snapshot};

use crate::view::openclaw::{AddressWarning, CheckedAddress, SetupCodeUsed, SetupGrant, ShownSetupCode};
use crate::view::{Qr, Refusal};

impl From<SetupGrant> for Grant {
    fn from(grant: SetupGrant) -> Self {
        match grant {
            SetupGrant::Full => Self::Full,
            SetupGrant::Limited => Self::Limited,
            SetupGrant::Node => Self::Node,
        }
    }
}

impl From<Grant> for SetupGrant {
    fn from(grant: Grant) -> Self {
        match grant {
            Grant::Full => Self::Full,
            Grant::Limited => Self::Limited,
            Grant::Node => Self::Node,
        }
    }
}

/// The address a code should carry, if one was given.
pub(super) fn address(given: Option<&str>) -> Result<Option<GatewayAddress>, Refusal> {
    given.map(str::trim).filter(|text| !text.is_empty()).map(parse_address).transpose()
}

/// A gateway's address as a person wrote it.
pub(crate) fn parse_address(text: &str) -> Result<GatewayAddress, Refusal> {
    text.parse().map_err(|error: AddressError| {
        let next = "Write the address as the gateway tells it, such as wss://192.168.1.20:18789.";
        Refusal::new("gateway_address", error.to_string(), next)
    })
}

/// A code that was made, drawn as the phone apps read it, with what was found about its addresses.
pub(super) fn shown(made: &MadeSetupCode, snapshot: &Snapshot, checked: Vec<Checked>) -> Result<ShownSetupCode, Refusal> {
    let text = made.text.reveal();
    let drawing = clawpair_qr::draw(text).map_err(|error| {
        let what = format!("The setup code cannot be drawn: {error}.");
        Refusal::new("setup_code_undrawable", what, "It ends by itself within ten minutes. Make one with a shorter address.")
    })?;
    let access = made.grant.access();
    Ok(ShownSetupCode {
        id: made.setup.to_string(),
        text: text.to_owned(),
        qr: Qr { size: drawing.size(), path: drawing.path() },
        grant: made.grant.into(),
        narrowed: made.narrowed,
        roles: access.roles().iter().map(Role::to_string).collect(),
        scopes: access.scopes().iter().map(Scope::to_string).collect(),
        expires_at: snapshot.here(made.expires).to_string(),
        addresses: checked.into_iter().map(checked_address).collect(),
    })
}

fn checked_address(checked: Checked) -> CheckedAddress {
    CheckedAddress {
        address: checked.address.to_string(),
        problem: checked.answers.err().map(Refusal::from),
        warnings: checked.warnings.into_iter().map(warning).collect(),
    }
}

fn warning(warning: Warning) -> AddressWarning {
    AddressWarning {
        fatal: matches!(warning, Warning::Loopback | Warning::ContainerBridge),
        message: warning.in_words().to_owned(),
        fix: warning.fix().to_owned(),
    }
}

/// What became of a code.
pub(super) fn used(used: &SetupUse) -> SetupCodeUsed {
    SetupCodeUsed {
        id: used.setup.to_string(),
        device_id: used.device.to_string(),
        device_name: used.name.as_ref().map(ToString::to_string),
        delivered: used.delivered,
    }
}
