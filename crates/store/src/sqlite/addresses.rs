//! Members' wishes for another e-mail address.

use clawpair_core::activity::{Action, Actor};
use clawpair_core::id::{AddressChangeId, MemberId, NoticeId};
use clawpair_core::mail::{AddressChange, AddressChangeState, Delivery, MailFault, Proof};
use clawpair_core::member::MemberState;
use clawpair_core::store::{AddressAsked, AddressConfirmed, Confirming, MailId, NewAddress};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::columns::{parsed, time};
use super::commit::Commit;
use super::{activity, mail, members};

fn select(what: &str) -> String {
    format!(
        "SELECT address_change.*, member.name AS name, {} FROM address_change JOIN member ON member.id = address_change.member
         LEFT JOIN mail ON mail.id = address_change.id WHERE {what}",
        mail::COLUMNS
    )
}

fn read(row: &Row<'_>) -> rusqlite::Result<AddressChange> {
    let ended: (Option<i64>, Option<i64>) = (row.get("confirmed_at")?, row.get("replaced_at")?);
    Ok(AddressChange {
        id: AddressChangeId::from_bytes(row.get("id")?),
        member: MemberId::from_bytes(row.get("member")?),
        name: parsed(row, "name")?,
        email: parsed(row, "email")?,
        asked_at: time(row, "asked_at")?,
        expires_at: time(row, "expires_at")?,
        state: match ended {
            (Some(_), _) => AddressChangeState::Confirmed,
            (None, Some(_)) => AddressChangeState::Replaced,
            (None, None) => AddressChangeState::Open,
        },
        mail: mail::read(row)?.unwrap_or_else(|| Delivery::GivenUp { fault: MailFault::new("Its mail is gone.") }),
    })
}

pub(super) fn one(db: &Connection, id: AddressChangeId) -> rusqlite::Result<Option<AddressChange>> {
    db.prepare_cached(&select("address_change.id = ?"))?.query_row([id.as_bytes()], read).optional()
}

pub(super) fn with_notice(db: &Connection, id: NoticeId) -> rusqlite::Result<Option<AddressChange>> {
    db.prepare_cached(&select("address_change.notice = ?"))?.query_row([id.as_bytes()], read).optional()
}

pub(super) fn latest(db: &Connection, member: MemberId) -> rusqlite::Result<Option<AddressChange>> {
    db.prepare_cached(&select("address_change.member = ? ORDER BY address_change.id DESC LIMIT 1"))?
        .query_row([member.as_bytes()], read)
        .optional()
}

pub(super) fn ask(db: &Commit<'_>, new: &NewAddress) -> rusqlite::Result<AddressAsked> {
    let change = &new.change;
    if let Some(before) = latest(db, change.member)?
        && before.is_open(change.asked_at)
        && before.email == change.email
        && change.asked_at < before.asked_at.plus_minutes(AddressChange::REPEAT_MINUTES)
    {
        return Ok(AddressAsked::Again(before));
    }
    if let Err(too_much) = mail::queue(db, MailId::AddressChange(change.id), &change.email, new.by, change.asked_at)? {
        return Ok(AddressAsked::TooMuchMail(too_much));
    }
    db.prepare_cached(
        "UPDATE address_change SET replaced_at = ?2 WHERE member = ?1 AND confirmed_at IS NULL AND replaced_at IS NULL",
    )?
    .execute(params![change.member.as_bytes(), change.asked_at.as_millis()])?;
    db.prepare_cached(
        "INSERT INTO address_change (id, token_hash, member, email, asked_at, expires_at) VALUES (?, ?, ?, ?, ?, ?)",
    )?
    .execute(params![
        change.id.as_bytes(),
        new.token.as_bytes(),
        change.member.as_bytes(),
        change.email.as_str(),
        change.asked_at.as_millis(),
        change.expires_at.as_millis(),
    ])?;
    activity::append(db, change.asked_at, new.by, Action::AddressChangeAsked(change.member))?;
    Ok(AddressAsked::Done(change.clone()))
}

pub(super) fn confirm(db: &Commit<'_>, confirming: &Confirming) -> rusqlite::Result<AddressConfirmed> {
    let &Confirming { token, from, notice, at } = confirming;
    let change = db.prepare_cached(&select("address_change.token_hash = ?"))?.query_row([token.as_bytes()], read).optional()?;
    let Some(change) = change else { return Ok(AddressConfirmed::Over) };
    let member = members::one(db, change.member)?.filter(|member| member.state == MemberState::Active);
    let Some(member) = member else { return Ok(AddressConfirmed::Over) };
    if change.state == AddressChangeState::Confirmed && member.email.as_ref() == Some(&change.email) && at < change.expires_at {
        return Ok(AddressConfirmed::Done(member));
    }
    if !change.is_open(at) {
        return Ok(AddressConfirmed::Over);
    }
    let is_taken: bool = db
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM member WHERE removed_at IS NULL AND email = ? AND id <> ?)")?
        .query_row(params![change.email.as_str(), member.id.as_bytes()], |row| row.get(0))?;
    if is_taken {
        return Ok(AddressConfirmed::Taken);
    }
    let confirmed = db
        .prepare_cached(
            "UPDATE address_change SET confirmed_at = ?2
             WHERE id = ?1 AND confirmed_at IS NULL AND replaced_at IS NULL AND expires_at > ?2",
        )?
        .execute(params![change.id.as_bytes(), at.as_millis()])?;
    if confirmed == 0 {
        return Ok(AddressConfirmed::Over);
    }
    let by = Actor::Member(member.id, from);
    let before = member.email.filter(|email| member.email_verified.is_some() && *email != change.email);
    if let Some(before) = before {
        db.prepare_cached("UPDATE address_change SET notice = ?2 WHERE id = ?1")?
            .execute(params![change.id.as_bytes(), notice.as_bytes()])?;
        mail::insert(db, MailId::Notice(notice), &before, &by.to_string(), at)?;
    }
    let member = db
        .prepare_cached(
            "UPDATE member SET email = ?2, email_verified_at = ?3, email_verified_by = ?4
             WHERE id = ?1 AND removed_at IS NULL AND disabled_at IS NULL RETURNING *",
        )?
        .query_row(
            params![member.id.as_bytes(), change.email.as_str(), at.as_millis(), Proof::Confirmation.word()],
            members::read,
        )?;
    activity::append(db, at, by, Action::AddressConfirmed(member.id))?;
    Ok(AddressConfirmed::Done(member))
}
