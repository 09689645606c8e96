"""The live channel: a WebSocket on which a device shows that it is there, and learns at once when it is not wanted."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import httpx
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, InvalidURI
from websockets.sync.client import ClientConnection, connect

from openclaw_sdk import _tls
from openclaw_sdk._failures import refused
from openclaw_sdk.device import _calls
from openclaw_sdk.device._caller import Caller
from openclaw_sdk.device._channel import TIMEOUT
from openclaw_sdk.device._state import State
from openclaw_sdk.device.codes import Address
from openclaw_sdk.errors import AnswerLost, AnswerNotUnderstood, ConfigurationError, OpenClawError, Stranger, Unreachable
from openclaw_sdk.refusals import (
    DeviceDisabled,
    DeviceKeyReplaced,
    DeviceRevoked,
    DeviceTokenInvalid,
    InvalidDpopProof,
    RefreshTokenReuse,
    UseDpopNonce,
)
from openclaw_sdk.retry import Retries

_MESSAGE = 65_536
_REVOKED = 4001
_LONGEST_HEARTBEAT = 3_600
_KEEP_FRESH = 24 * 60 * 60.0
"""Seconds after which a device that only stays connected gets new tokens, which live for half a year of silence."""
_FINAL = (
    ConfigurationError,
    DeviceKeyReplaced,
    DeviceRevoked,
    DeviceTokenInvalid,
    InvalidDpopProof,
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
        report: Callable[[Change], None],
        retries: Retries,
        stopping: threading.Event,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._caller, self._report, self._retries, self._clock = caller, report, retries, clock
        self._stopping = stopping
        self._socket: ClientConnection | None = None
        self._failures = 0

    def run(self) -> None:
        """Stays connected until it is asked to stop, or the platform does not want this device any more."""
        while not self._stopping.is_set():
            asked = 0.0
            try:
                with ExitStack() as stack:
                    self._stay(self._opened(stack))
            except _FINAL:
                raise
            except OpenClawError as error:
                if self._stopping.is_set():
                    return
                self._report(Disabled(None) if isinstance(error, DeviceDisabled) else Disconnected(str(error)))
                asked = min(error.retry_after or 0.0, self._retries.longest)
            self._failures += 1
            self._stopping.wait(max(asked, self._retries.jitter(self._failures)))

    def stop(self) -> None:
        """Ends it, from another thread."""
        self._stopping.set()
        if socket := self._socket:
            socket.close()

    def _opened(self, stack: ExitStack) -> ClientConnection:
        return self._caller.using_tokens(lambda used: self._open(stack, used))

    def _open(self, stack: ExitStack, used: State) -> ClientConnection:
        addresses, _ = used.platform
        failure: OpenClawError | None = None
        for address in addresses:
            try:
                try:
                    return self._connect(stack, address, used)
                except UseDpopNonce:
                    return self._connect(stack, address, used)
            except Stranger as error:
                failure = error
            except Unreachable as error:
                failure = failure or error
        raise failure or Unreachable("There is no address to try.")

    def _connect(self, stack: ExitStack, address: Address, used: State) -> ClientConnection:
        # The port that URLs leave out is left out of the Host header, too.
        host = str(address).removesuffix(":443")
        headers = self._caller.headers(used, "GET", f"https://{host}{_calls.LIVE}", token=used.access_token)
        try:
            connecting = connect(
                f"wss://{address}{_calls.LIVE}",
                ssl=_tls.by_pin(used.platform[1]),
                additional_headers=headers,
                compression=None,
                proxy=None,
                open_timeout=TIMEOUT,
                close_timeout=TIMEOUT,
                ping_interval=None,
                max_size=_MESSAGE,
            )
            socket = stack.enter_context(connecting)
        except InvalidStatus as error:
            response = error.response
            self._caller.nonce = response.headers.get("DPoP-Nonce", self._caller.nonce)
            raise _refused(response.status_code, list(response.headers.raw_items()), bytes(response.body or b"")) from error
        except _tls.StrangerError as error:
            raise Stranger(f"The platform at {address} has another key than the pinned one.") from error
        except (OSError, TimeoutError, InvalidHandshake, InvalidURI, EOFError) as error:
            raise Unreachable(f"Nobody answers at {address}: {error}.") from error
        self._socket = socket
        self._report(Connected(address))
        return socket

    def _stay(self, socket: ClientConnection) -> None:
        try:
            heartbeat = _welcomed(_message(socket.recv(timeout=TIMEOUT)))
            self._listen(socket, heartbeat)
        except ConnectionClosed as error:
            if error.rcvd is not None and error.rcvd.code == _REVOKED:
                raise _revoked() from error
            raise AnswerLost("The platform closed the channel.") from error
        except TimeoutError as error:
            raise AnswerLost("The platform says nothing on the channel.") from error
        finally:
            self._socket = None

    def _listen(self, socket: ClientConnection, heartbeat: float) -> None:
        due, fresh_until, unanswered = self._clock() + heartbeat, self._clock() + _KEEP_FRESH, False
        while not self._stopping.is_set():
            try:
                message = _message(socket.recv(timeout=max(0.0, due - self._clock())))
            except TimeoutError:
                if unanswered:
                    raise
                socket.send('{"type":"heartbeat"}')
                due, unanswered = self._clock() + heartbeat, True
                if self._clock() >= fresh_until:
                    self._caller.refresh(self._caller.state)
                    fresh_until = self._clock() + _KEEP_FRESH
                continue
            if message.get("type") == "heartbeat":
                # One that is answered: no platform that accepts and drops in a circle.
                unanswered, self._failures = False, 0
            else:
                self._hear(message)

    def _hear(self, message: dict[str, Any]) -> None:
        kind = message.get("type")
        if kind == "rights_changed":
            self._report(RightsChanged(tuple(map(str, message.get("permissions", ())))))
        elif kind == "disabled":
            reason = message.get("reason")
            self._report(Disabled(None if reason is None else str(reason)))
        elif kind == "revoked":
            raise _revoked()


def _message(text: str | bytes) -> dict[str, Any]:
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


def _refused(status: int, headers: list[tuple[str, str]], content: bytes) -> OpenClawError:
    return refused(status, httpx.Headers(headers), content) or AnswerNotUnderstood("The live channel was not opened.")


def _revoked() -> DeviceRevoked:
    return DeviceRevoked("device_revoked", "This device was revoked.", "Pair it anew if that was a mistake.", 403)
