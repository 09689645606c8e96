"""One TLS connection that knows its channel binding, which Python's own `ssl` does not give out."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, TypeVar
from urllib.parse import urlencode

import h11
import httpx
from cryptography.hazmat.primitives.serialization import Encoding
from OpenSSL import SSL

from openclaw_sdk._failures import refused
from openclaw_sdk.call import Call
from openclaw_sdk.device.codes import Address
from openclaw_sdk.errors import AnswerLost, AnswerNotUnderstood, OpenClawError, Stranger, Unreachable
from openclaw_sdk.pin import Pin, key_hash

T = TypeVar("T")

TIMEOUT = 10.0
"""Seconds: for connecting, and of silence while an answer is awaited."""

_ANSWER = 65_536
_LABEL = b"EXPORTER-Channel-Binding"


@dataclass(frozen=True)
class Answer:
    """An HTTP answer, whole."""

    status: int
    headers: httpx.Headers
    content: bytes

    def refusal(self) -> OpenClawError | None:
        """Why it is not what was asked for."""
        return refused(self.status, self.headers, self.content)

    def json(self) -> Any:
        """Its JSON."""
        try:
            return json.loads(self.content)
        except ValueError as error:
            raise AnswerNotUnderstood("The answer is not JSON.", hint="See that a platform is at the address.") from error


class Channel:
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
            self._pump(self._tls.do_handshake)
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

    def call(self, call: Call, headers: Mapping[str, str] | None = None) -> Answer:
        """Sends a call and reads the answer."""
        content, kind = b"", {}
        if call.body is not None:
            content, kind = json.dumps(call.body).encode(), {"Content-Type": "application/json"}
        if call.form is not None:
            content, kind = urlencode(call.form).encode(), {"Content-Type": "application/x-www-form-urlencoded"}
        fields = {"Host": str(self.address), "Content-Length": str(len(content)), **kind, **(headers or {})}
        http = h11.Connection(h11.CLIENT, max_incomplete_event_size=_ANSWER)
        request = h11.Request(method=call.method, target=call.path, headers=list(fields.items()))
        for event in (request, h11.Data(data=content), h11.EndOfMessage()):
            if data := http.send(event):
                self._send(data)
        try:
            return self._read(http)
        except h11.RemoteProtocolError as error:
            raise AnswerNotUnderstood("The answer is not HTTP.", hint="See that a platform is at the address.") from error

    def _read(self, http: h11.Connection) -> Answer:
        status, content = 0, b""
        headers: list[tuple[bytes, bytes]] = []
        while True:
            event = http.next_event()
            if event is h11.NEED_DATA:
                http.receive_data(self._pump(lambda: self._tls.recv(_ANSWER)))
            elif isinstance(event, h11.Response):
                status, headers = event.status_code, list(event.headers)
            elif isinstance(event, h11.Data):
                content += event.data
                if len(content) > _ANSWER:
                    raise AnswerNotUnderstood("The answer is larger than any of a platform.")
            elif isinstance(event, h11.EndOfMessage):
                return Answer(status, httpx.Headers(headers), content)

    def _send(self, data: bytes) -> None:
        while data:
            data = data[self._pump(lambda data=data: self._tls.send(data)) :]  # type: ignore[misc]
        self._flush()

    def _pump(self, step: Callable[[], T]) -> T:
        """Does a step of TLS, moving bytes until it is done."""
        try:
            while True:
                try:
                    done = step()
                except SSL.WantReadError:
                    self._flush()
                    data = self._tcp.recv(_ANSWER)
                    if not data:
                        raise AnswerLost("The connection was closed.") from None
                    self._tls.bio_write(data)
                else:
                    self._flush()
                    return done
        except SSL.Error as error:
            raise AnswerLost("The connection broke.") from error
        except OSError as error:
            raise AnswerLost(f"The connection broke: {error}.") from error

    def _flush(self) -> None:
        try:
            while data := self._tls.bio_read(_ANSWER):
                self._tcp.sendall(data)
        except SSL.WantReadError:
            return

    def close(self) -> None:
        """Ends it."""
        self._tcp.close()

    def __enter__(self) -> Channel:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def reach(addresses: tuple[Address, ...], pin: Pin | None) -> Channel:
    """The first address at which the platform is.

    One that shows another key is passed over; if none has the right one, that is said and not that nobody answers.
    """
    failure: Unreachable | Stranger | None = None
    for address in addresses:
        try:
            return Channel(address, pin)
        except Stranger as error:
            failure = error
        except Unreachable as error:
            failure = failure or error
    raise failure or Unreachable("There is no address to try.")
