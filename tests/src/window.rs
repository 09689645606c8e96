//! The real window, driven through the driver that belongs to its web view.

use std::fs::{self, File};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, Result, bail};
use fantoccini::elements::Element;
use fantoccini::error::CmdError;
use fantoccini::key::Key;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;
use xtask::process::{Owned, bound};
use xtask::session::Session;
use xtask::wait;

use crate::{built, eventually};

/// The running app and its window. Dropping it ends the app.
#[derive(Debug)]
pub struct Window {
    client: Client,
    app: Pid,
    _driver: Owned,
}

impl Window {
    /// Starts the app in a session.
    ///
    /// # Errors
    /// When the driver or the app does not get ready in time.
    pub async fn open(session: &Session, environment: &[(&str, PathBuf)], log: &Path) -> Result<Self> {
        let program = built("clawpair-desktop")?;
        let port = free_port()?;
        let mut command = bound("WebKitWebDriver");
        command.args(["--host=127.0.0.1", &format!("--port={port}")]);
        command.stdout(Stdio::null()).stderr(File::create(log)?);
        // The app opens itself to automation only when it is told so.
        command.env("TAURI_AUTOMATION", "true").env("TAURI_WEBVIEW_AUTOMATION", "true");
        command.envs(environment.iter().map(|(name, value)| (name, value))).env("CLAWPAIR_LOG", "trace");
        for name in ["XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"] {
            command.env_remove(name);
        }
        let driver = Owned::start("WebKitWebDriver", session.enter(&mut command))?;
        wait::until("The start of WebKitWebDriver", wait::READY, || {
            Ok(TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok().then_some(()))
        })?;
        let browser = json!({"webkitgtk:browserOptions": {"binary": program, "args": []}});
        let capabilities = browser.as_object().cloned().context("an object")?;
        let mut builder = ClientBuilder::new(HttpConnector::new());
        let address = format!("http://127.0.0.1:{port}");
        let connecting = tokio::time::timeout(wait::READY, builder.capabilities(capabilities).connect(&address)).await;
        let client = connecting.context("The app showed no window in time.")??;
        let app = child_of(driver.id(), &program)?;
        let window = Self { client, app, _driver: driver };
        window.find("nav-pair").await?;
        Ok(window)
    }

    /// Kills the app without any warning, and waits for its end.
    ///
    /// # Errors
    /// When it cannot be killed.
    pub async fn kill(&self) -> Result<()> {
        kill_process(self.app, Signal::KILL)?;
        self.ended().await
    }

    /// Waits for the app's end.
    ///
    /// # Errors
    /// When it goes on.
    pub async fn ended(&self) -> Result<()> {
        let process = PathBuf::from(format!("/proc/{}", self.app.as_raw_nonzero()));
        eventually("The end of the app", async || {
            // A zombie has ended too; only its parent, the driver, has not looked yet.
            let state = fs::read_to_string(process.join("stat")).ok();
            Ok(state.is_none_or(|state| state.rsplit_once(')').is_some_and(|(_, rest)| rest.starts_with(" Z"))).then_some(()))
        })
        .await
    }

    /// The element with this `data-testid`, once it is to be seen.
    ///
    /// # Errors
    /// When it does not appear.
    pub async fn find(&self, id: &str) -> Result<Element> {
        self.find_by(&format!("[data-testid='{id}']")).await
    }

    /// The element that a CSS selector names, once it is to be seen.
    ///
    /// # Errors
    /// When it does not appear.
    pub async fn find_by(&self, css: &str) -> Result<Element> {
        self.find_at(Locator::Css(css)).await
    }

    /// The element that a path through the page names, in the language `XPath`, once it is to be seen.
    ///
    /// # Errors
    /// When it does not appear.
    pub async fn find_path(&self, path: &str) -> Result<Element> {
        self.find_at(Locator::XPath(path)).await
    }

    async fn find_at(&self, at: Locator<'_>) -> Result<Element> {
        self.with_shown(at, async |element| Ok(element)).await
    }

    /// Does something with the element, once it is to be seen; again with what is there instead if it goes meanwhile.
    async fn with_shown<T>(&self, at: Locator<'_>, act: impl AsyncFn(Element) -> Result<T, CmdError>) -> Result<T> {
        eventually(&format!("The appearance of {at:?}"), async || {
            let acted = async {
                match self.shown(at).await? {
                    Some(element) => act(element).await.map(Some),
                    None => Ok(None),
                }
            };
            match acted.await {
                Err(error) if error.is_stale_element_reference() => Ok(None),
                acted => Ok(acted?),
            }
        })
        .await
    }

    async fn shown(&self, at: Locator<'_>) -> Result<Option<Element>, CmdError> {
        for element in self.client.find_all(at).await? {
            if element.is_displayed().await? {
                return Ok(Some(element));
            }
        }
        Ok(None)
    }

    /// Whether something in the page fits a CSS selector now; asked of the page itself, where nothing goes meanwhile.
    async fn exists(&self, css: &str) -> Result<bool> {
        let answer = self.client.execute("return document.querySelector(arguments[0]) !== null", vec![css.into()]).await?;
        Ok(answer.as_bool() == Some(true))
    }

    /// Whether an element with this `data-testid` is there now.
    ///
    /// # Errors
    /// When the window does not answer.
    pub async fn has(&self, id: &str) -> Result<bool> {
        self.exists(&format!("[data-testid='{id}']")).await
    }

    /// Clicks the element with this `data-testid`.
    ///
    /// # Errors
    /// When it does not appear or cannot be clicked.
    pub async fn click(&self, id: &str) -> Result<()> {
        let css = format!("[data-testid='{id}']");
        let clicking = self.with_shown(Locator::Css(&css), async |element| element.click().await);
        clicking.await.with_context(|| format!("clicking {id}"))
    }

    /// Replaces what is in a text field, by keys: all is selected, deleted, and the text typed.
    ///
    /// # Errors
    /// When it does not appear or takes no text.
    pub async fn fill(&self, id: &str, text: &str) -> Result<()> {
        retype(&self.find(id).await?, text).await.with_context(|| format!("typing into {id}"))
    }

    /// The text of the element with this `data-testid`.
    ///
    /// # Errors
    /// When it does not appear.
    pub async fn text(&self, id: &str) -> Result<String> {
        let css = format!("[data-testid='{id}']");
        let text = self.with_shown(Locator::Css(&css), async |element| element.prop("textContent").await).await?;
        Ok(text.unwrap_or_default().trim().to_owned())
    }

    /// Waits until an attribute of the element with this `data-testid` has a value.
    ///
    /// # Errors
    /// When it does not get it.
    pub async fn until_attribute(&self, id: &str, name: &str, value: &str) -> Result<()> {
        eventually(&format!("{name} of {id} being {value}"), async || {
            let selector = format!("[data-testid='{id}'][{name}='{value}']");
            Ok(self.exists(&selector).await?.then_some(()))
        })
        .await
    }

    /// All text of the page, and the values of its fields.
    ///
    /// # Errors
    /// When the window does not answer.
    pub async fn everything(&self) -> Result<String> {
        const SCRIPT: &str = "return document.documentElement.outerHTML + document.body.textContent \
            + [...document.querySelectorAll('input, textarea')].map(field => field.value).join('\\n')";
        match self.client.execute(SCRIPT, vec![]).await? {
            serde_json::Value::String(text) => Ok(text),
            other => bail!("the page is no text but {other}"),
        }
    }

    /// The driver's client, for what is not here.
    pub const fn client(&self) -> &Client {
        &self.client
    }
}

/// Replaces what is in a text field, by keys.
///
/// # Errors
/// When it takes none.
pub async fn retype(field: &Element, text: &str) -> Result<()> {
    // Held keys are let go at the end of each call.
    field.send_keys(&format!("{}a", char::from(Key::Control))).await?;
    field.send_keys(&format!("{}{text}", char::from(Key::Delete))).await?;
    Ok(())
}

/// A port that was free a moment ago.
fn free_port() -> Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

/// The process that the driver has started from `program`.
fn child_of(parent: u32, program: &Path) -> Result<Pid> {
    for entry in fs::read_dir("/proc")? {
        let path = entry?.path();
        let Some(id) = path.file_name().and_then(|name| name.to_str()?.parse().ok()).and_then(Pid::from_raw) else { continue };
        let status = fs::read_to_string(path.join("status")).unwrap_or_default();
        let is_child = status.lines().any(|line| line.strip_prefix("PPid:").is_some_and(|id| id.trim() == parent.to_string()));
        if is_child && fs::read_link(path.join("exe")).is_ok_and(|executable| executable == program) {
            return Ok(id);
        }
    }
    bail!("The driver has not started {}.", program.display())
}
