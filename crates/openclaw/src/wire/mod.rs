//! What goes over the socket.

pub(crate) mod bounded;
pub(crate) mod connect;
pub(crate) mod event;
pub(crate) mod frame;
pub(crate) mod hello;
pub(crate) mod refusal;
pub(crate) mod reply;
