//! The main job: a code, a device on another machine, and its end.

use std::path::Path;
use std::process::Command;

use anyhow::{Result, ensure};
use clawpair_core::link::PairingLink;
use clawpair_device::Exit;
use clawpair_tests::device::Device;
use clawpair_tests::neighbour::{Neighbour, OUR_ADDRESS};
use clawpair_tests::pages::Typed;
use clawpair_tests::said;
use clawpair_tests::stage::{Desktop, Stage, play};
use clawpair_tests::window::Window;

/// What an independent decoder reads in a picture.
fn decode(picture: &Path) -> Result<String> {
    said(Command::new("zbarimg").args(["--quiet", "--raw", "-Sdisable", "-Sqrcode.enable"]).arg(picture))
}

/// From the freshly paired device to its refusal after it was revoked in the window.
async fn stay_until_revoked(stage: &mut Stage, window: &Window, device: &Device<'_>, name: &str) -> Result<()> {
    stage.secrets.saw("device token", &device.token()?);
    window.until_attribute("pair-status", "data-status", "completed").await?;
    ensure!(!window.has("pair-qr").await?, "The used QR code is still there.");
    ensure!(decode(&stage.picture("used.png")?).is_err(), "The used QR code can still be scanned.");

    window.click("nav-devices").await?;
    let paired = window.until_row(name, "active", false).await?;
    let running = device.run()?;
    running.until_said("connected").await?;
    window.until_row(name, "active", true).await?;
    device.ask(&["status"])?.expect(Exit::Done)?;

    window.revoke(&paired.id).await?;
    window.until_row(name, "revoked", false).await?;
    let end = running.end()?.expect(Exit::Revoked)?;
    ensure!(end.said.contains("revoked"), "The device does not say why it ended: {}", end.said);
    let refused = device.ask(&["status"])?.expect(Exit::Revoked)?;
    ensure!(refused.said.contains("revoked") && refused.said.contains("new code"), "No next step: {}", refused.said);
    Ok(())
}

#[tokio::test]
async fn a_device_that_scans_the_qr_joins_shows_up_and_is_cut_off_when_revoked() -> Result<()> {
    play("qr", Desktop::WithKeyring, async |stage| {
        let neighbour = Neighbour::connect()?;
        let window = stage.open_window().await?;
        window.make_code(stage, "Hall hub", "IoT Gateway").await?;
        window.find("pair-qr").await?;

        let scanned = decode(&stage.picture("window.png")?)?;
        let link: PairingLink = scanned.parse()?;
        stage.secrets.saw_link(&link);
        let ours = link.addresses().iter().any(|address| address.host() == OUR_ADDRESS);
        ensure!(ours, "The link leads to {:?} and not over the cable.", link.addresses());

        let device = Device::on(&neighbour, stage.aside("hub"));
        let answer = device.ask(&["pair", &scanned])?.expect(Exit::Done)?;
        ensure!(
            answer.said.contains("Hall hub") && answer.said.contains("sensor:read"),
            "It does not say what it is: {}",
            answer.said
        );
        ensure!(answer.said.contains(OUR_ADDRESS), "It does not say whom it trusts: {}", answer.said);
        stay_until_revoked(stage, &window, &device, "Hall hub").await?;

        let late = Device::on(&neighbour, stage.aside("late"));
        late.ask(&["pair", &scanned])?.expect(Exit::CodeUsed)?;
        stage.close_window().await
    })
    .await
}

#[tokio::test]
async fn a_device_that_has_the_code_typed_joins_and_is_cut_off_when_revoked() -> Result<()> {
    play("typed", Desktop::WithKeyring, async |stage| {
        let neighbour = Neighbour::connect()?;
        let window = stage.open_window().await?;
        let code = window.make_code(stage, "Cellar sensor", "IoT Sensor").await?;
        let Typed { address, pin } = window.typed_entry().await?;
        ensure!(address.starts_with(OUR_ADDRESS), "The window shows the address {address}.");
        let line = window.shown_command().await?;
        let reveal = code.reveal();
        let words = ["pair", &reveal, "--server", &address, "--pin", &pin];
        ensure!(line == format!("clawpair-device {}", words.join(" ")), "The line to type is not what the window shows.");

        let device = Device::on(&neighbour, stage.aside("sensor"));
        let (start, end) = pin.split_at(25);
        let impostor = format!("{start}{}", if end == "0" { '1' } else { '0' });
        device.ask(&["pair", &reveal, "--server", &address, "--pin", &impostor])?.expect(Exit::PinMismatch)?;
        device.ask(&words)?.expect(Exit::Done)?;
        stay_until_revoked(stage, &window, &device, "Cellar sensor").await?;

        let late = Device::on(&neighbour, stage.aside("late"));
        late.ask(&words)?.expect(Exit::CodeUsed)?;
        stage.close_window().await
    })
    .await
}

#[tokio::test]
async fn a_cancelled_code_is_dead_in_the_window_and_at_the_device() -> Result<()> {
    play("cancelled", Desktop::WithKeyring, async |stage| {
        let neighbour = Neighbour::connect()?;
        let window = stage.open_window().await?;
        window.make_code(stage, "Nobody", "IoT Sensor").await?;
        window.find("pair-qr").await?;
        let scanned = decode(&stage.picture("window.png")?)?;
        stage.secrets.saw_link(&scanned.parse()?);

        window.click("pair-cancel").await?;
        window.click("confirm-accept").await?;
        window.until_attribute("pair-status", "data-status", "cancelled").await?;
        window.until_gone("confirm-accept").await?;
        ensure!(decode(&stage.picture("cancelled.png")?).is_err(), "The cancelled QR code can still be scanned.");
        let refused = Device::on(&neighbour, stage.aside("device")).ask(&["pair", &scanned])?.expect(Exit::CodeCancelled)?;
        ensure!(refused.said.contains("cancelled"), "It does not say why: {}", refused.said);
        stage.close_window().await
    })
    .await
}
