//! The client against the real server over its real TLS, and against what is none.

mod calls;
mod doubles;
mod events;
mod every_call;
mod faults;
mod fixture;
mod keys;
mod trust;
