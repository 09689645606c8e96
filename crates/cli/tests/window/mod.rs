//! The app of a data folder, as its window starts it.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use clawpair_app::view::platform::PlatformView;
use clawpair_app::{App, Clipboard, Config, Keyring, KeyringFailure};
use zeroize::Zeroizing;

/// A system without a keyring, so that the platform's keys are in a file that two programs can read.
struct NoKeyring;

impl Keyring for NoKeyring {
    fn get(&self, _: &str) -> Result<Zeroizing<Vec<u8>>, KeyringFailure> {
        Err(KeyringFailure::Absent)
    }

    fn set(&self, _: &str, _: &[u8]) -> Result<(), KeyringFailure> {
        Err(KeyringFailure::Absent)
    }

    fn remove(&self, _: &str) -> Result<(), KeyringFailure> {
        Err(KeyringFailure::Absent)
    }
}

struct NoClipboard;

impl Clipboard for NoClipboard {
    fn read(&self) -> Option<String> {
        None
    }

    fn write_secret(&self, _: &str) -> Result<(), String> {
        Ok(())
    }

    fn clear(&self) {}
}

pub async fn app(folder: &Path) -> App {
    let (clipboard, keyring) = (Arc::new(NoClipboard), Arc::new(NoKeyring));
    App::start(Config { data_dir: folder.to_owned(), clipboard, keyring, first_port: 0 }).await.unwrap()
}

/// Ends it, and waits until another may start.
pub async fn ended(app: App, folder: &Path) {
    app.leave().await;
    drop(app);
    let lock = std::fs::File::open(folder.join("clawpair.lock")).unwrap();
    tokio::task::spawn_blocking(move || lock.lock().unwrap()).await.unwrap();
}

/// Waits for the window's news of a platform; hangs the test visibly if they do not come.
pub async fn until(app: &App, id: &str, fits: impl Fn(&PlatformView) -> bool) {
    let mut events = app.events();
    let waiting = async {
        while !app.platforms().iter().any(|view| view.id == id && fits(view)) {
            let _ = events.recv().await;
        }
    };
    let waited = tokio::time::timeout(Duration::from_mins(1), waiting).await;
    waited.unwrap_or_else(|_| panic!("the state comes; {:?}", app.platforms()));
}
