//! The real program, against the real server and the real app.

mod app;
mod article;
mod batch;
mod examples;
mod platforms;
mod requests;
mod secrecy;
mod stage;
