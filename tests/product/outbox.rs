//! Revoking a device while its platform is away: it is said not to be done until it is seen to be, also after a restart.

use anyhow::{Context, Result, ensure};
use clawpair_core::claim::{ClaimSecret, Description};
use clawpair_core::code::PairingCode;
use clawpair_device::{Exit, Target};
use clawpair_tests::device::Device;
use clawpair_tests::pages::Typed;
use clawpair_tests::server::Server;
use clawpair_tests::stage::{Desktop, Stage, play};
use clawpair_tests::window::Window;
use ed25519_dalek::SigningKey;
use uuid::Uuid;

/// The number at the entry for what is under way, with what a screen reader says.
const COUNT: &str = "not-yet-revoked-count";

/// Lets the server come back, and does not wait for the next attempt to reach it.
async fn come_back(window: &Window, server: &mut Server) -> Result<()> {
    server.start_again()?;
    window.switch_to("Office").await?;
    // The app may have come back by itself.
    window.client().execute("document.querySelector('[data-testid=try-now]')?.click()", vec![]).await?;
    Ok(())
}

#[tokio::test]
async fn a_revocation_asked_for_offline_is_not_said_to_be_done_until_it_is_seen_to_be() -> Result<()> {
    play("outbox-revoked", Desktop::WithKeyring, async |stage| {
        let mut server = Server::start(&stage.aside("server"))?;
        let window = stage.open_window().await?;
        window.add_server(stage, "Office", &server).await?;
        let code = window.make_code(stage, "Hall sensor", "IoT Sensor").await?;
        let typed = window.typed_entry().await?;
        let sensor = Device::here(stage.aside("sensor"));
        sensor.ask(&["pair", &code.reveal(), "--server", &typed.address, "--pin", &typed.pin])?.expect(Exit::Done)?;
        stage.secrets.saw("device token", &sensor.token()?);
        window.until_attribute("pair-status", "data-status", "completed").await?;

        server.stop();
        window.until_platform("Office", "retrying").await?;
        window.click("nav-devices").await?;
        let id = window.until_row("Hall sensor", "active", false).await?.id;
        window.revoke(&id).await?;
        ensure!(window.text("queued").await?.contains("NOT yet revoked"), "It is not said that it waits.");
        window.find_by(&format!("[data-device-id='{id}'] [data-testid='not-yet-revoked']")).await?;
        ensure!(window.text(COUNT).await?.starts_with('1'), "The number in the navigation is another one.");

        // Nothing of it is forgotten, and nothing is claimed, when the app starts again without any network.
        stage.close_window().await?;
        let window = stage.open_window().await?;
        ensure!(window.text(COUNT).await?.starts_with('1'), "The number in the navigation is another one after a restart.");
        window.click("nav-outbox").await?;
        window.find_by("[data-testid='errand'][data-state='queued']").await?;
        ensure!(window.text("errand").await?.contains("NOT yet revoked"), "It is not said to be open.");

        come_back(&window, &mut server).await?;
        window.find_by("[data-testid='ended'][data-state='verified']").await?;
        window.until_gone(COUNT).await?;
        sensor.ask(&["status"])?.expect(Exit::Revoked)?;
        window.click("nav-devices").await?;
        window.until_row("Hall sensor", "revoked", false).await?;
        stage.close_window().await
    })
    .await
}

/// A device that joins with a key of its own choice, so that two platforms know the same.
async fn join(stage: &mut Stage, key: &SigningKey, code: PairingCode, typed: &Typed) -> Result<()> {
    let address = typed.address.parse().context("an address")?;
    let target = Target { addresses: vec![address], pin: typed.pin.parse().context("a pin")?, secret: ClaimSecret::Code(code) };
    let paired = clawpair_device::pair(&target, key, Uuid::from_bytes([1; 16]), &Description::default()).await?;
    stage.secrets.saw("device token", paired.tokens.access.reveal());
    Ok(())
}

#[tokio::test]
async fn a_lost_device_is_revoked_on_both_platforms_that_know_its_key() -> Result<()> {
    play("outbox-lost", Desktop::WithKeyring, async |stage| {
        let key = SigningKey::from_bytes(&[42; 32]);
        let mut server = Server::start(&stage.aside("server"))?;
        let window = stage.open_window().await?;
        let code = window.make_code(stage, "Phone", "IoT Sensor").await?;
        join(stage, &key, code, &window.typed_entry().await?).await?;
        window.until_attribute("pair-status", "data-status", "completed").await?;
        window.add_server(stage, "Office", &server).await?;
        let code = window.make_code(stage, "Work phone", "IoT Sensor").await?;
        join(stage, &key, code, &window.typed_entry().await?).await?;
        window.until_attribute("pair-status", "data-status", "completed").await?;
        window.click("nav-devices").await?;
        window.until_row("Work phone", "active", false).await?;

        server.stop();
        window.until_platform("Office", "retrying").await?;
        window.click("nav-devices").await?;
        window.click("device-more").await?;
        window.click("device-lost").await?;
        window.find_by("[data-testid='lost-place'][data-platform='embedded']").await?;
        window.find_by("[data-testid='lost-place']:not([data-platform='embedded'])").await?;
        window.fill("reason", "Left in a taxi.").await?;
        window.click("confirm-accept").await?;
        window.find_by("[data-testid='lost-errand'][data-platform='embedded'][data-state='verified']").await?;
        window.find_by("[data-testid='lost-errand']:not([data-platform='embedded'])[data-state='queued']").await?;
        ensure!(window.text(COUNT).await?.starts_with('1'), "The number in the navigation is another one.");
        window.switch_to("This computer").await?;
        window.until_row("Phone", "revoked", false).await?;

        come_back(&window, &mut server).await?;
        window.find_by("[data-testid='lost-errand']:not([data-platform='embedded'])[data-state='verified']").await?;
        window.until_gone(COUNT).await?;
        window.until_row("Work phone", "revoked", false).await?;
        stage.close_window().await
    })
    .await
}
