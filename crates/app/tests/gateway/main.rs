//! The app at real OpenClaw Gateways. `cargo xtask test gateway` installs and starts one, and runs these; without it they fail.

mod asking;
mod certificates;
mod codes;
#[path = "../desk/mod.rs"]
mod desk;
mod devices;
mod lost_answers;
mod mirrored;
mod outbox;
mod pairing;
mod several;
mod stage;
