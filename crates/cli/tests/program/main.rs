//! The real program, against the real server and the real app.

mod app;
mod article;
mod batch;
mod desk;
mod examples;
#[cfg(target_os = "linux")]
mod keyring;
mod killed;
mod platforms;
mod printed;
mod requests;
mod secrecy;
mod stage;
mod sync;
mod verify;
#[path = "../window/mod.rs"]
mod window;
