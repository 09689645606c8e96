"""TLS to the platform: by its pinned key, or as an authority says."""

from __future__ import annotations

import ssl

from openclaw_sdk.pin import Pin


class StrangerError(ssl.SSLError):
    """Somebody else answered than the pinned platform."""


def _recognise(shown: bytes | None, pin: Pin) -> None:
    if shown is None or not pin.fits(shown):
        raise StrangerError("the server has another key than the pinned one")


def by_pin(pin: Pin) -> ssl.SSLContext:
    """TLS 1.3 to whoever holds the pinned key, and to nobody else.

    The key is looked at in the handshake, so that no byte of a request leaves before. OpenSSL has verified by then that the
    server holds it. Both classes are replaced where Python's documentation says so: the first is used with sockets, the
    second by event loops.
    """

    class Socket(ssl.SSLSocket):
        def do_handshake(self, block: bool = False) -> None:
            super().do_handshake(block)
            _recognise(self.getpeercert(binary_form=True), pin)

    class Object(ssl.SSLObject):
        def do_handshake(self) -> None:
            super().do_handshake()
            _recognise(self.getpeercert(binary_form=True), pin)

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    # Names, dates and issuers say nothing: the key is the identity.
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.sslsocket_class = Socket
    context.sslobject_class = Object
    return context


def by_authority() -> ssl.SSLContext:
    """TLS to whom the system's authorities vouch for; ``SSL_CERT_FILE`` and ``SSL_CERT_DIR`` name others."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
