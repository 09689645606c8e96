"""Alerts, and the rules behind them."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from openclaw_sdk.model import Model

ActionWord = Literal["alert", "quarantine"]
"""What a hit of a rule leads to."""


AlertStatus = Literal["open", "acknowledged"]
"""Whether somebody has looked at an alert."""


RuleWord = Literal[
    "many_failures",
    "unusual_hour",
    "unknown_address",
    "unexpected_device_type",
    "refresh_token_reuse",
    "revoked_device_knocking",
]
"""An alert rule."""


SeverityWord = Literal["medium", "high"]
"""How bad a hit of a rule is."""


class Alert(Model):
    """A rule was hit."""

    acknowledged_at: datetime | None
    """When."""
    acknowledged_by: str | None
    """Who has, as the activity log names it."""
    actor: str | None
    """Who did it, as the activity log names it."""
    address: str | None
    """The address it was done from last."""
    count: int
    """How often the rule was hit."""
    first_at: datetime
    """When it was first."""
    id: str
    """`alert-<uuid>`."""
    last_at: datetime
    """When it was last."""
    note: str | None
    """What was found, if somebody said."""
    quarantined_device: str | None
    """The device that was disabled because of it."""
    rule: RuleWord
    """Which rule."""
    sentence: str
    """Why, in a sentence."""
    severity: SeverityWord
    """`medium` or `high`."""
    status: AlertStatus
    """Whether somebody has looked."""
    subject: str | None
    """What it is about: an id or an address."""


class AlertPage(Model):
    """Alerts, newest first."""

    alerts: list[Alert]
    """At most as many as asked for."""
    next: str | None
    """Pass as `after` for more."""


class ParameterBounds(Model):
    """What a number of an alert rule can be."""

    default: int
    """What it is unless somebody says otherwise."""
    max: int
    """The most."""
    min: int
    """The least."""


class AlertRule(Model):
    """An alert rule as it is set."""

    action: ActionWord
    """`alert` or `quarantine`."""
    bounds: dict[str, ParameterBounds]
    """What each of them can be."""
    can_quarantine: bool
    """Whether its action can be `quarantine`."""
    enabled: bool
    """Whether it looks at all."""
    id: RuleWord
    """`many_failures`, `unusual_hour`, …"""
    parameters: dict[str, int]
    """Its numbers by name."""
    severity: SeverityWord
    """How bad a hit is: `medium` or `high`."""


class AlertRuleList(Model):
    """All alert rules."""

    rules: list[AlertRule]
    """The rules."""
