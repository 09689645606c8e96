"""Calls over a connection."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import h11
import httpx

from openclaw_sdk._failures import refused
from openclaw_sdk.call import Call
from openclaw_sdk.device._connection import Connection
from openclaw_sdk.errors import AnswerLost, AnswerNotUnderstood, OpenClawError

_ANSWER = 65_536
SWITCHING_PROTOCOLS = 101


@dataclass(frozen=True)
class Answer:
    """An HTTP answer, whole."""

    status: int
    headers: httpx.Headers
    content: bytes

    def refusal(self) -> OpenClawError | None:
        """Why it is not what was asked for."""
        if self.status == SWITCHING_PROTOCOLS:
            return None
        return refused(self.status, self.headers, self.content)

    def json(self) -> Any:
        """Its JSON."""
        try:
            return json.loads(self.content)
        except ValueError as error:
            raise AnswerNotUnderstood("The answer is not JSON.", hint="See that a platform is at the address.") from error


class Channel(Connection):
    """A connection that makes calls."""

    async def call(self, call: Call, headers: Mapping[str, str] | None = None) -> Answer:
        """Sends a call and reads the answer."""
        content, kind = b"", {}
        if call.body is not None:
            content, kind = json.dumps(call.body).encode(), {"Content-Type": "application/json"}
        if call.form is not None:
            content, kind = urlencode(call.form).encode(), {"Content-Type": "application/x-www-form-urlencoded"}
        fields = {"Host": str(self.address), "Content-Length": str(len(content)), **kind, **(headers or {})}
        http = h11.Connection(h11.CLIENT, max_incomplete_event_size=_ANSWER)
        request = h11.Request(method=call.method, target=call.path, headers=list(fields.items()))
        for event in (request, h11.Data(data=content), h11.EndOfMessage()):
            if data := http.send(event):
                await self.send(data)
        try:
            return await self._read(http)
        except h11.RemoteProtocolError as error:
            raise AnswerNotUnderstood("The answer is not HTTP.", hint="See that a platform is at the address.") from error

    async def _read(self, http: h11.Connection) -> Answer:
        status, content = 0, b""
        headers: list[tuple[bytes, bytes]] = []
        while True:
            event = http.next_event()
            if event is h11.NEED_DATA:
                http.receive_data(await self._received())
            elif isinstance(event, h11.Response):
                status, headers = event.status_code, list(event.headers)
            elif isinstance(event, h11.Data):
                content += event.data
                if len(content) > _ANSWER:
                    raise AnswerNotUnderstood("The answer is larger than any of a platform.")
            elif isinstance(event, h11.EndOfMessage):
                return Answer(status, httpx.Headers(headers), content)

    async def _received(self) -> bytes:
        try:
            return await self.receive()
        except TimeoutError as error:
            raise AnswerLost("No answer came in time.") from error
