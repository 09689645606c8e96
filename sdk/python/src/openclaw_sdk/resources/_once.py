"""Calls that make something new, and must make it once."""

from __future__ import annotations

import uuid


def once(idempotency_key: str | None) -> dict[str, str]:
    """The header by which the platform knows a repeated request. Chosen once for a call and all its tries."""
    return {"Idempotency-Key": idempotency_key or str(uuid.uuid4())}
