"""What a device signs and computes, byte by byte as the protocol's document says."""

from __future__ import annotations

import base64
import hashlib
import json
import uuid
from collections.abc import Mapping

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

DESCRIBED = ("name", "device_type", "platform", "version")
"""What a device says of itself, in the order in which it is signed."""


def b64(data: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def from_b64(text: str) -> bytes:
    """The same, read. Raises `ValueError`."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def sha256(*parts: bytes) -> bytes:
    """SHA-256 over the parts, one after the other."""
    return hashlib.sha256(b"".join(parts)).digest()


def public_key(key: Ed25519PrivateKey) -> bytes:
    """The 32 bytes that name a device."""
    return key.public_key().public_bytes_raw()


def claim_message(kind: str, binding: bytes, symbols: str, description: Mapping[str, str], attempt: uuid.UUID) -> bytes:
    """What is signed for a claim, 135 bytes."""
    fields = [description.get(name, "").encode() for name in DESCRIBED]
    said = sha256(*(len(field).to_bytes(2, "big") + field for field in fields))
    return b"clawpair-claim-v1\0" + kind.encode() + b"\0" + binding + sha256(symbols.encode()) + said + attempt.bytes


def rotate_message(binding: bytes, old: bytes, new: bytes) -> bytes:
    """What the new key signs for a change of keys, 115 bytes."""
    return b"clawpair-rotate-v1\0" + binding + old + new


def opaque_context(binding: bytes, pin: bytes) -> bytes:
    """What OPAQUE is run over, 67 bytes."""
    return b"clawpair-opaque-v1\0" + binding + pin


def comparison(pin: bytes, public: bytes, pairing_id: str) -> str:
    """The number that a person compares: `123 456`."""
    parts = (b"clawpair-compare-v1\0", pin, public, uuid.UUID(pairing_id.removeprefix("pair-")).bytes)
    digits = f"{int.from_bytes(sha256(*parts)[:8], 'big') % 1_000_000:06}"
    return f"{digits[:3]} {digits[3:]}"


def proof(key: Ed25519PrivateKey, method: str, url: str, *, token: str | None, nonce: str | None, jti: str) -> str:
    """A proof of possession (RFC 9449) for one request."""
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": b64(public_key(key))}
    claims: dict[str, str | int] = {"jti": jti, "htm": method, "htu": url, "iat": 0}
    if token is not None:
        claims["ath"] = b64(sha256(token.encode()))
    if nonce is not None:
        claims["nonce"] = nonce
    header = {"typ": "dpop+jwt", "alg": "EdDSA", "jwk": jwk}
    signed = b64(json.dumps(header).encode()) + "." + b64(json.dumps(claims).encode())
    return signed + "." + b64(key.sign(signed.encode()))
