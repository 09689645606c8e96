//! `devices rotate`: another token for a device, where its platform can give it one.

use clawpair_app::App;
use clawpair_app::Reach;
use clawpair_app::view::openclaw::RoleToken;
use clawpair_app::view::platform::{PlatformDevice, PlatformKind, PlatformView};
use clawpair_core::id::DeviceId;

use super::devices::sure;
use super::words::{list, word};
use crate::desk::name;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::input;
use crate::output::table;
use crate::session::Context;

/// Replace the token of one of a device's roles, on an OpenClaw Gateway of the app
///
/// The old token ends at once, and the device has to get the new one. On a Clawpair platform nobody but the device has its key, so
/// there the device itself replaces it, with clawpair-device rotate-key.
#[derive(clap::Args)]
pub(super) struct Rotate {
    #[arg(value_name = "DEVICE ID")]
    id: String,
    /// Which role's, such as operator or node; may be left out where there is one alone
    #[arg(long)]
    role: Option<String>,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

impl Rotate {
    pub(super) async fn run(self, context: &Context<'_>) -> Result<(), Failure> {
        if self.id.parse::<DeviceId>().is_ok() {
            return Err(by_itself());
        }
        let app = context.app(Reach::Platforms).await?;
        let gateway = gateway(&app, context)?;
        let which = [gateway.id.clone()];
        if let Some(why) = app.sync(&which).await?.into_iter().find_map(|synced| synced.stale) {
            return Err(why.into());
        }
        let platform = app.platform(&gateway.id)?;
        let device = platform.device(&self.id).await?;
        let role = one_role(&device, self.role)?;
        if !self.yes {
            let (name, device) = (name(&gateway), &device.device.name);
            sure(input::confirmed(&format!("Replace the token of {device} for {role} at {name}? The former one ends at once.")))?;
        }
        let device = platform.rotate_role_token(&self.id, &role).await?;
        app.leave().await;
        context.output.show(&device, |device| {
            let tokens = device.gateway.iter().flat_map(|gateway| &gateway.tokens);
            let row = |token: &RoleToken| {
                [token.role.clone(), list(&token.scopes), word(token.rotated_at.as_deref()), word(token.revoked_at.as_deref())]
            };
            table(["role", "scopes", "replaced at", "revoked at"], tokens.map(row))
        })
    }
}

fn by_itself() -> Failure {
    let message = "A Clawpair platform does not have its devices' keys, so it cannot replace them.";
    Failure::new(Exit::Refused, "unsupported", message).hint(
        "On the device: clawpair-device rotate-key. If its key is in other hands, shut it out with clawpair devices lost and pair it again.",
    )
}

/// The gateway that is named, or the only one.
fn gateway(app: &App, context: &Context<'_>) -> Result<PlatformView, Failure> {
    let is_gateway = |view: &PlatformView| view.kind == PlatformKind::Openclaw;
    match context.of_app(app)? {
        Some(view) if is_gateway(&view) => Ok(view),
        Some(_) => Err(by_itself()),
        None => {
            let mut gateways: Vec<_> = app.platforms().into_iter().filter(is_gateway).collect();
            let names = gateways.iter().map(name).collect::<Vec<_>>().join(", ");
            match gateways.len() {
                1 => Ok(gateways.remove(0)),
                0 => Err(Failure::new(Exit::WhichPlatform, "no_platform", "The app of this computer knows no OpenClaw Gateway.")
                    .hint("Gateways are added in its window.")),
                _ => Err(Failure::new(Exit::WhichPlatform, "several_platforms", format!("There are several gateways: {names}."))
                    .hint("Choose one with --platform.")),
            }
        }
    }
}

/// The role that is named, or the only one that has a token.
fn one_role(device: &PlatformDevice, named: Option<String>) -> Result<String, Failure> {
    let tokens = device.gateway.iter().flat_map(|gateway| &gateway.tokens);
    let roles: Vec<&str> = tokens.map(|token| token.role.as_str()).collect();
    match (named, roles.as_slice()) {
        (Some(role), _) if roles.contains(&role.as_str()) => Ok(role),
        (None, [one]) => Ok((*one).to_owned()),
        (_, []) => Err(Failure::new(Exit::NotFound, "not_found", "This device has no token.")),
        _ => Err(Failure::input(format!("This device has tokens for: {}.", roles.join(", "))).hint("Name one with --role.")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn device(roles: &[&str]) -> PlatformDevice {
        let token = |role: &&str| json!({"role": role, "scopes": [], "rotated_at": null, "revoked_at": null, "last_used_at": null});
        let tokens: Vec<_> = roles.iter().map(token).collect();
        serde_json::from_value(json!({
            "id": "x", "name": "x", "device_type": "x", "permissions": [], "tags": [], "status": "active", "connected": false,
            "paired_at": "2026-01-02T03:04:05Z", "last_seen_at": null, "last_address": null, "platform": null, "version": null,
            "key_fingerprint": "7F3K-9QWZ-4JN2", "disabled_at": null, "revoked_at": null, "reason": null, "revision": 1,
            "gateway": {"approved_via": null, "client": null, "roles": roles, "scopes": [], "tokens": tokens, "this_app": false}
        }))
        .unwrap()
    }

    #[test]
    fn a_role_is_named_or_the_only_one() {
        let role = |roles: &[&str], named: Option<&str>| one_role(&device(roles), named.map(str::to_owned)).map_err(|why| why.exit);
        assert_eq!(role(&["node"], None), Ok("node".to_owned()));
        assert_eq!(role(&["node", "operator"], Some("operator")), Ok("operator".to_owned()));
        assert_eq!(role(&["node", "operator"], None), Err(Exit::BadInput));
        assert_eq!(role(&["node"], Some("operator")), Err(Exit::BadInput));
        assert_eq!(role(&[], None), Err(Exit::NotFound));
    }
}
