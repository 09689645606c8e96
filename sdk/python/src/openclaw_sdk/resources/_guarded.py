"""Changes that are made only to what somebody has looked at."""

from __future__ import annotations

from openclaw_sdk.call import JSON, Call


def guarded(method: str, path: str, body: JSON, if_match: str | None) -> Call:
    """A change, of this very edition if one is named.

    Then it is not sent twice: the second try would find the edition that the first has made, and be told that somebody else
    has changed it.
    """
    return Call(method, path, body=body, headers={"If-Match": if_match}, repeatable=if_match is None)
