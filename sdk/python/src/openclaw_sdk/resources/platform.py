"""The platform itself: its settings, who may do what, how it fares."""

from __future__ import annotations

from typing import Any

from openclaw_sdk._both import N, Resource, call
from openclaw_sdk.call import Call
from openclaw_sdk.models.access import PermissionList, RoleTable
from openclaw_sdk.models.settings import Retention
from openclaw_sdk.models.tokens import Introspection, ServerMetadata
from openclaw_sdk.resources._guarded import guarded

RETENTION = "/api/v1/settings/retention"


class Settings(Resource[N]):
    """Settings."""

    @call
    async def retention(self) -> Retention:
        """How many days things are kept after they are over; `None` is for ever."""
        return await self._engine.model(Call("GET", RETENTION), Retention)

    @call
    async def set_retention(
        self,
        *,
        activity_days: int | None,
        pairing_days: int | None,
        alert_days: int | None,
        sign_in_days: int | None,
        if_match: str | None = None,
    ) -> Retention:
        """Sets them, all four: 1 to 3650, or `None` for ever. `if_match` as in `Devices.edit`.

        With it the change is not sent twice: after `AnswerLost` look whether it was made.
        """
        body = {
            "activity_days": activity_days,
            "pairing_days": pairing_days,
            "alert_days": alert_days,
            "sign_in_days": sign_in_days,
        }
        return await self._engine.model(guarded("PUT", RETENTION, body, if_match), Retention)


class Tokens(Resource[N]):
    """Devices' tokens, for services behind the platform."""

    @call
    async def introspect(self, token: str) -> Introspection:
        """Whether an access token is good (RFC 7662). The proof that came with it is still to be checked, by the asker."""
        ask = Call("POST", "/api/v1/oauth/introspect", form={"token": token})
        return await self._engine.model(ask, Introspection)

    @call
    async def revoke(self, token: str) -> None:
        """Ends both tokens of the device and its channels (RFC 7009), whatever the token was. The device must pair again."""
        await self._engine.send(Call("POST", "/api/v1/oauth/revoke", form={"token": token}))

    @call
    async def metadata(self) -> ServerMetadata:
        """Where the endpoints are and what they take (RFC 8414)."""
        return await self._engine.model(Call("GET", "/.well-known/oauth-authorization-server"), ServerMetadata)


class Platform(Resource[N]):
    """What the platform says of itself."""

    @call
    async def health(self) -> str:
        """`ok`, as long as it answers."""
        return (await self._engine.send(Call("GET", "/api/v1/health"))).text

    @call
    async def ready(self) -> str:
        """`ready`, or `StorageUnavailable` with the reason."""
        return (await self._engine.send(Call("GET", "/api/v1/ready"))).text

    @call
    async def metrics(self) -> str:
        """What it has counted, in Prometheus' text format."""
        return (await self._engine.send(Call("GET", "/api/v1/metrics"))).text

    @call
    async def roles(self) -> RoleTable:
        """Who may do what."""
        return await self._engine.model(Call("GET", "/api/v1/roles"), RoleTable)

    @call
    async def permissions(self) -> PermissionList:
        """Permissions and presets that forms offer."""
        return await self._engine.model(Call("GET", "/api/v1/permissions"), PermissionList)

    @call
    async def openapi(self) -> dict[str, Any]:
        """The contract as an OpenAPI document."""
        return await self._engine.document(Call("GET", "/api/v1/openapi.json"))
