"""Keeps secrets out of what other packages log: at the level DEBUG some write whole answers."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar


class Quiet(logging.Filter):
    """Takes records out while this thread or task does something secret. What others log meanwhile is not touched."""

    def __init__(self, beginning: str = "") -> None:
        """Takes out those that begin so."""
        super().__init__()
        self._beginning = beginning
        self._in_use = ContextVar("in use", default=False)

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether a record stays."""
        return not (self._in_use.get() and record.getMessage().startswith(self._beginning))

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """While something secret is done."""
        token = self._in_use.set(True)
        try:
            yield
        finally:
            self._in_use.reset(token)

    def hush(self, family: str) -> None:
        """Works for the loggers of a package that exist by now: a filter holds for the very logger that it was given to."""
        for name, logger in list(logging.root.manager.loggerDict.items()):
            if name.partition(".")[0] == family and isinstance(logger, logging.Logger):
                logger.addFilter(self)
