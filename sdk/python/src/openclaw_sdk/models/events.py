"""What changes, as the event stream and the list of changes tell it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from openclaw_sdk.model import Model
from openclaw_sdk.models.alerts import Alert
from openclaw_sdk.models.devices import Device
from openclaw_sdk.models.pairings import Pairing, Request


class Event(Model):
    """Something has changed. Each kind of event is a class of its own; `isinstance` and `match` tell them apart."""

    type: str
    """The kind, as the platform writes it."""

    @property
    def cursor(self) -> str | None:
        """Give it as `since` to hear what comes after this event; `None` in a list of changes, which has its own."""
        return vars(self).get("_cursor")

    @classmethod
    def read(cls, json: Mapping[str, Any]) -> Event:
        """The event of this JSON. One of an unknown kind asks to load anew, since what is shown may be stale from here on."""
        # What is no object at all, the model itself refuses.
        kind = json.get("type") if isinstance(json, Mapping) else None
        return EVENTS.get(str(kind), ResyncEvent)(json)


class PairingEvent(Event):
    """A pairing as it is now."""

    type: Literal["pairing"]
    pairing: Pairing
    """All of it."""


class RequestEvent(Event):
    """A device asks to be let in, or that has been decided."""

    type: Literal["request"]
    request: Request
    """All of it."""


class DeviceEvent(Event):
    """A device as it is now."""

    type: Literal["device"]
    device: Device
    """All of it."""


class GuessFailedEvent(Event):
    """Somebody has typed a wrong code with this pairing's locator."""

    type: Literal["guess_failed"]
    attempts_left: int
    """How many more wrong codes until it cannot be typed any more."""
    pairing_id: str
    """Which pairing."""


class AlertEvent(Event):
    """An alert as it is now."""

    type: Literal["alert"]
    alert: Alert
    """All of it."""


class ResyncEvent(Event):
    """Events were missed: load anew what you show."""

    type: Literal["resync"]


EVENTS: dict[str, type[Event]] = {
    "pairing": PairingEvent,
    "request": RequestEvent,
    "device": DeviceEvent,
    "guess_failed": GuessFailedEvent,
    "alert": AlertEvent,
    "resync": ResyncEvent,
}
"""The class of each kind."""


class ChangeList(Model):
    """What has changed since a cursor, each thing once and as it is now."""

    changes: list[Event]
    """In the order of their last change."""
    cursor: str
    """Pass as `since` for what changes from here on."""
    more: bool
    """Whether there is more already."""
