"""Where a service is."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from openclaw_sdk.secrets._stuck import Stuck, word

PATIENCE = 15.0
"""Seconds that a service may take."""


def checked(url: str, step: str, *, always_tls: bool = False) -> str:
    """The address, if no secret goes in clear over a network to it. Some packages want TLS on this computer, too."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise Stuck(step, "the address is none") from None
    if not host or parts.scheme not in ("https", "http") or parts.username or parts.password:
        raise Stuck(step, "the address is none")
    if parts.scheme == "http" and (always_tls or not _is_loopback(host)):
        raise Stuck(step, f"{origin(url)} is not https://, and no secret goes in clear over a network")
    return url.rstrip("/")


def origin(url: str) -> str:
    """Scheme, host and port, without path and query."""
    parts = urlsplit(url)
    return word(f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}")


def is_here(url: str) -> bool:
    """Whether the service is on this computer."""
    return _is_loopback(urlsplit(url).hostname or "")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
