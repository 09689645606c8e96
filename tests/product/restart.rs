//! Closing the app and starting it again.

use std::process::Command;

use anyhow::{Context, Result, ensure};
use clawpair_api::paths;
use clawpair_core::link::PairingLink;
use clawpair_device::Exit;
use clawpair_tests::device::Device;
use clawpair_tests::neighbour::Neighbour;
use clawpair_tests::rest::Caller;
use clawpair_tests::stage::{Desktop, play};
use clawpair_tests::{eventually, said};

#[tokio::test]
async fn a_restart_keeps_devices_open_codes_and_keys_and_shows_no_secret_again() -> Result<()> {
    play("restart", Desktop::WithKeyring, async |stage| {
        let neighbour = Neighbour::connect()?;
        let window = stage.open_window().await?;

        let code = window.make_code(stage, "Hall hub", "IoT Gateway").await?;
        let address = window.typed_entry().await?;
        let hub = Device::on(&neighbour, stage.aside("hub"));
        hub.ask(&["pair", &code.reveal(), "--server", &address.address, "--pin", &address.pin])?.expect(Exit::Done)?;
        stage.secrets.saw("device token", &hub.token()?);
        window.until_attribute("pair-status", "data-status", "completed").await?;
        window.click("pair-done").await?;

        let unused = window.make_code(stage, "Garden lamp", "IoT Sensor").await?;
        window.find("pair-qr").await?;
        let picture = stage.picture("window.png")?;
        let link = said(Command::new("zbarimg").args(["--quiet", "--raw"]).arg(picture))?;
        stage.secrets.saw_link(&link.parse::<PairingLink>()?);
        let key = window.make_api_key(stage, "Build server", "developer").await?;
        stage.close_window().await?;
        hub.ask(&["status"])?.expect(Exit::Unreachable)?;

        let window = stage.open_window().await?;
        let kept = eventually("The listing of open codes", async || {
            let codes = window.open_codes().await?;
            Ok((!codes.is_empty()).then_some(codes))
        })
        .await?;
        ensure!(kept.len() == 1, "One code was open, and {kept:?} are listed.");
        for (what, secret) in [("the unused code", unused.symbols()), ("the API key", key.clone()), ("the link", link.clone())] {
            for page in ["nav-pair", "nav-devices", "nav-keys"] {
                window.click(page).await?;
                window.ensure_shows_nothing_of(what, &secret).await?;
            }
        }
        let page = window.everything().await?;
        ensure!(page.contains("Build server"), "The page does not list the key.");
        window.click("nav-devices").await?;
        window.until_row("Hall hub", "active", false).await?;

        hub.ask(&["status"])?.expect(Exit::Done)?;
        let caller = Caller::with_key(&address.address, &key);
        let listed = caller.send("GET", paths::DEVICES, None)?;
        ensure!(listed.status == 200, "The key does not work any more: {listed:?}");
        let lamp = Device::on(&neighbour, stage.aside("lamp"));
        lamp.ask(&["pair", &link])?.expect(Exit::Done)?;
        stage.secrets.saw("device token", &lamp.token()?);
        let row = window.until_row("Garden lamp", "active", false).await?;
        let names: Vec<String> = window.rows().await?.into_iter().map(|row| row.name).collect();
        ensure!(names.len() == 2, "Two devices are paired, and {names:?} are listed.");

        window.revoke(&row.id).await?;
        window.until_row("Garden lamp", "revoked", false).await?;
        stage.close_window().await?;
        let window = stage.open_window().await?;
        window.click("nav-devices").await?;
        window.until_row("Garden lamp", "revoked", false).await?;
        lamp.ask(&["status"])?.expect(Exit::Revoked).context("after another restart")?;
        stage.close_window().await
    })
    .await
}
