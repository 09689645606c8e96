//! The platform: one axum [`Router`](axum::Router) over a [`Store`](clawpair_core::store::Store), the TLS identity that
//! devices pin, and the live connections that revoking cuts.
//!
//! The app calls the router in process as its owner; everybody else reaches it through [`Listener`], which speaks TLS 1.3
//! only and asks for an API key or a device's proof.

mod auth;
mod call_rate;
mod caller;
mod error;
mod export;
mod forwarded;
mod guard;
mod idempotency;
mod json;
mod key_uses;
mod limits;
mod listener;
mod live;
mod mail;
mod metrics;
mod opaque;
mod pages;
mod password;
mod places;
pub mod private_file;
mod public_url;
mod reference;
mod replay;
mod request_log;
mod routes;
mod secrets;
mod service;
mod session;
mod sign_in_limits;
mod tls;
mod totp;

pub use call_rate::CallRate;
pub use forwarded::{MAX_NETWORKS, NetworkError, TrustedProxies};
pub use listener::{Listener, PlainListener};
pub use mail::{Mail, MailText, Mailer, NotSent, SmtpMailer, SmtpSettings, SmtpUrl, SmtpUrlError};
pub use places::Admission;
pub use public_url::{PublicUrl, PublicUrlError};
pub use routes::{operator_router, owner_router, router};
pub use secrets::PlatformSecrets;
pub use service::{NewInvitation, Ports, Service};
pub use tls::{Identity, IdentityError};
