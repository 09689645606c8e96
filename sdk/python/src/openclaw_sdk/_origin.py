"""A platform's URL, as a person writes it and as programs compare it."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from openclaw_sdk.errors import ConfigurationError

_PORT = 21327
_NAME = re.compile(r"[a-z0-9.-]{1,253}")


@dataclass(frozen=True)
class Origin:
    """Scheme, host and port. Plain HTTP goes to this computer alone."""

    scheme: str
    host: str
    port: int

    @classmethod
    def read(cls, url: str) -> Origin:
        """Reads a URL, such as ``https://hub.example.org:443`` or ``192.168.1.20``.

        As everywhere in Clawpair, a scheme that is left out is https, and a port 21327.
        """
        url = url.strip()
        try:
            parts = urlsplit(url if "://" in url else f"https://{url}")
            host, port = parts.hostname, parts.port
        except ValueError as error:
            raise _no_url() from error
        if parts.scheme not in ("https", "http") or not host or parts.username or parts.password or port == 0:
            raise _no_url()
        if parts.path not in ("", "/") or parts.query or parts.fragment:
            raise _no_url()
        ip = _ip(host)
        if ip is None and not _NAME.fullmatch(host):
            raise _no_url()
        origin = cls(parts.scheme, host if ip is None else str(ip), _PORT if port is None else port)
        if origin.scheme == "http" and not origin.is_here:
            raise ConfigurationError(
                "Plain HTTP would show the API key to the network.",
                hint="Write https://; http:// works for this computer alone, such as http://127.0.0.1:8080.",
            )
        return origin

    @property
    def is_here(self) -> bool:
        """On this computer."""
        ip = _ip(self.host)
        return self.host == "localhost" if ip is None else ip.is_loopback

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"


def _ip(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _no_url() -> ConfigurationError:
    return ConfigurationError(
        "This is no URL of a platform.", hint="Such as https://hub.example.org:443 or https://192.168.1.20, without a path."
    )
