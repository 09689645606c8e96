//! S19: a program that makes codes over REST.

use std::process::Command;

use anyhow::{Context, Result, ensure};
use clawpair_api::{PairingCodeCreated, paths};
use clawpair_core::code::PairingCode;
use clawpair_device::Exit;
use clawpair_tests::device::Device;
use clawpair_tests::neighbour::Neighbour;
use clawpair_tests::rest::Caller;
use clawpair_tests::stage::{Desktop, play};
use clawpair_tests::{eventually, said};
use serde_json::{Value, json};

/// The host and port in a line for curl.
fn address_in(line: &str) -> Result<&str> {
    let (_, rest) = line.split_once("https://").context("a line without an address")?;
    Ok(rest.split('/').next().unwrap_or_default())
}

/// `2023-10-27T10:30:00Z`, whatever the digits.
fn is_whole_second_in_utc(text: &str) -> bool {
    let shape: String = text.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    shape == "0000-00-00T00:00:00Z"
}

#[tokio::test]
async fn the_line_shown_with_a_new_key_makes_a_code_and_the_window_lists_it() -> Result<()> {
    play("rest", Desktop::WithKeyring, async |stage| {
        let window = stage.open_window().await?;
        let key = window.make_api_key(stage, "Factory script", "developer").await?;
        let line = window.shown_command().await?;
        for part in [
            "/api/v1/devices/pairing-codes",
            r#""name":"New Production Sensor""#,
            r#""device_type":"IoT.Sensor.Temperature""#,
            r#""permissions":["sensor:read","telemetry:publish"]"#,
            r#""expires_in_minutes":45"#,
        ] {
            ensure!(line.contains(part), "{part} is not in the line that is shown.");
        }

        let answer = said(Command::new("sh").args(["-c", &line]))?;
        let body: Value = serde_json::from_str(&answer)?;
        let field = |name: &str| body.get(name).and_then(Value::as_str).with_context(|| format!("no {name} in the answer"));
        let code: PairingCode = field("code")?.parse()?;
        stage.secrets.saw_code(&code);
        ensure!(field("code")? == code.reveal(), "The code is not in its one form.");
        let id = field("device_id")?.strip_prefix("dev-").context("device_id")?;
        ensure!(id.parse::<uuid::Uuid>().is_ok(), "device_id is no dev-<uuid>.");
        ensure!(is_whole_second_in_utc(field("expires_at")?), "expires_at is {}", field("expires_at")?);
        let created: PairingCodeCreated = serde_json::from_value(body.clone())?;
        if let Some(link) = &created.link {
            stage.secrets.saw_link(&link.parse()?);
        }

        window.click("nav-pair").await?;
        eventually("The new code in the list", async || Ok(window.open_codes().await?.contains(&created.pairing_id).then_some(())))
            .await?;
        window.ensure_shows_nothing_of("the code that a program made", &code.symbols()).await?;
        window.ensure_shows_nothing_of("the API key after leaving its page", &key).await?;
        stage.close_window().await
    })
    .await
}

#[tokio::test]
async fn wrong_credentials_and_requests_are_refused_by_name_with_a_sentence() -> Result<()> {
    play("refusals", Desktop::WithKeyring, async |stage| {
        let window = stage.open_window().await?;
        let key = window.make_api_key(stage, "Short-lived", "developer").await?;
        let line = window.shown_command().await?;
        let address = address_in(&line)?;
        let body = json!({"name": "N", "device_type": "T", "permissions": ["sensor:read"], "expires_in_minutes": 45});
        let refusal = |caller: Caller, body: Value| -> Result<(u16, String)> {
            let reply = caller.send("POST", paths::PAIRING_CODES, Some(&body))?;
            Ok((reply.status, reply.refusal()?.to_owned()))
        };
        let is = |status: u16, code: &str| (status, code.to_owned());

        ensure!(refusal(Caller::with(address, None), body.clone())? == is(401, "unauthenticated"));
        let other = if key.ends_with('0') { '1' } else { '0' };
        let changed = format!("{}{other}", &key[..key.len() - 1]);
        ensure!(refusal(Caller::with_key(address, &changed), body.clone())? == is(401, "api_key_invalid"));
        ensure!(refusal(Caller::with_key(address, "no key at all"), body.clone())? == is(401, "api_key_invalid"));
        for scheme in ["Basic", "DPoP"] {
            let wrong = Caller::with(address, Some(format!("{scheme} {key}")));
            ensure!(refusal(wrong, body.clone())? == is(401, "wrong_auth_method"), "{scheme}");
        }

        let caller = Caller::with_key(address, &key);
        for (field, value) in [
            ("name", json!("")),
            ("name", json!("x".repeat(10_000))),
            ("permissions", json!([])),
            ("permissions", json!(["*:*"])),
            ("expires_in_minutes", json!(0)),
            ("expires_in_minutes", json!(1_000_000)),
            ("unknown_field", json!(1)),
        ] {
            let mut bad = body.clone();
            bad[field] = value;
            let (status, code) = refusal(caller.clone(), bad)?;
            ensure!((status, code.as_str()) == (400, "invalid_request"), "{field}: {status} {code}");
        }
        let made = caller.send("POST", paths::PAIRING_CODES, Some(&body))?;
        ensure!(made.status == 200 || made.status == 201, "The key is refused: {made:?}");
        if let Some(code) = made.body["code"].as_str() {
            stage.secrets.saw_code(&code.parse()?);
        }

        window.button("Revoke Short-lived").await?.click().await?;
        window.click("confirm-accept").await?;
        window.until_gone("confirm-accept").await?;
        ensure!(refusal(caller, body)? == is(401, "api_key_revoked"));
        stage.close_window().await
    })
    .await
}

#[tokio::test]
async fn a_key_that_only_looks_is_refused_to_revoke() -> Result<()> {
    play("viewer", Desktop::WithKeyring, async |stage| {
        let _network = Neighbour::connect()?;
        let window = stage.open_window().await?;
        let code = window.make_code(stage, "Kitchen hub", "IoT Gateway").await?;
        let typed = window.typed_entry().await?;
        let device = Device::here(stage.aside("kitchen"));
        device.ask(&["pair", &code.reveal(), "--server", &typed.address, "--pin", &typed.pin])?.expect(Exit::Done)?;
        window.click("nav-devices").await?;
        let row = window.until_row("Kitchen hub", "active", false).await?;

        let key = window.make_api_key(stage, "Wall display", "viewer").await?;
        let line = window.shown_command().await?;
        let caller = Caller::with_key(address_in(&line)?, &key);
        let listed = said(Command::new("sh").args(["-c", &line]))?;
        ensure!(listed.contains(&row.id), "The line that is shown does not list the device.");
        let refused = caller.send("DELETE", &paths::DEVICE.replace("{id}", &row.id), None)?;
        ensure!((refused.status, refused.refusal()?) == (403, "access_denied"), "A viewer revokes: {refused:?}");
        window.click("nav-devices").await?;
        window.until_row("Kitchen hub", "active", false).await?;
        stage.close_window().await
    })
    .await
}
