"""What a device needs of the computer that it runs on, in both ways: connections, waiting, locks.

Everything above is written once, as coroutines over this.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import IO, Any, Protocol, TypeVar

from openclaw_sdk.device.codes import Address

T = TypeVar("T")
Made = TypeVar("Made", covariant=True)

Listener = Callable[[T], Awaitable[None] | None]
"""Hears of something; with an event loop it may be a coroutine function."""


async def tell(listener: Listener[T], what: T) -> None:
    """Has somebody hear of it, and waits for them."""
    heard = listener(what)
    if inspect.isawaitable(heard):
        await heard


class Wake(Protocol):
    """Ends waiting before its time. Once is for good."""

    def set(self) -> None:
        """Wakes whoever waits."""

    def is_set(self) -> bool:
        """Whether somebody has."""

    async def wait(self, seconds: float) -> None:
        """Waits so long, or until somebody wakes."""

    def close(self) -> None:
        """Nobody waits any more."""


class Stream(Protocol):
    """A TCP connection. What breaks it is an `OSError`."""

    async def send(self, data: bytes, within: float) -> None:
        """Sends all of it."""

    async def receive(self, within: float, wake: Any) -> bytes:
        """Some bytes, none at the end. `TimeoutError` when none came within so many seconds, or somebody wakes."""

    async def close(self) -> None:
        """Ends it."""


class Race(Protocol[Made]):
    """Several tries at once."""

    def start(self, address: Address) -> None:
        """Begins one more."""

    async def outcome(self, within: float | None) -> Made | Exception | None:
        """How the next one ended; `None` if none did within so many seconds."""


class Wire(Protocol):
    """The computer."""

    async def connect(self, address: Address, within: float) -> Stream:
        """Reaches somebody, or raises `OSError`."""

    def race(
        self, attempt: Callable[[Address], Awaitable[T]], undo: Callable[[T], Awaitable[None]]
    ) -> AbstractAsyncContextManager[Race[T]]:
        """Runs attempts beside each other. At the end those under way are given up, and what nobody took is undone."""

    async def lock(self, file: IO[str]) -> None:
        """Waits until nobody else has locked the file, and locks it until it is closed."""

    async def sleep(self, seconds: float) -> None:
        """Waits."""

    async def aside(self, work: Callable[[], T]) -> T:
        """Does what takes a while and knows of no event loop."""

    async def to_its_end(self, work: Callable[[], T]) -> T:
        """Does what must not be broken off, such as writing to the disk."""

    def wake(self) -> Wake:
        """A new one."""
