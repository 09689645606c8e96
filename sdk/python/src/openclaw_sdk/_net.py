"""The network, in two ways: one that waits, and one that lets others work meanwhile.

Everything above is written once, as coroutines over this. Those of `Blocking` never suspend, so `Blocking.run` gets to
their end without an event loop.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Generator
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager
from typing import Any, Protocol, TypeVar

import anyio
import httpx
from httpx_sse import EventSource, ServerSentEvent

from openclaw_sdk._failures import named

T = TypeVar("T")

Sleep = Callable[[float], None]


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
    """What the engine needs of the network."""

    @property
    def http(self) -> httpx.Client | httpx.AsyncClient:
        """What builds requests and keeps cookies."""

    async def send(self, request: httpx.Request) -> httpx.Response:
        """Sends it and reads the whole answer."""

    def stream(self, request: httpx.Request) -> AbstractAsyncContextManager[Streamed]:
        """Sends it and reads the answer's head."""

    async def sleep(self, seconds: float) -> None:
        """Waits."""


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


class Blocking:
    """The network for programs that wait."""

    def __init__(self, http: httpx.Client, sleep: Sleep) -> None:
        self.http = http
        self._sleep = sleep

    async def send(self, request: httpx.Request) -> httpx.Response:
        with named():
            return self.http.send(request)

    @asynccontextmanager
    async def stream(self, request: httpx.Request) -> AsyncIterator[Streamed]:
        with named():
            response = self.http.send(request, stream=True)
        try:
            yield _BlockingStream(response)
        finally:
            response.close()

    async def sleep(self, seconds: float) -> None:
        self._sleep(seconds)

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """What it ends with."""
        return _run(coroutine)

    def iterate(self, items: AsyncGenerator[T, None]) -> Generator[T, None, None]:
        """What it yields."""
        return _iterate(items)


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


class Awaiting:
    """The network for programs with an event loop, asyncio's or trio's."""

    def __init__(self, http: httpx.AsyncClient, sleep: Callable[[float], Coroutine[Any, Any, None]] = anyio.sleep) -> None:
        self.http = http
        self._sleep = sleep

    async def send(self, request: httpx.Request) -> httpx.Response:
        with named():
            return await self.http.send(request)

    @asynccontextmanager
    async def stream(self, request: httpx.Request) -> AsyncIterator[Streamed]:
        with named():
            response = await self.http.send(request, stream=True)
        try:
            yield _AwaitingStream(response)
        finally:
            await response.aclose()

    async def sleep(self, seconds: float) -> None:
        await self._sleep(seconds)

    def run(self, coroutine: Coroutine[Any, Any, T]) -> Coroutine[Any, Any, T]:
        """The same, for the event loop."""
        return coroutine

    def iterate(self, items: AsyncGenerator[T, None]) -> AsyncGenerator[T, None]:
        """The same, for the event loop."""
        return items


def _run(coroutine: Coroutine[Any, Any, T]) -> T:
    try:
        coroutine.send(None)
    except StopIteration as end:
        result: T = end.value
        return result
    coroutine.close()
    raise RuntimeError("a coroutine over the blocking network suspended")


def _iterate(items: AsyncGenerator[T, None]) -> Generator[T, None, None]:
    async def following() -> T:
        return await items.__anext__()

    try:
        while True:
            try:
                item = _run(following())
            except StopAsyncIteration:
                return
            yield item
    finally:
        _run(_closing(items))


async def _closing(items: AsyncGenerator[T, None]) -> None:
    await items.aclose()
