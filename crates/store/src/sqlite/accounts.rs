use std::net::IpAddr;

use async_trait::async_trait;
use clawpair_core::account::Session;
use clawpair_core::activity::{Action, Actor};
use clawpair_core::clock::Timestamp;
use clawpair_core::id::{MemberId, SessionId};
use clawpair_core::member::Member;
use clawpair_core::secret::{KeyedHash, Secret};
use clawpair_core::store::{Account, Accounts, Login, SealedTotp, SecondFactor, Sessions, SignIn, StoreError};
use rusqlite::{Connection, OptionalExtension, Row, ToSql, params};

use super::columns::{parsed_or_none, time, time_or_none};
use super::commit::Commit;
use super::{SqliteStore, activity, members};

#[async_trait]
impl Accounts for SqliteStore {
    async fn account(&self, login: Login) -> Result<Option<Account>, StoreError> {
        self.read(|db| match &login {
            Login::Name(name) => account(db, "name_key", &name.key()),
            Login::Email(email) => account(db, "email", &email.as_str()),
        })
    }

    async fn account_of(&self, id: MemberId) -> Result<Option<Account>, StoreError> {
        self.read(|db| account(db, "id", id.as_bytes()))
    }

    async fn sign_in(&self, sign_in: SignIn) -> Result<bool, StoreError> {
        self.writer.run(move |db| begin(db, &sign_in)).await
    }

    async fn sign_in_failed(&self, member: MemberId, from: Option<IpAddr>, at: Timestamp) -> Result<(), StoreError> {
        self.writer.run(move |db| activity::append(db, at, Actor::Member(member, from), Action::SignInFailed(member))).await
    }

    async fn session(&self, token: KeyedHash) -> Result<Option<(Session, Member)>, StoreError> {
        self.read(|db| session(db, token))
    }

    async fn touch_session(&self, id: SessionId, at: Timestamp) -> Result<(), StoreError> {
        self.writer
            .run(move |db| {
                db.prepare_cached("UPDATE session SET seen_at = max(seen_at, ?2) WHERE id = ?1 AND ended_at IS NULL")?
                    .execute(params![id.as_bytes(), at.as_millis()])
                    .map(drop)
            })
            .await
    }

    async fn sessions(&self, member: MemberId) -> Result<Vec<Session>, StoreError> {
        self.read(|db| {
            db.prepare_cached("SELECT * FROM session WHERE member = ? AND ended_at IS NULL ORDER BY id DESC")?
                .query_map([member.as_bytes()], read)?
                .collect()
        })
    }

    async fn end_sessions(&self, member: MemberId, which: Sessions, by: Actor, at: Timestamp) -> Result<usize, StoreError> {
        self.writer
            .run(move |db| {
                let ended = end(db, member, which, at)?;
                if ended > 0 {
                    activity::append(db, at, by, Action::SignedOut(member))?;
                }
                Ok(ended)
            })
            .await
    }

    async fn set_password(
        &self,
        member: MemberId,
        password: Secret,
        keep: SessionId,
        by: Actor,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        self.writer
            .run(move |db| {
                db.prepare_cached("UPDATE member SET password = ?2 WHERE id = ?1 AND removed_at IS NULL")?
                    .execute(params![member.as_bytes(), password.reveal()])?;
                end(db, member, Sessions::AllBut(keep), at)?;
                activity::append(db, at, by, Action::PasswordChanged(member))
            })
            .await
    }

    async fn set_totp(
        &self,
        member: MemberId,
        totp: Option<(SealedTotp, u64)>,
        recovery: Vec<KeyedHash>,
        by: Actor,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        self.writer
            .run(move |db| {
                let action = if totp.is_some() { Action::SecondFactorSet(member) } else { Action::SecondFactorRemoved(member) };
                let (sealed, step) = totp.as_ref().map_or((None, 0), |(sealed, step)| (Some(&sealed.0), *step));
                db.prepare_cached("UPDATE member SET totp = ?2, totp_step = ?3 WHERE id = ?1 AND removed_at IS NULL")?
                    .execute(params![member.as_bytes(), sealed, step.cast_signed()])?;
                replace_recovery_codes(db, member, &recovery)?;
                activity::append(db, at, by, action)
            })
            .await
    }

    async fn set_recovery_codes(
        &self,
        member: MemberId,
        recovery: Vec<KeyedHash>,
        by: Actor,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        self.writer
            .run(move |db| {
                replace_recovery_codes(db, member, &recovery)?;
                activity::append(db, at, by, Action::RecoveryCodesReplaced(member))
            })
            .await
    }

    async fn recovery_codes_left(&self, member: MemberId) -> Result<usize, StoreError> {
        self.read(|db| {
            db.prepare_cached("SELECT count(*) FROM recovery_code WHERE member = ? AND used_at IS NULL")?
                .query_row([member.as_bytes()], |row| row.get::<_, i64>(0))
                .map(|count| usize::try_from(count).unwrap_or_default())
        })
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<Session> {
    Ok(Session {
        id: SessionId::from_bytes(row.get("id")?),
        member: MemberId::from_bytes(row.get("member")?),
        created_at: time(row, "created_at")?,
        seen_at: time(row, "seen_at")?,
        address: parsed_or_none(row, "address")?,
        ended_at: time_or_none(row, "ended_at")?,
    })
}

/// `column` is one of ours, never a caller's.
fn account(db: &Connection, column: &'static str, value: &dyn ToSql) -> rusqlite::Result<Option<Account>> {
    db.prepare_cached(&format!("SELECT * FROM member WHERE {column} = ? AND removed_at IS NULL"))?
        .query_row([value], |row| {
            Ok(Account {
                member: members::read(row)?,
                password: Secret::new(row.get("password")?),
                totp: row.get::<_, Option<Vec<u8>>>("totp")?.map(SealedTotp),
            })
        })
        .optional()
}

fn session(db: &Connection, token: KeyedHash) -> rusqlite::Result<Option<(Session, Member)>> {
    let session =
        db.prepare_cached("SELECT * FROM session WHERE token_hash = ?")?.query_row([token.as_bytes()], read).optional()?;
    let Some(session) = session else { return Ok(None) };
    let member = db.prepare_cached("SELECT * FROM member WHERE id = ?")?.query_row([session.member.as_bytes()], members::read)?;
    Ok(Some((session, member)))
}

fn begin(db: &Commit<'_>, sign_in: &SignIn) -> rusqlite::Result<bool> {
    let Session { id, member, created_at, address, .. } = &sign_in.session;
    let by = Actor::Member(*member, *address);
    if !spend(db, *member, sign_in.second, *created_at)? {
        return Ok(false);
    }
    db.prepare_cached("UPDATE member SET signed_in_at = ?2 WHERE id = ?1")?
        .execute(params![member.as_bytes(), created_at.as_millis()])?;
    if let Some(replaced) = sign_in.replaces {
        db.prepare_cached("UPDATE session SET ended_at = ?2 WHERE token_hash = ?1 AND ended_at IS NULL")?
            .execute(params![replaced.as_bytes(), created_at.as_millis()])?;
    }
    // What has ended long ago is of no use to anybody.
    db.prepare_cached("DELETE FROM session WHERE member = ?1 AND (ended_at IS NOT NULL OR created_at < ?2)")?
        .execute(params![member.as_bytes(), created_at.plus_seconds(-i64::from(Session::HOURS) * 3_600).as_millis()])?;
    db.prepare_cached(
        "INSERT INTO session (id, token_hash, member, created_at, seen_at, address) VALUES (?1, ?2, ?3, ?4, ?4, ?5)",
    )?
    .execute(params![
        id.as_bytes(),
        sign_in.token.as_bytes(),
        member.as_bytes(),
        created_at.as_millis(),
        address.map(|address| address.to_string())
    ])?;
    if let SecondFactor::Recovery(_) = sign_in.second {
        activity::append(db, *created_at, by, Action::RecoveryCodeUsed(*member))?;
    }
    activity::append(db, *created_at, by, Action::SignedIn(*member))?;
    Ok(true)
}

/// Spends the second factor; guarded here, so that two who show the same code do not both come in.
fn spend(db: &Connection, member: MemberId, second: SecondFactor, at: Timestamp) -> rusqlite::Result<bool> {
    let id = member.as_bytes();
    let may = "id = ?1 AND removed_at IS NULL AND disabled_at IS NULL";
    let count = match second {
        SecondFactor::None => db
            .prepare_cached(&format!("SELECT count(*) FROM member WHERE {may} AND totp IS NULL"))?
            .query_row([id], |row| row.get::<_, u32>(0))
            .map(|count| count as usize)?,
        SecondFactor::Step(step) => db
            .prepare_cached(&format!("UPDATE member SET totp_step = ?2 WHERE {may} AND totp IS NOT NULL AND totp_step < ?2"))?
            .execute(params![id, step.cast_signed()])?,
        SecondFactor::Recovery(hash) => db
            .prepare_cached(&format!(
                "UPDATE recovery_code SET used_at = ?3 WHERE member = ?1 AND hash = ?2 AND used_at IS NULL
                 AND EXISTS (SELECT 1 FROM member WHERE {may})"
            ))?
            .execute(params![id, hash.as_bytes(), at.as_millis()])?,
    };
    Ok(count == 1)
}

fn end(db: &Connection, member: MemberId, which: Sessions, at: Timestamp) -> rusqlite::Result<usize> {
    let (sql, id) = match which {
        Sessions::One(id) => ("UPDATE session SET ended_at = ?3 WHERE member = ?1 AND id = ?2 AND ended_at IS NULL", id),
        Sessions::AllBut(id) => ("UPDATE session SET ended_at = ?3 WHERE member = ?1 AND id <> ?2 AND ended_at IS NULL", id),
    };
    db.prepare_cached(sql)?.execute(params![member.as_bytes(), id.as_bytes(), at.as_millis()])
}

fn replace_recovery_codes(db: &Connection, member: MemberId, recovery: &[KeyedHash]) -> rusqlite::Result<()> {
    db.prepare_cached("DELETE FROM recovery_code WHERE member = ?")?.execute([member.as_bytes()])?;
    for hash in recovery {
        db.prepare_cached("INSERT INTO recovery_code (member, hash) VALUES (?, ?)")?
            .execute(params![member.as_bytes(), hash.as_bytes()])?;
    }
    Ok(())
}
