"""Doing again what may be done again."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

import httpx

from openclaw_sdk.errors import AnswerLost, OpenClawError, Refusal, Unreachable
from openclaw_sdk.retry import Retries

T = TypeVar("T")

log = logging.getLogger("openclaw_sdk")


async def patiently(
    once: Callable[[], Awaitable[T]],
    retries: Retries,
    sleep: Callable[[float], Awaitable[None]],
    *,
    what: str,
    repeatable: bool,
) -> T:
    """What this ends with at last. Whoever reads the log is told `what` it is."""
    tried = 0
    while True:
        tried += 1
        try:
            return await once()
        except OpenClawError as error:
            wait = retries.wait(tried, error.retry_after) if may_repeat(error, repeatable=repeatable) else None
            if wait is None:
                raise
            log.info("%s is tried again in %.1f s: %s", what, wait, error)
        await sleep(wait)


def may_repeat(error: OpenClawError, *, repeatable: bool) -> bool:
    """Whether the call that ended so may be made again."""
    if isinstance(error, Unreachable):
        return True
    if isinstance(error, Refusal):
        # One too many was not done at all.
        return error.status == httpx.codes.TOO_MANY_REQUESTS or (
            repeatable and error.status >= httpx.codes.INTERNAL_SERVER_ERROR
        )
    return repeatable and isinstance(error, AnswerLost)
