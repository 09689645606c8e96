"""The activity log."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from openclaw_sdk.model import Model

ActorKind = Literal["owner", "api_key", "member", "operator", "platform", "device", "unknown"]
"""What somebody or something that acts is."""


class ActivityActor(Model):
    """Who did something."""

    id: str | None
    """`key-<uuid>` or `mem-<uuid>`; none for the others."""
    kind: ActorKind
    """What it is."""
    name: str | None
    """What it is called now, if it has a name and is still known."""


class ActivitySubject(Model):
    """What something was done to."""

    id: str
    """Its id; what comes before the first `-` says what it is."""
    name: str | None
    """What it is called now, if it is still known."""


class ActivityEntry(Model):
    """One thing that happened."""

    action: str
    """What, as a stable word: `pairing_opened`, `device_revoked`, …"""
    actor: ActivityActor
    """Who."""
    address: str | None
    """The IP address it was done from, if it came over a network."""
    at: datetime
    """When."""
    details: str | None
    """What there is to say besides: at most 200 characters, never a secret."""
    hash: str
    """SHA-256 over the entry before and this one, in hexadecimal."""
    number: int
    """Counts from 1 without gaps."""
    subjects: list[ActivitySubject]
    """To what."""


class ActivityPage(Model):
    """What happened, newest first."""

    entries: list[ActivityEntry]
    """At most as many as asked for. Fewer do not mean that there are no more; `next` does."""
    next: int | None
    """Pass as `after` for more."""
