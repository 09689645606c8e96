//! Clawpair's words and rules, free of I/O and of async.
//!
//! Everything that comes from outside is parsed here into a type that can only hold valid values; state machines say
//! which changes exist; [`store::Store`] is the port behind which those changes become durable.

pub mod access;
pub mod account;
pub mod activity;
pub mod api_key;
pub mod backoff;
mod base32;
pub mod claim;
pub mod clock;
pub mod code;
pub mod day;
pub mod device;
pub mod device_token;
pub mod dpop;
pub mod id;
pub mod key;
pub mod key_change;
pub mod link;
pub mod mail;
pub mod member;
pub mod opaque;
pub mod pairing;
pub mod permission;
pub mod pin;
pub mod repeat;
pub mod request;
pub mod retention;
pub mod rng;
pub mod roles_page;
pub mod search;
pub mod secret;
pub mod store;
pub mod tags;
pub mod text;
pub mod token_family;
pub mod watch;

pub use clock::{Clock, Timestamp};
pub use rng::Rng;
