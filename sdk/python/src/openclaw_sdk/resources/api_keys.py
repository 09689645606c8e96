"""API keys."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from openclaw_sdk._both import N, Resource, call
from openclaw_sdk.call import Call, given, minutes, path
from openclaw_sdk.models.access import Role, Scope
from openclaw_sdk.models.api_keys import ApiKey, ApiKeyCreated, ApiKeyDetail, ApiKeyList
from openclaw_sdk.resources._once import once


class ApiKeys(Resource[N]):
    """API keys. A key makes keys with no scope that it lacks, and no longer a life than its own."""

    @call
    async def all(self) -> list[ApiKey]:
        """All keys, without their secrets."""
        return (await self._engine.model(Call("GET", "/api/v1/api-keys"), ApiKeyList)).api_keys

    @call
    async def show(self, key_id: str) -> ApiKeyDetail:
        """One key and its use."""
        return await self._engine.model(Call("GET", path("/api/v1/api-keys/{id}", id=key_id)), ApiKeyDetail)

    @call
    async def create(
        self,
        *,
        name: str,
        role: Role,
        scopes: Sequence[Scope] | None = None,
        expires_in_days: int | None = None,
        idempotency_key: str | None = None,
    ) -> ApiKeyCreated:
        """Makes a key. The answer holds it, and no other does."""
        body = given(name=name, role=role, scopes=None if scopes is None else list(scopes), expires_in_days=expires_in_days)
        create = Call("POST", "/api/v1/api-keys", body=body, headers=once(idempotency_key))
        return await self._engine.model(create, ApiKeyCreated)

    @call
    async def rotate(
        self, key_id: str, *, overlap: timedelta | int | None = None, idempotency_key: str | None = None
    ) -> ApiKeyCreated:
        """Gives a key a new secret. The former one works for `overlap`, a time span or minutes, up to a day."""
        body = given(overlap_minutes=None if overlap is None else minutes(overlap))
        rotate = Call("POST", path("/api/v1/api-keys/{id}/rotate", id=key_id), body=body, headers=once(idempotency_key))
        return await self._engine.model(rotate, ApiKeyCreated)

    @call
    async def revoke(self, key_id: str, *, with_descendants: bool | None = None) -> ApiKey:
        """Revokes it, and with it the keys that it made unless those are spared."""
        revoke = Call("DELETE", path("/api/v1/api-keys/{id}", id=key_id), {"with_descendants": with_descendants})
        return await self._engine.model(revoke, ApiKey)
