"""The computer for programs that wait."""

from __future__ import annotations

import selectors
import socket
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from queue import Empty, SimpleQueue
from typing import IO, Generic, TypeVar

from openclaw_sdk._ways import Blocking
from openclaw_sdk.device.codes import Address

T = TypeVar("T")

_CHUNK = 65_536


class BlockingWake:
    """May be set from any thread."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._near, self.far = socket.socketpair()

    def set(self) -> None:
        """Wakes whoever waits."""
        self._event.set()
        # They may be gone already.
        with suppress(OSError):
            self._near.send(b"\0")

    def is_set(self) -> bool:
        """Whether somebody has."""
        return self._event.is_set()

    async def wait(self, seconds: float) -> None:
        """Waits so long, or until somebody wakes."""
        self._event.wait(seconds)

    def close(self) -> None:
        """Nobody waits any more."""
        self._near.close()
        self.far.close()


class BlockingStream:
    """A socket."""

    def __init__(self, tcp: socket.socket) -> None:
        self._tcp = tcp

    async def send(self, data: bytes, within: float) -> None:
        """Sends all of it."""
        self._tcp.settimeout(within)
        self._tcp.sendall(data)

    async def receive(self, within: float, wake: BlockingWake | None) -> bytes:
        """Some bytes, none at the end."""
        with selectors.DefaultSelector() as selector:
            own = selector.register(self._tcp, selectors.EVENT_READ)
            if wake is not None:
                selector.register(wake.far, selectors.EVENT_READ)
            # Whoever wakes does not want what has come meanwhile.
            if [key for key, _ in selector.select(max(0.0, within))] != [own]:
                raise TimeoutError("nothing came")
        return self._tcp.recv(_CHUNK)

    async def close(self) -> None:
        """Ends it."""
        self._tcp.close()


class _Race(Generic[T]):
    """Each attempt has a thread; nobody waits for one that hangs."""

    def __init__(self, way: Blocking, attempt: Callable[[Address], Awaitable[T]], undo: Callable[[T], Awaitable[None]]) -> None:
        self._way, self._attempt, self._undo = way, attempt, undo
        self._outcomes: SimpleQueue[T | Exception] = SimpleQueue()
        self._lock = threading.Lock()
        self._is_over = False

    def start(self, address: Address) -> None:
        threading.Thread(target=self._try, args=(address,), daemon=True).start()

    async def outcome(self, within: float | None) -> T | Exception | None:
        try:
            return self._outcomes.get(timeout=within)
        except Empty:
            return None

    async def end(self) -> None:
        """Undoes what was or will be done too late."""
        with self._lock:
            self._is_over = True
            while not self._outcomes.empty():
                await self._drop(self._outcomes.get())

    def _try(self, address: Address) -> None:
        self._way.run(self._tried(address))

    async def _tried(self, address: Address) -> None:
        outcome: T | Exception
        try:
            outcome = await self._attempt(address)
        except Exception as error:  # noqa: BLE001 - raised again where it is waited for
            outcome = error
        with self._lock:
            if self._is_over:
                await self._drop(outcome)
            else:
                self._outcomes.put(outcome)

    async def _drop(self, outcome: T | Exception) -> None:
        if not isinstance(outcome, Exception):
            await self._undo(outcome)


class BlockingWire(Blocking):
    """Waits for everything."""

    async def connect(self, address: Address, within: float) -> BlockingStream:
        """Reaches somebody."""
        return BlockingStream(socket.create_connection((address.host, address.port), timeout=within))

    @asynccontextmanager
    async def race(
        self, attempt: Callable[[Address], Awaitable[T]], undo: Callable[[T], Awaitable[None]]
    ) -> AsyncIterator[_Race[T]]:
        """Attempts in threads."""
        race = _Race(self, attempt, undo)
        try:
            yield race
        finally:
            await race.end()

    async def lock(self, file: IO[str]) -> None:
        """Locks it."""
        # Only Unix has this module; what else this package does works everywhere.
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX)

    async def to_its_end(self, work: Callable[[], T]) -> T:
        """Does it."""
        return work()

    def wake(self) -> BlockingWake:
        """A new one."""
        return BlockingWake()
