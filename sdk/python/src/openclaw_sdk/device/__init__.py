"""What a device runs: pairing, staying connected, calls of its own (docs/DEVICE-PROTOCOL.md).

Install it with `clawpair-sdk[device]`. It keeps its key in a file, locked as only Unix does.
"""

from __future__ import annotations

import os
import platform
import threading
import time
from collections.abc import Callable

from openclaw_sdk import models
from openclaw_sdk.device import _calls
from openclaw_sdk.device._caller import Caller
from openclaw_sdk.device._live import Change, Connected, Disabled, Disconnected, Live, RightsChanged
from openclaw_sdk.device._pair import Pairing, Secret
from openclaw_sdk.device._state import StateFile
from openclaw_sdk.models.devices import Device as Shown
from openclaw_sdk.retry import Retries

__all__ = ["Change", "Connected", "Device", "Disabled", "Disconnected", "RightsChanged"]

_RETRIES = Retries()


class Device:
    """A paired device, as its file has it.

    May be shared by threads and, since the file is locked while it changes, by programs.
    """

    def __init__(self, path: str | os.PathLike[str], *, clock: Callable[[], float] = time.monotonic) -> None:
        """Opens the file of a device that was paired before."""
        self._file = StateFile(path)
        self._caller = Caller(self._file, clock)
        self._starting = threading.Lock()
        self._live: Live | None = None
        self._disconnected = False

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
        show: Callable[[str], None] = lambda number: print(f"Compare this number: {number}", flush=True),
        retries: Retries = _RETRIES,
        sleep: Callable[[float], None] = time.sleep,
    ) -> Device:
        """Pairs by a link, or by a code and the address of its platform, and keeps key and tokens in a file of mode 0600.

        A code is only sent to a platform that has proved to know it, or that has the `pin`. Where a person is asked first,
        `show` gets the number to compare, and this waits until somebody has decided. Broken off, it goes on when it is called
        again with the same file and secret.

        `name`, `device_type` and `version` are what the device says of itself: a hint for people, never trusted.
        """
        said = {"name": name, "device_type": device_type, "platform": platform.platform(), "version": version}
        pairing = Pairing(StateFile(path), said, show, retries, sleep)
        pairing.run(Secret.read(secret, address, pin))
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
        kept = StateFile(path).read()
        if kept is not None and kept.is_paired:
            return cls(path)
        return cls.pair(path, secret, address=address, pin=pin, name=name, device_type=device_type, version=version)

    @property
    def id(self) -> str:
        """The device's id."""
        return str(self._caller.state.device_id)

    def show(self) -> Shown:
        """What the platform knows of this device, and what it may do."""
        return models.devices.Device(self._caller.call(_calls.SELF).json())

    def refresh(self) -> None:
        """Gets new tokens now. Calls do so by themselves when it is time."""
        self._caller.refresh(self._caller.state)

    def change_key(self) -> Shown:
        """Replaces the device's key. The old one is worthless afterwards. Safe to repeat when the answer was lost."""
        return self._caller.change_key()

    def headers(self, method: str, url: str) -> dict[str, str]:
        """What shows another service that this device calls it: an access token and a proof for this one request (RFC 9449)."""
        return self._caller.using_tokens(lambda used: self._caller.headers(used, method, url, token=used.access_token))

    def stay_connected(self, report: Callable[[Change], None] = lambda _: None, *, retries: Retries = _RETRIES) -> None:
        """Keeps the live channel open, with back-off, until `disconnect` or until the platform does not want the device.

        `report` hears of each change, in this thread. Raises `DeviceRevoked`, or another refusal of the device itself;
        everything else is waited out.
        """
        live = Live(self._caller, report, retries)
        with self._starting:
            self._live = live
            if self._disconnected:
                live.stop()
        live.run()

    def disconnect(self) -> None:
        """Has `stay_connected` return, from another thread or from `report`. To connect again, open the file again."""
        with self._starting:
            self._disconnected = True
            if self._live is not None:
                self._live.stop()

    def forget(self) -> None:
        """Ends the tokens at the platform and removes the file. The device stays in the platform's list."""
        self._caller.end_tokens()
        self._file.remove()

    def __repr__(self) -> str:
        return f"Device({str(self._file.path)!r}, id={self.id!r})"
