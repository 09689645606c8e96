"""The servers that the command `clawpair` was told of: their names, and the keys that a person has compared."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from openclaw_sdk import _folders
from openclaw_sdk._origin import Origin
from openclaw_sdk.errors import ConfigurationError
from openclaw_sdk.pin import Pin

_FILE = "platforms.json"
"""What `clawpair platforms add` writes."""


@dataclass(frozen=True)
class Server:
    """Where it is, and its pin where no authority vouches for it."""

    origin: Origin
    pin: Pin | None


def origin(text: str, environment: Mapping[str, str]) -> Origin:
    """Where the server of a name or a URL is."""
    return Origin.read(text) if _is_url(text) else _named(text, environment).origin


def find(text: str, pin: Pin | None, environment: Mapping[str, str]) -> Server:
    """The same with this pin, or else with the one that is known for it."""
    if _is_url(text):
        at = Origin.read(text)
        return Server(at, pin or _pin_of(at, environment))
    server = _named(text, environment)
    return Server(server.origin, pin or server.pin)


def _is_url(text: str) -> bool:
    # No name has these, and every address does.
    return "." in text or ":" in text


def _named(text: str, environment: Mapping[str, str]) -> Server:
    known = _servers(environment)
    if text not in known:
        raise ConfigurationError(
            "No platform is known by this name.",
            hint=f"Known by name are: {', '.join([*known, 'local'])}. A URL has a host, such as https://hub.example.org.",
        )
    return known[text]


def _pin_of(origin: Origin, environment: Mapping[str, str]) -> Pin | None:
    return next((server.pin for server in _servers(environment).values() if server.origin == origin), None)


def _servers(environment: Mapping[str, str]) -> dict[str, Server]:
    folder = _folders.settings(environment)
    if folder is None:
        return {}
    path = folder / _FILE
    try:
        found: Any = json.loads(path.read_bytes())
        return {str(name): _read(written) for name, written in found.items()}
    except (FileNotFoundError, PermissionError):
        # What this user may not read is another user's.
        return {}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, ConfigurationError) as error:
        raise ConfigurationError(
            f"{path} does not say where servers are.", hint="Mend it, or move it away and run “clawpair platforms add” again."
        ) from error


def _read(written: Any) -> Server:
    pin = written.get("pin")
    return Server(Origin.read(written["url"]), None if pin is None else Pin.read(pin))
