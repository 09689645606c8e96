//! Clawpair servers beside the app's own platform: real ones, over real TLS.

mod adding;
#[cfg(target_os = "linux")]
#[path = "../../../mirror/tests/disk/mod.rs"]
mod disk;
mod mirrored;
mod office;
mod restored;
mod review;
mod strangers;
#[cfg(target_os = "linux")]
mod troubled_disk;
