//! Finding gateways: in the configuration of this computer, and on the network.

pub mod config_file;
pub mod mdns;
