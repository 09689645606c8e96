//! The file as the app uses it.

mod apply;
mod common;
mod killed;
mod lists;
mod model;
mod outbox;
mod tombstones;
mod world;
