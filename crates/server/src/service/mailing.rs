use std::sync::{Arc, OnceLock, PoisonError, Weak};
use std::time::Duration;

use clawpair_core::account::{AddressToken, InvitationToken, TokenCopy};
use clawpair_core::mail::{MailFault, TooMuchMail, next_try};
use clawpair_core::store::{DueMail, MailId, StoreError, Tried};
use tokio::sync::Notify;

use super::Service;
use crate::error::Refusal;
use crate::mail::{Mail, Mailer, NotSent, to_confirm, to_invite, to_tell};
use crate::public_url::PublicUrl;

/// How many mails are handed over at once.
const AT_ONCE: u32 = 4;
/// How often the database is asked for mails that are due: another program may have put one there, and waits end.
const LOOK: Duration = Duration::from_secs(1);
/// For how long a mail that is being handed over is nobody else's; more than [`PATIENCE`].
const MINE_SECONDS: i64 = 180;
/// How long handing one over may take in all.
const PATIENCE: Duration = Duration::from_mins(2);

/// Who hands mails over.
enum Sender {
    /// This program.
    Own(Arc<dyn Mailer>),
    /// Another program on the same database.
    Another,
}

/// How mails leave, if they do.
#[derive(Default)]
pub(super) struct Mailing {
    sender: OnceLock<Sender>,
    asked: Arc<Notify>,
}

/// Mail. Whoever asks for one only puts it into the database; it is handed over afterwards, by whichever program can.
impl Service {
    /// Lets the platform send mail. Of this and [`Self::leave_mail_to_another_program`] the first call counts.
    pub fn use_mailer(&self, mailer: Arc<dyn Mailer>) {
        let _ = self.mailing.sender.set(Sender::Own(mailer));
    }

    /// Lets mail be asked for that another program on the same database will send, sooner or later.
    pub fn leave_mail_to_another_program(&self) {
        let _ = self.mailing.sender.set(Sender::Another);
    }

    /// Sends mails when they are due for as long as the platform lives.
    pub fn start_mailing(self: &Arc<Self>) {
        tokio::spawn(send_all(Arc::downgrade(self), Arc::clone(&self.mailing.asked)));
    }

    /// Where people reach the platform's pages, if that is not where devices connect to.
    pub fn publish(&self, url: PublicUrl) {
        *self.public_url.write().unwrap_or_else(PoisonError::into_inner) = Some(url);
    }

    /// Where people reach the platform's pages; none while nobody knows.
    pub fn public_url(&self) -> Option<PublicUrl> {
        let set = self.public_url.read().unwrap_or_else(PoisonError::into_inner).clone();
        set.or_else(|| self.advertised().into_iter().next().map(PublicUrl::of))
    }

    /// Whether there is anything to send mail through, and anywhere its links could lead.
    pub(crate) fn sends_mail(&self) -> bool {
        self.mailing.sender.get().is_some() && self.public_url().is_some()
    }

    pub(super) fn mail_was_asked_for(&self) {
        self.mailing.asked.notify_one();
    }

    /// Hands over the mails that are due, once; says how many it tried.
    ///
    /// # Errors
    /// When the store cannot be used. What was under way is tried again later.
    pub async fn send_due_mail(&self) -> Result<usize, StoreError> {
        let Some(Sender::Own(mailer)) = self.mailing.sender.get() else { return Ok(0) };
        let Some(url) = self.public_url() else { return Ok(0) };
        let now = self.now();
        let due = self.store.take_due_mail(AT_ONCE, now, now.plus_seconds(MINE_SECONDS)).await?;
        let tries = due.iter().map(|(mail, attempts)| self.send_one(&**mailer, mail, *attempts, &url));
        for tried in futures_util::future::join_all(tries).await {
            tried?;
        }
        Ok(due.len())
    }

    async fn send_one(&self, mailer: &dyn Mailer, due: &DueMail, attempts: u32, url: &PublicUrl) -> Result<(), StoreError> {
        let (id, mail) = self.written(due, url);
        let outcome = match mail {
            Some(mail) => tokio::time::timeout(PATIENCE, mailer.send(&mail))
                .await
                .unwrap_or_else(|_| Err(NotSent::Yet(MailFault::new("The mail server did not answer in time.")))),
            None => Err(NotSent::Ever(MailFault::new("There is no address to send it to."))),
        };
        let now = self.now();
        let tried = match outcome {
            Ok(()) => Tried::Sent,
            Err(NotSent::Yet(fault)) => Tried::Again(next_try(attempts, now), fault),
            Err(NotSent::Ever(fault)) => Tried::GivenUp(fault),
        };
        match &tried {
            Tried::Sent => tracing::info!(mail = %name(id), "a mail was sent"),
            Tried::Again(next, fault) => tracing::warn!(mail = %name(id), attempts, %next, %fault, "a mail was not sent yet"),
            Tried::GivenUp(fault) => tracing::error!(mail = %name(id), attempts, %fault, "a mail was given up"),
        }
        self.store.settle_mail(id, tried, now).await
    }

    /// The mail itself, with the link that follows from what it is about.
    fn written(&self, due: &DueMail, url: &PublicUrl) -> (MailId, Option<Mail>) {
        let at = self.now();
        match due {
            DueMail::Invitation(invitation) => {
                let token = InvitationToken::of(&self.pepper, invitation.id, TokenCopy::Mailed);
                let link = url.link(clawpair_api::paths::JOIN_PAGE, &token.reveal());
                let to = invitation.email.clone();
                (MailId::Invitation(invitation.id), to.map(|to| to_invite(invitation, to, url, &link, at)))
            }
            DueMail::AddressChange(change) => {
                let token = AddressToken::of(&self.pepper, change.id);
                let link = url.link(clawpair_api::paths::CONFIRM_PAGE, &token.reveal());
                (MailId::AddressChange(change.id), Some(to_confirm(change, url, &link, at)))
            }
            DueMail::AddressChanged { id, to, change } => (MailId::Notice(*id), Some(to_tell(*id, to.clone(), change, url, at))),
        }
    }

    pub(super) fn too_much_mail(&self, reason: TooMuchMail) -> Refusal {
        let seconds = match reason {
            TooMuchMail::ToAddress { until } | TooMuchMail::ByActor { until } => {
                ((until.as_millis() - self.now().as_millis() + 999) / 1_000).max(1)
            }
            TooMuchMail::Waiting => 60,
        };
        Refusal::rate_limited(&reason.to_string(), seconds)
    }
}

fn name(id: MailId) -> String {
    match id {
        MailId::Invitation(id) => id.to_string(),
        MailId::AddressChange(id) => id.to_string(),
        MailId::Notice(id) => id.to_string(),
    }
}

async fn send_all(service: Weak<Service>, asked: Arc<Notify>) {
    loop {
        let sent = {
            let Some(service) = service.upgrade() else { return };
            service.send_due_mail().await
        };
        match sent {
            // There may be more.
            Ok(tried) if tried > 0 => continue,
            Ok(_) => {}
            Err(error) => tracing::error!(%error, "mails that are due could not be looked up"),
        }
        tokio::select! {
            () = asked.notified() => {}
            () = tokio::time::sleep(LOOK) => {}
        }
    }
}
