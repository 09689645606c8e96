//! Mails that wait. What they say is made when they are sent; here is only to whom, about what, and how it went.

use async_trait::async_trait;
use clawpair_core::activity::Actor;
use clawpair_core::clock::Timestamp;
use clawpair_core::id::{AddressChangeId, InvitationId, MemberId, NoticeId};
use clawpair_core::mail::{AddressChange, Delivery, MailFault, TooMuchMail, limits};
use clawpair_core::member::Email;
use clawpair_core::store::{AddressAsked, AddressConfirmed, Confirming, DueMail, MailId, Mails, NewAddress, StoreError, Tried};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::columns::{damaged, parsed, parsed_or_none, time_or_none};
use super::{SqliteStore, addresses, members};

#[async_trait]
impl Mails for SqliteStore {
    async fn take_due_mail(&self, most: u32, at: Timestamp, until: Timestamp) -> Result<Vec<(DueMail, u32)>, StoreError> {
        // Asked every second, so it writes only when there is something to send.
        let is_due = self.read(|db| {
            db.prepare_cached("SELECT EXISTS (SELECT 1 FROM mail WHERE next_at <= ?)")?
                .query_row([at.as_millis()], |row| row.get::<_, bool>(0))
        })?;
        if !is_due {
            return Ok(Vec::new());
        }
        self.writer.run(move |db| take(db, most, at, until)).await
    }

    async fn settle_mail(&self, id: MailId, tried: Tried, at: Timestamp) -> Result<(), StoreError> {
        self.writer.run(move |db| settle(db, *id_bytes(&id), &tried, at)).await
    }

    async fn ask_address(&self, new: NewAddress) -> Result<AddressAsked, StoreError> {
        self.writer.run(move |db| addresses::ask(db, &new)).await
    }

    async fn address_change(&self, member: MemberId) -> Result<Option<AddressChange>, StoreError> {
        self.read(|db| addresses::latest(db, member))
    }

    async fn confirm_address(&self, confirming: Confirming) -> Result<AddressConfirmed, StoreError> {
        self.writer.run(move |db| addresses::confirm(db, &confirming)).await
    }
}

/// What a join with `mail` adds to a row.
pub(super) const COLUMNS: &str = "mail.id AS mail_id, mail.attempts AS mail_attempts, mail.sent_at AS mail_sent_at, mail.next_at AS mail_next_at, mail.fault AS mail_fault";

/// What became of a row's mail, if it has one.
pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Option<Delivery>> {
    if row.get::<_, Option<[u8; 16]>>("mail_id")?.is_none() {
        return Ok(None);
    }
    let fault: Option<MailFault> = parsed_or_none(row, "mail_fault")?;
    Ok(Some(match (time_or_none(row, "mail_sent_at")?, time_or_none(row, "mail_next_at")?) {
        (Some(at), _) => Delivery::Sent { at },
        (None, Some(_)) => Delivery::Waiting { attempts: row.get("mail_attempts")?, fault },
        (None, None) => Delivery::GivenUp { fault: fault.unwrap_or_else(|| MailFault::new("It was not sent.")) },
    }))
}

fn id_bytes(id: &MailId) -> &[u8; 16] {
    match id {
        MailId::Invitation(id) => id.as_bytes(),
        MailId::AddressChange(id) => id.as_bytes(),
        MailId::Notice(id) => id.as_bytes(),
    }
}

/// Puts a mail into the queue, unless there is too much.
pub(super) fn queue(
    db: &Connection,
    id: MailId,
    to: &Email,
    by: Actor,
    at: Timestamp,
) -> rusqlite::Result<Result<Delivery, TooMuchMail>> {
    let window = i64::from(limits::HOURS) * 3_600;
    let since = at.plus_seconds(-window).as_millis();
    let by = by.to_string();
    if let Some(oldest) = nth_latest(db, "recipient", to.as_str(), limits::TO_ONE_ADDRESS, since)? {
        return Ok(Err(TooMuchMail::ToAddress { until: oldest.plus_seconds(window) }));
    }
    if let Some(oldest) = nth_latest(db, "asked_by", &by, limits::BY_ONE_ACTOR, since)? {
        return Ok(Err(TooMuchMail::ByActor { until: oldest.plus_seconds(window) }));
    }
    let waiting: u32 = db.prepare_cached("SELECT count(*) FROM mail WHERE next_at IS NOT NULL")?.query_row([], |row| row.get(0))?;
    if waiting >= limits::WAITING {
        return Ok(Err(TooMuchMail::Waiting));
    }
    insert(db, id, to, &by, at)?;
    Ok(Ok(Delivery::Waiting { attempts: 0, fault: None }))
}

/// Puts a mail into the queue, however many there are.
pub(super) fn insert(db: &Connection, id: MailId, to: &Email, by: &str, at: Timestamp) -> rusqlite::Result<()> {
    let about = match id {
        MailId::Invitation(_) => "invitation",
        MailId::AddressChange(_) => "address_change",
        MailId::Notice(_) => "notice",
    };
    db.prepare_cached("INSERT INTO mail (id, about, recipient, asked_by, asked_at, next_at) VALUES (?1, ?2, ?3, ?4, ?5, ?5)")?
        .execute(params![id_bytes(&id), about, to.as_str(), by, at.as_millis()])
        .map(drop)
}

/// When the last mail but `most - 1` was asked for, if there were so many since then.
fn nth_latest(db: &Connection, column: &str, value: &str, most: u32, since: i64) -> rusqlite::Result<Option<Timestamp>> {
    db.prepare_cached(&format!(
        "SELECT asked_at FROM mail WHERE {column} = ? AND asked_at > ? ORDER BY asked_at DESC LIMIT 1 OFFSET ?"
    ))?
    .query_row(params![value, since, most - 1], |row| row.get(0).map(Timestamp::from_millis))
    .optional()
}

fn take(db: &Connection, most: u32, at: Timestamp, until: Timestamp) -> rusqlite::Result<Vec<(DueMail, u32)>> {
    let taken: Vec<([u8; 16], String, u32)> = db
        .prepare_cached(
            "UPDATE mail SET attempts = attempts + 1, next_at = ?2
             WHERE id IN (SELECT id FROM mail WHERE next_at <= ?1 ORDER BY next_at LIMIT ?3) RETURNING id, about, attempts",
        )?
        .query_map(params![at.as_millis(), until.as_millis(), most], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect::<Result<_, _>>()?;
    let mut due = Vec::new();
    for (id, about, attempts) in taken {
        match subject(db, id, &about, at)? {
            Some(mail) => due.push((mail, attempts)),
            None => settle(db, id, &Tried::GivenUp(MailFault::new("Its link was worthless before it could be sent.")), at)?,
        }
    }
    Ok(due)
}

/// What a mail is about, if its link still works.
fn subject(db: &Connection, id: [u8; 16], about: &str, at: Timestamp) -> rusqlite::Result<Option<DueMail>> {
    match about {
        "invitation" => {
            let invitation = members::invitation(db, InvitationId::from_bytes(id))?;
            Ok(invitation.filter(|invitation| invitation.is_open(at)).map(DueMail::Invitation))
        }
        "address_change" => {
            let change = addresses::one(db, AddressChangeId::from_bytes(id))?;
            Ok(change.filter(|change| change.is_open(at)).map(DueMail::AddressChange))
        }
        "notice" => {
            let id = NoticeId::from_bytes(id);
            let to = recipient(db, id)?;
            let change = addresses::with_notice(db, id)?.filter(|change| change.may_be_told_of(at));
            Ok(change.map(|change| DueMail::AddressChanged { id, to, change }))
        }
        _ => Err(damaged("about", StoreError::Unavailable(format!("a mail is about “{about}”, which is nothing")))),
    }
}

fn recipient(db: &Connection, id: NoticeId) -> rusqlite::Result<Email> {
    db.prepare_cached("SELECT recipient FROM mail WHERE id = ?")?.query_row([id.as_bytes()], |row| parsed(row, "recipient"))
}

fn settle(db: &Connection, id: [u8; 16], tried: &Tried, at: Timestamp) -> rusqlite::Result<()> {
    let (sent_at, next_at, fault) = match tried {
        Tried::Sent => (Some(at.as_millis()), None, None),
        Tried::Again(next, fault) => (None, Some(next.as_millis()), Some(fault.as_str())),
        Tried::GivenUp(fault) => (None, None, Some(fault.as_str())),
    };
    db.prepare_cached("UPDATE mail SET sent_at = ?2, next_at = ?3, fault = ?4 WHERE id = ?1 AND next_at IS NOT NULL")?
        .execute(params![id, sent_at, next_at, fault])
        .map(drop)
}
