//! QR codes: drawing them, and reading them from pictures that may be poor or hostile.
//!
//! What [`draw`] returns has been read back by [`read`]'s own decoder, so a drawing that does not scan never leaves
//! this crate. What [`read`] is given may come from anywhere: its size, its dimensions and the work spent on it are
//! bounded.

mod drawing;
mod look;
mod meter;
mod picture;

pub use drawing::{DrawError, Drawing, QUIET_ZONE, draw, draw_small};
pub use picture::{MAX_BYTES, MAX_SIDE, ReadError, read};
