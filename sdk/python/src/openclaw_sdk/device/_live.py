"""The live channel: a WebSocket on which a device shows that it is there, and learns at once when it is not wanted."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from contextlib import AsyncExitStack, closing
from dataclasses import dataclass
from typing import Any

from openclaw_sdk.device import _calls
from openclaw_sdk.device._caller import Caller
from openclaw_sdk.device._connection import TIMEOUT
from openclaw_sdk.device._reach import reach
from openclaw_sdk.device._socket import Closed, WebSocket
from openclaw_sdk.device._state import NoDevice, State
from openclaw_sdk.device._wire import Listener, tell
from openclaw_sdk.device.codes import Address
from openclaw_sdk.errors import AnswerLost, AnswerNotUnderstood, OpenClawError
from openclaw_sdk.refusals import (
    DeviceDisabled,
    DeviceKeyReplaced,
    DeviceRevoked,
    DeviceTokenInvalid,
    InvalidDpopProof,
    RefreshTokenReuse,
)
from openclaw_sdk.retry import Retries

_REVOKED = 4001
_LONGEST_HEARTBEAT = 3_600
_KEEP_FRESH = 24 * 60 * 60.0
"""Seconds after which a device that only stays connected gets new tokens, which live for half a year of silence."""
_FINAL = (
    DeviceKeyReplaced,
    DeviceRevoked,
    DeviceTokenInvalid,
    InvalidDpopProof,
    NoDevice,
    RefreshTokenReuse,
)


@dataclass(frozen=True)
class Connected:
    """The channel is open."""

    address: Address


@dataclass(frozen=True)
class Disconnected:
    """It was open and is not, or did not open. It is tried again."""

    why: str


@dataclass(frozen=True)
class RightsChanged:
    """What the device may do is now this, all of it."""

    permissions: tuple[str, ...]


@dataclass(frozen=True)
class Disabled:
    """The device is not wanted for now. It goes on trying, since it may be enabled again."""

    reason: str | None


Change = Connected | Disconnected | RightsChanged | Disabled
"""What somebody who watches may want to know."""


class Live:
    """Keeps the channel of a device open."""

    def __init__(
        self,
        caller: Caller,
        report: Listener[Change],
        retries: Retries,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._caller, self._report, self._retries, self._clock = caller, report, retries, clock
        self._stopping = caller.wire.wake()
        self._failures = 0

    async def run(self) -> None:
        """Stays connected until it is asked to stop, or the platform does not want this device any more."""
        with closing(self._stopping):
            while not self._stopping.is_set():
                asked = None
                try:
                    async with AsyncExitStack() as stack:
                        await self._stay(await self._connected(stack))
                except _FINAL:
                    raise
                except OpenClawError as error:
                    await tell(self._report, Disabled(None) if isinstance(error, DeviceDisabled) else Disconnected(str(error)))
                    asked = error.retry_after
                self._failures += 1
                await self._stopping.wait(self._retries.pause(self._failures, asked))

    def stop(self) -> None:
        """Ends it."""
        self._stopping.set()

    async def _connected(self, stack: AsyncExitStack) -> WebSocket:
        return await self._caller.using_tokens(lambda used: self._opened(stack, used))

    async def _opened(self, stack: AsyncExitStack, used: State) -> WebSocket:
        channel = await stack.enter_async_context(await reach(self._caller.wire, *used.platform))
        socket = WebSocket(channel, self._stopping)
        await self._caller.proved(channel.address, _calls.LIVE, socket.upgrade, used, token=used.access_token)
        await tell(self._report, Connected(channel.address))
        return socket

    async def _stay(self, socket: WebSocket) -> None:
        try:
            await self._listen(socket, _welcomed(_message(await socket.receive(TIMEOUT))))
            await socket.close()
        except Closed as error:
            if error.code == _REVOKED:
                raise _revoked() from error
            raise
        except TimeoutError as error:
            if not self._stopping.is_set():
                raise AnswerLost("The platform says nothing on the channel.") from error
            await socket.close()

    async def _listen(self, socket: WebSocket, heartbeat: float) -> None:
        due, fresh_until, unanswered = self._clock() + heartbeat, self._clock() + _KEEP_FRESH, False
        while not self._stopping.is_set():
            try:
                message = _message(await socket.receive(max(0.0, due - self._clock())))
            except TimeoutError:
                if unanswered or self._stopping.is_set():
                    raise
                await socket.send('{"type":"heartbeat"}')
                due, unanswered = self._clock() + heartbeat, True
                if self._clock() >= fresh_until:
                    await self._caller.refresh()
                    fresh_until = self._clock() + _KEEP_FRESH
                continue
            if message.get("type") == "heartbeat":
                # One that is answered: no platform that accepts and drops in a circle.
                unanswered, self._failures = False, 0
            elif change := _told(message):
                await tell(self._report, change)


def _message(text: bytes) -> dict[str, Any]:
    try:
        message = json.loads(text)
    except ValueError:
        message = None
    if not isinstance(message, dict):
        raise AnswerNotUnderstood("What came on the live channel is no message.")
    return message


def _welcomed(message: dict[str, Any]) -> float:
    seconds = message.get("heartbeat_seconds")
    if message.get("type") == "revoked":
        raise _revoked()
    if message.get("type") != "welcome" or not isinstance(seconds, int) or not 1 <= seconds <= _LONGEST_HEARTBEAT:
        raise AnswerNotUnderstood("The live channel does not begin with a welcome.")
    return float(seconds)


def _told(message: dict[str, Any]) -> Change | None:
    """What a message says; nothing where this version does not know it."""
    kind = message.get("type")
    if kind == "revoked":
        raise _revoked()
    if kind == "disabled":
        reason = message.get("reason")
        return Disabled(None if reason is None else str(reason))
    if kind != "rights_changed":
        return None
    permissions = message.get("permissions")
    if not isinstance(permissions, list):
        raise AnswerNotUnderstood("What came on the live channel says no rights.")
    return RightsChanged(tuple(map(str, permissions)))


def _revoked() -> DeviceRevoked:
    return DeviceRevoked("device_revoked", "This device was revoked.", "Pair it anew if that was a mistake.", 403)
