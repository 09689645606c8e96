"""The pin: a hash of the platform's TLS key, by which it is known without an authority (docs/DEVICE-PROTOCOL.md, Pin)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from openclaw_sdk.errors import ConfigurationError

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base32. A symbol's value is its place."""

_CURL = "sha256//"
_SYMBOLS = 26
_BYTES = 16
_READ_AS = str.maketrans("OIL", "011")


def encode_128(data: bytes) -> str:
    """Writes 128 bits as 26 symbols, the most significant first."""
    number = int.from_bytes(data, "big")
    return "".join(ALPHABET[number >> (5 * place) & 31] for place in reversed(range(_SYMBOLS)))


def decode_128(text: str) -> bytes:
    """Reads 26 symbols, in any case and with ``O`` for ``0`` and ``I`` and ``L`` for ``1``.

    Raises ``ValueError`` for anything else.
    """
    symbols = text.strip().upper().translate(_READ_AS)
    if len(symbols) != _SYMBOLS or symbols[0] > "7" or any(symbol not in ALPHABET for symbol in symbols):
        raise ValueError("not 128 bits in base32")
    number = 0
    for symbol in symbols:
        number = number << 5 | ALPHABET.index(symbol)
    return number.to_bytes(_BYTES, "big")


def key_hash(certificate: bytes) -> bytes:
    """SHA-256 over the ``SubjectPublicKeyInfo`` of a certificate in DER. Raises ``ValueError`` for what is none."""
    try:
        key = x509.load_der_x509_certificate(certificate).public_key()
    except (UnsupportedAlgorithm, x509.InvalidVersion) as error:
        raise ValueError(str(error)) from error
    return hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).digest()


@dataclass(frozen=True)
class Pin:
    """The first 16 bytes of that hash, or all 32 of them."""

    hash: bytes

    @classmethod
    def read(cls, text: str) -> Pin:
        """Reads a pin as devices take it (26 symbols) or as curl does (``sha256//…``)."""
        try:
            if text.strip().startswith(_CURL):
                digest = base64.b64decode(text.strip()[len(_CURL) :], validate=True)
                if len(digest) != hashlib.sha256().digest_size:
                    raise ValueError("not a SHA-256")
                return cls(digest)
            return cls(decode_128(text))
        except (ValueError, binascii.Error) as error:
            raise ConfigurationError(
                "This is no pin of a platform.",
                hint="Copy it whole: 26 letters and digits, or sha256// and 44 characters. "
                "Settings → Network shows both; clawpair-server prints them when it starts.",
            ) from error

    def fits(self, certificate: bytes) -> bool:
        """Whether a certificate in DER has the pinned key."""
        try:
            shown = key_hash(certificate)
        except ValueError:
            return False
        return hmac.compare_digest(shown[: len(self.hash)], self.hash)

    def __str__(self) -> str:
        return encode_128(self.hash[:_BYTES])
