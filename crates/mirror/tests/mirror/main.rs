//! The file as the app uses it.

mod apply;
mod common;
mod lists;
