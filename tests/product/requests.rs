//! Devices that a person lets in, or not, after comparing a number.

use anyhow::{Context, Result, ensure};
use clawpair_device::Exit;
use clawpair_tests::device::{Device, Running};
use clawpair_tests::eventually;
use clawpair_tests::neighbour::Neighbour;
use clawpair_tests::stage::{Desktop, Stage, play};
use clawpair_tests::window::Window;

/// Makes a code that asks first, and starts a device that uses it.
async fn ask(stage: &mut Stage, window: &Window, neighbour: &Neighbour, name: &str) -> Result<Running> {
    window.ask_first(true).await?;
    let code = window.make_code(stage, name, "IoT Gateway").await?;
    let typed = window.typed_entry().await?;
    let device = Device::on(neighbour, stage.aside(name));
    let asking = device.start(&["pair", &code.reveal(), "--server", &typed.address, "--pin", &typed.pin])?;
    asking.until_said("waiting until").await?;
    Ok(asking)
}

/// The number that a device shows.
fn number(device: &Running) -> Result<String> {
    let said = device.said()?;
    let number = said.lines().find_map(|line| line.strip_prefix("number ")).context("a device without a number")?;
    Ok(number.to_owned())
}

#[tokio::test]
async fn a_device_waits_until_a_person_has_compared_its_number_and_lets_it_in() -> Result<()> {
    play("requests", Desktop::WithKeyring, async |stage| {
        let neighbour = Neighbour::connect()?;
        let window = stage.open_window().await?;

        // Where the code was made, without going anywhere.
        let hub = ask(stage, &window, &neighbour, "Kitchen hub").await?;
        window.until_attribute("pair-status", "data-status", "waiting").await?;
        ensure!(window.text("request-number").await? == number(&hub)?, "The two numbers differ.");
        window.click("nav-devices").await?;
        ensure!(window.rows().await?.is_empty(), "A device is listed that nobody has let in.");

        // From another page, by way of the notice.
        window.find("request-banner").await?;
        window.find_by("[data-testid='request-banner'] a").await?.click().await?;
        ensure!(window.text("request-number").await? == number(&hub)?, "The two numbers differ.");
        window.click("request-approve").await?;
        hub.end()?.expect(Exit::Done)?;
        window.until_attribute("request", "data-status", "completed").await?;
        window.click("nav-devices").await?;
        window.until_row("Kitchen hub", "active", false).await?;

        let porch = ask(stage, &window, &neighbour, "Porch hub").await?;
        window.click("request-deny").await?;
        porch.end()?.expect(Exit::Denied)?;
        window.until_attribute("pair-status", "data-status", "denied").await?;
        window.click("nav-devices").await?;
        ensure!(window.rows().await?.len() == 1, "A refused device is listed.");

        // What was done is in the log, and the log is whole.
        window.click("nav-activity").await?;
        let told = eventually("The activity", async || {
            let page = window.everything().await?;
            Ok(page.contains("You refused “Porch hub”.").then_some(page))
        })
        .await?;
        for sentence in ["You made a code for “Kitchen hub”.", "You let “Kitchen hub” in.", "A device joined as “Kitchen hub”."]
        {
            ensure!(told.contains(sentence), "The activity does not say: {sentence}");
        }
        window.click("activity-verify").await?;
        ensure!(window.text("activity-check").await?.contains("unbroken"), "The log is said to be broken.");
        stage.close_window().await
    })
    .await
}
