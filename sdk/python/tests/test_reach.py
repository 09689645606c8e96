"""Which of several addresses a device takes, and that nothing of the others is left."""

from __future__ import annotations

import anyio
import pytest

from openclaw_sdk.device import _reach
from openclaw_sdk.device._awaiting import AwaitingWire
from openclaw_sdk.device._channel import Channel
from openclaw_sdk.device._reach import reach
from openclaw_sdk.device._wire import Wire
from openclaw_sdk.device.codes import Address
from openclaw_sdk.pin import Pin

pytestmark = pytest.mark.anyio

HANGS, ANSWERS = Address("192.0.2.1"), Address("192.0.2.2")


class Opened(Channel):
    """A channel that says whether it was closed."""

    def __init__(self) -> None:
        self.is_closed = False

    async def close(self) -> None:
        """Says so."""
        self.is_closed = True


async def test_whoever_is_cancelled_while_the_losers_end_keeps_no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    winner, scope = Opened(), anyio.CancelScope()

    async def opened(_: Wire, address: Address, __: Pin | None) -> Channel:
        if address == HANGS:
            try:
                await anyio.sleep_forever()
            finally:
                # The race is won and has yet to end.
                scope.cancel()
        return winner

    monkeypatch.setattr(_reach, "_BESIDE", 0.0)
    monkeypatch.setattr(Channel, "open", opened)
    with scope:
        await reach(AwaitingWire(), (HANGS, ANSWERS), None)
    assert scope.cancelled_caught
    assert winner.is_closed
