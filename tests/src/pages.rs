//! What a person does on the window's pages.

use anyhow::{Context, Result, ensure};
use clawpair_core::code::PairingCode;
use fantoccini::Locator;
use fantoccini::elements::Element;

use crate::eventually;
use crate::stage::Stage;
use crate::window::Window;

/// How a device is shown in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its id.
    pub id: String,
    /// What a person calls it.
    pub name: String,
    /// `active` or `revoked`.
    pub status: String,
    /// Whether it is connected now.
    pub connected: bool,
}

/// What a person needs to type a code at a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Typed {
    /// Where the platform is.
    pub address: String,
    /// Its key's pin.
    pub pin: String,
}

impl Window {
    /// Makes a code in the Pair page's form, all else left as it is.
    ///
    /// # Errors
    /// When no proper code appears.
    pub async fn make_code(&self, stage: &mut Stage, name: &str, device_type: &str) -> Result<PairingCode> {
        self.click("nav-pair").await?;
        self.fill("pair-name", name).await?;
        self.fill("pair-type", device_type).await?;
        self.click("pair-submit").await?;
        let code: PairingCode = self.text("pair-code").await?.parse()?;
        stage.secrets.saw_code(&code);
        self.until_attribute("pair-status", "data-status", "open").await?;
        Ok(code)
    }

    /// Sets whether a person decides before the device joins, on the Pair page's form.
    ///
    /// # Errors
    /// When there is no such switch.
    pub async fn ask_first(&self, on: bool) -> Result<()> {
        let wanted = if on { "checked" } else { "unchecked" };
        self.click("nav-pair").await?;
        if self.find("ask-first-switch").await?.attr("data-state").await?.as_deref() != Some(wanted) {
            self.click("ask-first-switch").await?;
        }
        self.until_attribute("ask-first-switch", "data-state", wanted).await
    }

    /// Unfolds what is for typing the code.
    ///
    /// # Errors
    /// When it does not unfold.
    pub async fn typed_entry(&self) -> Result<Typed> {
        self.find_by("[data-testid='pair-status'] button[aria-expanded='false']").await?.click().await?;
        Ok(Typed { address: self.text("pair-address").await?, pin: self.text("pair-pin").await? })
    }

    /// The devices that are listed now.
    ///
    /// # Errors
    /// When the window does not answer.
    pub async fn rows(&self) -> Result<Vec<Row>> {
        const SCRIPT: &str = "return [...document.querySelectorAll('[data-testid=device-row]')].map(row => [row.dataset.deviceId, \
            row.querySelector('[data-testid=device-name]').textContent.trim(), row.dataset.status, row.dataset.connected])";
        let rows: Vec<[String; 4]> = serde_json::from_value(self.client().execute(SCRIPT, vec![]).await?)?;
        Ok(rows.into_iter().map(|[id, name, status, connected]| Row { id, name, status, connected: connected == "true" }).collect())
    }

    /// Waits until a device is shown in a certain way.
    ///
    /// # Errors
    /// When it is not, with what is shown instead.
    pub async fn until_row(&self, name: &str, status: &str, connected: bool) -> Result<Row> {
        let fits = |row: &Row| row.name == name && row.status == status && row.connected == connected;
        let shown = eventually(&format!("{name} being {status}, connected: {connected}"), async || {
            Ok(self.rows().await?.into_iter().find(fits))
        })
        .await;
        match shown {
            Ok(row) => Ok(row),
            Err(error) => Err(error.context(format!("Shown is: {:?}", self.rows().await?))),
        }
    }

    /// Revokes a device on the Devices page, accepting when asked.
    ///
    /// # Errors
    /// When it is not listed, or the page does not ask.
    pub async fn revoke(&self, id: &str) -> Result<()> {
        self.find_by(&format!("[data-device-id='{id}'] [data-testid='device-revoke']")).await?.click().await?;
        self.click("confirm-accept").await?;
        self.until_gone("confirm-accept").await
    }

    /// Makes an API key with a role, by its stable word, on the page that shows it this once.
    ///
    /// # Errors
    /// When no key appears.
    pub async fn make_api_key(&self, stage: &mut Stage, name: &str, role: &str) -> Result<String> {
        self.click("nav-keys").await?;
        self.click("api-key-new").await?;
        self.fill("api-key-name", name).await?;
        self.click(&format!("radio-{role}")).await?;
        self.click("api-key-create").await?;
        let key = self.text("api-key-secret").await?;
        stage.secrets.saw_api_key(&key)?;
        Ok(key)
    }

    /// The line for a terminal that is shown with a new API key.
    ///
    /// # Errors
    /// When there is none.
    pub async fn shown_command(&self) -> Result<String> {
        self.find_by("pre.command").await?.prop("textContent").await?.context("a command line without text")
    }

    /// The buttons whose accessible name is this.
    ///
    /// # Errors
    /// When there is none.
    pub async fn button(&self, name: &str) -> Result<Element> {
        self.find_path(&format!("//button[@aria-label=\"{name}\" or normalize-space()=\"{name}\"]")).await
    }

    /// Ids of the codes that are listed as open, though no longer shown.
    ///
    /// # Errors
    /// When the window does not answer.
    pub async fn open_codes(&self) -> Result<Vec<String>> {
        let mut ids = Vec::new();
        for code in self.client().find_all(Locator::Css("[data-testid='open-codes'] [data-pairing-id]")).await? {
            ids.extend(code.attr("data-pairing-id").await?);
        }
        Ok(ids)
    }

    /// Waits until no element has this `data-testid`.
    ///
    /// # Errors
    /// When one stays.
    pub async fn until_gone(&self, id: &str) -> Result<()> {
        eventually(&format!("The disappearance of {id}"), async || Ok((!self.has(id).await?).then_some(()))).await
    }

    /// Checks that nothing that this window shows holds a secret.
    ///
    /// # Errors
    /// When something does; the secret is not repeated.
    pub async fn ensure_shows_nothing_of(&self, what: &str, secret: &str) -> Result<()> {
        let shown: String = self.everything().await?.chars().filter(char::is_ascii_alphanumeric).collect();
        let secret: String = secret.chars().filter(char::is_ascii_alphanumeric).collect();
        ensure!(!shown.contains(&secret), "The window shows {what}.");
        Ok(())
    }
}
