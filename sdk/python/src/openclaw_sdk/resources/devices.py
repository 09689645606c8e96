"""Devices."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from datetime import datetime, timedelta
from typing import Literal

from openclaw_sdk._both import N, Resource, call, iteration
from openclaw_sdk.call import Call, Given, given, minutes, path
from openclaw_sdk.models.devices import ChangeOutcome, ChangeOutcomes, Device, DevicePage, DeviceStatus, DeviceSummary
from openclaw_sdk.models.pairings import PairingCodeCreated
from openclaw_sdk.resources._once import once, once_at

DeviceSort = Literal["paired", "-paired", "name", "-name", "seen", "-seen"]
"""By what devices are ordered; a dash before it for descending."""

BULK = "/api/v1/devices/bulk"


class Devices(Resource[N]):
    """Devices that were ever let in, and codes that let more in."""

    @call
    async def generate_pairing_code(
        self,
        *,
        name: str,
        device_type: str,
        permissions: Sequence[str],
        expiration: timedelta | int = timedelta(minutes=10),
        addresses: Sequence[str] | None = None,
        ask_first: bool | None = None,
        typed: bool | None = None,
        idempotency_key: str | None = None,
    ) -> PairingCodeCreated:
        """Makes a code and a link. The answer is the only one that ever holds them.

        `expiration` is a time span or a number of minutes. `ask_first` has a person asked before the device joins; left out,
        if one of the permissions is sensitive. `typed=False`, best for batches, makes a code for links and for programs that
        know the platform's pin: at most 51 codes may be typed by people at once. With the same `idempotency_key` the same
        code comes again, for 24 hours.
        """
        body = given(
            name=name,
            device_type=device_type,
            permissions=list(permissions),
            expires_in_minutes=minutes(expiration),
            addresses=None if addresses is None else list(addresses),
            ask_first=ask_first,
            typed=typed,
        )
        create = Call("POST", "/api/v1/devices/pairing-codes", body=body, headers=once(idempotency_key))
        return await self._engine.model(create, PairingCodeCreated)

    @call
    async def page(
        self,
        *,
        status: DeviceStatus | None = None,
        connected: bool | None = None,
        device_type: str | None = None,
        permission: str | None = None,
        tag: str | None = None,
        q: str | None = None,
        seen_before: datetime | None = None,
        seen_after: datetime | None = None,
        sort: DeviceSort | None = None,
        after: str | None = None,
        limit: int | None = None,
    ) -> DevicePage:
        """Some devices: at most `limit`, 100 unless given, from behind `after`, which takes the `next` of the page before."""
        chosen: dict[str, Given] = {
            "status": status,
            "connected": connected,
            "device_type": device_type,
            "permission": permission,
            "tag": tag,
            "q": q,
            "seen_before": seen_before,
            "seen_after": seen_after,
            "sort": sort,
            "after": after,
            "limit": limit,
        }
        return await self._engine.model(Call("GET", "/api/v1/devices", chosen), DevicePage)

    @iteration
    def iterate(
        self,
        *,
        status: DeviceStatus | None = None,
        connected: bool | None = None,
        device_type: str | None = None,
        permission: str | None = None,
        tag: str | None = None,
        q: str | None = None,
        seen_before: datetime | None = None,
        seen_after: datetime | None = None,
        sort: DeviceSort | None = None,
    ) -> AsyncGenerator[Device, None]:
        """All devices that fit, page by page as they are wanted."""
        chosen: dict[str, Given] = {
            "status": status,
            "connected": connected,
            "device_type": device_type,
            "permission": permission,
            "tag": tag,
            "q": q,
            "seen_before": seen_before,
            "seen_after": seen_after,
            "sort": sort,
        }
        return self._engine.pages(Call("GET", "/api/v1/devices", chosen), DevicePage, lambda page: page.devices)

    @call
    async def summary(self) -> DeviceSummary:
        """How many there are."""
        return await self._engine.model(Call("GET", "/api/v1/devices/summary"), DeviceSummary)

    @call
    async def show(self, device_id: str) -> Device:
        """One device."""
        return await self._engine.model(Call("GET", path("/api/v1/devices/{id}", id=device_id)), Device)

    @call
    async def edit(
        self,
        device_id: str,
        *,
        name: str | None = None,
        device_type: str | None = None,
        tags: Sequence[str] | None = None,
        if_match: str | None = None,
        idempotency_key: str | None = None,
    ) -> Device:
        """Edits what is given; the rest stays.

        With `if_match=device.etag` a change that somebody else made meanwhile is not overwritten: `ChangedMeanwhile`. With the
        same `idempotency_key` within 24 hours nothing is changed once more, and the answer is the device as it is then.
        """
        body = given(name=name, device_type=device_type, tags=None if tags is None else list(tags))
        headers = once_at(if_match, idempotency_key)
        edit = Call("PATCH", path("/api/v1/devices/{id}", id=device_id), body=body, headers=headers)
        return await self._engine.model(edit, Device)

    @call
    async def grant(
        self, device_id: str, permissions: Sequence[str], *, if_match: str | None = None, idempotency_key: str | None = None
    ) -> Device:
        """Changes what it may do, to exactly this. `if_match` and `idempotency_key` as in `edit`."""
        body = {"permissions": list(permissions)}
        headers = once_at(if_match, idempotency_key)
        grant = Call("PUT", path("/api/v1/devices/{id}/permissions", id=device_id), body=body, headers=headers)
        return await self._engine.model(grant, Device)

    @call
    async def disable(
        self, device_id: str, *, reason: str | None = None, if_match: str | None = None, idempotency_key: str | None = None
    ) -> Device:
        """Shuts it out for a while. Its channels are cut before the answer. `if_match` and `idempotency_key` as in `edit`."""
        headers = once_at(if_match, idempotency_key)
        disable = Call("POST", path("/api/v1/devices/{id}/disable", id=device_id), body=given(reason=reason), headers=headers)
        return await self._engine.model(disable, Device)

    @call
    async def enable(self, device_id: str, *, if_match: str | None = None, idempotency_key: str | None = None) -> Device:
        """Lets it in again, with the credentials that it has. `if_match` and `idempotency_key` as in `edit`."""
        headers = once_at(if_match, idempotency_key)
        enable = Call("POST", path("/api/v1/devices/{id}/enable", id=device_id), headers=headers)
        return await self._engine.model(enable, Device)

    @call
    async def revoke(self, device_id: str, *, reason: str | None = None, idempotency_key: str | None = None) -> Device:
        """Revokes it, for good. Its channels are cut before the answer."""
        headers = once(idempotency_key)
        revoke = Call("DELETE", path("/api/v1/devices/{id}", id=device_id), {"reason": reason}, headers=headers)
        return await self._engine.model(revoke, Device)

    @call
    async def revoke_all(self, device_ids: Sequence[str], *, reason: str | None = None) -> list[ChangeOutcome]:
        """Revokes up to 500, all or nothing on disk. An outcome for each, in this order."""
        return await self._change(given(action="revoke", device_ids=list(device_ids), reason=reason))

    @call
    async def disable_all(self, device_ids: Sequence[str], *, reason: str | None = None) -> list[ChangeOutcome]:
        """Shuts up to 500 out for a while."""
        return await self._change(given(action="disable", device_ids=list(device_ids), reason=reason))

    @call
    async def enable_all(self, device_ids: Sequence[str]) -> list[ChangeOutcome]:
        """Lets up to 500 in again."""
        return await self._change(given(action="enable", device_ids=list(device_ids)))

    @call
    async def add_tags(self, device_ids: Sequence[str], tags: Sequence[str]) -> list[ChangeOutcome]:
        """Adds tags to up to 500."""
        return await self._change(given(action="add_tags", device_ids=list(device_ids), tags=list(tags)))

    @call
    async def remove_tags(self, device_ids: Sequence[str], tags: Sequence[str]) -> list[ChangeOutcome]:
        """Takes tags away from up to 500."""
        return await self._change(given(action="remove_tags", device_ids=list(device_ids), tags=list(tags)))

    async def _change(self, body: dict[str, object]) -> list[ChangeOutcome]:
        return (await self._engine.model(Call("POST", BULK, body=body), ChangeOutcomes)).outcomes
