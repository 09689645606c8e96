"""Devices, and changes of many."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from openclaw_sdk.model import Model

DeviceStatus = Literal["active", "disabled", "revoked"]
"""Whether a device is let in."""


OutcomeKind = Literal["changed", "unchanged", "refused"]
"""How a change of one device among many ended."""


class Device(Model):
    """A device that was ever let in."""

    connected: bool
    """Whether its live channel is open."""
    device_type: str
    """What kind of device it was paired as."""
    disabled_at: datetime | None
    id: str
    """`dev-<uuid>`."""
    key_fingerprint: str
    """Sixty bits of its key's SHA-256: `7F3K-9QWZ-4JN2`."""
    last_address: str | None
    """The IP address it was last heard from."""
    last_seen_at: datetime | None
    name: str
    """What a person calls it."""
    paired_at: datetime
    """When it joined."""
    permissions: list[str]
    """What it may do."""
    platform: str | None
    """What it says it runs on."""
    reason: str | None
    """Why it was disabled or revoked, if somebody said."""
    revision: int | None
    """Counts the changes made to it; in quotes it is the call's `ETag`. Being heard or connected is none."""
    revoked_at: datetime | None
    said_name: str | None
    """What it calls itself, beside the name that a person gave it."""
    status: DeviceStatus
    """Whether it is let in."""
    tags: list[str] | None
    """What people find it by."""
    version: str | None
    """What it says its software is."""


class DevicePage(Model):
    """Devices in the order asked for."""

    devices: list[Device]
    """At most as many as asked for."""
    next: str | None
    """Pass as `after` for more."""


class DeviceSummary(Model):
    """How many devices there are."""

    active: int
    """Let in."""
    connected: int
    """With an open live channel; they are among the active ones."""
    disabled: int
    """Shut out until somebody enables them."""
    revoked: int
    """Shut out for good."""


class ErrorBody(Model):
    """Why one device of many was refused."""

    code: str
    """The stable code."""
    hint: str | None
    """What to do about it."""
    message: str
    """What is wrong."""


class ChangeOutcome(Model):
    """What became of one device among many."""

    device: Device | None
    device_id: str
    """Which device."""
    error: ErrorBody | None
    outcome: OutcomeKind
    """How it ended."""


class ChangeOutcomes(Model):
    """What became of each, in the order asked."""

    outcomes: list[ChangeOutcome]
    """One for each id."""
