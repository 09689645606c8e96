"""The same with an event loop: asyncio's and trio's."""

from __future__ import annotations

import threading
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import anyio
import anyio.lowlevel
import pytest

from openclaw_sdk import AsyncOpenClawClient, OpenClawClient, Retries, Stranger, refusals
from openclaw_sdk.models.events import PairingEvent
from served import Asked, Served
from server import Server

pytestmark = pytest.mark.anyio


@pytest.fixture
async def aclient(server: Server, key: str) -> AsyncIterator[AsyncOpenClawClient]:
    async with AsyncOpenClawClient(key, url=server.url, pin=server.pin) as client:
        yield client


async def make(client: AsyncOpenClawClient, name: str) -> str:
    created = await client.devices.generate_pairing_code(
        name=name, device_type="IoT Sensor", permissions=["sensor:read"], typed=False
    )
    return created.pairing_id


async def test_calls_are_awaited_and_lists_iterated(aclient: AsyncOpenClawClient) -> None:
    name = f"async {uuid.uuid4().hex}"
    made = [await make(aclient, name) for _ in range(2)]
    found = [one.id async for one in aclient.pairing_codes.iterate(q=name)]
    assert found == made[::-1]
    assert (await aclient.pairing_codes.cancel(made[0])).status == "cancelled"
    assert (await aclient.me.show()).role == "admin"


async def test_the_log_is_exported_as_it_comes(aclient: AsyncOpenClawClient) -> None:
    exported = b"".join([chunk async for chunk in aclient.activity.export("csv")])
    assert exported.startswith(b"number")


async def test_refusals_are_the_same(aclient: AsyncOpenClawClient) -> None:
    with pytest.raises(refusals.NotFound):
        await aclient.devices.show(f"dev-{uuid.uuid4()}")


async def test_a_key_that_a_service_keeps_is_waited_for_beside_the_event_loop(
    server: Server, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    loops, asked = threading.Event(), threading.Event()

    def answer(_: Asked) -> tuple[int, object]:
        asked.set()
        # The loop has to go on for this to be answered at all.
        assert loops.wait(30)
        return 200, {"data": {"data": {"key": key}}}

    async def go_on() -> None:
        while not asked.is_set():
            await anyio.lowlevel.checkpoint()
        loops.set()

    with Served(answer) as vault:
        monkeypatch.setenv("VAULT_ADDR", vault.url)
        monkeypatch.setenv("VAULT_TOKEN", "hvs.x")
        async with (
            AsyncOpenClawClient("vault:secret/ci#key", url=server.url, pin=server.pin) as client,
            anyio.create_task_group() as tasks,
        ):
            tasks.start_soon(go_on)
            assert (await client.me.show()).name == "check"


async def test_a_platform_with_another_key_hears_nothing(server: Server, key: str) -> None:
    async with AsyncOpenClawClient(key, url=server.url, pin="1G64S36D1N6RVKGEB1C9HP8SB6") as client:
        with pytest.raises(Stranger, match="another key"):
            await client.me.show()


async def test_events_go_on_behind_the_last_one_after_a_break(program: str, tmp_path: Path) -> None:
    with Server(program, tmp_path) as server:
        key = server.make_key()
        at_once = Retries(uniform=lambda: 0.0)
        async with AsyncOpenClawClient(key, url=server.url, pin=server.pin, retries=at_once) as client:
            start = (await client.changes.page()).cursor
            first = await make(client, "first")
            events = client.events.follow(since=start)
            heard = await anext(events)
            assert isinstance(heard, PairingEvent)
            assert heard.pairing.id == first
            server.restart()
            second = await make(client, "second")
            # Others may come in between, and this one again.
            async for event in events:
                if isinstance(event, PairingEvent) and event.pairing.id != first:
                    assert event.pairing.id == second
                    break
            await events.aclose()


async def test_the_blocking_client_works_inside_an_event_loop(server: Server, key: str) -> None:
    with OpenClawClient(key, url=server.url, pin=server.pin) as client:
        assert client.me.show().role == "admin"
        assert list(client.devices.iterate()) == list(client.devices.page().devices)
