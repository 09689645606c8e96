"""How often a call is tried, and how long to wait in between."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Retries:
    """Exponential back-off with full jitter that obeys ``Retry-After``.

    Only what is safe is tried again: a call that was never sent, one that the platform refused as one too many, and a call
    that changes nothing more when it comes twice.
    """

    attempts: int = 5
    """How often a call is sent at most; 1 never tries again."""
    first: float = 0.5
    """Ceiling of the first wait, in seconds. It doubles from then on."""
    ceiling: float = 30.0
    """Ceiling of every wait, in seconds."""
    longest: float = 120.0
    """Longest ``Retry-After`` that is waited out, in seconds. A call that is asked for more fails at once; what stays open, an
    event stream or a device's live channel, is opened again after so long."""
    uniform: Callable[[], float] = field(default=random.random, repr=False)
    """A number from 0 up to 1: where between nothing and the ceiling a wait lies."""

    def wait(self, tried: int, asked: float | None) -> float | None:
        """Seconds until the next try after so many; ``None`` when there is none."""
        if tried >= self.attempts or (asked is not None and asked > self.longest):
            return None
        return self.pause(tried, asked)

    def pause(self, failed: int, asked: float | None) -> float:
        """Seconds after which what never gives up is tried again, when it has failed so often in a row."""
        # The jitter comes on top of what was asked for: those who were refused together must not come back together.
        return min(asked or 0.0, self.longest) + self.jitter(failed)

    def jitter(self, tried: int) -> float:
        """A random part of the ceiling after so many tries, in seconds."""
        return self.uniform() * min(self.ceiling, self.first * 2.0 ** min(tried - 1, 30))


NEVER = Retries(attempts=1)
"""Every call is sent once."""
