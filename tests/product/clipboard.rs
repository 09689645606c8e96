//! Copying a code or a link.

use std::time::Duration;

use anyhow::{Result, ensure};
use clawpair_core::link::PairingLink;
use clawpair_tests::neighbour::Neighbour;
use clawpair_tests::stage::{Desktop, play};
use clawpair_tests::{eventually, within};

/// The app clears the clipboard after 30 s; the rest is patience.
const CLEARING: Duration = Duration::from_secs(50);

#[tokio::test]
async fn what_is_copied_can_be_pasted_elsewhere_and_is_cleared_by_itself() -> Result<()> {
    play("clipboard", Desktop::WithKeyring, async |stage| {
        let _network = Neighbour::connect()?;
        let window = stage.open_window().await?;
        let code = window.make_code(stage, "Hall hub", "IoT Gateway").await?;
        window.click("pair-code-copy").await?;
        let copied = eventually("The code in the clipboard", async || stage.clipboard()).await?;
        ensure!(copied == code.reveal(), "Another text than the code was copied.");

        window.click("pair-link-copy").await?;
        let copied =
            eventually("The link in the clipboard", async || Ok(stage.clipboard()?.filter(|text| *text != code.reveal()))).await?;
        stage.secrets.saw_link(&copied.parse::<PairingLink>()?);
        within(CLEARING, "The clearing of the clipboard", async || Ok(stage.clipboard()?.is_none().then_some(()))).await?;
        stage.close_window().await
    })
    .await
}
