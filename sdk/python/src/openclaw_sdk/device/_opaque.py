"""The client of OPAQUE (RFC 9807): ristretto255, SHA-512, 3DH, no key stretching. The group is libsodium's."""

from __future__ import annotations

import hashlib
import hmac
import os

import rbcl

_ORDER = 2**252 + 27742317777372353535851937790883648493
_HASH = 64
_CONTEXT_STRING = b"OPRFV1-\x00-ristretto255-SHA512"


class NotProven(Exception):
    """Whoever answered does not know the code, or somebody is in between."""


def _with_length(text: bytes) -> bytes:
    return len(text).to_bytes(2, "big") + text


def _xor(left: bytes, right: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(left, right, strict=True))


def _mac(key: bytes, message: bytes) -> bytes:
    return hmac.digest(key, message, "sha512")


def _sha512(*parts: bytes) -> bytes:
    return hashlib.sha512(b"".join(parts)).digest()


def _expand(secret: bytes, info: bytes, length: int) -> bytes:
    """HKDF-Expand (RFC 5869)."""
    output, block, counter = b"", b"", 1
    while len(output) < length:
        block = _mac(secret, block + info + bytes([counter]))
        output, counter = output + block, counter + 1
    return output[:length]


def _expand_message(message: bytes, tag: bytes) -> bytes:
    """expand_message_xmd with SHA-512 to 64 bytes (RFC 9380 section 5.3.1)."""
    tag += bytes([len(tag)])
    first = _sha512(bytes(128), message, (64).to_bytes(2, "big"), b"\x00", tag)
    return _sha512(first, b"\x01", tag)


def _scalar(number: int) -> bytes:
    return (number % _ORDER).to_bytes(32, "little")


def _times(by: bytes, point: bytes) -> bytes:
    return bytes(rbcl.crypto_scalarmult_ristretto255(by, point))


def _derive_key_pair(seed: bytes) -> tuple[bytes, bytes]:
    """DeriveDiffieHellmanKeyPair (RFC 9807), which is DeriveKeyPair (RFC 9497 section 3.2.1)."""
    message = seed + _with_length(b"OPAQUE-DeriveDiffieHellmanKeyPair") + b"\x00"
    secret = _scalar(int.from_bytes(_expand_message(message, b"DeriveKeyPair" + _CONTEXT_STRING), "little"))
    return secret, bytes(rbcl.crypto_scalarmult_ristretto255_base(secret))


def _derive_secret(secret: bytes, label: bytes, transcript: bytes) -> bytes:
    label = b"OPAQUE-" + label
    info = _HASH.to_bytes(2, "big") + bytes([len(label)]) + label + bytes([len(transcript)]) + transcript
    return _expand(secret, info, _HASH)


class Client:
    """One login with a password over a channel that `context` names."""

    def __init__(self, password: bytes, context: bytes) -> None:
        self._password, self._context = password, context
        self._blind = _scalar(int.from_bytes(os.urandom(64), "little"))
        self._ephemeral, public = _derive_key_pair(os.urandom(32))
        element = rbcl.crypto_core_ristretto255_from_hash(_expand_message(password, b"HashToGroup-" + _CONTEXT_STRING))
        self.ke1 = _times(self._blind, bytes(element)) + os.urandom(32) + public

    def finish(self, ke2: bytes) -> bytes:
        """KE3, or `NotProven`."""
        try:
            return self._finish(ke2)
        except (RuntimeError, TypeError, ValueError) as error:
            raise NotProven from error

    def _finish(self, ke2: bytes) -> bytes:
        if len(ke2) != 320:
            raise NotProven
        response, server_nonce, server_share, server_mac = ke2[:192], ke2[192:224], ke2[224:256], ke2[256:]
        randomized = self._randomized(response[:32])
        pad = _expand(_expand(randomized, b"MaskingKey", _HASH), response[32:64] + b"CredentialResponsePad", 128)
        record = _xor(response[64:], pad)
        server_public = record[:32]
        secret, public = _recover(randomized, record)

        shared = _times(self._ephemeral, server_share) + _times(self._ephemeral, server_public) + _times(secret, server_share)
        preamble = b"OPAQUEv1-" + _with_length(self._context) + _with_length(public) + self.ke1
        preamble += _with_length(server_public) + response + server_nonce + server_share
        handshake = _derive_secret(_mac(bytes(_HASH), shared), b"HandshakeSecret", _sha512(preamble))
        expected = _mac(_derive_secret(handshake, b"ServerMAC", b""), _sha512(preamble))
        if not hmac.compare_digest(server_mac, expected):
            raise NotProven
        return _mac(_derive_secret(handshake, b"ClientMAC", b""), _sha512(preamble, server_mac))

    def _randomized(self, evaluated: bytes) -> bytes:
        unblind = _scalar(pow(int.from_bytes(self._blind, "little"), -1, _ORDER))
        oprf = _sha512(_with_length(self._password), _with_length(_times(unblind, evaluated)), b"Finalize")
        return _mac(bytes(_HASH), oprf + oprf)


def _recover(randomized: bytes, record: bytes) -> tuple[bytes, bytes]:
    """The key pair in the envelope, whose tag says that the password was right."""
    server_public, nonce, tag = record[:32], record[32:64], record[64:]
    secret, public = _derive_key_pair(_expand(randomized, nonce + b"PrivateKey", 32))
    cleartext = server_public + _with_length(server_public) + _with_length(public)
    key = _expand(randomized, nonce + b"AuthKey", _HASH)
    if not hmac.compare_digest(tag, _mac(key, nonce + cleartext)):
        raise NotProven
    return secret, public
