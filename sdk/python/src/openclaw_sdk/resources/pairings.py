"""Pairing codes that were made, and who asks to be let in."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from typing import Literal

from openclaw_sdk._both import N, Resource, call, iteration
from openclaw_sdk.call import Call, Given, given, path
from openclaw_sdk.models import pairings as models
from openclaw_sdk.models.pairings import Pairing, PairingPage, PairingStatus, PairingSummary, RequestPage

PairingSort = Literal["created", "-created", "expires", "-expires", "name", "-name"]
"""By what pairings are ordered; a dash before it for descending."""


class PairingCodes(Resource[N]):
    """Pairing codes, without their secrets. `devices.generate_pairing_code` makes one."""

    @call
    async def page(
        self,
        *,
        status: Sequence[PairingStatus] | None = None,
        q: str | None = None,
        device_type: str | None = None,
        sort: PairingSort | None = None,
        after: str | None = None,
        limit: int | None = None,
    ) -> PairingPage:
        """Some pairings. A page may be short and still have a `next`."""
        chosen: dict[str, Given] = {
            "status": status,
            "q": q,
            "device_type": device_type,
            "sort": sort,
            "after": after,
            "limit": limit,
        }
        return await self._engine.model(Call("GET", "/api/v1/devices/pairing-codes", chosen), PairingPage)

    @iteration
    def iterate(
        self,
        *,
        status: Sequence[PairingStatus] | None = None,
        q: str | None = None,
        device_type: str | None = None,
        sort: PairingSort | None = None,
    ) -> AsyncGenerator[Pairing, None]:
        """All pairings that fit, page by page as they are wanted."""
        chosen: dict[str, Given] = {"status": status, "q": q, "device_type": device_type, "sort": sort}
        pages = Call("GET", "/api/v1/devices/pairing-codes", chosen)
        return self._engine.pages(pages, PairingPage, lambda page: page.pairings)

    @call
    async def summary(self) -> PairingSummary:
        """How many are under way, and how many codes people may type."""
        return await self._engine.model(Call("GET", "/api/v1/devices/pairing-codes/summary"), PairingSummary)

    @call
    async def show(self, pairing_id: str) -> Pairing:
        """One pairing."""
        return await self._engine.model(Call("GET", path("/api/v1/devices/pairing-codes/{id}", id=pairing_id)), Pairing)

    @call
    async def cancel(self, pairing_id: str) -> Pairing:
        """Takes the code back."""
        return await self._engine.model(Call("DELETE", path("/api/v1/devices/pairing-codes/{id}", id=pairing_id)), Pairing)


class Requests(Resource[N]):
    """Devices that ask to be let in."""

    @call
    async def page(
        self,
        *,
        status: Literal["waiting"] | None = None,
        after: str | None = None,
        limit: int | None = None,
    ) -> RequestPage:
        """Some requests, newest first: those that wait, or all that ever asked."""
        chosen: dict[str, Given] = {"status": status, "after": after, "limit": limit}
        return await self._engine.model(Call("GET", "/api/v1/requests", chosen), RequestPage)

    @iteration
    def iterate(self, *, status: Literal["waiting"] | None = None) -> AsyncGenerator[models.Request, None]:
        """All requests that fit, page by page as they are wanted."""
        pages = Call("GET", "/api/v1/requests", {"status": status})
        return self._engine.pages(pages, RequestPage, lambda page: page.requests)

    @call
    async def show(self, request_id: str) -> models.Request:
        """One request; its id is the pairing's."""
        return await self._engine.model(Call("GET", path("/api/v1/requests/{id}", id=request_id)), models.Request)

    @call
    async def approve(self, request: models.Request) -> models.Request:
        """Lets this very key in with these very permissions.

        Compare `request.comparison` with the device first. `RequestChanged` if it is no longer what was looked at.
        """
        body = {"public_key": request.public_key, "permissions": request.permissions}
        approve = Call("POST", path("/api/v1/requests/{id}/approve", id=request.id), body=body)
        return await self._engine.model(approve, models.Request)

    @call
    async def deny(self, request_id: str, *, reason: str | None = None) -> models.Request:
        """Does not let it in. The device hears the reason."""
        deny = Call("POST", path("/api/v1/requests/{id}/deny", id=request_id), body=given(reason=reason))
        return await self._engine.model(deny, models.Request)
