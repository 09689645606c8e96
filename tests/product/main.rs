//! Clawpair as people use it: the real window, real devices over real TLS, a crash, a restart.
//!
//! `cargo xtask test window` builds what is needed and runs these where networks may be made.

mod alerts;
mod clipboard;
mod crash;
mod devices;
mod form;
mod gateways;
mod outbox;
mod pairing;
mod platforms;
mod requests;
mod rest;
mod restart;
mod review;
mod secrets;
