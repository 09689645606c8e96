"""Where the platform is, and how it is known."""

from __future__ import annotations

import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass

from openclaw_sdk import _folders, _known, _tls
from openclaw_sdk._known import Server
from openclaw_sdk._origin import Origin
from openclaw_sdk.errors import ConfigurationError
from openclaw_sdk.pin import Pin

EMBEDDED = "https://127.0.0.1:21327"
"""The platform inside the desktop program, on the port that it takes when that is free."""

LOCAL = "local"
"""What that platform is called in place of a URL, here and by the command `clawpair`."""

_SIGNPOST = "platform.json"
"""What the desktop program writes into its data folder, where only its user can write: URL and pin of its platform."""


@dataclass(frozen=True)
class PlatformAddress:
    """A platform's URL, and its pin where no authority vouches for it."""

    url: str
    pin: Pin | None
    is_local: bool
    """On this computer."""
    is_embedded: bool = False
    """Inside the desktop program of this user."""
    is_of_environment: bool = True
    """Whether ``CLAWPAIR_PIN`` and ``CLAWPAIR_API_KEY`` are of this platform. They are of the one that ``CLAWPAIR_URL`` names,
    where it names one, and go to no other."""

    @classmethod
    def choose(cls, url: str | None, pin: str | None, environment: Mapping[str, str]) -> PlatformAddress:
        """Takes what was given, else ``CLAWPAIR_URL`` and ``CLAWPAIR_PIN``, else the embedded platform of this computer.

        In place of a URL there may stand the name that ``clawpair platforms add`` gave a server, or ``local``. What is known
        of either (the desktop program has left word of its port and pin, if it has ever run for this user) stands in for a
        pin that is not given.

        Raises `ConfigurationError` for what is no URL and no name of a platform, plain HTTP over a network, or an embedded
        platform without its pin.
        """
        named = environment.get("CLAWPAIR_URL", "").strip()
        text = named if url is None else url.strip()
        is_of_environment = not named or _is_same(text, named, environment)
        if pin is None and is_of_environment:
            pin = environment.get("CLAWPAIR_PIN")
        given, is_embedded = Pin.read(pin) if pin and pin.strip() else None, _is_embedded(text)
        server = _embedded(given, environment) if is_embedded else _known.find(text, given, environment)
        _ensure_known(server)
        return cls(str(server.origin), server.pin, server.origin.is_here, is_embedded, is_of_environment)

    @property
    def known_as(self) -> str:
        """What the command `clawpair` keeps its credential under: the URL with the port, or `local`."""
        if self.is_embedded:
            return LOCAL
        return self.url

    def verification(self) -> ssl.SSLContext | bool:
        """What httpx verifies the server by."""
        if self.url.startswith("http:"):
            return False
        return _tls.by_pin(self.pin) if self.pin else _tls.by_authority()


def _ensure_known(server: Server) -> None:
    origin, pin = server.origin, server.pin
    if origin.scheme == "http" and pin is not None:
        raise ConfigurationError(
            "A pin is of a TLS key, and plain HTTP has none.", hint="Write https://, or leave the pin out."
        )
    if origin.scheme == "https" and pin is None and origin.is_here:
        raise ConfigurationError(
            "No authority vouches for a platform on this computer, so its pin is needed.",
            hint="Start Clawpair once, or give the pin (CLAWPAIR_PIN): Settings → Network and clawpair-server show it.",
        )


def _is_same(text: str, named: str, environment: Mapping[str, str]) -> bool:
    """Whether two texts mean one platform."""
    if _is_embedded(text) or _is_embedded(named):
        return _is_embedded(text) and _is_embedded(named)
    try:
        return _known.origin(text, environment) == _known.origin(named, environment)
    except ConfigurationError:
        # The one that cannot be read names no platform.
        return False


def _is_embedded(text: str) -> bool:
    return text in ("", LOCAL)


def _embedded(pin: Pin | None, environment: Mapping[str, str]) -> Server:
    usual, folder = Server(Origin.read(EMBEDDED), pin), _folders.data(environment)
    if folder is None:
        return usual
    path = folder / _SIGNPOST
    try:
        found = json.loads(path.read_bytes())
        return Server(Origin.read(found["url"]), pin or Pin.read(found["pin"]))
    except OSError:
        return usual
    except (ValueError, KeyError, TypeError, AttributeError, ConfigurationError) as error:
        raise ConfigurationError(
            f"{path} does not say where the platform is.", hint="Start Clawpair again, which writes it anew."
        ) from error
