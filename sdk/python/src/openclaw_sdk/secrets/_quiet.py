"""Keeps secrets out of the logs of the packages that fetch them: at the level DEBUG some write whole answers."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_FAMILIES = ("azure", "boto3", "botocore", "google", "hvac", "msal", "requests", "urllib3")

_reading: ContextVar[bool] = ContextVar("reading a secret", default=False)


class _Silence(logging.Filter):
    def filter(self, _: logging.LogRecord) -> bool:
        """Says nothing while this thread or task reads a secret; what others log at the same time is not touched."""
        return not _reading.get()


_SILENCE = _Silence()


@contextmanager
def quietly() -> Iterator[None]:
    """While a secret is read."""
    token = _reading.set(True)
    try:
        yield
    finally:
        _reading.reset(token)


def silence() -> None:
    """Tells the packages that are loaded by now. A filter holds for the very logger that it was given to, so each gets it."""
    for name, logger in list(logging.root.manager.loggerDict.items()):
        if name.partition(".")[0] in _FAMILIES and isinstance(logger, logging.Logger):
            logger.addFilter(_SILENCE)
