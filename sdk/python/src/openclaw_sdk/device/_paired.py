"""A paired device, as its file has it, written once for both ways."""

from __future__ import annotations

import os
import platform
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Generic

from openclaw_sdk import secrets
from openclaw_sdk._both import Both, N, call
from openclaw_sdk.device import _calls
from openclaw_sdk.device._caller import Caller
from openclaw_sdk.device._live import Change, Live
from openclaw_sdk.device._pair import Pairing, Secret
from openclaw_sdk.device._state import StateFile
from openclaw_sdk.device._wire import Listener, Wire
from openclaw_sdk.models.devices import Device as Shown
from openclaw_sdk.retry import Retries
from openclaw_sdk.secrets.reference import looks_like_one

RETRIES = Retries()


def show_number(number: str) -> None:
    """Prints the number that a person compares."""
    print(f"Compare this number: {number}", flush=True)


async def pair(
    path: str | os.PathLike[str],
    secret: str,
    address: str | None,
    pin: str | None,
    said: dict[str, str],
    show: Listener[str],
    retries: Retries,
    wire: Wire,
) -> None:
    """Pairs, and keeps key and tokens in a file. `said` is what the device says of itself."""
    if looks_like_one(secret):
        secret = await wire.aside(partial(secrets.read, secret))
    pairing = Pairing(StateFile(path), {**said, "platform": platform.platform()}, show, retries, wire)
    await pairing.run(Secret.read(secret, address, pin))


def is_paired(path: str | os.PathLike[str]) -> bool:
    """Whether a file holds a paired device."""
    kept = StateFile(path).read()
    return kept is not None and kept.is_paired


class Paired(Both[N], Generic[N]):
    """A paired device. Its file is locked while it changes, so programs may share it."""

    def __init__(self, path: str | os.PathLike[str], way: N, wire: Wire, clock: Callable[[], float] = time.monotonic) -> None:
        self._way = way
        self._file = StateFile(path)
        self._caller = Caller(self._file, wire, clock)
        self._starting = threading.Lock()
        self._live: Live | None = None
        self._disconnected = False

    @property
    def id(self) -> str:
        """The device's id."""
        return str(self._caller.state.device_id)

    @call
    async def show(self) -> Shown:
        """What the platform knows of this device, and what it may do."""
        return Shown((await self._caller.call(_calls.SELF)).json())

    @call
    async def refresh(self) -> None:
        """Gets new tokens now. Calls do so by themselves when it is time."""
        await self._caller.refresh()

    @call
    async def change_key(self) -> Shown:
        """Replaces the device's key. The old one is worthless afterwards. Safe to repeat when the answer was lost."""
        return await self._caller.change_key()

    @call
    async def headers(self, method: str, url: str) -> dict[str, str]:
        """What shows another service that this device calls it: an access token and a proof for this one request (RFC 9449)."""
        return await self._caller.signed(method, url)

    @call
    async def forget(self) -> None:
        """Ends the tokens at the platform and removes the file. The device stays in the platform's list."""
        await self._caller.end_tokens()
        self._file.remove()

    def disconnect(self) -> None:
        """Has `stay_connected` return. To connect again, open the file again."""
        with self._starting:
            self._disconnected = True
            if self._live is not None:
                self._live.stop()

    async def _stay_connected(self, report: Listener[Change], retries: Retries) -> None:
        live = Live(self._caller, report, retries)
        with self._starting:
            self._live = live
            if self._disconnected:
                live.stop()
        await live.run()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self._file.path)!r}, id={self.id!r})"
