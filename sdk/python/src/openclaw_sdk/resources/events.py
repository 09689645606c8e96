"""What changes."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from openclaw_sdk._both import N, Resource, call, iteration
from openclaw_sdk.call import Call, Given
from openclaw_sdk.models.events import ChangeList, Event


class Changes(Resource[N]):
    """What has changed since a cursor, for whoever keeps a copy."""

    @call
    async def page(self, *, since: str | None = None, limit: int | None = None) -> ChangeList:
        """Some changes, each thing once and as it is now; from the beginning without `since`."""
        chosen: dict[str, Given] = {"since": since, "limit": limit}
        return await self._engine.model(Call("GET", "/api/v1/changes", chosen), ChangeList)


class Events(Resource[N]):
    """What changes, as it happens."""

    @iteration
    def follow(self, *, since: str | None = None) -> AsyncGenerator[Event, None]:
        """Events without an end; leave the loop or close the iterator to stop.

        With `since`, the `cursor` of the last event that was dealt with, what has changed meanwhile comes first. Where the
        stream breaks off it is opened again behind the last event, with back-off. Events may come twice; none is left out.
        `CursorUnknown` when the platform's database is another one: load everything, then follow from there.
        """
        return self._engine.follow(Call("GET", "/api/v1/events", {"since": since}), since)
