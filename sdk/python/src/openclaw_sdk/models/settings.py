"""Settings."""

from __future__ import annotations

from openclaw_sdk.model import Model


class Retention(Model):
    """How many days things are kept after they are over; `None` is for ever."""

    activity_days: int | None
    """Entries of the activity log; 1–3650."""
    alert_days: int | None
    """Acknowledged alerts; 1–3650."""
    pairing_days: int | None
    """Pairings that were completed, denied, cancelled or have expired; 1–3650."""
    sign_in_days: int | None
    """Sessions that have ended, and invitations that were withdrawn or are out of date; 1–3650."""
