//! The program `clawpair-server`, as whoever runs it meets it.

mod backups;
mod crash;
mod invites;
mod keys;
mod proxies;
mod races;
mod request_log;
mod server;
mod serving;
mod two_servers;
mod verifying;
