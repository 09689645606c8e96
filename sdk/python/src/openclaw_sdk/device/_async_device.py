"""The device of programs with an event loop."""

from __future__ import annotations

import os

from openclaw_sdk._ways import Awaiting
from openclaw_sdk.device._awaiting import AwaitingWire
from openclaw_sdk.device._live import Change
from openclaw_sdk.device._paired import RETRIES, Paired, is_paired, pair, show_number
from openclaw_sdk.device._wire import Listener
from openclaw_sdk.retry import Retries


class AsyncDevice(Paired[Awaiting]):
    """A paired device, as its file has it, for asyncio's or trio's loop. May be shared by tasks, and by programs."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        """Opens the file of a device that was paired before."""
        wire = AwaitingWire()
        super().__init__(path, wire, wire)

    @classmethod
    async def pair(
        cls,
        path: str | os.PathLike[str],
        secret: str,
        *,
        address: str | None = None,
        pin: str | None = None,
        name: str = "",
        device_type: str = "",
        version: str = "",
        show: Listener[str] = show_number,
        retries: Retries = RETRIES,
    ) -> AsyncDevice:
        """Pairs by a link, or by a code and the address of its platform, as `Device.pair` does.

        `show` may be a coroutine function. Cancelled, it goes on when it is called again with the same file and secret.
        """
        wire = AwaitingWire()
        said = {"name": name, "device_type": device_type, "version": version}
        await pair(path, secret, address, pin, said, show, retries, wire)
        return cls(path)

    @classmethod
    async def open_or_pair(
        cls,
        path: str | os.PathLike[str],
        secret: str,
        *,
        address: str | None = None,
        pin: str | None = None,
        name: str = "",
        device_type: str = "",
        version: str = "",
    ) -> AsyncDevice:
        """Opens the file if it holds a paired device, else pairs: for a service that keeps its link and restarts often."""
        if is_paired(path):
            return cls(path)
        return await cls.pair(path, secret, address=address, pin=pin, name=name, device_type=device_type, version=version)

    async def stay_connected(self, report: Listener[Change] = lambda _: None, *, retries: Retries = RETRIES) -> None:
        """Keeps the live channel open, with back-off, until `disconnect`, cancellation, or a platform that does not want it.

        `report` hears of each change; it may be a coroutine function. Raises `DeviceRevoked`, or another refusal of the
        device itself, and `ConfigurationError` once the file holds no device; everything else is waited out. `disconnect`
        belongs to the event loop's own thread.
        """
        await self._stay_connected(report, retries)
