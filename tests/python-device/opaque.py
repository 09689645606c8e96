"""The client of OPAQUE (RFC 9807): ristretto255, SHA-512, 3DH, no key stretching. The group is libsodium's."""

import hashlib
import hmac
import os

import rbcl

ORDER = 2**252 + 27742317777372353535851937790883648493
HASH = 64
CONTEXT_STRING = b"OPRFV1-\x00-ristretto255-SHA512"


class NotProven(Exception):
    """Whoever answered does not know the code, or somebody is in between."""


def with_length(text):
    return len(text).to_bytes(2, "big") + text


def xor(left, right):
    return bytes(a ^ b for a, b in zip(left, right, strict=True))


def mac(key, message):
    return hmac.digest(key, message, "sha512")


def sha512(*parts):
    return hashlib.sha512(b"".join(parts)).digest()


def expand(secret, info, length):
    """HKDF-Expand (RFC 5869)."""
    output, block, counter = b"", b"", 1
    while len(output) < length:
        block = mac(secret, block + info + bytes([counter]))
        output, counter = output + block, counter + 1
    return output[:length]


def expand_message(message, tag):
    """expand_message_xmd with SHA-512 to 64 bytes (RFC 9380 section 5.3.1)."""
    tag += bytes([len(tag)])
    first = sha512(bytes(128), message, (64).to_bytes(2, "big"), b"\x00", tag)
    return sha512(first, b"\x01", tag)


def scalar(number):
    return (number % ORDER).to_bytes(32, "little")


def times(by, point):
    return bytes(rbcl.crypto_scalarmult_ristretto255(by, point))


def derive_key_pair(seed):
    """DeriveDiffieHellmanKeyPair (RFC 9807), which is DeriveKeyPair (RFC 9497 section 3.2.1)."""
    message = seed + with_length(b"OPAQUE-DeriveDiffieHellmanKeyPair") + b"\x00"
    secret = scalar(int.from_bytes(expand_message(message, b"DeriveKeyPair" + CONTEXT_STRING), "little"))
    return secret, bytes(rbcl.crypto_scalarmult_ristretto255_base(secret))


def derive_secret(secret, label, transcript):
    label = b"OPAQUE-" + label
    info = HASH.to_bytes(2, "big") + bytes([len(label)]) + label + bytes([len(transcript)]) + transcript
    return expand(secret, info, HASH)


class Client:
    """One login with a password over a channel that `context` names."""

    def __init__(self, password, context):
        self.password, self.context = password, context
        self.blind = scalar(int.from_bytes(os.urandom(64), "little"))
        self.ephemeral, public = derive_key_pair(os.urandom(32))
        element = rbcl.crypto_core_ristretto255_from_hash(expand_message(password, b"HashToGroup-" + CONTEXT_STRING))
        self.ke1 = times(self.blind, bytes(element)) + os.urandom(32) + public

    def finish(self, ke2):
        """KE3, or NotProven."""
        try:
            return self._finish(ke2)
        except (RuntimeError, TypeError, ValueError) as error:
            raise NotProven from error

    def _finish(self, ke2):
        if len(ke2) != 320:
            raise NotProven
        response, server_nonce, server_share, server_mac = ke2[:192], ke2[192:224], ke2[224:256], ke2[256:]
        evaluated, masking_nonce, masked = response[:32], response[32:64], response[64:]

        unblind = scalar(pow(int.from_bytes(self.blind, "little"), -1, ORDER))
        oprf = sha512(with_length(self.password), with_length(times(unblind, evaluated)), b"Finalize")
        randomized = mac(bytes(HASH), oprf + oprf)

        pad = expand(expand(randomized, b"MaskingKey", HASH), masking_nonce + b"CredentialResponsePad", 128)
        record = xor(masked, pad)
        server_public, envelope_nonce, tag = record[:32], record[32:64], record[64:]
        secret, public = derive_key_pair(expand(randomized, envelope_nonce + b"PrivateKey", 32))
        cleartext = server_public + with_length(server_public) + with_length(public)
        auth_key = expand(randomized, envelope_nonce + b"AuthKey", HASH)
        if not hmac.compare_digest(tag, mac(auth_key, envelope_nonce + cleartext)):
            raise NotProven

        shared = times(self.ephemeral, server_share) + times(self.ephemeral, server_public) + times(secret, server_share)
        preamble = b"OPAQUEv1-" + with_length(self.context) + with_length(public) + self.ke1
        preamble += with_length(server_public) + response + server_nonce + server_share
        handshake = derive_secret(mac(bytes(HASH), shared), b"HandshakeSecret", sha512(preamble))
        if not hmac.compare_digest(server_mac, mac(derive_secret(handshake, b"ServerMAC", b""), sha512(preamble))):
            raise NotProven
        return mac(derive_secret(handshake, b"ClientMAC", b""), sha512(preamble, server_mac))
