//! Devices are found, changed and shut out in the window, one and many, without overwriting what somebody else has done.

use anyhow::{Context, Result, ensure};
use clawpair_api::paths;
use clawpair_device::Exit;
use clawpair_tests::device::Device;
use clawpair_tests::eventually;
use clawpair_tests::neighbour::Neighbour;
use clawpair_tests::rest::Caller;
use clawpair_tests::stage::{Desktop, play};
use clawpair_tests::window::Window;

/// Waits until exactly these devices are listed, in any order.
async fn until_listed(window: &Window, mut names: Vec<&str>) -> Result<()> {
    names.sort_unstable();
    eventually(&format!("The listing of {names:?}"), async || {
        let mut listed: Vec<String> = window.rows().await?.into_iter().map(|row| row.name).collect();
        listed.sort_unstable();
        Ok((listed == names).then_some(()))
    })
    .await
}

#[tokio::test]
async fn devices_are_searched_edited_and_changed_together() -> Result<()> {
    play("devices", Desktop::WithKeyring, async |stage| {
        let neighbour = Neighbour::connect()?;
        let window = stage.open_window().await?;
        let mut devices = Vec::new();
        let mut address = String::new();
        for name in ["Attic sensor", "Cellar sensor"] {
            let code = window.make_code(stage, name, "IoT Sensor").await?;
            let typed = window.typed_entry().await?;
            let device = Device::on(&neighbour, stage.aside(name));
            device.ask(&["pair", &code.reveal(), "--server", &typed.address, "--pin", &typed.pin])?.expect(Exit::Done)?;
            stage.secrets.saw("device token", &device.token()?);
            window.until_attribute("pair-status", "data-status", "completed").await?;
            window.click("pair-done").await?;
            devices.push(device);
            address = typed.address;
        }
        let key = window.make_api_key(stage, "Somebody else", "device_manager").await?;
        let caller = Caller::with_key(&address, &key);
        window.click("nav-devices").await?;
        until_listed(&window, vec!["Attic sensor", "Cellar sensor"]).await?;

        window.fill("device-search", "cel").await?;
        until_listed(&window, vec!["Cellar sensor"]).await?;

        // Somebody else renames it while a person does.
        let id = window.rows().await?.pop().context("no row")?.id;
        window.click("device-edit").await?;
        window.fill("edit-name", "Cellar sensor, north").await?;
        window.fill("edit-tags", "cellar, damp").await?;
        let theirs = serde_json::json!({"name": "Cellar, renamed"});
        let changed = caller.send("PATCH", &paths::DEVICE.replace("{id}", &id), Some(&theirs))?;
        ensure!(changed.status == 200, "The other could not rename it: {changed:?}");
        window.click("edit-save").await?;
        ensure!(window.text("conflict").await?.contains("Cellar, renamed"), "What the other did is not shown.");
        window.click("conflict-mine").await?;
        window.until_gone("device-editor").await?;
        until_listed(&window, vec!["Cellar sensor, north"]).await?;
        window.fill("device-search", "damp").await?;
        until_listed(&window, vec!["Cellar sensor, north"]).await?;

        // Both at once, and back.
        window.fill("device-search", "sensor").await?;
        until_listed(&window, vec!["Attic sensor", "Cellar sensor, north"]).await?;
        window.click("select").await?;
        window.click("select-all").await?;
        window.click("bulk-disable").await?;
        window.fill("reason", "Moving house.").await?;
        window.click("confirm-accept").await?;
        ensure!(window.text("bulk-outcome").await?.contains("2 changed"), "It is not said what became of them.");
        for device in &devices {
            device.ask(&["status"])?.expect(Exit::Disabled)?;
        }
        window.click("undo-take").await?;
        window.until_row("Attic sensor", "active", false).await?;
        window.until_row("Cellar sensor, north", "active", false).await?;
        for device in &devices {
            device.ask(&["status"])?.expect(Exit::Done)?;
        }
        stage.close_window().await
    })
    .await
}
