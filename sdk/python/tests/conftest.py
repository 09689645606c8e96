"""Tests run at the real programs, which CLAWPAIR_SERVER and CLAWPAIR_COMMAND name."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import h11
import pytest

from openclaw_sdk import AnswerLost, OpenClawClient
from openclaw_sdk.device._channel import Answer, Channel
from server import Server


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the machine is set up for is not what a test is about."""
    folders = ("CLAWPAIR_CONFIG_DIR", "CLAWPAIR_DATA_DIR", "HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME")
    for name in ("CLAWPAIR_URL", "CLAWPAIR_PIN", "CLAWPAIR_API_KEY", *folders):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CLAWPAIR_KEYRING", "off")


@pytest.fixture(scope="session")
def program() -> str:
    """The server program."""
    return built("CLAWPAIR_SERVER")


@pytest.fixture(scope="session")
def command() -> str:
    """The command `clawpair`."""
    return built("CLAWPAIR_COMMAND")


def built(variable: str) -> str:
    """The program that a variable names."""
    named = os.environ.get(variable)
    if not named or not Path(named).exists():
        pytest.fail(f"{variable} names no program; “cargo xtask test sdk” builds it and runs these tests")
    return named


@pytest.fixture(scope="session")
def server(program: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with TLS and its own certificate, shared by tests that do not mind each other."""
    with Server(program, tmp_path_factory.mktemp("server")) as server:
        yield server


@pytest.fixture(scope="session")
def key(server: Server) -> str:
    """An API key that may do everything."""
    return server.make_key()


@pytest.fixture
def client(server: Server, key: str) -> Iterator[OpenClawClient]:
    """A client of that server."""
    with OpenClawClient(key, url=server.url, pin=server.pin) as client:
        yield client


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    """Both event loops."""
    return str(request.param)


@pytest.fixture
def losing(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[bool]]:
    """Which of the next answers are lost on their way; the platform has given them."""
    losses: list[bool] = []
    read = Channel._read

    async def lose(channel: Channel, http: h11.Connection) -> Answer:
        answer = await read(channel, http)
        if losses and losses.pop(0):
            raise AnswerLost("The test lost the answer.")
        return answer

    monkeypatch.setattr(Channel, "_read", lose)
    yield losses
    assert losses == []
