use std::net::IpAddr;

use clawpair_api::ErrorCode;
use clawpair_core::account::{RecoveryCode, Session, SessionToken};
use clawpair_core::id::SessionId;
use clawpair_core::member::{Email, Member, MemberState};
use clawpair_core::secret::{KeyedHash, Purpose, Secret};
use clawpair_core::store::{Account, Login, SecondFactor, Sessions, SignIn};
use clawpair_core::watch::Observation;

use super::Service;
use crate::error::Refusal;
use crate::password::NewPassword;
use crate::session::Signed;
use crate::totp::Authenticator;

/// What somebody shows to sign in, parsed.
pub(crate) struct Attempt {
    pub(crate) login: Login,
    pub(crate) password: Secret,
    pub(crate) second: Shown,
    pub(crate) from: Option<IpAddr>,
    /// The session that the same browser has already.
    pub(crate) replaces: Option<KeyedHash>,
}

/// The second factor as it was shown.
pub(crate) enum Shown {
    Nothing,
    Code(String),
    Recovery(RecoveryCode),
}

/// Signing in, and what members do about their own accounts.
impl Service {
    /// Begins a session.
    pub(crate) async fn sign_in(&self, attempt: Attempt) -> Result<(Member, Session, SessionToken), Refusal> {
        let Attempt { login, password, second, from, replaces } = attempt;
        let address = from.map_or_else(String::new, |from| from.to_string());
        let account = self.store.account(login.clone()).await?;
        // An unknown name is limited as a known one is; a known one by its id, so that name and address count together.
        let limited = account.as_ref().map_or_else(|| word(&login), |account| account.member.id.to_string());
        let refused = |_: &Refusal| self.observe(Observation::SignInFailed { address: from });
        self.sign_in_limits.admit(&limited, &address, self.now()).inspect_err(refused)?;
        let hash = account.as_ref().map(|account| account.password.clone());
        let fits = self.passwords.verify(password, hash).await?;
        let Some(account) = account else {
            self.observe(Observation::SignInFailed { address: from });
            return Err(failed());
        };
        if !fits || account.member.state != MemberState::Active {
            return self.failed(&account, from).await;
        }
        let spent = match (&account.totp, second) {
            (None, _) => SecondFactor::None,
            (Some(_), Shown::Nothing) => {
                return Err(Refusal::new(ErrorCode::SecondFactorRequired, "This account has a second factor, and none was sent."));
            }
            (Some(_), Shown::Recovery(code)) => SecondFactor::Recovery(self.recovery_hash(&code)),
            (Some(sealed), Shown::Code(code)) => {
                let authenticator = Authenticator::open(sealed, &self.pepper, account.member.id)?;
                match authenticator.step_of(&code, self.now()) {
                    Some(step) => SecondFactor::Step(step),
                    None => return self.failed(&account, from).await,
                }
            }
        };
        let (token, now) = (SessionToken::generate(&*self.rng), self.now());
        let session = Session {
            id: SessionId::generate(&*self.clock, &*self.rng),
            member: account.member.id,
            created_at: now,
            seen_at: now,
            address: from,
            ended_at: None,
        };
        let begun = SignIn { session: session.clone(), token: self.session_hash(&token), second: spent, replaces };
        if !self.store.sign_in(begun).await? {
            return self.failed(&account, from).await;
        }
        self.sign_in_limits.forgive(&limited, &address);
        self.access_changes.send_replace(());
        Ok((Member { signed_in_at: Some(now), ..account.member }, session, token))
    }

    async fn failed<T>(&self, account: &Account, from: Option<IpAddr>) -> Result<T, Refusal> {
        self.observe(Observation::SignInFailed { address: from });
        self.store.sign_in_failed(account.member.id, from, self.now()).await?;
        Err(failed())
    }

    pub(crate) fn session_hash(&self, token: &SessionToken) -> KeyedHash {
        self.pepper.hash(Purpose::Session, token.secret().reveal().as_bytes())
    }

    fn recovery_hash(&self, code: &RecoveryCode) -> KeyedHash {
        self.pepper.hash(Purpose::RecoveryCode, code.secret().reveal().as_bytes())
    }

    /// The session with this token and its member, if both are good now.
    pub(crate) async fn good_session(&self, token: KeyedHash) -> Result<(Session, Member), Refusal> {
        let ended = || Refusal::new(ErrorCode::SessionEnded, "You are signed in no more.");
        let (session, member) = self.store.session(token).await?.ok_or_else(ended)?;
        let is_good = session.is_good(self.now()) && member.state == MemberState::Active;
        if is_good { Ok((session, member)) } else { Err(ended()) }
    }

    /// Records that a session was used, to the minute.
    pub(crate) async fn touch_session(&self, session: &Session) -> Result<(), Refusal> {
        let now = self.now();
        if now >= session.seen_at.plus_minutes(1) {
            self.store.touch_session(session.id, now).await?;
        }
        Ok(())
    }

    /// Ends one of a member's own sessions.
    pub(crate) async fn end_session(&self, signed: &Signed, id: SessionId) -> Result<(), Refusal> {
        let ended = self.store.end_sessions(signed.member.id, Sessions::One(id), signed.by, self.now()).await?;
        self.access_changes.send_replace(());
        if ended == 0 { Err(Refusal::new(ErrorCode::NotFound, "You have no such session.")) } else { Ok(()) }
    }

    /// Changes a member's own password, which ends their other sessions.
    pub(crate) async fn change_password(&self, signed: &Signed, password: Secret, new: String) -> Result<(), Refusal> {
        self.confirm(signed, password).await?;
        let about = [signed.member.name.as_str(), signed.member.email.as_ref().map(Email::as_str).unwrap_or_default()];
        let new = self.passwords.hash(NewPassword::parse(new, &about)?, &*self.rng).await?;
        self.store.set_password(signed.member.id, new, signed.session.id, signed.by, self.now()).await?;
        self.access_changes.send_replace(());
        Ok(())
    }

    /// A second factor a member may set up.
    pub(crate) fn propose_totp(&self, signed: &Signed) -> Result<Authenticator, Refusal> {
        Authenticator::propose(&signed.member, &*self.rng)
    }

    /// Sets up a second factor that has been proved with a code, and gives out recovery codes.
    pub(crate) async fn set_totp(
        &self,
        signed: &Signed,
        password: Secret,
        authenticator: &Authenticator,
        code: &str,
    ) -> Result<Vec<RecoveryCode>, Refusal> {
        self.confirm(signed, password).await?;
        let wrong = || Refusal::new(ErrorCode::InvalidRequest, "These digits are not the ones of this secret at this moment.");
        let step = authenticator.step_of(code, self.now()).ok_or_else(wrong)?;
        let member = signed.member.id;
        let sealed = authenticator.seal(&self.pepper, member, &*self.rng)?;
        let (codes, hashes) = self.new_recovery_codes();
        self.store.set_totp(member, Some((sealed, step)), hashes, signed.by, self.now()).await?;
        Ok(codes)
    }

    /// Takes a member's own second factor away.
    pub(crate) async fn remove_totp(&self, signed: &Signed, password: Secret) -> Result<(), Refusal> {
        self.confirm(signed, password).await?;
        Ok(self.store.set_totp(signed.member.id, None, Vec::new(), signed.by, self.now()).await?)
    }

    /// Replaces a member's own recovery codes.
    pub(crate) async fn replace_recovery_codes(&self, signed: &Signed, password: Secret) -> Result<Vec<RecoveryCode>, Refusal> {
        self.confirm(signed, password).await?;
        if !signed.member.has_second_factor {
            return Err(Refusal::new(ErrorCode::InvalidRequest, "Recovery codes stand in for a second factor, and you have none."));
        }
        let (codes, hashes) = self.new_recovery_codes();
        self.store.set_recovery_codes(signed.member.id, hashes, signed.by, self.now()).await?;
        Ok(codes)
    }

    fn new_recovery_codes(&self) -> (Vec<RecoveryCode>, Vec<KeyedHash>) {
        let codes: Vec<RecoveryCode> = (0..RecoveryCode::COUNT).map(|_| RecoveryCode::generate(&*self.rng)).collect();
        let hashes = codes.iter().map(|code| self.recovery_hash(code)).collect();
        (codes, hashes)
    }

    /// Asks for the password again: a session that somebody else got hold of must not be enough to take the account over.
    pub(super) async fn confirm(&self, signed: &Signed, password: Secret) -> Result<(), Refusal> {
        let (id, address) = (signed.member.id.to_string(), signed.session.id.to_string());
        self.sign_in_limits.admit(&id, &address, self.now())?;
        let account = self.store.account_of(signed.member.id).await?.ok_or_else(failed)?;
        if !self.passwords.verify(password, Some(account.password.clone())).await? {
            return self.failed(&account, signed.by.address()).await;
        }
        self.sign_in_limits.forgive(&id, &address);
        Ok(())
    }
}

fn word(login: &Login) -> String {
    match login {
        Login::Name(name) => name.key(),
        Login::Email(email) => email.to_string(),
    }
}

fn failed() -> Refusal {
    Refusal::new(ErrorCode::SignInFailed, "Name, password or second factor are not right.")
}
