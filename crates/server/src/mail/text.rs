//! What mails say.

use clawpair_core::Timestamp;
use clawpair_core::id::{AddressChangeId, InvitationId, NoticeId};
use clawpair_core::mail::AddressChange;
use clawpair_core::member::{Email, Invitation};

use super::{Mail, MailText};
use crate::public_url::PublicUrl;

/// The mail with an invitation's link.
pub(crate) fn to_invite(invitation: &Invitation, to: Email, platform: &PublicUrl, link: &str, at: Timestamp) -> Mail {
    let Invitation { id, name, role, expires_at, .. } = invitation;
    let id: &InvitationId = id;
    let text = format!(
        "Hello {name},\n\nyou are invited to the Clawpair platform\n{platform}\nas {}.\n\n\
         To accept, open this link and choose a password:\n\n{link}\n\n\
         The link works once, until {expires_at}. Whoever has it can accept in\n\
         your name. If you do not know what this is about, do nothing.\n",
        role.name()
    );
    Mail { id: id.to_string(), to, name: name.clone(), subject: "Invitation to Clawpair", text: MailText(text), at }
}

/// The mail with the link that makes an address count.
pub(crate) fn to_confirm(change: &AddressChange, platform: &PublicUrl, link: &str, at: Timestamp) -> Mail {
    let AddressChange { id, name, email, expires_at, .. } = change;
    let id: &AddressChangeId = id;
    let text = format!(
        "Hello {name},\n\nsomebody who is signed in as you at the Clawpair platform\n{platform}\nwants mail at {email}.\n\n\
         If that was you, open this link:\n\n{link}\n\n\
         The link works once, until {expires_at}. If it was not you, do\nnothing: nothing changes then.\n"
    );
    Mail {
        id: id.to_string(),
        to: email.clone(),
        name: name.clone(),
        subject: "Confirm your e-mail address",
        text: MailText(text),
        at,
    }
}

/// The mail to the address that no longer counts.
pub(crate) fn to_tell(id: NoticeId, to: Email, change: &AddressChange, platform: &PublicUrl, at: Timestamp) -> Mail {
    let AddressChange { name, email, .. } = change;
    let text = format!(
        "Hello {name},\n\nmail for you from the Clawpair platform\n{platform}\ngoes to {email} from now on, and no more to {to}.\n\n\
         If that was not you, somebody has your password: tell an Admin of that\nplatform at once, who can remove the member.\n"
    );
    Mail { id: id.to_string(), to, name: name.clone(), subject: "Your e-mail address was changed", text: MailText(text), at }
}
