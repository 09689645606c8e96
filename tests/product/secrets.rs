//! Where the platform's own secrets are kept.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use clawpair_tests::neighbour::Neighbour;
use clawpair_tests::stage::{Desktop, Stage, play};
use clawpair_tests::window::Window;

/// What Settings says of the place.
async fn shown_storage(window: &Window) -> Result<String> {
    window.click("nav-settings").await?;
    window.text("secret-storage").await
}

/// The pin of the platform's key, as shown with a new code.
async fn shown_pin(window: &Window, stage: &mut Stage) -> Result<String> {
    window.make_code(stage, "Any", "IoT Sensor").await?;
    Ok(window.typed_entry().await?.pin)
}

/// All files below a folder that only their owner may read.
fn private_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            found.extend(private_files(&entry.path())?);
        } else if entry.metadata()?.permissions().mode() & 0o777 == 0o600 {
            found.push(entry.path());
        }
    }
    Ok(found)
}

/// The file with a private key in it, if there is one: it is the only one with `secret` in its name.
fn secrets_file(stage: &Stage) -> Result<Option<PathBuf>> {
    let is_it = |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().contains("secret"));
    Ok(private_files(&stage.data())?.into_iter().find(is_it))
}

#[tokio::test]
async fn without_a_secret_service_the_window_says_so_and_names_a_file_only_its_owner_reads() -> Result<()> {
    play("secrets-file", Desktop::WithoutKeyring, async |stage| {
        let _network = Neighbour::connect()?;
        let window = stage.open_window().await?;
        let shown = shown_storage(&window).await?;
        window.until_attribute("secret-storage", "data-kind", "file").await?;
        let file = secrets_file(stage)?.context("There is no file of secrets.")?;
        ensure!(shown.contains(&file.display().to_string()), "{} is not named: {shown}", file.display());
        ensure!(fs::metadata(&file)?.permissions().mode() & 0o777 == 0o600, "{} is not of mode 0600", file.display());
        let pin = shown_pin(&window, stage).await?;
        stage.close_window().await?;

        let window = stage.open_window().await?;
        ensure!(shown_pin(&window, stage).await? == pin, "The platform has got another key by a restart.");
        stage.close_window().await
    })
    .await
}

#[tokio::test]
async fn with_a_secret_service_the_secrets_are_there_and_in_no_file() -> Result<()> {
    play("secrets-keyring", Desktop::WithKeyring, async |stage| {
        let _network = Neighbour::connect()?;
        let window = stage.open_window().await?;
        shown_storage(&window).await?;
        window.until_attribute("secret-storage", "data-kind", "keyring").await?;
        ensure!(secrets_file(stage)?.is_none(), "There is a file of secrets besides the keyring.");
        let pin = shown_pin(&window, stage).await?;
        stage.close_window().await?;

        let window = stage.open_window().await?;
        ensure!(shown_pin(&window, stage).await? == pin, "The platform has got another key by a restart.");
        stage.close_window().await
    })
    .await
}
