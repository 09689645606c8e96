"""Where the platform is, and how it is known."""

from __future__ import annotations

import ipaddress
import json
import re
import ssl
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from openclaw_sdk import _tls
from openclaw_sdk.errors import ConfigurationError
from openclaw_sdk.pin import Pin

EMBEDDED = "https://127.0.0.1:21327"
"""The platform inside the desktop program, on the port that it takes when that is free."""

LOCAL = "local"
"""What that platform is called in place of a URL, here and by the command `clawpair`."""

_PORT = 21327
_NAME = re.compile(r"[a-z0-9.-]{1,253}")
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

    @classmethod
    def choose(cls, url: str | None, pin: str | None, environment: Mapping[str, str]) -> PlatformAddress:
        """Takes what was given, else ``CLAWPAIR_URL`` and ``CLAWPAIR_PIN``, else the embedded platform of this computer.

        The desktop program has left word of that one's port and pin, if it has ever run for this user.

        Raises `ConfigurationError` for what is no URL of a platform, plain HTTP over a network, or an embedded
        platform without its pin.
        """
        if url is None:
            # A pin from the environment belongs to the URL from there.
            url = environment.get("CLAWPAIR_URL")
            pin = pin if pin is not None else environment.get("CLAWPAIR_PIN")
        if url is None or url.strip() in ("", LOCAL):
            url, known = _embedded(environment)
            pin = pin or known
            return replace(cls.read(url, Pin.read(pin) if pin else None), is_embedded=True)
        return cls.read(url, Pin.read(pin) if pin else None)

    @classmethod
    def read(cls, url: str, pin: Pin | None) -> PlatformAddress:
        """Reads a URL, such as ``https://hub.example.org:443`` or ``192.168.1.20``.

        As everywhere in Clawpair, a scheme that is left out is https, and a port 21327.
        """
        url = url.strip()
        try:
            parts = urlsplit(url if "://" in url else f"https://{url}")
            host, port = parts.hostname, parts.port
        except ValueError as error:
            raise _no_url() from error
        if parts.scheme not in ("https", "http") or not host or parts.username or parts.password:
            raise _no_url()
        if port == 0 or not (_NAME.fullmatch(host) or _is_ip(host)):
            raise _no_url()
        if parts.path not in ("", "/") or parts.query or parts.fragment:
            raise _no_url()
        local = _is_loopback(host)
        if parts.scheme == "http" and not local:
            raise ConfigurationError(
                "Plain HTTP would show the API key to the network.",
                hint="Write https://; http:// works for this computer alone, such as http://127.0.0.1:8080.",
            )
        if parts.scheme == "http" and pin is not None:
            raise ConfigurationError(
                "A pin is of a TLS key, and plain HTTP has none.", hint="Write https://, or leave the pin out."
            )
        if parts.scheme == "https" and pin is None and local:
            raise ConfigurationError(
                "No authority vouches for a platform on this computer, so its pin is needed.",
                hint="Start Clawpair once, or give the pin (CLAWPAIR_PIN): Settings → Network and clawpair-server show it.",
            )
        shown = f"[{host}]" if ":" in host else host
        return cls(f"{parts.scheme}://{shown}:{_PORT if port is None else port}", pin, local)

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


def _embedded(environment: Mapping[str, str]) -> tuple[str, str | None]:
    folder = _data_folder(environment)
    if folder is None:
        return EMBEDDED, None
    try:
        found = json.loads((folder / _SIGNPOST).read_text(encoding="utf-8"))
        return str(found["url"]), str(found["pin"])
    except OSError:
        return EMBEDDED, None
    except (ValueError, KeyError, TypeError) as error:
        raise ConfigurationError(
            f"{folder / _SIGNPOST} does not say where the platform is.", hint="Start Clawpair again, which writes it anew."
        ) from error


def _data_folder(environment: Mapping[str, str]) -> Path | None:
    """Where the desktop program keeps a user's data."""
    if named := environment.get("CLAWPAIR_DATA_DIR"):
        return Path(named)
    if sys.platform == "win32":
        places = [environment.get("LOCALAPPDATA")]
    elif sys.platform == "darwin":
        places = [_below(environment.get("HOME"), "Library/Application Support")]
    else:
        places = [environment.get("XDG_DATA_HOME"), _below(environment.get("HOME"), ".local/share")]
    # As the desktop program does, a place that is not absolute is passed over.
    known = [Path(place) for place in places if place and Path(place).is_absolute()]
    return known[0] / "clawpair" if known else None


def _below(home: str | None, folder: str) -> str | None:
    return f"{home}/{folder}" if home else None


def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _no_url() -> ConfigurationError:
    return ConfigurationError(
        "This is no URL of a platform.", hint="Such as https://hub.example.org:443 or https://192.168.1.20, without a path."
    )
