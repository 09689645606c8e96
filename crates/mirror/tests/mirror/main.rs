//! The file as the app uses it.

mod apply;
#[cfg(target_os = "linux")]
mod broken_off;
mod clocks;
mod common;
mod desk;
#[cfg(target_os = "linux")]
#[path = "../disk/mod.rs"]
mod disk;
mod elsewhere;
#[cfg(target_os = "linux")]
mod full_disk;
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
mod restored;
mod review;
mod shutting_out;
mod tombstones;
mod world;
