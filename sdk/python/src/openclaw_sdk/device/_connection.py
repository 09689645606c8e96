"""One TLS connection that knows its channel binding, which Python's own `ssl` does not give out."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import TracebackType
from typing import TypeVar

from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import InvalidVersion
from OpenSSL import SSL

from openclaw_sdk.device._wire import Stream, Wake, Wire
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
    """TLS 1.3 to whoever answers; with a pin, to nobody else. TLS works on buffers, and the stream carries what is in them."""

    pin: Pin
    """Of whoever answered."""
    binding: bytes
    """The connection's exporter, which claims are signed over."""

    def __init__(self, address: Address, stream: Stream) -> None:
        self.address, self._stream = address, stream
        context = SSL.Context(SSL.TLS_CLIENT_METHOD)
        context.set_min_proto_version(SSL.TLS1_3_VERSION)
        context.set_alpn_protos([b"http/1.1"])
        # Names and issuers say nothing: the key is the identity, and TLS verifies that the other side holds it.
        context.set_verify(SSL.VERIFY_NONE)
        self._tls = SSL.Connection(context)
        self._tls.set_connect_state()

    @classmethod
    async def open(cls: type[C], wire: Wire, address: Address, pin: Pin | None = None) -> C:
        """Connects, and looks who is there."""
        try:
            stream = await wire.connect(address, TIMEOUT)
        except OSError as error:
            raise Unreachable(f"Nobody answers at {address}: {error}.", hint="See that the platform runs.") from error
        try:
            connection = cls(address, stream)
            await connection._handshake(pin)
        except BaseException:
            await stream.close()
            raise
        return connection

    async def _handshake(self, pin: Pin | None) -> None:
        try:
            await self._step(self._tls.do_handshake)
        except AnswerLost as error:
            raise Unreachable(f"No platform answers at {self.address}: {error.message}") from error
        try:
            certificate = self._tls.get_peer_certificate(as_cryptography=True)
            shown = b"" if certificate is None else certificate.public_bytes(Encoding.DER)
            self.pin = Pin(key_hash(shown)[:16])
        except (ValueError, InvalidVersion) as error:
            raise Stranger(f"The server at {self.address} shows no certificate that can be read.") from error
        if pin is not None and not pin.fits(shown):
            raise Stranger(f"The platform at {self.address} has another key than the pinned one.")
        self.binding = self._tls.export_keying_material(_LABEL, 32, b"")

    async def send(self, data: bytes) -> None:
        """Sends all of it."""
        while data:
            rest = data
            sent = await self._step(lambda: self._tls.send(rest))  # noqa: B023 - called before the next round
            data = data[sent:]

    async def receive(self, within: float = TIMEOUT, wake: Wake | None = None) -> bytes:
        """Some bytes. `TimeoutError` when none came within so many seconds, or somebody wakes."""
        return await self._step(lambda: self._tls.recv(_CHUNK), within, wake)

    async def close(self) -> None:
        """Ends it."""
        await self._stream.close()

    async def _step(self, step: Callable[[], T], within: float | None = None, wake: Wake | None = None) -> T:
        """Does a step of TLS, moving bytes until it is done."""
        until = time.monotonic() + (TIMEOUT if within is None else within)
        try:
            while True:
                try:
                    done = step()
                except SSL.WantReadError:
                    await self._flush()
                    data = await self._stream.receive(until - time.monotonic(), wake)
                    if not data:
                        raise AnswerLost("The connection was closed.") from None
                    self._tls.bio_write(data)
                else:
                    await self._flush()
                    return done
        except SSL.Error as error:
            raise AnswerLost("The connection broke.") from error
        except TimeoutError as error:
            if within is not None:
                raise
            raise AnswerLost("The connection is silent.") from error
        except OSError as error:
            raise AnswerLost(f"The connection broke: {error}.") from error

    async def _flush(self) -> None:
        while data := self._written():
            await self._stream.send(data, TIMEOUT)

    def _written(self) -> bytes:
        try:
            return self._tls.bio_read(_CHUNK)
        except SSL.WantReadError:
            return b""

    async def __aenter__(self: C) -> C:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()
