//! Takes the pictures of the README from the real window, with devices that are really paired, into the folder that is
//! named as the only argument. `cargo xtask screenshots` runs it where networks may be made.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clawpair_device::Exit;
use clawpair_tests::device::{Device, Running};
use clawpair_tests::eventually;
use clawpair_tests::neighbour::Neighbour;
use clawpair_tests::stage::{Desktop, Stage};
use clawpair_tests::window::Window;

/// Name, type, preset, whether it stays connected.
const DEVICES: [(&str, &str, &str, bool); 4] = [
    ("Old thermostat", "IoT Sensor", "Sensor", false),
    ("Nightly backup", "Service.Worker.Compute", "Worker", false),
    ("Greenhouse sensor", "IoT.Sensor.Temperature", "Sensor", true),
    ("Living-room hub", "IoT Gateway", "Home hub", true),
];
const REVOKED: &str = "Old thermostat";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let folder = PathBuf::from(std::env::args().nth(1).context("Name the folder for the pictures.")?);
    fs::create_dir_all(&folder)?;
    let neighbour = Neighbour::connect()?;
    let mut stage = Stage::set(Desktop::WithKeyring)?;
    let _connected = furnish(&mut stage, &neighbour).await?;

    // A second start, so that nothing on the page is news.
    let window = stage.open_window().await?;
    for (theme, name) in [("Light", "light"), ("Dark", "dark")] {
        window.click("nav-settings").await?;
        window.button(theme).await?.click().await?;
        window.click("nav-pair").await?;
        window.button("Home hub").await?.click().await?;
        window.make_code(&mut stage, "Kitchen hub", "IoT Gateway").await?;
        keep(&stage, &window, &folder, &format!("pair-{name}.png")).await?;
        window.click("pair-done").await?;
        window.click("nav-devices").await?;
        for (device, _, _, connected) in DEVICES {
            let status = if device == REVOKED { "revoked" } else { "active" };
            window.until_row(device, status, connected).await?;
        }
        keep(&stage, &window, &folder, &format!("devices-{name}.png")).await?;
    }
    stage.close_window().await
}

/// Pairs the devices, and starts those that stay connected.
async fn furnish(stage: &mut Stage, neighbour: &Neighbour) -> Result<Vec<Running>> {
    let window = stage.open_window().await?;
    let mut connected = Vec::new();
    for (name, device_type, preset, stays) in DEVICES {
        window.button(preset).await?.click().await?;
        window.ask_first(false).await?;
        let code = window.make_code(stage, name, device_type).await?;
        let typed = window.typed_entry().await?;
        let device = Device::on(neighbour, stage.aside(name));
        let words = ["pair", &code.reveal(), "--server", &typed.address, "--pin", &typed.pin];
        device.ask(&words)?.expect(Exit::Done)?;
        window.until_attribute("pair-status", "data-status", "completed").await?;
        window.click("pair-done").await?;
        if stays {
            connected.push(device.run()?);
        }
        if name == REVOKED {
            window.click("nav-devices").await?;
            let row = window.until_row(name, "active", false).await?;
            window.revoke(&row.id).await?;
            window.click("nav-pair").await?;
        }
    }
    stage.close_window().await?;
    Ok(connected)
}

/// Takes a picture once nothing moves.
async fn keep(stage: &Stage, window: &Window, folder: &Path, name: &str) -> Result<()> {
    const SCRIPT: &str = "document.activeElement?.blur(); scrollTo(0, 0); return document.fonts.status === 'loaded' \
        && document.getAnimations().every(animation => animation.playState !== 'running')";
    eventually("The end of all movement", async || {
        let still = window.client().execute(SCRIPT, vec![]).await?;
        Ok((still == serde_json::Value::Bool(true)).then_some(()))
    })
    .await?;
    fs::copy(stage.picture(name)?, folder.join(name))?;
    println!("-- {}", folder.join(name).display());
    Ok(())
}
