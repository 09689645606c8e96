use std::sync::{Mutex, PoisonError};

/// The desktop's clipboard, connected to when it is first used.
#[derive(Default)]
pub(crate) struct SystemClipboard(Mutex<Option<arboard::Clipboard>>);

impl SystemClipboard {
    /// The connection is kept: under X11 what was copied is gone with it.
    fn with<T>(&self, action: impl FnOnce(&mut arboard::Clipboard) -> Result<T, arboard::Error>) -> Result<T, arboard::Error> {
        let mut connection = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let clipboard = match connection.as_mut() {
            Some(clipboard) => clipboard,
            None => connection.insert(arboard::Clipboard::new()?),
        };
        action(clipboard)
    }
}

impl clawpair_app::Clipboard for SystemClipboard {
    fn read(&self) -> Option<String> {
        self.with(arboard::Clipboard::get_text).ok()
    }

    fn write_secret(&self, text: &str) -> Result<(), String> {
        self.with(|clipboard| {
            let setting = clipboard.set();
            #[cfg(target_os = "linux")]
            let setting = arboard::SetExtLinux::exclude_from_history(setting);
            #[cfg(target_os = "macos")]
            let setting = arboard::SetExtApple::exclude_from_history(setting);
            #[cfg(windows)]
            let setting = arboard::SetExtWindows::exclude_from_history(setting);
            setting.text(text)
        })
        .map_err(|error| error.to_string())
    }

    fn clear(&self) {
        if let Err(error) = self.with(arboard::Clipboard::clear) {
            tracing::warn!(%error, "the clipboard could not be cleared");
        }
    }
}
