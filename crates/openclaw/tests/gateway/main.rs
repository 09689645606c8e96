//! Pairing at the real OpenClaw Gateway. `cargo xtask test gateway` installs and starts it, and runs these; without it they
//! fail.

mod abilities;
mod connecting;
mod crowd;
mod finding;
mod managing;
mod refusals;
mod requests;
mod setup_codes;
mod stage;
mod staying;
