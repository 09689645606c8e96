//! What should not happen is told in the window until somebody has looked.

use anyhow::{Result, ensure};
use clawpair_device::Exit;
use clawpair_tests::device::Device;
use clawpair_tests::neighbour::Neighbour;
use clawpair_tests::stage::{Desktop, play};

#[tokio::test]
async fn a_revoked_device_that_knocks_is_an_alert_until_somebody_acknowledges_it() -> Result<()> {
    play("alerts", Desktop::WithKeyring, async |stage| {
        let neighbour = Neighbour::connect()?;
        let window = stage.open_window().await?;
        window.click("nav-alerts").await?;
        ensure!(window.everything().await?.contains("No alerts"), "There is an alert before anything has happened.");

        // Two knocks instead of three are enough, from now on.
        window.button("Rules").await?.click().await?;
        window.fill("rule-number-knocks", "2").await?;
        window.click("rule-save").await?;
        window.until_gone("rule-save").await?;

        let code = window.make_code(stage, "Attic sensor", "IoT Sensor").await?;
        let typed = window.typed_entry().await?;
        let sensor = Device::on(&neighbour, stage.aside("sensor"));
        sensor.ask(&["pair", &code.reveal(), "--server", &typed.address, "--pin", &typed.pin])?.expect(Exit::Done)?;
        stage.secrets.saw("device token", &sensor.token()?);
        window.click("nav-devices").await?;
        let row = window.until_row("Attic sensor", "active", false).await?;
        window.revoke(&row.id).await?;
        ensure!(!window.has("open-alerts").await?, "A badge counts an alert that nobody has raised.");
        for _ in 0..2 {
            sensor.ask(&["status"])?.expect(Exit::Revoked)?;
        }

        // On whatever page one is.
        ensure!(window.text("open-alerts").await?.starts_with('1'), "The badge does not count one.");
        window.click("nav-alerts").await?;
        window.button("Alerts").await?.click().await?;
        window.until_attribute("alert-row", "data-status", "open").await?;
        let told = window.text("alert-row").await?;
        for part in ["Shut-out device knocking", "Attic sensor"] {
            ensure!(told.contains(part), "The alert does not say “{part}”: {told}");
        }

        window.click("alert-acknowledge").await?;
        window.fill("alert-note", "It stood in the attic, still switched on.").await?;
        window.click("confirm-accept").await?;
        window.until_gone("open-alerts").await?;
        window.until_attribute("alert-row", "data-status", "acknowledged").await?;
        stage.close_window().await?;

        let window = stage.open_window().await?;
        window.click("nav-alerts").await?;
        window.until_attribute("alert-row", "data-status", "acknowledged").await?;
        ensure!(!window.has("open-alerts").await?, "The badge counts what was acknowledged.");
        window.button("Details of the alert “Shut-out device knocking”").await?.click().await?;
        ensure!(window.everything().await?.contains("It stood in the attic"), "What was found is forgotten.");
        window.button("Rules").await?.click().await?;
        let knocks = window.find("rule-number-knocks").await?.prop("value").await?;
        ensure!(knocks.as_deref() == Some("2"), "The rule is forgotten: {knocks:?}");
        stage.close_window().await
    })
    .await
}
