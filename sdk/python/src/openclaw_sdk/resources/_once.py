"""Calls that make something new or change a device, and must do it once."""

from __future__ import annotations

import uuid


def once(idempotency_key: str | None) -> dict[str, str]:
    """The header by which the platform knows a repeated request. Chosen once for a call and all its tries."""
    return {"Idempotency-Key": idempotency_key or str(uuid.uuid4())}


def once_at(if_match: str | None, idempotency_key: str | None) -> dict[str, str | None]:
    """Likewise of a change that is made only to this very edition, if one is named. The platform looks at the key first."""
    return {**once(idempotency_key), "If-Match": if_match}
