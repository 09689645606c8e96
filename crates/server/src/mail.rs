//! Mail: the port through which it leaves, what it says, and SMTP behind the port.

mod smtp;
mod text;

use async_trait::async_trait;
use clawpair_core::Timestamp;
use clawpair_core::mail::MailFault;
use clawpair_core::member::Email;
use clawpair_core::text::Name;

pub use smtp::{SmtpMailer, SmtpSettings, SmtpUrl, SmtpUrlError};
pub(crate) use text::{to_confirm, to_invite, to_tell};

/// A mail to one person, in plain text. No field can hold what would begin another header: name and address are parsed,
/// and subjects are ours.
#[derive(Clone, Debug)]
pub struct Mail {
    /// Names it: the same at every try, so that a mail server can tell a repetition.
    pub id: String,
    /// To whom.
    pub to: Email,
    /// What they are called.
    pub name: Name,
    /// What it is about.
    pub subject: &'static str,
    /// What it says.
    pub text: MailText,
    /// When it is sent.
    pub at: Timestamp,
}

/// What a mail says. It holds a link that opens something, so it is not printed.
#[derive(Clone)]
pub struct MailText(pub(crate) String);

impl MailText {
    /// The text. Whoever calls this sends it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for MailText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MailText(***)")
    }
}

/// Why a mail did not leave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotSent {
    /// It may the next time: the mail server is down, busy, or does not know our password.
    Yet(MailFault),
    /// It never will: there is no such mailbox.
    Ever(MailFault),
}

/// What mails leave through.
#[async_trait]
pub trait Mailer: Send + Sync {
    /// Hands one mail over to a mail server.
    async fn send(&self, mail: &Mail) -> Result<(), NotSent>;
}
