"""Who may do what."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from openclaw_sdk.model import Model

Role = Literal["admin", "device_manager", "integrator", "developer", "viewer"]
"""What an API key or a member is."""


Scope = Literal[
    "codes:read",
    "codes:create",
    "codes:cancel",
    "devices:read",
    "devices:edit",
    "devices:grant",
    "devices:disable",
    "devices:revoke",
    "requests:read",
    "requests:decide",
    "keys:read",
    "keys:manage",
    "members:read",
    "members:manage",
    "activity:read",
    "alerts:read",
    "alerts:acknowledge",
    "rules:manage",
    "tokens:introspect",
    "tokens:revoke",
    "metrics:read",
    "settings:read",
    "settings:manage",
]
"""One thing that a role may do."""


class Me(Model):
    """Who is calling, and what they may do."""

    ends_at: datetime | None
    """From when on what they showed is worthless, if that is known."""
    id: str
    """`owner`, or an API key's or member's id."""
    name: str | None
    """What people call them; null for the owner."""
    operations: list[str]
    """The calls those are enough for."""
    role: str
    """Their role."""
    scopes: list[str]
    """What they may do."""
    version: str
    """The version of the platform's program."""


class OfferedPermission(Model):
    """A permission that forms offer. Any other of the form `resource:action` may be given too."""

    permission: str
    """`resource:action`."""
    sensitive: bool
    """Whether whoever has it can change something, spend something or act on the world."""


class PermissionPreset(Model):
    """A named set of permissions."""

    id: str
    """Its stable name."""
    permissions: list[str]
    """What it grants."""


class PermissionList(Model):
    """Permissions and presets, narrow first."""

    permissions: list[OfferedPermission]
    """The permissions that forms offer."""
    presets: list[PermissionPreset]
    """Named sets of them."""


class RoleRow(Model):
    """One role."""

    name: str
    """What people call it."""
    role: str
    """Its stable word."""
    scopes: list[str]
    """What it may do."""


class OperationRow(Model):
    """One call."""

    operation: str
    """Its stable word, as in the `OpenAPI` document."""
    roles: list[str]
    """The roles that have it."""
    scope: str
    """The scope it takes."""


class RoleTable(Model):
    """Who may do what: the whole table."""

    operations: list[OperationRow]
    """Every call that manages the platform."""
    roles: list[RoleRow]
    """The roles, the most powerful first."""
