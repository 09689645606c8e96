//! What goes over the socket.

pub(crate) mod bounded;
