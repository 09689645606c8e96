"""The live channel at a platform that does not keep to the protocol."""

from __future__ import annotations

import time

import pytest
from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.protocol import State
from websockets.uri import parse_uri

from openclaw_sdk import AnswerNotUnderstood
from openclaw_sdk._ways import Blocking
from openclaw_sdk.device import _calls
from openclaw_sdk.device._awaiting import AwaitingWake
from openclaw_sdk.device._connection import TIMEOUT, Connection
from openclaw_sdk.device._live import _told
from openclaw_sdk.device._socket import WebSocket
from openclaw_sdk.device._wire import Wake


class Pings(Connection):
    """Every two seconds a ping comes, and nothing else."""

    def __init__(self, now: list[float]) -> None:
        self.now, self.waits = now, list[float]()

    async def receive(self, within: float = TIMEOUT, wake: Wake | None = None) -> bytes:
        """A ping, if that is waited for."""
        self.waits.append(within)
        if within < 2:
            raise TimeoutError("nothing came")
        self.now[0] += 2
        return Frame(Opcode.PING, b"").serialize(mask=False)

    async def send(self, data: bytes) -> None:
        """Takes the pong."""


def test_what_is_no_message_does_not_make_waiting_for_one_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    connection = Pings(now)
    socket = WebSocket(connection, AwaitingWake())
    socket._protocol = ClientProtocol(parse_uri(f"wss://localhost{_calls.LIVE.path}"), state=State.OPEN)
    with pytest.raises(TimeoutError):
        Blocking().run(socket.receive(5))
    assert connection.waits == [5, 3, 1]


@pytest.mark.parametrize("permissions", [None, "all", {"a": 1}])
def test_rights_that_are_none_are_not_understood(permissions: object) -> None:
    with pytest.raises(AnswerNotUnderstood):
        _told({"type": "rights_changed", "permissions": permissions})
