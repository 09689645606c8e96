//! A real OpenClaw Gateway beside the app's own platform: added, paired with, looked after, and never mixed up.

use std::path::Path;
use std::process::Command;

use anyhow::{Result, ensure};
use clawpair_gateway_stage::{Ask, Peer, own, tokens};
use clawpair_openclaw::setup_code::SetupCode;
use clawpair_tests::stage::{Desktop, Stage, play};
use clawpair_tests::window::Window;
use clawpair_tests::{eventually, said};
use xtask::openclaw::{Gateway, Setup, TOKEN};

/// An address that a gateway puts into a code; nobody answers there.
const ELSEWHERE: &str = "wss://gateway.example.org:18789";

/// What an independent decoder reads in a picture.
fn decode(picture: &Path) -> Result<String> {
    said(Command::new("zbarimg").args(["--quiet", "--raw", "-Sdisable", "-Sqrcode.enable"]).arg(picture))
}

/// Adds a gateway by its address and shared token, and waits until it is the platform that the pages are about.
async fn add(stage: &mut Stage, window: &Window, gateway: &Gateway) -> Result<()> {
    window.click("nav-platforms").await?;
    window.click("add-platform").await?;
    window.fill("add-address", &format!("ws://127.0.0.1:{}", gateway.port())).await?;
    window.fill("add-name", "Home gateway").await?;
    window.fill("add-credential", TOKEN).await?;
    stage.secrets.saw("shared token", TOKEN);
    window.click("add-submit").await?;
    window.find_by("[data-testid='platform-row'][data-state='connected']:not([data-platform-id='embedded'])").await?;
    eventually("The gateway's being shown", async || {
        Ok(window.text("platform-switcher").await?.contains("Home gateway").then_some(()))
    })
    .await?;
    ensure!(saw_tokens(stage, gateway) > 0, "The gateway has given the app no token of its own.");
    Ok(())
}

/// Takes down what the gateway has given to devices, the app among them; how many tokens.
fn saw_tokens(stage: &mut Stage, gateway: &Gateway) -> usize {
    let tokens = tokens(&gateway.state());
    for token in &tokens {
        stage.secrets.saw("gateway's token", token);
    }
    tokens.len()
}

/// Makes a setup code whose address nobody answers at, which has to be looked at first, and reads it from the picture.
async fn setup_code(stage: &mut Stage, window: &Window) -> Result<SetupCode> {
    window.click("nav-pair").await?;
    window.fill("setup-address", ELSEWHERE).await?;
    window.click("setup-submit").await?;
    window.until_attribute("setup-status", "data-status", "checked").await?;
    ensure!(!window.has("setup-qr").await?, "A code that no phone can use is shown before anybody has looked.");
    ensure!(window.text("checked-address").await?.contains(ELSEWHERE), "The address that was tried is not named.");
    window.click("setup-anyway").await?;
    window.find("setup-qr").await?;
    let code: SetupCode = decode(&stage.picture("setup.png")?)?.parse()?;
    stage.secrets.saw("setup code", code.token().reveal());
    Ok(code)
}

/// Chooses what can be done to a device, and says yes.
async fn act(window: &Window, id: &str, action: &str) -> Result<()> {
    window.find_by(&format!("[data-device-id='{id}'] [data-testid='{action}']")).await?.click().await?;
    Ok(())
}

#[tokio::test]
async fn a_phone_pairs_at_a_gateway_by_the_windows_code_and_is_renamed_and_removed() -> Result<()> {
    play("gateway-phone", Desktop::WithKeyring, async |stage| {
        let (gateway, _folder) = own(Setup::default());
        let window = stage.open_window().await?;
        add(stage, &window, &gateway).await?;
        ensure!(!window.has("nav-activity").await?, "A page that a gateway has no use for is offered.");

        let code = setup_code(stage, &window).await?;
        let phone = Peer::phone("Pixel 9");
        let by_code = Ask { role: "node", scopes: &[], auth: ("bootstrapToken", code.token().reveal()), commands: &[] };
        let session = phone.joins(gateway.port(), &by_code).await;
        window.until_attribute("setup-status", "data-status", "used").await?;
        ensure!(window.text("setup-status").await?.contains("Pixel 9"), "It is not said who used the code.");
        ensure!(decode(&stage.picture("used.png")?).is_err(), "The used setup code can still be scanned.");

        window.click("nav-devices").await?;
        let id = window.until_row("Pixel 9", "active", true).await?.id;
        ensure!(saw_tokens(stage, &gateway) > 1, "The gateway has given the phone no token.");
        act(&window, &id, "device-rename").await?;
        window.fill("rename-name", "Ada’s phone").await?;
        window.click("confirm-accept").await?;
        window.until_row("Ada’s phone", "active", true).await?;

        act(&window, &id, "device-remove").await?;
        ensure!(window.everything().await?.contains("can come back"), "It is not said what removing does not do.");
        window.click("confirm-accept").await?;
        ensure!(session.closed().await == 4001, "The removed phone is not cut off.");
        eventually("The phone's leaving the list", async || Ok(window.rows().await?.iter().all(|row| row.id != id).then_some(())))
            .await?;
        stage.close_window().await
    })
    .await
}

#[tokio::test]
async fn who_asks_a_gateway_is_heard_on_another_platform_and_let_in_as_seen() -> Result<()> {
    play("gateway-request", Desktop::WithKeyring, async |stage| {
        let (gateway, _folder) = own(Setup::default());
        let window = stage.open_window().await?;
        add(stage, &window, &gateway).await?;
        window.find_by("[data-platform-id='embedded'] [data-testid='platform-open']").await?.click().await?;

        let tablet = Peer::foreign("Kitchen tablet");
        let ask = Ask::operator(&["operator.read"]);
        tablet.asks(gateway.port(), &ask).await;
        ensure!(window.text("elsewhere-requests").await?.contains("Home gateway"), "It is not said where somebody asks.");
        window.find_by("[data-testid='elsewhere-requests'] button").await?.click().await?;

        let asked = window.text("request").await?;
        ensure!(asked.contains("Kitchen tablet"), "It is not said who asks: {asked}");
        ensure!(window.text("request-added").await?.contains("operator.read"), "It is not said what it would get.");
        window.click("request-approve").await?;
        let _session =
            eventually("The tablet's being let in", async || Ok(tablet.connect(gateway.port(), &ask).await.ok())).await?;
        window.click("nav-devices").await?;
        window.until_row("Kitchen tablet", "active", true).await?;
        ensure!(saw_tokens(stage, &gateway) > 1, "The gateway has given the tablet no token.");
        stage.close_window().await
    })
    .await
}
