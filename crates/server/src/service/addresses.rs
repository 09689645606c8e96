use std::net::IpAddr;

use clawpair_api::ErrorCode;
use clawpair_core::account::AddressToken;
use clawpair_core::id::{AddressChangeId, NoticeId};
use clawpair_core::mail::{AddressChange, AddressChangeState, Delivery};
use clawpair_core::member::{Email, Member};
use clawpair_core::secret::Secret;
use clawpair_core::store::{AddressAsked, AddressConfirmed, Confirming, NewAddress};

use super::Service;
use super::members::taken;
use crate::error::Refusal;
use crate::session::Signed;

/// Members' e-mail addresses.
impl Service {
    /// Sends a mail to the address that a member wants; whether another member has it only whoever reads that mail will hear.
    pub(crate) async fn ask_address(&self, signed: &Signed, password: Secret, email: Email) -> Result<AddressChange, Refusal> {
        if !self.sends_mail() {
            return Err(Refusal::new(
                ErrorCode::NoMail,
                "This platform sends no mail, so it cannot find out whether an address is yours.",
            ));
        }
        self.confirm(signed, password).await?;
        let (id, now) = (AddressChangeId::generate(&*self.clock, &*self.rng), self.now());
        let change = AddressChange {
            id,
            member: signed.member.id,
            name: signed.member.name.clone(),
            email,
            asked_at: now,
            expires_at: now.plus_minutes(AddressChange::HOURS * 60),
            state: AddressChangeState::Open,
            mail: Delivery::Waiting { attempts: 0, fault: None },
        };
        let token = AddressToken::of(&self.pepper, id).hash(&self.pepper);
        match self.store.ask_address(NewAddress { change, token, by: signed.by }).await? {
            AddressAsked::Done(change) => {
                self.mail_was_asked_for();
                Ok(change)
            }
            AddressAsked::Again(change) => Ok(change),
            AddressAsked::TooMuchMail(reason) => Err(self.too_much_mail(reason)),
        }
    }

    /// Makes the address count that a mail was sent to.
    pub(crate) async fn confirm_address(&self, token: &AddressToken, from: Option<IpAddr>) -> Result<Member, Refusal> {
        let notice = NoticeId::generate(&*self.clock, &*self.rng);
        let confirming = Confirming { token: token.hash(&self.pepper), from, notice, at: self.now() };
        match self.store.confirm_address(confirming).await? {
            AddressConfirmed::Done(member) => {
                self.mail_was_asked_for();
                Ok(member)
            }
            AddressConfirmed::Taken => Err(taken()),
            AddressConfirmed::Over => {
                Err(Refusal::new(ErrorCode::ConfirmationOver, "This link was replaced by a later one, or has expired."))
            }
        }
    }
}
