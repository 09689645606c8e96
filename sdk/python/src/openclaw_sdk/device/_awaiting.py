"""The computer for programs with an event loop, asyncio's or trio's."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import IO, Generic, TypeVar

import anyio
import anyio.to_thread
from anyio.abc import SocketStream, TaskGroup
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream

from openclaw_sdk._ways import Awaiting
from openclaw_sdk.device.codes import Address

T = TypeVar("T")

_CHUNK = 65_536
_LOCKED = 0.05
"""Seconds after which a file that another program has locked is tried again: waiting in a thread could not be broken off."""


class AwaitingWake:
    """Belongs to the event loop."""

    def __init__(self) -> None:
        self._is_set = False
        self._waiting: anyio.CancelScope | None = None

    def set(self) -> None:
        """Wakes whoever waits."""
        self._is_set = True
        if self._waiting is not None:
            self._waiting.cancel()

    def is_set(self) -> bool:
        """Whether somebody has."""
        return self._is_set

    async def wait(self, seconds: float) -> None:
        """Waits so long, or until somebody wakes."""
        with self.cutting(seconds):
            await anyio.sleep_forever()

    def close(self) -> None:
        """Nobody waits any more."""

    @contextmanager
    def cutting(self, seconds: float) -> Iterator[None]:
        """Ends what is in it after so long, or when somebody wakes."""
        with anyio.move_on_after(0 if self._is_set else seconds) as self._waiting:
            try:
                yield
            finally:
                self._waiting = None


class AwaitingStream:
    """anyio's socket."""

    def __init__(self, tcp: SocketStream) -> None:
        self._tcp = tcp

    async def send(self, data: bytes, within: float) -> None:
        """Sends all of it."""
        with _as_os_error(), anyio.fail_after(within):
            await self._tcp.send(data)

    async def receive(self, within: float, wake: AwaitingWake | None) -> bytes:
        """Some bytes, none at the end."""
        with _as_os_error():
            data: bytes | None = None
            with anyio.move_on_after(max(0.0, within)) if wake is None else wake.cutting(max(0.0, within)):
                try:
                    data = await self._tcp.receive(_CHUNK)
                except anyio.EndOfStream:
                    data = b""
            if data is None:
                raise TimeoutError("nothing came")
            return data

    async def close(self) -> None:
        """Ends it, also where whoever has it is being cancelled."""
        with anyio.CancelScope(shield=True):
            await anyio.aclose_forcefully(self._tcp)


class _Race(Generic[T]):
    """Each attempt has a task."""

    def __init__(
        self,
        tasks: TaskGroup,
        attempt: Callable[[Address], Awaitable[T]],
        ended: MemoryObjectSendStream[T | Exception],
        outcomes: MemoryObjectReceiveStream[T | Exception],
    ) -> None:
        self._tasks, self._attempt, self._ended, self._outcomes = tasks, attempt, ended, outcomes

    def start(self, address: Address) -> None:
        self._tasks.start_soon(self._try, address)

    async def outcome(self, within: float | None) -> T | Exception | None:
        with anyio.move_on_after(within):
            return await self._outcomes.receive()
        return None

    async def _try(self, address: Address) -> None:
        try:
            self._ended.send_nowait(await self._attempt(address))
        except Exception as error:  # noqa: BLE001 - raised again where it is waited for
            self._ended.send_nowait(error)


class AwaitingWire(Awaiting):
    """Lets others work meanwhile."""

    async def connect(self, address: Address, within: float) -> AwaitingStream:
        """Reaches somebody."""
        with anyio.fail_after(within):
            return AwaitingStream(await anyio.connect_tcp(address.host, address.port))

    @asynccontextmanager
    async def race(
        self, attempt: Callable[[Address], Awaitable[T]], undo: Callable[[T], Awaitable[None]]
    ) -> AsyncIterator[_Race[T]]:
        """Attempts in tasks."""
        ended, outcomes = anyio.create_memory_object_stream[T | Exception](float("inf"))
        with ended, outcomes:
            try:
                async with anyio.create_task_group() as tasks:
                    yield _Race(tasks, attempt, ended, outcomes)
                    tasks.cancel_scope.cancel()
            finally:
                while outcomes.statistics().current_buffer_used:
                    late = outcomes.receive_nowait()
                    if not isinstance(late, Exception):
                        await undo(late)

    async def lock(self, file: IO[str]) -> None:
        """Locks it."""
        while not _locked(file):  # noqa: ASYNC110 - no event tells of another program
            await anyio.sleep(_LOCKED)

    async def to_its_end(self, work: Callable[[], T]) -> T:
        """Does it in a thread. Whoever is cancelled meanwhile is so afterwards."""
        with anyio.CancelScope(shield=True):
            done = await anyio.to_thread.run_sync(work)
        return done  # noqa: RET504 - scopes may swallow, so type checkers want it here

    def wake(self) -> AwaitingWake:
        """A new one."""
        return AwaitingWake()


def _locked(file: IO[str]) -> bool:
    # Only Unix has this module; what else this package does works everywhere.
    import fcntl

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def _as_os_error() -> Iterator[None]:
    try:
        yield
    except (anyio.BrokenResourceError, anyio.ClosedResourceError) as error:
        raise OSError(str(error.__cause__ or "it was closed")) from error
