//! Where a test plays.

use std::cell::RefCell;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::rc::Rc;

use anyhow::{Context, Result};
use tempfile::TempDir;
use xtask::bus::Keyring;
use xtask::session::Session;

use crate::eventually;
use crate::secrets::Secrets;
use crate::window::Window;

/// What the app's window is called: with how many devices are not yet revoked, as long as there are some.
const TITLE: &str = r"(\([0-9]+\) )?Clawpair(: NOT yet revoked)?";

/// Which desktop the app finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Desktop {
    /// With a Secret Service.
    WithKeyring,
    /// Without one.
    WithoutKeyring,
}

/// A desktop session, the app's folders, and the secrets that were seen. Dropping it takes everything down.
#[derive(Debug)]
pub struct Stage {
    /// What may be found in no file of the app.
    pub secrets: Secrets,
    window: RefCell<Option<Rc<Window>>>,
    session: Session,
    folder: TempDir,
}

/// Plays a story on a fresh stage. Afterwards the app must be closed and none of the secrets seen may be in any file it
/// wrote. If anything fails, a picture of the screen and the app's log are kept in `target/window-tests`.
///
/// # Errors
/// Those of the story, and a secret that was found.
pub async fn play(name: &str, desktop: Desktop, story: impl AsyncFnOnce(&mut Stage) -> Result<()>) -> Result<()> {
    let mut stage = Stage::set(desktop)?;
    let outcome = story(&mut stage).await;
    let outcome = outcome.and_then(|()| stage.secrets.ensure_absent_from(&[stage.data(), stage.home()]));
    if outcome.is_err() {
        stage.keep_evidence(name);
    }
    outcome
}

impl Stage {
    /// A fresh stage without a window yet.
    ///
    /// # Errors
    /// When a part of the desktop does not start.
    pub fn set(desktop: Desktop) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("clawpair-stage-").tempdir()?;
        let keyring = match desktop {
            Desktop::WithKeyring => Keyring::In(folder.path().join("keyring")),
            Desktop::WithoutKeyring => Keyring::Absent,
        };
        fs::create_dir(folder.path().join("home"))?;
        Ok(Self { secrets: Secrets::default(), window: RefCell::default(), session: Session::start(&keyring)?, folder })
    }

    /// The app's data folder.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// The home folder of the person who uses the app.
    pub fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    /// A path that the app knows nothing of.
    pub fn aside(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The session that the app runs in.
    pub const fn session(&self) -> &Session {
        &self.session
    }

    /// What the app has logged so far.
    pub fn log(&self) -> String {
        fs::read_to_string(self.data().join("clawpair.log")).unwrap_or_default()
    }

    /// Starts the app, on the data that an earlier start has left. The stage keeps the window too, for the evidence.
    ///
    /// # Errors
    /// When it does not show its window in time; the message has its log.
    pub async fn open_window(&self) -> Result<Rc<Window>> {
        self.open_window_in(&[]).await
    }

    /// Likewise, with something more in the app's environment.
    ///
    /// # Errors
    /// When it does not show its window in time; the message has its log.
    pub async fn open_window_in(&self, more: &[(&str, PathBuf)]) -> Result<Rc<Window>> {
        let environment = [&[("CLAWPAIR_DATA_DIR", self.data()), ("HOME", self.home())], more].concat();
        let window = Window::open(&self.session, &environment, &self.aside("webdriver.log")).await;
        let window = Rc::new(window.with_context(|| format!("The app's log:\n{}", self.log()))?);
        self.window.replace(Some(Rc::clone(&window)));
        Ok(window)
    }

    /// Closes the window as the button in its corner does, and waits for the app's end.
    ///
    /// # Errors
    /// When there is no window, or the app does not end.
    pub async fn close_window(&self) -> Result<()> {
        let window = self.window.take().context("There is no window.")?;
        let shown = eventually("The window on the screen", async || self.session.window(TITLE)).await?;
        self.session.close(&shown)?;
        window.ended().await.with_context(|| format!("The app's log:\n{}", self.log()))
    }

    /// Kills the app without any warning.
    ///
    /// # Errors
    /// When there is no window.
    pub async fn kill_app(&self) -> Result<()> {
        self.window.take().context("There is no window.")?.kill().await
    }

    /// A picture of the app's window as it is on the screen.
    ///
    /// # Errors
    /// When there is no window.
    pub fn picture(&self, name: &str) -> Result<PathBuf> {
        let window = self.session.window(TITLE)?.context("There is no window.")?;
        let file = self.aside(name);
        self.session.picture(&window, &file)?;
        Ok(file)
    }

    /// What another program finds in the clipboard; `None` when there is no text.
    ///
    /// # Errors
    /// When the program that looks cannot be started.
    pub fn clipboard(&self) -> Result<Option<String>> {
        let mut look = Command::new("xclip");
        let found =
            self.session.enter(look.args(["-selection", "clipboard", "-out"])).output().context("xclip cannot be started")?;
        let text = String::from_utf8(found.stdout)?;
        Ok((found.status.success() && !text.is_empty()).then_some(text))
    }

    fn keep_evidence(&self, name: &str) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/window-tests");
        let kept = fs::create_dir_all(&folder).map_err(anyhow::Error::from).and_then(|()| {
            fs::write(folder.join(format!("{name}.log")), self.log())?;
            self.session.picture("root", &folder.join(format!("{name}.png")))
        });
        match kept {
            Ok(()) => eprintln!("The screen and the log are kept as {}/{name}.*", folder.display()),
            Err(error) => eprintln!("No evidence could be kept: {error:#}"),
        }
    }
}
