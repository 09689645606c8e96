//! The platform from outside: over REST, and over TLS by real devices.

mod activity;
mod alerts;
mod api_keys;
mod call_rate;
mod changes;
mod claims;
mod contract;
mod device_changes;
mod device_keys;
mod device_lists;
mod devices;
mod events;
mod fixture;
mod idempotency;
mod introspection;
mod mail;
mod matrix;
mod members;
mod metrics;
mod pairing_lists;
mod races;
mod requests;
mod rest;
mod retention;
mod tokens;
mod typing;
