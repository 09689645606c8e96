//! Bad input in the Pair page's form.

use anyhow::{Result, ensure};
use clawpair_core::code::PairingCode;
use clawpair_tests::neighbour::Neighbour;
use clawpair_tests::stage::{Desktop, play};
use clawpair_tests::window::{Window, retype};

/// Values of the form's text fields.
async fn filled(window: &Window) -> Result<[String; 2]> {
    let name = window.find("pair-name").await?.prop("value").await?.unwrap_or_default();
    let kind = window.find("pair-type").await?.prop("value").await?.unwrap_or_default();
    Ok([name, kind])
}

/// The sentence that belongs to an invalid field.
async fn complaint(window: &Window, field: &str) -> Result<String> {
    window.until_attribute(field, "aria-invalid", "true").await?;
    let id = window.find(field).await?.attr("aria-describedby").await?.unwrap_or_default();
    let css = id.split_whitespace().map(|id| format!("[id='{id}']")).collect::<Vec<_>>().join(", ");
    Ok(window.find_by(&css).await?.text().await?)
}

#[tokio::test]
async fn bad_input_gets_a_sentence_and_nothing_typed_is_lost() -> Result<()> {
    play("form", Desktop::WithKeyring, async |stage| {
        let _network = Neighbour::connect()?;
        let window = stage.open_window().await?;
        window.click("nav-pair").await?;

        window.fill("pair-type", "IoT Gateway").await?;
        window.click("pair-submit").await?;
        let sentence = complaint(&window, "pair-name").await?;
        ensure!(sentence.len() > 10 && sentence.ends_with('.'), "No sentence: “{sentence}”");
        ensure!(filled(&window).await? == ["", "IoT Gateway"], "What was typed is gone.");

        window.fill("pair-name", "   ").await?;
        window.click("pair-submit").await?;
        complaint(&window, "pair-name").await?;

        // This character turns the text after it around; only the platform knows that names may not have it.
        window.fill("pair-name", "Hub \u{202e}bmal").await?;
        window.find_by("#permission-draft").await?.send_keys("Sensor Read\u{e007}").await?;
        let sentence = window.find_by("#permission-error").await?.text().await?;
        ensure!(sentence.ends_with('.'), "No sentence: “{sentence}”");
        let draft = window.find_by("#permission-draft").await?;
        ensure!(draft.prop("value").await?.as_deref() == Some("Sensor Read"), "The permission that was typed is gone.");
        retype(&draft, "").await?;
        window.click("pair-submit").await?;
        let refusal = window.find_by("form footer [role='alert']").await?.text().await?;
        ensure!(refusal.len() > 10 && refusal.trim_end().ends_with('.'), "No sentence: “{refusal}”");
        ensure!(!window.has("pair-code").await?, "A name that turns text around is taken.");
        ensure!(filled(&window).await? == ["Hub \u{202e}bmal", "IoT Gateway"], "What was typed is gone.");

        window.fill("pair-name", &"x".repeat(70)).await?;
        window.click("pair-submit").await?;
        let code: PairingCode = window.text("pair-code").await?.parse()?;
        stage.secrets.saw_code(&code);
        window.click("nav-devices").await?;
        window.click("nav-pair").await?;
        let page = window.everything().await?;
        ensure!(page.contains(&"x".repeat(64)) && !page.contains(&"x".repeat(65)), "The name is not cut to 64 characters.");
        stage.close_window().await
    })
    .await
}
