"""Two ways to run what is written once as coroutines: one that waits, and one that lets others work meanwhile.

Coroutines over a `Blocking` never suspend, so `Blocking.run` gets to their end without an event loop.
"""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator
from typing import Any, TypeVar

import anyio
import anyio.to_thread

T = TypeVar("T")


class Blocking:
    """For programs that wait."""

    def __init__(self, sleep: Callable[[float], None] = time.sleep) -> None:
        self._sleep = sleep

    async def sleep(self, seconds: float) -> None:
        """Waits."""
        self._sleep(seconds)

    async def aside(self, work: Callable[[], T]) -> T:
        """Does what takes a while and knows of no event loop."""
        return work()

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """What it ends with."""
        return _run(coroutine)

    def iterate(self, items: AsyncGenerator[T, None]) -> Generator[T, None, None]:
        """What it yields."""
        return _iterate(items)


class Awaiting:
    """For programs with an event loop, asyncio's or trio's."""

    async def sleep(self, seconds: float) -> None:
        """Waits."""
        await anyio.sleep(seconds)

    async def aside(self, work: Callable[[], T]) -> T:
        """Does what takes a while and knows of no event loop."""
        return await anyio.to_thread.run_sync(work)

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
    raise RuntimeError("a coroutine over the blocking way suspended")


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
