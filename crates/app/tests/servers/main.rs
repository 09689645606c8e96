//! Clawpair servers beside the app's own platform: real ones, over real TLS.

mod adding;
mod mirrored;
mod office;
mod review;
