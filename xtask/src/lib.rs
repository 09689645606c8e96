//! What `cargo xtask` shares with tests: processes that never outlive their owner, a desktop session for machines that have
//! none, and the real OpenClaw Gateway.

pub mod bus;
pub mod openclaw;
pub mod process;
pub mod session;
pub mod wait;
