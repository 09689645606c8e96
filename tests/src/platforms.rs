//! What a person does on the Platforms page and in the switcher.

use anyhow::{Context, Result, ensure};

use crate::eventually;
use crate::server::Server;
use crate::stage::Stage;
use crate::window::Window;

impl Window {
    /// Opens what platforms are added with.
    ///
    /// # Errors
    /// When it does not open.
    pub async fn begin_adding(&self) -> Result<()> {
        self.click("nav-platforms").await?;
        self.click("add-platform").await?;
        self.find("adding").await.map(drop)
    }

    /// Writes a name and a secret beside the address that is there, and adds the platform.
    ///
    /// # Errors
    /// When the form takes none.
    pub async fn add_with(&self, name: &str, credential: &str) -> Result<()> {
        self.fill("add-name", name).await?;
        self.fill("add-credential", credential).await?;
        self.click("add-submit").await?;
        self.until_gone("adding").await?;
        self.until_chosen(name).await
    }

    /// Waits until a platform is the one that the pages are about.
    ///
    /// # Errors
    /// When another one stays.
    pub async fn until_chosen(&self, name: &str) -> Result<()> {
        eventually(&format!("{name} being shown"), async || Ok(self.text("platform-switcher").await?.contains(name).then_some(())))
            .await
    }

    /// Chooses a platform by the switcher.
    ///
    /// # Errors
    /// When it is not among those there.
    pub async fn switch_to(&self, name: &str) -> Result<()> {
        self.click("platform-switcher").await?;
        let entry = format!("//*[@role='menuitemradio'][.//*[normalize-space()='{name}']]");
        self.find_path(&entry).await?.click().await?;
        self.until_chosen(name).await
    }

    /// Waits until a platform, by its name, stands so on the Platforms page; the word is that of its state.
    ///
    /// # Errors
    /// When it stands otherwise; the message says how.
    pub async fn until_platform(&self, name: &str, state: &str) -> Result<()> {
        const SCRIPT: &str = "return [...document.querySelectorAll('[data-testid=platform-row]')] \
            .filter(row => row.querySelector('.title span')?.textContent.trim() === arguments[0]).map(row => row.dataset.state)";
        self.click("nav-platforms").await?;
        let states = async || {
            let answer = self.client().execute(SCRIPT, vec![name.into()]).await?;
            anyhow::Ok(serde_json::from_value::<Vec<String>>(answer)?)
        };
        let reached = eventually(&format!("{name} being {state}"), async || Ok((states().await? == [state]).then_some(()))).await;
        match reached {
            Ok(()) => Ok(()),
            Err(error) => Err(error.context(format!("It is {:?}.", states().await?))),
        }
    }

    /// Waits until the banner of the platform that the pages are about says something, and answers all that it says.
    ///
    /// # Errors
    /// When it says something else.
    pub async fn until_told(&self, words: &str) -> Result<String> {
        eventually(&format!("“{words}”"), async || {
            let told = self.text("platform-banner").await?;
            Ok(told.contains(words).then_some(told))
        })
        .await
    }

    /// Adds a server, whose key is compared first.
    ///
    /// # Errors
    /// When it is not connected in the end.
    pub async fn add_server(&self, stage: &mut Stage, name: &str, server: &Server) -> Result<()> {
        let key = server.make_key("admin")?;
        stage.secrets.saw_api_key(&key)?;
        self.begin_adding().await?;
        self.find_path("//button[normalize-space()='Clawpair server']").await?.click().await?;
        self.fill("add-address", &server.address).await?;
        self.add_with(name, &key).await?;
        self.until_told("Nobody has compared").await?;
        self.compare_and_accept(&server.pin).await?;
        self.until_platform(name, "connected").await
    }

    /// Compares what the platform that the pages are about shows with what its owner reads on its own computer, and accepts it.
    ///
    /// # Errors
    /// When it shows another one, or can be accepted without anybody saying that it was compared.
    pub async fn compare_and_accept(&self, known: &str) -> Result<()> {
        self.click("compare").await?;
        let letters = |text: &str| text.chars().filter(char::is_ascii_alphanumeric).collect::<String>();
        let shown = self.text("certificate-shown").await?;
        ensure!(letters(&shown) == letters(known), "Shown is {shown}, and not {known}.");
        let accept = self.find("confirm-accept").await?;
        ensure!(!accept.is_enabled().await?, "It can be accepted before anybody has compared it.");
        self.find_by("#certificate-compared").await?.click().await?;
        self.click("confirm-accept").await.context("accepting what was compared")?;
        self.until_gone("confirm-accept").await
    }
}
