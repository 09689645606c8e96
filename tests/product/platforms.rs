//! Platforms of others are added in the window, compared, and kept apart.

use std::process::Command;

use anyhow::{Context, Result, ensure};
use clawpair_device::Exit;
use clawpair_gateway_stage::{Ask, Peer, own};
use clawpair_tests::bridge::{self, Bridge};
use clawpair_tests::device::Device;
use clawpair_tests::neighbour::{Neighbour, OUR_ADDRESS};
use clawpair_tests::server::Server;
use clawpair_tests::stage::{Desktop, play};
use clawpair_tests::window::Window;
use clawpair_tests::{eventually, said};
use xtask::openclaw::{Gateway, Reach, Setup, TOKEN};

const LOOK: Ask<'static> = Ask::operator(&["operator.read"]);

/// What whoever runs the gateway reads of its certificate, by a program that knows nothing of ours.
fn fingerprint(gateway: &Gateway) -> Result<String> {
    let file = gateway.state().join("gateway/tls/gateway-cert.pem");
    let told = said(Command::new("openssl").args(["x509", "-noout", "-fingerprint", "-sha256", "-in"]).arg(file))?;
    told.split_once('=').map(|(_, fingerprint)| fingerprint.to_owned()).context("openssl tells no fingerprint")
}

/// The request that the window says to approve on the gateway's computer.
async fn request(window: &Window) -> Result<String> {
    const COMMAND: &str = "openclaw devices approve ";
    let told = window.until_told(COMMAND).await?;
    let (_, rest) = told.split_once(COMMAND).context("no command")?;
    // An id of this length; the name of a button may follow.
    Ok(rest.chars().take(36).collect())
}

#[tokio::test]
async fn a_gateway_of_the_network_is_compared_let_in_and_refused_once_it_shows_another_certificate() -> Result<()> {
    play("platforms-network", Desktop::WithKeyring, async |stage| {
        let _neighbour = Neighbour::connect()?;
        let (mut gateway, _folder) = own(Setup { tls: true, reach: Reach::Network, ..Setup::default() });
        let window = stage.open_window().await?;
        stage.secrets.saw("shared token", TOKEN);
        window.begin_adding().await?;
        let address = format!("wss://{OUR_ADDRESS}:{}", gateway.port());
        window.fill("add-address", &address).await?;
        window.add_with("Hall gateway", TOKEN).await?;

        window.until_told("has not been compared yet").await?;
        window.compare_and_accept(&fingerprint(&gateway)?).await?;
        // Whoever comes over the network is let in by a person on the gateway's computer.
        gateway.approve(&request(&window).await?)?;
        window.until_platform("Hall gateway", "connected").await?;

        gateway.stop();
        std::fs::remove_dir_all(gateway.state().join("gateway/tls"))?;
        gateway.run()?;
        window.until_platform("Hall gateway", "refused").await?;
        window.until_told("another certificate than the one you accepted").await?;
        window.click("compare").await?;
        window.click("confirm-cancel").await?;
        window.until_gone("confirm-cancel").await?;
        window.click("try-now").await?;
        window.until_told("another certificate than the one you accepted").await?;
        window.until_platform("Hall gateway", "refused").await?;
        window.click("nav-alerts").await?;
        ensure!(window.text("alert-row").await?.contains(&address), "No alert names the gateway.");
        window.compare_and_accept(&fingerprint(&gateway)?).await?;
        window.until_platform("Hall gateway", "connected").await?;
        stage.close_window().await
    })
    .await
}

#[tokio::test]
async fn a_gateway_that_announces_itself_is_found_and_missed() -> Result<()> {
    play("platforms-found", Desktop::WithKeyring, async |stage| {
        let _network = Bridge::make()?;
        let (mut gateway, _folder) = own(Setup { tls: true, announces: true, reach: Reach::Network, ..Setup::default() });
        let window = stage.open_window().await?;
        stage.secrets.saw("shared token", TOKEN);
        window.begin_adding().await?;
        // An announcement comes in parts: some of its addresses may be heard before the others.
        let address = format!("wss://{}:{}", bridge::ADDRESS, gateway.port());
        let says = async |text: &str| Ok(window.text("found-gateway").await?.contains(text).then_some(()));
        eventually("That it is found where it is", async || says(&address).await).await?;
        window.find_by("[data-testid='found-gateway'] button").await?.click().await?;
        window.add_with("Hall gateway", TOKEN).await?;
        // What it announces is a hint: its certificate is compared all the same.
        window.until_told("has not been compared yet").await?;

        window.begin_adding().await?;
        eventually("That it is known", async || says("Hall gateway").await).await?;
        gateway.stop();
        window.until_gone("found-gateway").await?;
        stage.close_window().await
    })
    .await
}

/// A tablet's token is replaced and revoked, which shuts it out both times.
async fn end_tokens(window: &Window, gateway: &Gateway) -> Result<()> {
    let tablet = Peer { far: false, ..Peer::foreign("Workshop tablet") };
    let session = tablet.joins(gateway.port(), &LOOK).await;
    window.click("nav-devices").await?;
    window.until_row("Workshop tablet", "active", true).await?;
    window.button("Details of Workshop tablet").await?.click().await?;
    window.button("Replace the operator token of Workshop tablet").await?.click().await?;
    window.click("confirm-accept").await?;
    ensure!(session.closed().await == 4001, "A device whose token was replaced stays in.");
    window.until_row("Workshop tablet", "active", false).await?;
    eventually("That the token was replaced", async || Ok(window.everything().await?.contains("replaced").then_some(()))).await?;

    let session = tablet.joins(gateway.port(), &LOOK).await;
    window.until_row("Workshop tablet", "active", true).await?;
    window.button("Revoke the operator token of Workshop tablet").await?.click().await?;
    window.click("confirm-accept").await?;
    ensure!(session.closed().await == 4001, "A device whose token was revoked stays in.");
    window.until_row("Workshop tablet", "disabled", false).await?;
    ensure!(!window.has("token-revoke").await?, "What is revoked can be revoked.");
    Ok(())
}

#[tokio::test]
async fn a_gateway_of_this_computer_and_a_server_stand_side_by_side() -> Result<()> {
    play("platforms-several", Desktop::WithKeyring, async |stage| {
        let (gateway, _folder) = own(Setup::default());
        let here = [("OPENCLAW_CONFIG_PATH", gateway.config_file()), ("OPENCLAW_STATE_DIR", gateway.state())];
        let window = stage.open_window_in(&here).await?;
        stage.secrets.saw("shared token", TOKEN);
        window.begin_adding().await?;
        let name = format!("ws://127.0.0.1:{}", gateway.port());
        ensure!(window.text("local-gateway").await?.contains(&name), "The gateway of this computer is not offered.");
        window.click("add-local").await?;
        window.until_gone("adding").await?;
        window.until_chosen(&name).await?;
        window.until_platform(&name, "connected").await?;
        end_tokens(&window, &gateway).await?;

        let server = Server::start(&stage.aside("server"))?;
        window.add_server(stage, "Office", &server).await?;
        let code = window.make_code(stage, "Hall sensor", "IoT Sensor").await?;
        let typed = window.typed_entry().await?;
        ensure!(typed.pin == server.pin && server.address.ends_with(&typed.address), "The code leads elsewhere: {typed:?}");
        let sensor = Device::here(stage.aside("sensor"));
        sensor.ask(&["pair", &code.reveal(), "--server", &typed.address, "--pin", &typed.pin])?.expect(Exit::Done)?;
        stage.secrets.saw("device token", &sensor.token()?);
        window.until_attribute("pair-status", "data-status", "completed").await?;

        // Each has its own, and who asks at the other is told.
        Peer::foreign("Porch tablet").asks(gateway.port(), &LOOK).await;
        window.click("nav-devices").await?;
        window.until_row("Hall sensor", "active", false).await?;
        ensure!(window.rows().await?.len() == 1, "Devices of another platform are listed: {:?}", window.rows().await?);
        ensure!(window.text("elsewhere-requests").await?.contains(&name), "It is not said who asks elsewhere.");
        window.switch_to(&name).await?;
        window.click("nav-devices").await?;
        window.until_row("Workshop tablet", "disabled", false).await?;
        ensure!(window.rows().await?.iter().all(|row| row.name != "Hall sensor"), "A device of the server is listed.");

        // What happens to one is no matter of the other's, and what it had stays shown.
        drop(server);
        window.until_platform("Office", "retrying").await?;
        window.until_platform(&name, "connected").await?;
        window.switch_to("Office").await?;
        window.click("nav-devices").await?;
        window.until_row("Hall sensor", "active", false).await?;
        window.until_told("does not answer").await?;
        stage.close_window().await
    })
    .await
}
