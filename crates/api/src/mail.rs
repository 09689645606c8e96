use clawpair_core::mail as life;
use serde::{Deserialize, Serialize};

use crate::Member;

/// Whether a mail was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum MailStatus {
    /// It will be tried, or tried again.
    Waiting,
    /// A mail server took it.
    Sent,
    /// It was not sent and will not be.
    NotSent,
}

/// What became of a mail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MailDelivery {
    /// Whether it was sent.
    pub status: MailStatus,
    /// When it was sent.
    pub sent_at: Option<String>,
    /// How often sending it has failed, or is under way.
    pub attempts: u32,
    /// Why it was not sent, or not yet; for people.
    pub reason: Option<String>,
}

impl MailDelivery {
    /// What became of a mail, or of there being none.
    pub fn of(delivery: Option<&life::Delivery>) -> Self {
        let none = "This platform was not set up to send mail when this was made; pass the link on yourself.";
        let blank = Self { status: MailStatus::NotSent, sent_at: None, attempts: 0, reason: None };
        match delivery {
            None => Self { reason: Some(none.to_owned()), ..blank },
            Some(life::Delivery::Waiting { attempts, fault }) => {
                Self { status: MailStatus::Waiting, attempts: *attempts, reason: fault.as_ref().map(ToString::to_string), ..blank }
            }
            Some(life::Delivery::Sent { at }) => Self { status: MailStatus::Sent, sent_at: Some(at.to_string()), ..blank },
            Some(life::Delivery::GivenUp { fault }) => Self { reason: Some(fault.to_string()), ..blank },
        }
    }
}

/// `POST /api/v1/me/email`.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ChangeEmail {
    /// The caller's password.
    pub password: String,
    /// Where they want mail; at most 254 characters. Their own address again verifies it.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::schema::Email))]
    pub email: String,
}

/// What became of a wish for another address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum EmailChangeStatus {
    /// The link of its mail may be opened.
    Open,
    /// It was opened: the address counts.
    Confirmed,
    /// A later wish took its place.
    Replaced,
    /// Nobody opened it in time.
    Expired,
}

/// A wish for another address. Until its mail's link is opened, the old address counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EmailChange {
    /// Where the caller wants mail.
    pub email: String,
    /// What became of it.
    pub status: EmailChangeStatus,
    /// When they asked.
    pub asked_at: String,
    /// From when on the link is worthless.
    pub expires_at: String,
    /// What became of the mail.
    pub mail: MailDelivery,
}

impl EmailChange {
    /// How a wish looks at `now`.
    pub fn at(change: &life::AddressChange, now: clawpair_core::Timestamp) -> Self {
        let status = match change.state {
            life::AddressChangeState::Confirmed => EmailChangeStatus::Confirmed,
            life::AddressChangeState::Replaced => EmailChangeStatus::Replaced,
            life::AddressChangeState::Open if change.is_open(now) => EmailChangeStatus::Open,
            life::AddressChangeState::Open => EmailChangeStatus::Expired,
        };
        Self {
            email: change.email.to_string(),
            status,
            asked_at: change.asked_at.to_string(),
            expires_at: change.expires_at.to_string(),
            mail: MailDelivery::of(Some(&change.mail)),
        }
    }
}

/// `GET /api/v1/me/email`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MyEmail {
    /// The caller, with the address that counts.
    pub member: Member,
    /// Their latest wish for another one, whatever became of it.
    pub change: Option<EmailChange>,
}

/// `POST /api/v1/members/confirm-email`.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ConfirmEmail {
    /// `cpe_…`, of the mail.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::schema::AddressToken))]
    pub token: String,
}

/// An address counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EmailConfirmed {
    /// Which.
    pub email: String,
}
