"""Making HTTP requests, in both ways."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager
from typing import Protocol, TypeVar

import httpx
from httpx_sse import EventSource, ServerSentEvent

from openclaw_sdk._failures import named
from openclaw_sdk._quiet import Quiet
from openclaw_sdk._ways import Awaiting, Blocking

T = TypeVar("T")


# Its message has the headers of the answer, and with them the session of whoever has just signed in.
_QUIET = Quiet("receive_response_headers.complete")
logging.getLogger("httpcore.http11").addFilter(_QUIET)


class Streamed(Protocol):
    """An answer that is read while it comes."""

    response: httpx.Response

    async def read(self) -> None:
        """Reads all of it."""

    def chunks(self) -> AsyncGenerator[bytes, None]:
        """Its bytes."""

    def events(self) -> AsyncGenerator[ServerSentEvent, None]:
        """Its server-sent events."""


class Net(Protocol):
    """What the engine needs."""

    @property
    def http(self) -> httpx.Client | httpx.AsyncClient:
        """What builds requests and keeps cookies."""

    async def send(self, request: httpx.Request) -> httpx.Response:
        """Sends it and reads the whole answer."""

    def stream(self, request: httpx.Request) -> AbstractAsyncContextManager[Streamed]:
        """Sends it and reads the answer's head."""

    async def sleep(self, seconds: float) -> None:
        """Waits."""

    async def aside(self, work: Callable[[], T]) -> T:
        """Does what takes a while and knows of no event loop."""


class _BlockingStream:
    def __init__(self, response: httpx.Response) -> None:
        self.response = response

    async def read(self) -> None:
        with named():
            self.response.read()

    async def chunks(self) -> AsyncGenerator[bytes, None]:
        with named():
            for chunk in self.response.iter_bytes():
                yield chunk

    async def events(self) -> AsyncGenerator[ServerSentEvent, None]:
        with named():
            for event in EventSource(self.response).iter_sse():
                yield event


class BlockingNet(Blocking):
    """For programs that wait."""

    def __init__(self, http: httpx.Client, sleep: Callable[[float], None]) -> None:
        super().__init__(sleep)
        self.http = http

    async def send(self, request: httpx.Request) -> httpx.Response:
        with named(), _QUIET.in_use():
            return self.http.send(request)

    @asynccontextmanager
    async def stream(self, request: httpx.Request) -> AsyncIterator[Streamed]:
        with named():
            response = self.http.send(request, stream=True)
        try:
            yield _BlockingStream(response)
        finally:
            response.close()


class _AwaitingStream:
    def __init__(self, response: httpx.Response) -> None:
        self.response = response

    async def read(self) -> None:
        with named():
            await self.response.aread()

    async def chunks(self) -> AsyncGenerator[bytes, None]:
        with named():
            async for chunk in self.response.aiter_bytes():
                yield chunk

    async def events(self) -> AsyncGenerator[ServerSentEvent, None]:
        with named():
            async with aclosing(EventSource(self.response).aiter_sse()) as events:
                async for event in events:
                    yield event


class AwaitingNet(Awaiting):
    """For programs with an event loop."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http

    async def send(self, request: httpx.Request) -> httpx.Response:
        with named(), _QUIET.in_use():
            return await self.http.send(request)

    @asynccontextmanager
    async def stream(self, request: httpx.Request) -> AsyncIterator[Streamed]:
        with named():
            response = await self.http.send(request, stream=True)
        try:
            yield _AwaitingStream(response)
        finally:
            await response.aclose()
