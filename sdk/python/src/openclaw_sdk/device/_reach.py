"""Finding the address at which a platform is."""

from __future__ import annotations

import threading
from queue import Empty, SimpleQueue

from openclaw_sdk.device._channel import Channel
from openclaw_sdk.device.codes import Address
from openclaw_sdk.errors import Stranger, Unreachable
from openclaw_sdk.pin import Pin

_BESIDE = 0.25
"""Seconds after which the next address is tried beside the one before (RFC 8305)."""


def reach(addresses: tuple[Address, ...], pin: Pin | None) -> Channel:
    """The first address at which the platform is.

    One that shows another key is passed over; if none has the right one, that is said and not that nobody answers.
    """
    if len(addresses) == 1:
        return Channel(addresses[0], pin)
    race = _Race(pin)
    failure: Exception | None = None
    waiting = list(addresses)
    running = 0
    while waiting or running:
        if waiting:
            race.start(waiting.pop(0))
            running += 1
        try:
            outcome = race.outcomes.get(timeout=_BESIDE if waiting else None)
        except Empty:
            continue
        running -= 1
        if isinstance(outcome, Channel):
            race.end()
            return outcome
        if not isinstance(outcome, Stranger | Unreachable):
            race.end()
            raise outcome
        failure = outcome if failure is None or isinstance(outcome, Stranger) else failure
    raise failure or Unreachable("There is no address to try.")


class _Race:
    """Several tries at once, of which one is used and the others are closed."""

    def __init__(self, pin: Pin | None) -> None:
        self.outcomes: SimpleQueue[Channel | Exception] = SimpleQueue()
        self._pin = pin
        self._lock = threading.Lock()
        self._is_over = False

    def start(self, address: Address) -> None:
        # Nobody waits for one that hangs.
        threading.Thread(target=self._try, args=(address,), daemon=True).start()

    def end(self) -> None:
        """Closes what was or will be reached too late."""
        with self._lock:
            self._is_over = True
            while not self.outcomes.empty():
                late = self.outcomes.get()
                if isinstance(late, Channel):
                    late.close()

    def _try(self, address: Address) -> None:
        outcome: Channel | Exception
        try:
            outcome = Channel(address, self._pin)
        except Exception as error:  # noqa: BLE001 - raised again where it is waited for
            outcome = error
        with self._lock:
            if not self._is_over:
                self.outcomes.put(outcome)
            elif isinstance(outcome, Channel):
                outcome.close()
