//! The file as the app uses it.

mod apply;
mod common;
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
