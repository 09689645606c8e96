//! The file as the app uses it.

mod apply;
#[cfg(target_os = "linux")]
mod broken_off;
mod common;
#[cfg(target_os = "linux")]
#[path = "../disk/mod.rs"]
mod disk;
mod journal;
mod keeping;
mod killed;
mod lists;
mod log;
mod looks;
mod model;
mod of_platform;
mod outbox;
mod programs;
mod review;
mod tombstones;
mod world;
