"""API keys."""

from __future__ import annotations

import datetime

from openclaw_sdk.model import Model
from openclaw_sdk.models.access import Role, Scope


class ApiKey(Model):
    """An API key without its secret."""

    created_at: datetime.datetime
    """When it was made."""
    expires_at: datetime.datetime | None
    id: str
    """`key-<uuid>`."""
    last_used_at: datetime.datetime | None
    made_by: str
    """Who made it: `owner`, `operator`, or an API key's or member's id."""
    name: str
    """What it is for."""
    prefix: str
    """Its public part, for telling keys apart."""
    revoked_at: datetime.datetime | None
    role: Role
    """What its holder is."""
    rotated_at: datetime.datetime | None
    scopes: list[Scope]
    """What it may do."""


class ApiKeyCreated(Model):
    """The only answer that ever holds an API key."""

    SECRET = frozenset({"key"})

    api_key: ApiKey
    """What the platform keeps of it."""
    key: str
    """`cpk_…`: shown once; treat it like a password."""


class ApiKeyDay(Model):
    """The calls of one day."""

    date: datetime.date
    """`2023-10-27`, in UTC."""
    uses: int
    """How many."""


class ApiKeyUsage(Model):
    """How an API key is used."""

    days: list[ApiKeyDay]
    """The last 30 days with today, oldest first, those without a call too."""
    last_address: str | None
    """The IP address of the last call that came over a network."""
    today: int
    """Those of today, in UTC."""
    total: int
    """All calls it ever made, refused ones with a good key too."""


class ApiKeyDetail(Model):
    """One API key and how it is used."""

    api_key: ApiKey
    """The key."""
    usage: ApiKeyUsage
    """Its use."""


class ApiKeyList(Model):
    """All API keys, newest first."""

    api_keys: list[ApiKey]
    """The keys."""
