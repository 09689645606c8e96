//! The reviewer on a train: a server was read once, its programs are gone, there is no network, and everything is still there.

use std::net::{Ipv4Addr, TcpListener};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use clawpair_device::Exit;
use clawpair_tests::device::Device;
use clawpair_tests::rest::Caller;
use clawpair_tests::stage::{Desktop, Stage, play};
use clawpair_tests::window::Window;
use clawpair_tests::{built, eventually, said};
use serde_json::json;
use xtask::process::{Owned, bound};

/// A server that runs, where it is, and a key that may do everything there.
struct Works {
    address: String,
    key: String,
    _process: Owned,
}

impl Works {
    fn start(stage: &mut Stage) -> Result<Self> {
        let (program, data) = (built("clawpair-server")?, stage.aside("server"));
        // Free a moment ago, in a network of the test's own.
        let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.to_string();
        let mut serve = bound(&program);
        serve.args(["serve", "--listen", &address, "--advertise", &address, "--data"]).arg(&data);
        let (process, _) = Owned::start_and_hear("clawpair-server", &mut serve, &stage.aside("server.log"))?;
        let mut create = Command::new(&program);
        let key = said(create.args(["key", "create", "--name", "Desk", "--role", "admin", "--data"]).arg(&data))?;
        stage.secrets.saw_api_key(&key)?;
        Ok(Self { address, key, _process: process })
    }

    /// A device of this name that may do this joins it, by a link.
    fn joined(&self, stage: &mut Stage, name: &str, permission: &str) -> Result<()> {
        let form = json!({
            "name": name, "device_type": "IoT Gateway", "permissions": [permission], "expires_in_minutes": 10, "ask_first": false,
        });
        let made = Caller::with_key(&self.address, &self.key).send("POST", clawpair_api::paths::PAIRING_CODES, Some(&form))?;
        let link = made.body["link"].as_str().with_context(|| format!("no link: {made:?}"))?;
        stage.secrets.saw_link(&link.parse()?);
        Device::here(stage.aside(name)).ask(&["pair", link])?.expect(Exit::Done).map(drop)
    }
}

/// Adds the server by its address and key, accepts the key that it shows, and waits until it is connected.
async fn add(window: &Window, works: &Works) -> Result<()> {
    window.click("nav-platforms").await?;
    window.click("add-platform").await?;
    window.find_by(".segment[data-value='server']").await?.click().await?;
    window.fill("add-address", &format!("https://{}", works.address)).await?;
    window.fill("add-name", "Works").await?;
    window.fill("add-credential", &works.key).await?;
    window.click("add-submit").await?;
    window.until_gone("adding").await?;
    eventually("The server's being shown", async || Ok(window.text("platform-switcher").await?.contains("Works").then_some(())))
        .await?;
    window.click("compare").await?;
    window.find_by("#certificate-compared").await?.click().await?;
    window.click("confirm-accept").await?;
    window.find_by("[data-testid='platform-row'][data-state='connected']:not([data-platform-id='embedded'])").await?;
    Ok(())
}

/// The names in the rows with this `data-testid`, as they are now; asked of the page itself, where no row goes meanwhile.
async fn names(window: &Window, rows: &str) -> Result<Vec<String>> {
    const SCRIPT: &str = "return [...document.querySelectorAll(arguments[0])].map(name => name.textContent.trim())";
    let css = format!("[data-testid='{rows}'] .title > span:first-child");
    Ok(serde_json::from_value(window.client().execute(SCRIPT, vec![css.into()]).await?)?)
}

async fn until(window: &Window, rows: &str, wanted: &[&str]) -> Result<()> {
    eventually(&format!("{wanted:?} in the list"), async || Ok((names(window, rows).await? == wanted).then_some(()))).await
}

#[tokio::test]
async fn who_is_in_is_reviewed_from_a_cold_start_without_any_network() -> Result<()> {
    play("review", Desktop::WithKeyring, async |stage| {
        let works = Works::start(stage)?;
        works.joined(stage, "Gate", "lights:control")?;
        works.joined(stage, "Hall", "sensor:read")?;
        let window = stage.open_window().await?;
        add(&window, &works).await?;
        window.click("nav-review").await?;
        until(&window, "review-row", &["Gate", "Hall"]).await?;
        stage.close_window().await?;
        // Only this machine's loopback is left, and nobody listens there any more.
        drop(works);

        let window = stage.open_window().await?;
        window.click("nav-review").await?;
        until(&window, "review-row", &["Gate", "Hall"]).await?;
        window
            .find_by("[data-testid='review-freshness'] li[data-state='retrying']")
            .await
            .context("It is not said that the server does not answer.")?;
        let fresh = window.text("review-freshness").await?;
        ensure!(fresh.contains("as of"), "It is not said as of when: {fresh}");

        window.fill("review-search", "works ha").await?;
        until(&window, "review-row", &["Hall"]).await?;
        let told = window.text("found-activity").await?;
        ensure!(told.contains("Works") && !told.contains("Gate"), "It is not searched what happened to it: {told}");
        window.fill("review-search", "").await?;
        until(&window, "review-row", &["Gate", "Hall"]).await?;
        window.until_gone("found-activity").await?;
        window.click("mark-broad").await?;
        until(&window, "review-row", &["Gate"]).await?;
        window.click("mark-broad").await?;
        until(&window, "review-row", &["Gate", "Hall"]).await?;

        window.click("review-changes").await?;
        eventually("Both as new", async || Ok((names(&window, "change-row").await?.len() == 2).then_some(()))).await?;
        window.click("mark-reviewed").await?;
        window.until_gone("change-row").await?;
        ensure!(window.everything().await?.contains("Nothing has changed since"), "It is not said that nothing is left.");
        stage.close_window().await?;

        let window = stage.open_window().await?;
        window.click("nav-review").await?;
        window.click("review-changes").await?;
        eventually("What was marked stays so", async || {
            Ok(window.everything().await?.contains("Nothing has changed since").then_some(()))
        })
        .await?;
        stage.close_window().await
    })
    .await
}
