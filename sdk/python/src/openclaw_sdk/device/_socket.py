"""A WebSocket over a connection: what comes is waited for as long as the caller says, or until somebody wakes."""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Mapping

import httpx
from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.http11 import Response
from websockets.uri import parse_uri

from openclaw_sdk.call import Call
from openclaw_sdk.device._channel import SWITCHING_PROTOCOLS, Answer
from openclaw_sdk.device._connection import Connection
from openclaw_sdk.device._wire import Wake
from openclaw_sdk.errors import AnswerLost, AnswerNotUnderstood

_MESSAGE = 65_536
_MUTE = logging.Logger("websockets", logging.CRITICAL)
"""Its own would write headers at the level DEBUG, and with them the access token."""


class Closed(AnswerLost):
    """The platform has closed the socket, with this code if it said one."""

    def __init__(self, code: int | None) -> None:
        super().__init__("The platform closed the channel.")
        self.code = code


class WebSocket:
    """Its bytes are made and read by `websockets`, and travel over a TLS connection of ours."""

    def __init__(self, connection: Connection, wake: Wake) -> None:
        self._connection, self._wake = connection, wake
        self._parts: list[bytes] = []
        self._messages: list[bytes] = []

    async def upgrade(self, call: Call, headers: Mapping[str, str]) -> Answer:
        """Asks for the socket. After any other answer than 101 it may be asked for again."""
        address = self._connection.address
        self._protocol = ClientProtocol(parse_uri(f"wss://{address}{call.path}"), max_size=_MESSAGE, logger=_MUTE)
        request = self._protocol.connect()
        # The port is always written, as the protocol has it.
        del request.headers["Host"]
        for name, value in {"Host": str(address), **headers}.items():
            request.headers[name] = value
        self._protocol.send_request(request)
        await self._flush()
        while True:
            try:
                events = await self._received(None)
            except TimeoutError as error:
                raise AnswerLost("No answer came in time.") from error
            for event in events:
                if isinstance(event, Response):
                    return self._answer(event)
                self._take(event)

    def _answer(self, response: Response) -> Answer:
        failed = self._protocol.handshake_exc
        if failed is not None and response.status_code == SWITCHING_PROTOCOLS:
            raise AnswerNotUnderstood("The live channel was not accepted as a WebSocket.") from failed
        headers = httpx.Headers(list(response.headers.raw_items()))
        return Answer(response.status_code, headers, bytes(response.body or b""))

    async def receive(self, within: float) -> bytes:
        """The next message. `TimeoutError` when none came within so many seconds, or somebody wakes."""
        # What comes in parts, or is no message, does not make it longer.
        until = time.monotonic() + within
        while not self._messages:
            for event in await self._received(until - time.monotonic()):
                self._take(event)
        return self._messages.pop(0)

    async def send(self, message: str) -> None:
        """Sends a message."""
        self._protocol.send_text(message.encode())
        await self._flush()

    async def close(self) -> None:
        """Says goodbye. Whether it arrives or not, this end is over."""
        with contextlib.suppress(AnswerLost):
            self._protocol.send_close(1000)
            await self._flush()

    async def _received(self, within: float | None) -> list[object]:
        data = await (self._connection.receive() if within is None else self._connection.receive(within, self._wake))
        self._protocol.receive_data(data)
        await self._flush()
        events: list[object] = list(self._protocol.events_received())
        if not events and self._protocol.parser_exc is not None:
            raise AnswerNotUnderstood("What came is no WebSocket.") from self._protocol.parser_exc
        return events

    def _take(self, event: object) -> None:
        if not isinstance(event, Frame):
            return
        if event.opcode is Opcode.CLOSE:
            received = self._protocol.close_rcvd
            raise Closed(received.code if received else None)
        if event.opcode in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT):
            self._parts.append(bytes(event.data))
            if event.fin:
                self._messages.append(b"".join(self._parts))
                self._parts.clear()

    async def _flush(self) -> None:
        for data in self._protocol.data_to_send():
            if data:
                await self._connection.send(data)
