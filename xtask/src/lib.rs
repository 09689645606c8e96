//! What `cargo xtask` shares with the whole-product tests: processes that never outlive their owner, and a desktop
//! session for machines that have none.

pub mod process;
pub mod session;
pub mod wait;
