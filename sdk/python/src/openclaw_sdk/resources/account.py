"""The caller: who they are, their session, and what belongs to a member's account."""

from __future__ import annotations

from contextlib import suppress

from openclaw_sdk._both import N, Resource, call
from openclaw_sdk.call import Call, given, path
from openclaw_sdk.models.access import Me
from openclaw_sdk.models.members import EmailChange, MyEmail, RecoveryCodes, Session, SessionList, SignedIn, TotpProposal
from openclaw_sdk.refusals import SessionEnded


class Sessions(Resource[N]):
    """Calling as a member instead of by an API key. Browsers' rules want https for that."""

    @call
    async def sign_in(
        self,
        *,
        password: str,
        name: str | None = None,
        email: str | None = None,
        totp: str | None = None,
        recovery_code: str | None = None,
    ) -> SignedIn:
        """Signs in. From now on this client calls as the member, until `sign_out`."""
        body = given(name=name, email=email, password=password, totp=totp, recovery_code=recovery_code)
        self._engine.forget_session()
        # A second try would use up another code, or be counted as a second wrong password.
        return await self._engine.model(Call("POST", "/api/v1/session", body=body, repeatable=False), SignedIn)

    @call
    async def sign_out(self) -> None:
        """Signs out."""
        # One that has ended already was perhaps ended by a first try, whose answer was lost.
        with suppress(SessionEnded):
            await self._engine.send(Call("DELETE", "/api/v1/session"))
        self._engine.forget_session()


class Account(Resource[N]):
    """The caller."""

    @call
    async def show(self) -> Me:
        """Who is calling, and what they may do."""
        return await self._engine.model(Call("GET", "/api/v1/me"), Me)

    @call
    async def sessions(self) -> list[Session]:
        """The caller's sessions."""
        return (await self._engine.model(Call("GET", "/api/v1/me/sessions"), SessionList)).sessions

    @call
    async def end_session(self, session_id: str) -> None:
        """Ends one of them."""
        # A second one would be told that there is no such session, although the first was done.
        await self._engine.send(Call("DELETE", path("/api/v1/me/sessions/{id}", id=session_id), repeatable=False))

    @call
    async def change_password(self, *, password: str, new_password: str) -> None:
        """Changes the password, and ends the other sessions."""
        body = {"password": password, "new_password": new_password}
        # A second one would fail with the former password, although the first was done.
        await self._engine.send(Call("POST", "/api/v1/me/password", body=body, repeatable=False))

    @call
    async def email(self) -> MyEmail:
        """The address that counts, and the latest wish for another one."""
        return await self._engine.model(Call("GET", "/api/v1/me/email"), MyEmail)

    @call
    async def change_email(self, *, password: str, email: str) -> EmailChange:
        """Asks for another address. It counts once the link of the mail to it was opened."""
        body = {"password": password, "email": email}
        return await self._engine.model(Call("POST", "/api/v1/me/email", body=body), EmailChange)

    @call
    async def propose_totp(self) -> TotpProposal:
        """A secret for an authenticator app, not in force yet."""
        return await self._engine.model(Call("POST", "/api/v1/me/totp/proposal"), TotpProposal)

    @call
    async def set_totp(self, *, password: str, secret: str, code: str) -> list[str]:
        """Puts a second factor in force. Answers ten recovery codes, shown once."""
        body = {"password": password, "secret": secret, "code": code}
        # A code of the app counts once.
        set_it = Call("POST", "/api/v1/me/totp", body=body, repeatable=False)
        return (await self._engine.model(set_it, RecoveryCodes)).recovery_codes

    @call
    async def remove_totp(self, *, password: str) -> None:
        """Takes the second factor away."""
        await self._engine.send(Call("POST", "/api/v1/me/totp/remove", body={"password": password}))

    @call
    async def new_recovery_codes(self, *, password: str) -> list[str]:
        """Ten new recovery codes; the former are worthless."""
        renew = Call("POST", "/api/v1/me/recovery-codes", body={"password": password})
        return (await self._engine.model(renew, RecoveryCodes)).recovery_codes
