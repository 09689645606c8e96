"""The activity log."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from datetime import datetime
from typing import Literal

from openclaw_sdk._both import N, Resource, call, iteration
from openclaw_sdk.call import Call, Given
from openclaw_sdk.models.activity import ActivityEntry, ActivityPage


class Activity(Resource[N]):
    """What happened, chained by hash."""

    @call
    async def page(
        self,
        *,
        actor: str | None = None,
        action: str | None = None,
        subject: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        after: int | None = None,
        limit: int | None = None,
    ) -> ActivityPage:
        """Some entries, newest first, from `since` until just before `until`. A page may be short and still have a `next`."""
        chosen: dict[str, Given] = {
            "actor": actor,
            "action": action,
            "subject": subject,
            "from": since,
            "to": until,
            "after": after,
            "limit": limit,
        }
        return await self._engine.model(Call("GET", "/api/v1/activity", chosen), ActivityPage)

    @iteration
    def iterate(
        self,
        *,
        actor: str | None = None,
        action: str | None = None,
        subject: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> AsyncGenerator[ActivityEntry, None]:
        """All entries that fit, newest first, page by page as they are wanted."""
        chosen: dict[str, Given] = {"actor": actor, "action": action, "subject": subject, "from": since, "to": until}
        return self._engine.pages(Call("GET", "/api/v1/activity", chosen), ActivityPage, lambda page: page.entries)

    @iteration
    def export(
        self, file_format: Literal["csv", "jsonl"], *, since: datetime | None = None, until: datetime | None = None
    ) -> AsyncGenerator[bytes, None]:
        """The log as a file, oldest first, with everything that its hashes cover; its bytes as they come."""
        chosen: dict[str, Given] = {"format": file_format, "from": since, "to": until}
        return self._engine.chunks(Call("GET", "/api/v1/activity/export", chosen))
