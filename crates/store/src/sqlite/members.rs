use async_trait::async_trait;
use clawpair_core::access::Role;
use clawpair_core::activity::{Action, Actor};
use clawpair_core::clock::Timestamp;
use clawpair_core::id::{InvitationId, MemberId};
use clawpair_core::mail::{Proof, Verified};
use clawpair_core::member::{Email, Invitation, InvitationState, Member, MemberState};
use clawpair_core::secret::KeyedHash;
use clawpair_core::store::{Invited, Joined, Joining, MailId, MemberChange, MemberChanged, Members, NewInvite, StoreError};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::columns::{parsed, parsed_or_none, time, time_or_none};
use super::commit::Commit;
use super::{SqliteStore, activity, mail};

#[async_trait]
impl Members for SqliteStore {
    async fn invite(&self, new: NewInvite) -> Result<Invited, StoreError> {
        self.writer.run(move |db| invite(db, &new)).await
    }

    async fn invitations(&self) -> Result<Vec<Invitation>, StoreError> {
        self.read(|db| db.prepare_cached(&select("true ORDER BY invitation.id DESC"))?.query_map([], read_invitation)?.collect())
    }

    async fn invitation_by_token(&self, token: KeyedHash) -> Result<Option<Invitation>, StoreError> {
        self.read(|db| Ok(by_token(db, token)?.map(|(invitation, _)| invitation)))
    }

    async fn withdraw_invitation(&self, id: InvitationId, by: Actor, at: Timestamp) -> Result<Option<Invitation>, StoreError> {
        self.writer.run(move |db| withdraw(db, id, by, at)).await
    }

    async fn join(&self, token: KeyedHash, joining: Joining) -> Result<Joined, StoreError> {
        self.writer.run(move |db| join(db, token, &joining)).await
    }

    async fn members(&self) -> Result<Vec<Member>, StoreError> {
        self.read(|db| {
            db.prepare_cached("SELECT * FROM member WHERE removed_at IS NULL ORDER BY id DESC")?.query_map([], read)?.collect()
        })
    }

    async fn member(&self, id: MemberId) -> Result<Option<Member>, StoreError> {
        self.read(|db| one(db, id))
    }

    async fn change_member(
        &self,
        id: MemberId,
        change: MemberChange,
        by: Actor,
        at: Timestamp,
    ) -> Result<MemberChanged, StoreError> {
        self.writer.run(move |db| change_one(db, id, change, by, at)).await
    }
}

pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Member> {
    let state = match (time_or_none(row, "removed_at")?, time_or_none(row, "disabled_at")?) {
        (Some(at), _) => MemberState::Removed { at },
        (None, Some(at)) => MemberState::Disabled { at },
        (None, None) => MemberState::Active,
    };
    let proof: Option<Proof> = parsed_or_none(row, "email_verified_by")?;
    let verified = time_or_none(row, "email_verified_at")?.zip(proof);
    Ok(Member {
        id: MemberId::from_bytes(row.get("id")?),
        name: parsed(row, "name")?,
        email: parsed_or_none(row, "email")?,
        email_verified: verified.map(|(at, by)| Verified { at, by }),
        role: parsed(row, "role")?,
        state,
        has_second_factor: row.get::<_, Option<Vec<u8>>>("totp")?.is_some(),
        joined_at: time(row, "joined_at")?,
        signed_in_at: time_or_none(row, "signed_in_at")?,
    })
}

fn read_invitation(row: &Row<'_>) -> rusqlite::Result<Invitation> {
    let member: Option<[u8; 16]> = row.get("member")?;
    let state = match (member, time_or_none(row, "withdrawn_at")?) {
        (Some(member), _) => InvitationState::Accepted { member: MemberId::from_bytes(member) },
        (None, Some(_)) => InvitationState::Withdrawn,
        (None, None) => InvitationState::Open,
    };
    Ok(Invitation {
        id: InvitationId::from_bytes(row.get("id")?),
        name: parsed(row, "name")?,
        email: parsed_or_none(row, "email")?,
        role: parsed(row, "role")?,
        invited_by: parsed(row, "invited_by")?,
        created_at: time(row, "created_at")?,
        expires_at: time(row, "expires_at")?,
        state,
        mail: mail::read(row)?,
    })
}

pub(super) fn one(db: &Connection, id: MemberId) -> rusqlite::Result<Option<Member>> {
    db.prepare_cached("SELECT * FROM member WHERE id = ?")?.query_row([id.as_bytes()], read).optional()
}

fn select(what: &str) -> String {
    format!("SELECT invitation.*, {} FROM invitation LEFT JOIN mail ON mail.id = invitation.id WHERE {what}", mail::COLUMNS)
}

pub(super) fn invitation(db: &Connection, id: InvitationId) -> rusqlite::Result<Option<Invitation>> {
    db.prepare_cached(&select("invitation.id = ?"))?.query_row([id.as_bytes()], read_invitation).optional()
}

/// The invitation with this token, and whether it is the mailed one.
fn by_token(db: &Connection, token: KeyedHash) -> rusqlite::Result<Option<(Invitation, bool)>> {
    for (column, is_mailed) in [("token_hash", false), ("mailed_hash", true)] {
        let mut found = db.prepare_cached(&select(&format!("invitation.{column} = ?")))?;
        if let Some(invitation) = found.query_row([token.as_bytes()], read_invitation).optional()? {
            return Ok(Some((invitation, is_mailed)));
        }
    }
    Ok(None)
}

/// Whether a member that was not removed has this name or address.
fn is_taken(db: &Connection, invitation: &Invitation) -> rusqlite::Result<bool> {
    db.prepare_cached("SELECT EXISTS (SELECT 1 FROM member WHERE removed_at IS NULL AND (name_key = ? OR email = ?))")?
        .query_row(params![invitation.name.key(), invitation.email.as_ref().map(Email::as_str)], |row| row.get(0))
}

pub(super) fn invite(db: &Commit<'_>, new: &NewInvite) -> rusqlite::Result<Invited> {
    let NewInvite { invitation, shown, mailed } = new;
    if is_taken(db, invitation)? {
        return Ok(Invited::Taken);
    }
    let mail = match (&invitation.email, mailed) {
        (Some(email), Some(_)) => {
            match mail::queue(db, MailId::Invitation(invitation.id), email, invitation.invited_by, invitation.created_at)? {
                Ok(delivery) => Some(delivery),
                Err(too_much) => return Ok(Invited::TooMuchMail(too_much)),
            }
        }
        _ => None,
    };
    db.prepare_cached(
        "INSERT INTO invitation (id, token_hash, mailed_hash, name, email, role, invited_by, created_at, expires_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )?
    .execute(params![
        invitation.id.as_bytes(),
        shown.as_bytes(),
        mailed.as_ref().map(KeyedHash::as_bytes),
        invitation.name.as_str(),
        invitation.email.as_ref().map(Email::as_str),
        invitation.role.word(),
        invitation.invited_by.to_string(),
        invitation.created_at.as_millis(),
        invitation.expires_at.as_millis(),
    ])?;
    activity::append(db, invitation.created_at, invitation.invited_by, Action::MemberInvited(invitation.id))?;
    Ok(Invited::Done(Invitation { mail, ..invitation.clone() }))
}

fn withdraw(db: &Commit<'_>, id: InvitationId, by: Actor, at: Timestamp) -> rusqlite::Result<Option<Invitation>> {
    let withdrawn = db
        .prepare_cached("UPDATE invitation SET withdrawn_at = ?2 WHERE id = ?1 AND member IS NULL AND withdrawn_at IS NULL")?
        .execute(params![id.as_bytes(), at.as_millis()])?;
    if withdrawn == 0 {
        return Ok(None);
    }
    activity::append(db, at, by, Action::InvitationWithdrawn(id))?;
    invitation(db, id)
}

fn join(db: &Commit<'_>, token: KeyedHash, joining: &Joining) -> rusqlite::Result<Joined> {
    let &Joining { member: id, from, at, .. } = joining;
    let found = by_token(db, token)?.filter(|(invitation, _)| invitation.is_open(at));
    let Some((invitation, is_mailed)) = found else { return Ok(Joined::Over) };
    if is_taken(db, &invitation)? {
        return Ok(Joined::Taken);
    }
    let used = db
        .prepare_cached(
            "UPDATE invitation SET member = ?2 WHERE id = ?1 AND member IS NULL AND withdrawn_at IS NULL AND expires_at > ?3",
        )?
        .execute(params![invitation.id.as_bytes(), id.as_bytes(), at.as_millis()])?;
    if used == 0 {
        return Ok(Joined::Over);
    }
    let member = db
        .prepare_cached(
            "INSERT INTO member (id, name, name_key, email, role, password, joined_at, email_verified_at, email_verified_by)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING *",
        )?
        .query_row(
            params![
                id.as_bytes(),
                invitation.name.as_str(),
                invitation.name.key(),
                invitation.email.as_ref().map(Email::as_str),
                invitation.role.word(),
                joining.password.reveal(),
                at.as_millis(),
                is_mailed.then_some(at.as_millis()),
                is_mailed.then_some(Proof::Invitation.word()),
            ],
            read,
        )?;
    activity::append(db, at, Actor::Member(id, from), Action::MemberJoined(invitation.id, id))?;
    Ok(Joined::Done(member))
}

fn change_one(db: &Commit<'_>, id: MemberId, change: MemberChange, by: Actor, at: Timestamp) -> rusqlite::Result<MemberChanged> {
    let Some(before) = one(db, id)?.filter(|member| !matches!(member.state, MemberState::Removed { .. })) else {
        return Ok(MemberChanged::Unknown);
    };
    let leaves_admin = match change {
        MemberChange::Role(role) => role != Role::Admin,
        MemberChange::Disabled(disabled) => disabled,
        MemberChange::Removed => true,
    };
    if leaves_admin && before.role == Role::Admin && before.state == MemberState::Active && !has_other_admin(db, id)? {
        return Ok(MemberChanged::LastAdmin);
    }
    let action = match change {
        MemberChange::Role(role) if role == before.role => return Ok(MemberChanged::Done(before)),
        MemberChange::Disabled(disabled) if disabled != (before.state == MemberState::Active) => {
            return Ok(MemberChanged::Done(before));
        }
        MemberChange::Role(role) => {
            db.prepare_cached("UPDATE member SET role = ? WHERE id = ?")?.execute(params![role.word(), id.as_bytes()])?;
            Action::RoleChanged(id, role)
        }
        MemberChange::Disabled(disabled) => {
            db.prepare_cached("UPDATE member SET disabled_at = ? WHERE id = ?")?
                .execute(params![disabled.then_some(at.as_millis()), id.as_bytes()])?;
            if disabled { Action::MemberDisabled(id) } else { Action::MemberEnabled(id) }
        }
        MemberChange::Removed => {
            db.prepare_cached("UPDATE member SET removed_at = ?, password = '', totp = NULL WHERE id = ?")?
                .execute(params![at.as_millis(), id.as_bytes()])?;
            Action::MemberRemoved(id)
        }
    };
    activity::append(db, at, by, action)?;
    let after = one(db, id)?.unwrap_or(before);
    if after.state != MemberState::Active {
        db.prepare_cached("UPDATE session SET ended_at = ?2 WHERE member = ?1 AND ended_at IS NULL")?
            .execute(params![id.as_bytes(), at.as_millis()])?;
    }
    Ok(MemberChanged::Done(after))
}

fn has_other_admin(db: &Connection, id: MemberId) -> rusqlite::Result<bool> {
    db.prepare_cached(
        "SELECT EXISTS (SELECT 1 FROM member WHERE role = 'admin' AND removed_at IS NULL AND disabled_at IS NULL AND id <> ?)",
    )?
    .query_row([id.as_bytes()], |row| row.get(0))
}
