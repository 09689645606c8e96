"""The device of programs that wait."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

from openclaw_sdk._ways import Blocking
from openclaw_sdk.device._blocking import BlockingWire
from openclaw_sdk.device._live import Change
from openclaw_sdk.device._paired import RETRIES, Paired, is_paired, pair, show_number
from openclaw_sdk.retry import Retries


class Device(Paired[Blocking]):
    """A paired device, as its file has it. May be shared by threads, and by programs."""

    def __init__(self, path: str | os.PathLike[str], *, clock: Callable[[], float] = time.monotonic) -> None:
        """Opens the file of a device that was paired before."""
        wire = BlockingWire()
        super().__init__(path, wire, wire, clock)

    @classmethod
    def pair(
        cls,
        path: str | os.PathLike[str],
        secret: str,
        *,
        address: str | None = None,
        pin: str | None = None,
        name: str = "",
        device_type: str = "",
        version: str = "",
        show: Callable[[str], None] = show_number,
        retries: Retries = RETRIES,
        sleep: Callable[[float], None] = time.sleep,
    ) -> Device:
        """Pairs by a link, or by a code and the address of its platform, and keeps key and tokens in a file of mode 0600.

        In place of either there may stand where it is kept, such as `file:/run/secrets/link` (`openclaw_sdk.secrets`).

        A code is only sent to a platform that has proved to know it, or that has the `pin`. Where a person is asked first,
        `show` gets the number to compare, and this waits until somebody has decided. Broken off, it goes on when it is called
        again with the same file and secret.

        `name`, `device_type` and `version` are what the device says of itself: a hint for people, never trusted.
        """
        wire = BlockingWire(sleep)
        said = {"name": name, "device_type": device_type, "version": version}
        wire.run(pair(path, secret, address, pin, said, show, retries, wire))
        return cls(path)

    @classmethod
    def open_or_pair(
        cls,
        path: str | os.PathLike[str],
        secret: str,
        *,
        address: str | None = None,
        pin: str | None = None,
        name: str = "",
        device_type: str = "",
        version: str = "",
    ) -> Device:
        """Opens the file if it holds a paired device, else pairs: for a service that keeps its link and restarts often."""
        if is_paired(path):
            return cls(path)
        return cls.pair(path, secret, address=address, pin=pin, name=name, device_type=device_type, version=version)

    def stay_connected(self, report: Callable[[Change], None] = lambda _: None, *, retries: Retries = RETRIES) -> None:
        """Keeps the live channel open, with back-off, until `disconnect` or until the platform does not want the device.

        `report` hears of each change, in this thread. Raises `DeviceRevoked`, or another refusal of the device itself, and
        `ConfigurationError` once the file holds no device; everything else is waited out. `disconnect` may be called from
        another thread or from `report`.
        """
        self._way.run(self._stay_connected(report, retries))
