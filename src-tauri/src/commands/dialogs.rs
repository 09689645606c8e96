//! The system's own dialogs for files. Each answers nothing when the person changed their mind.

use std::path::PathBuf;

use tauri::{WebviewWindow, Wry};
use tauri_plugin_dialog::{DialogExt, FileDialogBuilder, FilePath};
use tokio::sync::oneshot;

/// Where to write a file; the dialog asks before it overwrites one.
pub(super) async fn save(window: &WebviewWindow, name: &str, extension: &str) -> Option<PathBuf> {
    let (chosen, choice) = oneshot::channel();
    let dialog = of(window).set_file_name(name).add_filter(extension.to_uppercase(), &[extension]);
    dialog.save_file(move |file| drop(chosen.send(file)));
    path(choice).await
}

/// Which file to read.
pub(super) async fn open(window: &WebviewWindow, extension: &str) -> Option<PathBuf> {
    let (chosen, choice) = oneshot::channel();
    let dialog = of(window).add_filter(extension.to_uppercase(), &[extension]).add_filter("*", &["*"]);
    dialog.pick_file(move |file| drop(chosen.send(file)));
    path(choice).await
}

/// Which folder.
pub(super) async fn folder(window: &WebviewWindow) -> Option<PathBuf> {
    let (chosen, choice) = oneshot::channel();
    of(window).pick_folder(move |folder| drop(chosen.send(folder)));
    path(choice).await
}

/// In front of the window, which nobody can use meanwhile.
fn of(window: &WebviewWindow) -> FileDialogBuilder<Wry> {
    window.dialog().file().set_parent(window)
}

async fn path(choice: oneshot::Receiver<Option<FilePath>>) -> Option<PathBuf> {
    choice.await.ok().flatten().and_then(|file| file.into_path().ok())
}
