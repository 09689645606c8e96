"""Members and invitations."""

from __future__ import annotations

from datetime import timedelta

from openclaw_sdk._both import N, Resource, call
from openclaw_sdk.call import Call, given, minutes, path
from openclaw_sdk.models.access import Role
from openclaw_sdk.models.members import EmailConfirmed, Invitation, InvitationCreated, InvitationList, Member, MemberList
from openclaw_sdk.resources._once import once


class Members(Resource[N]):
    """People with accounts."""

    @call
    async def all(self) -> list[Member]:
        """All members, newest first, without removed ones."""
        return (await self._engine.model(Call("GET", "/api/v1/members"), MemberList)).members

    @call
    async def show(self, member_id: str) -> Member:
        """One member, removed ones too."""
        return await self._engine.model(Call("GET", path("/api/v1/members/{id}", id=member_id)), Member)

    @call
    async def set_role(self, member_id: str, role: Role) -> Member:
        """Gives them another role. It counts at their next request."""
        return await self._edit(member_id, {"role": role})

    @call
    async def disable(self, member_id: str) -> Member:
        """Keeps them from signing in."""
        return await self._edit(member_id, {"disabled": True})

    @call
    async def enable(self, member_id: str) -> Member:
        """Lets them sign in again."""
        return await self._edit(member_id, {"disabled": False})

    @call
    async def remove(self, member_id: str) -> Member:
        """Removes them for good. API keys that they made stay."""
        return await self._engine.model(Call("DELETE", path("/api/v1/members/{id}", id=member_id)), Member)

    @call
    async def accept(self, *, token: str, password: str) -> Member:
        """Accepts an invitation. Needs nothing but the token, and may be repeated with the same password."""
        body = {"token": token, "password": password}
        return await self._engine.model(Call("POST", "/api/v1/members/accept", body=body), Member)

    @call
    async def confirm_email(self, *, token: str) -> str:
        """Has the address of a mail count from now on. Needs nothing but the token; answers the address."""
        confirm = Call("POST", "/api/v1/members/confirm-email", body={"token": token})
        return (await self._engine.model(confirm, EmailConfirmed)).email

    async def _edit(self, member_id: str, body: dict[str, object]) -> Member:
        return await self._engine.model(Call("PATCH", path("/api/v1/members/{id}", id=member_id), body=body), Member)


class Invitations(Resource[N]):
    """Invitations to become a member."""

    @call
    async def all(self) -> list[Invitation]:
        """All invitations, newest first."""
        return (await self._engine.model(Call("GET", "/api/v1/members/invitations"), InvitationList)).invitations

    @call
    async def create(
        self,
        *,
        name: str,
        role: Role,
        email: str | None = None,
        expiration: timedelta | int | None = None,
        idempotency_key: str | None = None,
    ) -> InvitationCreated:
        """Invites somebody. The answer holds the token, and no other does.

        `expiration` is a time span or hours, up to 30 days.
        """
        hours = -(-minutes(expiration) // 60) if isinstance(expiration, timedelta) else expiration
        body = given(name=name, role=role, email=email, expires_in_hours=hours)
        create = Call("POST", "/api/v1/members/invitations", body=body, headers=once(idempotency_key))
        return await self._engine.model(create, InvitationCreated)

    @call
    async def withdraw(self, invitation_id: str) -> Invitation:
        """Takes it back."""
        withdraw = Call("DELETE", path("/api/v1/members/invitations/{id}", id=invitation_id))
        return await self._engine.model(withdraw, Invitation)
