"""Finding the address at which a platform is."""

from __future__ import annotations

from openclaw_sdk.device._channel import Channel
from openclaw_sdk.device._wire import Race, Wire
from openclaw_sdk.device.codes import Address
from openclaw_sdk.errors import Stranger, Unreachable
from openclaw_sdk.pin import Pin

_BESIDE = 0.25
"""Seconds after which the next address is tried beside the one before (RFC 8305)."""


async def reach(wire: Wire, addresses: tuple[Address, ...], pin: Pin | None) -> Channel:
    """The first address at which the platform is.

    One that shows another key is passed over; if none has the right one, that is said and not that nobody answers.
    """
    if len(addresses) == 1:
        return await Channel.open(wire, addresses[0], pin)
    outcome: Channel | Exception = Unreachable("There is no address to try.")
    try:
        async with wire.race(lambda address: Channel.open(wire, address, pin), Channel.close) as race:
            outcome = await _first(race, addresses) or outcome
    except BaseException:
        # Broken off while the others ended: nobody takes what was won.
        if isinstance(outcome, Channel):
            await outcome.close()
        raise
    if isinstance(outcome, Exception):
        raise outcome
    return outcome


async def _first(race: Race[Channel], addresses: tuple[Address, ...]) -> Channel | Exception | None:
    """Who is the platform, or why nobody is."""
    waiting, running = list(addresses), 0
    failure: Exception | None = None
    while waiting or running:
        if waiting:
            race.start(waiting.pop(0))
            running += 1
        outcome = await race.outcome(_BESIDE if waiting else None)
        if outcome is None:
            continue
        running -= 1
        if not isinstance(outcome, Stranger | Unreachable):
            return outcome
        if failure is None or isinstance(outcome, Stranger):
            failure = outcome
    return failure
