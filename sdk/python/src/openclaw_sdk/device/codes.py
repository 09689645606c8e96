"""What a person reads, types and scans: codes, links and addresses (docs/DEVICE-PROTOCOL.md)."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, field
from typing import NoReturn

from openclaw_sdk.pin import ALPHABET, Pin, decode_128
from openclaw_sdk.refusals import CodeMalformed

DEFAULT_PORT = 21327
"""The port that links leave out."""

_LOOKED_AT = 64
_LINK_BYTES = 512
_ADDRESSES = 4
_DASHES = "-‐‑–—"
_READ_AS = str.maketrans("OIL", "011")
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_NAME = 80


@dataclass(frozen=True)
class PairingCode:
    """A code: three symbols that say which, eight that are secret, one to check."""

    symbols: str = field(repr=False)

    @property
    def locator(self) -> bytes:
        """Which code it is. No secret."""
        return self.symbols[:3].encode()

    @property
    def password(self) -> bytes:
        """What is secret about it."""
        return self.symbols[3:11].encode()

    @classmethod
    def read(cls, text: str) -> PairingCode:
        """Reads what a person typed, leniently, and finds typing errors without asking anybody."""
        if len(text) > _LOOKED_AT:
            _malformed("The code is too long.")
        symbols = ""
        for position, symbol in enumerate(text.upper(), start=1):
            if symbol.isspace() or symbol in _DASHES:
                continue
            read = symbol.translate(_READ_AS)
            if read not in ALPHABET:
                _malformed(f"Character {position} of the code is none that codes have.")
            symbols += read
        if len(symbols) == 15 and symbols.startswith("0C1"):
            symbols = symbols[3:]
        if len(symbols) != 12:
            _malformed(f"A code has twelve symbols after OCL, and this one has {len(symbols)}.")
        if _checksum(symbols):
            _malformed("The code is mistyped.")
        return cls(symbols)


@dataclass(frozen=True)
class Address:
    """Where a platform might be."""

    host: str
    port: int = DEFAULT_PORT

    @classmethod
    def read(cls, text: str) -> Address:
        """Reads `host`, `host:port` or `[ipv6]:port`; in links IPv6 has no brackets and always a port."""
        host, port = _split(text.strip().lower())
        try:
            ip = ipaddress.ip_address(host)
        except ValueError:
            if not _is_name(host):
                _malformed("The address is none that a platform can have.")
            return cls(host, port)
        broadcast = ip == ipaddress.IPv4Address("255.255.255.255")
        if ip.is_unspecified or ip.is_multicast or broadcast or (ip.version == 6 and ip.is_link_local):
            _malformed("Nobody can be reached at the address.")
        return cls(str(ip), port)

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True)
class PairingLink:
    """What a QR picture holds."""

    addresses: tuple[Address, ...]
    pin: Pin
    secret: str = field(repr=False)

    @classmethod
    def read(cls, text: str) -> PairingLink:
        """Reads a link, and refuses what is none without guessing."""
        text = text.strip().upper()
        if not text.isascii() or len(text) > _LINK_BYTES:
            _malformed("This is no pairing link.")
        parts = text.split("/")
        if not parts[0].startswith("CPAIR:") or len(parts) != 3:
            _malformed("This is no pairing link.")
        if parts[0] != "CPAIR:1":
            _malformed("The link is of another version of the protocol; this program knows version 1.")
        addresses = parts[1].split("+")
        if len(addresses) > _ADDRESSES:
            _malformed("The link has more addresses than links have.")
        try:
            # Decoding finds symbols that are none; the secret stays as it is sent.
            pin, secret = Pin(decode_128(parts[2][:26])), parts[2][26:].translate(_READ_AS)
            decode_128(secret)
        except ValueError:
            _malformed("The link is cut off or mistyped.")
        return cls(tuple(Address.read(address) for address in addresses), pin, secret)


def _split(text: str) -> tuple[str, int]:
    if text.startswith("["):
        host, bracket, rest = text[1:].partition("]")
        if not bracket or (rest and not rest.startswith(":")):
            _malformed("The address is none that a platform can have.")
        port = rest[1:] if rest else str(DEFAULT_PORT)
    elif ":" in text:
        host, _, port = text.rpartition(":")
    else:
        host, port = text, str(DEFAULT_PORT)
    if not (port.isascii() and port.isdigit()) or port.startswith("0") or len(port) > 5 or int(port) > 65535:
        _malformed("The address has no port that there is.")
    return host, int(port)


def _is_name(host: str) -> bool:
    labels = host.split(".")
    return 0 < len(host) <= _NAME and all(map(_LABEL.fullmatch, labels)) and not labels[-1].isdigit()


def _times(a: int, b: int) -> int:
    product = 0
    while b:
        if b & 1:
            product ^= a
        b >>= 1
        a <<= 1
        if a & 32:
            a ^= 0b100101
    return product


def _checksum(symbols: str) -> int:
    weight, total = 1, 0
    for symbol in symbols:
        total, weight = total ^ _times(ALPHABET.index(symbol), weight), _times(weight, 2)
    return total


def _malformed(message: str) -> NoReturn:
    raise CodeMalformed("code_malformed", message, "Compare it with the screen, or scan the picture.", 400)
