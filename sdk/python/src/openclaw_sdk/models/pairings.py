"""Pairing codes, and who asks to be let in."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from openclaw_sdk.model import Model

PairingStatus = Literal["open", "waiting", "approved", "completed", "denied", "cancelled", "expired"]
"""How a pairing stands."""


TypedEntry = Literal["open", "burnt", "off"]
"""Whether the code may still be typed."""


class PairingCodeCreated(Model):
    """The only answer that ever holds a code and its link."""

    SECRET = frozenset({"code", "link"})

    code: str
    """`OCL-…`: shown once; treat it like a password."""
    device_id: str
    """The id the device will have."""
    expires_at: datetime
    """From when on both are worthless."""
    link: str | None
    """`CPAIR:1/…`: what a QR code should hold; as secret as the code. Absent when the platform listens nowhere."""
    pairing_id: str
    """The pairing's id, for watching and cancelling."""


class Pairing(Model):
    """A pairing without its secrets."""

    ask_first: bool
    """Whether a person decides once a device has claimed it."""
    created_at: datetime
    """When the code was made."""
    device_id: str
    """The device that will exist, or does."""
    device_type: str
    """What kind of device is expected."""
    ended_at: datetime | None
    expires_at: datetime
    """From when on it is worthless."""
    id: str
    """`pair-<uuid>`."""
    name: str
    """What the device will be called."""
    permissions: list[str]
    """What it will be allowed."""
    status: PairingStatus
    """How it stands."""
    typed_entry: TypedEntry
    """Whether its code may still be typed."""


class PairingPage(Model):
    """Some pairings, in the order asked for."""

    next: str | None
    """Pass as `after` for more; a short page may have more behind it."""
    pairings: list[Pairing]
    """At most as many as asked for."""


class PairingSummary(Model):
    """How many pairings are under way, and how many codes people may type."""

    approved: int
    """A device has been let in and has yet to hear so."""
    open: int
    """A device may claim them."""
    typed: int
    """Of those open, how many people may type."""
    typed_at_most: int
    """How many that may be at once: the guess budget."""
    waiting: int
    """A person is asked."""


class Request(Model):
    """A device that has claimed a pairing whose maker wanted to be asked first."""

    address: str | None
    """The IP address it came from."""
    asked_at: datetime
    """When the device came."""
    comparison: str
    """Six digits that the device shows too: `123 456`."""
    device_type: str
    """What kind of device was expected."""
    expires_at: datetime
    """From when on nobody can decide any more, or, once approved, the device has come back too late."""
    id: str
    """The pairing's id, `pair-<uuid>`."""
    key_fingerprint: str
    """Sixty bits of the key's SHA-256: `7F3K-9QWZ-4JN2`."""
    name: str
    """What the device would be called."""
    other_keys: int
    """How many other keys have shown the same code or link since, at most 8: somebody else has it, too."""
    permissions: list[str]
    """What it would be allowed; approve exactly these."""
    public_key: str
    """The device's key, 32 bytes in base64url; approve exactly this."""
    reason: str | None
    said_device_type: str | None
    """What kind of device it says it is."""
    said_name: str | None
    """What the device calls itself. As all it says: a hint, never trusted."""
    said_platform: str | None
    """What it says it runs on."""
    said_version: str | None
    """What it says its software is."""
    seconds_left: int
    """Seconds until then; 0 for what has ended."""
    status: PairingStatus
    """`waiting` until somebody decides; then `approved`, and `completed` once the device has joined; or how else it ended."""


class RequestPage(Model):
    """Requests, newest first."""

    next: str | None
    """Pass as `after` for more."""
    requests: list[Request]
    """At most as many as asked for."""
