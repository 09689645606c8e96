//! A member's own account. All but signing in takes [`Credential::Session`](crate::Credential::Session).

use clawpair_api::{
    ChangeEmail, ChangePassword, ConfirmPassword, EmailChange, MyEmail, RecoveryCodes, Session, SessionList, SetTotp, SignIn,
    SignedIn, TotpProposal, paths,
};

use crate::asked::{Asked, with_id};
use crate::credential::{Credential, SessionToken};
use crate::error::ClientError;
use crate::{Answer, Client, Method, answer};

impl Client {
    /// Signs a member in, and gives a client that is signed in.
    ///
    /// # Errors
    /// Why the call failed, as of every call here.
    pub async fn sign_in(&self, form: &SignIn) -> Answer<(SignedIn, Self)> {
        let response = self.send(Asked::new(Method::POST, paths::SESSION).json(form)?).await?;
        let no_token = || ClientError::NotUnderstood { why: "an answer to signing in without a session's cookie".into() };
        let token = SessionToken::in_answer(response.headers()).ok_or_else(no_token)?;
        let signed_in = answer::parse(&self.in_time(answer::read(response.into_body())).await?)?;
        Ok((signed_in, self.clone().with(Credential::Session(token))))
    }

    /// Ends the session.
    ///
    /// # Errors
    /// Why the call failed.
    pub async fn sign_out(&self) -> Answer<()> {
        self.tell(Asked::new(Method::DELETE, paths::SESSION)).await
    }

    /// The member's sessions, newest first.
    ///
    /// # Errors
    /// Why the call failed.
    pub async fn sessions(&self) -> Answer<Vec<Session>> {
        self.get::<SessionList>(paths::MY_SESSIONS).await.map(|list| list.sessions)
    }

    /// Ends one of them.
    ///
    /// # Errors
    /// Why the call failed.
    pub async fn end_session(&self, id: &str) -> Answer<()> {
        self.tell(Asked::new(Method::DELETE, with_id(paths::MY_SESSION, id))).await
    }

    /// Changes the member's password and ends their other sessions.
    ///
    /// # Errors
    /// Why the call failed.
    pub async fn change_password(&self, form: &ChangePassword) -> Answer<()> {
        self.tell(Asked::new(Method::POST, paths::MY_PASSWORD).json(form)?).await
    }

    /// The member's e-mail address, and their latest wish for another one.
    ///
    /// # Errors
    /// Why the call failed.
    pub async fn my_email(&self) -> Answer<MyEmail> {
        self.get(paths::MY_EMAIL).await
    }

    /// Asks for another e-mail address.
    ///
    /// # Errors
    /// Why the call failed.
    pub async fn change_email(&self, form: &ChangeEmail) -> Answer<EmailChange> {
        self.post(paths::MY_EMAIL, form).await
    }

    /// A secret for an authenticator app, of which nothing is kept yet.
    ///
    /// # Errors
    /// Why the call failed.
    pub async fn propose_totp(&self) -> Answer<TotpProposal> {
        self.ask(Asked::new(Method::POST, paths::MY_TOTP_PROPOSAL)).await
    }

    /// Sets the member's second factor.
    ///
    /// # Errors
    /// Why the call failed.
    pub async fn set_totp(&self, form: &SetTotp) -> Answer<RecoveryCodes> {
        self.post(paths::MY_TOTP, form).await
    }

    /// Takes the member's second factor away.
    ///
    /// # Errors
    /// Why the call failed.
    pub async fn remove_totp(&self, form: &ConfirmPassword) -> Answer<()> {
        self.tell(Asked::new(Method::POST, paths::MY_TOTP_REMOVE).json(form)?).await
    }

    /// Replaces the member's recovery codes.
    ///
    /// # Errors
    /// Why the call failed.
    pub async fn replace_recovery_codes(&self, form: &ConfirmPassword) -> Answer<RecoveryCodes> {
        self.post(paths::MY_RECOVERY_CODES, form).await
    }
}
