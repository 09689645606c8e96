//! What the app keeps on this computer, and the platforms that a person added in its window, for a command beside it.

use std::sync::Arc;

use clawpair_app::view::platform::{PlatformKind, PlatformView};
use clawpair_app::{App, EMBEDDED, Reach, SystemKeyring};

use crate::exit::Exit;
use crate::failure::Failure;
use crate::known::LOCAL;
use crate::session::Context;

impl Context<'_> {
    /// The app of this computer, whether or not its window is open.
    pub(crate) async fn app(&self, reach: Reach) -> Result<App, Failure> {
        let app = App::beside(&self.local_folder()?, Arc::new(SystemKeyring), reach).await.map_err(|refusal| {
            match refusal.code.as_str() {
                "not_found" => Failure { exit: Exit::WhichPlatform, ..refusal.into() },
                _ => Failure { exit: Exit::LocalFile, ..refusal.into() },
            }
        })?;
        if let Some(problem) = app.file_problem() {
            self.output.warn(&problem.to_string());
        }
        Ok(app)
    }

    /// The platform of the app that `--platform` names; nothing where it names none. `CLAWPAIR_URL` is for commands that ask one platform.
    pub(crate) fn of_app(&self, app: &App) -> Result<Option<PlatformView>, Failure> {
        let Some(wanted) = self.platform.as_deref().map(str::trim) else { return Ok(None) };
        let all = app.platforms();
        if let Some(view) = all.iter().find(|view| is_called(view, wanted)) {
            return Ok(Some(view.clone()));
        }
        let known = all.iter().map(name).collect::<Vec<_>>().join(", ");
        let message = "The app of this computer knows no platform by this name.";
        Err(Failure::new(Exit::WhichPlatform, "no_such_platform", message)
            .hint(format!("It knows: {known}. Others are added in its window.")))
    }

    /// No `--platform`, where all of them together are meant.
    pub(crate) fn of_all(&self, what: &str) -> Result<(), Failure> {
        match self.platform {
            None => Ok(()),
            Some(_) => Err(Failure::input(format!("{what} all platforms together; leave --platform out."))),
        }
    }
}

/// What a platform is called on the command line.
pub(crate) fn name(view: &PlatformView) -> &str {
    named(&view.name)
}

/// The same where only the name is known.
pub(crate) fn named(name: &str) -> &str {
    if name.is_empty() { LOCAL } else { name }
}

fn is_called(view: &PlatformView, text: &str) -> bool {
    let is_local = view.kind == PlatformKind::Embedded || view.id == EMBEDDED;
    (is_local && text == LOCAL)
        || view.id == text
        || (!view.name.is_empty() && view.name == text)
        || view.address.as_deref() == Some(text)
}
