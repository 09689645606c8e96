"""One TLS connection that knows its channel binding, which Python's own `ssl` does not give out."""

from __future__ import annotations

import selectors
import socket
import time
from collections.abc import Callable
from types import TracebackType
from typing import TypeVar

from cryptography.hazmat.primitives.serialization import Encoding
from OpenSSL import SSL

from openclaw_sdk.device.codes import Address
from openclaw_sdk.errors import AnswerLost, Stranger, Unreachable
from openclaw_sdk.pin import Pin, key_hash

C = TypeVar("C", bound="Connection")
T = TypeVar("T")

TIMEOUT = 10.0
"""Seconds: for connecting, and of silence while an answer is awaited."""

_CHUNK = 65_536
_LABEL = b"EXPORTER-Channel-Binding"


class Connection:
    """TLS 1.3 to whoever answers; with a pin, to nobody else."""

    def __init__(self, address: Address, pin: Pin | None = None) -> None:
        self.address = address
        try:
            self._tcp = socket.create_connection((address.host, address.port), timeout=TIMEOUT)
        except OSError as error:
            raise Unreachable(f"Nobody answers at {address}: {error}.", hint="See that the platform runs.") from error
        try:
            self._handshake(pin)
        except BaseException:
            self._tcp.close()
            raise

    def _handshake(self, pin: Pin | None) -> None:
        context = SSL.Context(SSL.TLS_CLIENT_METHOD)
        context.set_min_proto_version(SSL.TLS1_3_VERSION)
        context.set_alpn_protos([b"http/1.1"])
        # Names and issuers say nothing: the key is the identity, and TLS verifies that the other side holds it.
        context.set_verify(SSL.VERIFY_NONE)
        # Over buffers and not over the socket, so that the socket's time limits hold.
        self._tls = SSL.Connection(context)
        self._tls.set_connect_state()
        try:
            self._step(self._tls.do_handshake)
        except AnswerLost as error:
            raise Unreachable(f"No platform answers at {self.address}: {error.message}") from error
        certificate = self._tls.get_peer_certificate(as_cryptography=True)
        if certificate is None:
            raise Stranger("The server shows no certificate.")
        shown = certificate.public_bytes(Encoding.DER)
        self.pin = Pin(key_hash(shown)[:16])
        if pin is not None and not pin.fits(shown):
            raise Stranger(f"The platform at {self.address} has another key than the pinned one.")
        self.binding = self._tls.export_keying_material(_LABEL, 32, b"")

    def send(self, data: bytes) -> None:
        """Sends all of it."""
        while data:
            rest = data
            sent = self._step(lambda: self._tls.send(rest))  # noqa: B023 - called before the next round
            data = data[sent:]

    def receive(self, within: float = TIMEOUT, wake: socket.socket | None = None) -> bytes:
        """Some bytes. `TimeoutError` when none came within so many seconds, or there is something to read at `wake`."""
        return self._step(lambda: self._tls.recv(_CHUNK), within, wake)

    def close(self) -> None:
        """Ends it."""
        self._tcp.close()

    def _step(self, step: Callable[[], T], within: float | None = None, wake: socket.socket | None = None) -> T:
        """Does a step of TLS, moving bytes until it is done."""
        until = time.monotonic() + (TIMEOUT if within is None else within)
        try:
            while True:
                try:
                    done = step()
                except SSL.WantReadError:
                    self._flush()
                    if not self._is_readable(until - time.monotonic(), wake):
                        raise TimeoutError("nothing came") from None
                    data = self._tcp.recv(_CHUNK)
                    if not data:
                        raise AnswerLost("The connection was closed.") from None
                    self._tls.bio_write(data)
                else:
                    self._flush()
                    return done
        except SSL.Error as error:
            raise AnswerLost("The connection broke.") from error
        except TimeoutError as error:
            if within is not None:
                raise
            raise AnswerLost("The connection is silent.") from error
        except OSError as error:
            raise AnswerLost(f"The connection broke: {error}.") from error

    def _is_readable(self, within: float, wake: socket.socket | None) -> bool:
        with selectors.DefaultSelector() as selector:
            own = selector.register(self._tcp, selectors.EVENT_READ)
            if wake is not None:
                selector.register(wake, selectors.EVENT_READ)
            ready = [key for key, _ in selector.select(max(0.0, within))]
            # Whoever wakes does not want what has come meanwhile.
            return ready == [own]

    def _flush(self) -> None:
        try:
            while data := self._tls.bio_read(_CHUNK):
                self._tcp.sendall(data)
        except SSL.WantReadError:
            return

    def __enter__(self: C) -> C:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()
