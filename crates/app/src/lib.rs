//! The desktop's application core: everything the window can do, without Tauri.

mod addresses;
mod app;
mod clipboard;
pub mod data_dir;
mod embedded;
mod files;
mod keyring;
mod local;
mod made_once;
mod mirrored;
mod network;
mod outbox;
pub mod platform;
mod secrets;
mod settings;
mod shown;
mod signing;
mod signpost;
mod vault;
pub mod view;
mod whole_file;

pub use app::{App, Config, Reach};
pub use clipboard::Clipboard;
pub use keyring::{Keyring, KeyringFailure, SystemKeyring};
pub use local::Local;
pub use platform::openclaw::page_of_look;
pub use platform::registry::EMBEDDED;
