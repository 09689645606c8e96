"""What a device keeps: in one file that only its owner can read."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from openclaw_sdk.device._messages import b64, from_b64
from openclaw_sdk.device._wire import Wire
from openclaw_sdk.device.codes import Address
from openclaw_sdk.errors import ConfigurationError, OpenClawError
from openclaw_sdk.pin import Pin

_FORMAT = 1


class NoDevice(ConfigurationError):
    """The file holds no device, and none comes into it by waiting."""


@dataclass(frozen=True)
class State:
    """A device that is pairing, or is paired."""

    addresses: tuple[str, ...]
    """Where the platform is, the one that answered first."""
    pin: str
    key: str = field(repr=False)
    attempt: str
    """The idempotency key of the claim."""
    secret_hash: str = field(repr=False)
    """What the code or link was, so that the same one goes on where it was broken off. Worth nothing once it has ended."""
    device_id: str | None = None
    access_token: str | None = field(default=None, repr=False)
    refresh_token: str | None = field(default=None, repr=False)
    next_key: str | None = field(default=None, repr=False)
    """The new key while a change of keys is under way."""

    @property
    def platform(self) -> tuple[tuple[Address, ...], Pin]:
        """Where the platform is and how it is known."""
        return tuple(map(Address.read, self.addresses)), Pin.read(self.pin)

    @property
    def is_paired(self) -> bool:
        """Whether the platform has let it in."""
        return self.refresh_token is not None

    def led_by(self, address: Address) -> State:
        """The same with the address that answered first."""
        rest = (other for other in self.addresses if other != str(address))
        return replace(self, addresses=(str(address), *rest))


def read_key(text: str) -> Ed25519PrivateKey:
    """A key as it is kept."""
    return Ed25519PrivateKey.from_private_bytes(from_b64(text))


def write_key(key: Ed25519PrivateKey) -> str:
    """A key as it is to be kept."""
    return b64(key.private_bytes_raw())


class StateFile:
    """The file. A change is on the disk, whole, before anything that follows from it is sent."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)

    def read(self) -> State | None:
        """What is kept; `None` if there is nothing yet."""
        try:
            content = self.path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise ConfigurationError(f"{self.path} cannot be read: {error.strerror}.") from error
        try:
            fields = json.loads(content)
            if fields.pop("format") == _FORMAT:
                state = State(**fields | {"addresses": tuple(fields["addresses"])})
                _ = read_key(state.key), state.platform
                return state
        except (ValueError, TypeError, KeyError, AttributeError, OpenClawError) as error:
            raise NoDevice(f"{self.path} holds no device.", hint="Move it away and pair anew.") from error
        raise NoDevice(f"{self.path} is of another version of this package.")

    def write(self, state: State) -> None:
        """Replaces what is kept."""
        beside = self.path.with_name(f".{self.path.name}.{os.getpid()}")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            beside.unlink(missing_ok=True)
            with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
                json.dump({"format": _FORMAT, **asdict(state)}, file)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(self.path)
            _sync_folder(self.path.parent)
        except OSError as error:
            raise ConfigurationError(f"{self.path} cannot be written: {error.strerror}.") from error

    def remove(self) -> None:
        """Forgets everything."""
        try:
            self.path.unlink(missing_ok=True)
        except OSError as error:
            raise ConfigurationError(f"{self.path} cannot be removed: {error.strerror}.") from error

    @asynccontextmanager
    async def locked(self, wire: Wire) -> AsyncIterator[None]:
        """Keeps other programs on the same file waiting: two that refresh at once would look like a thief and a victim."""
        lock = self.path.with_name(f".{self.path.name}.lock")
        with ExitStack() as stack:
            try:
                lock.parent.mkdir(parents=True, exist_ok=True)
                file = stack.enter_context(os.fdopen(os.open(lock, os.O_WRONLY | os.O_CREAT, 0o600), "w"))
                await wire.lock(file)
            except OSError as error:
                raise ConfigurationError(f"{lock} cannot be locked: {error.strerror}.") from error
            yield


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
