"""A device with an event loop: asyncio's and trio's."""

from __future__ import annotations

import fcntl
import itertools
import socket
from pathlib import Path

import anyio
import anyio.lowlevel
import pytest

from guess import another
from openclaw_sdk import ConfigurationError, OpenClawClient, Retries, Stranger, Unreachable, refusals
from openclaw_sdk.device import AsyncDevice, Change, Connected, Device, Disconnected, RightsChanged, _connection
from openclaw_sdk.models.events import DeviceEvent
from openclaw_sdk.models.pairings import PairingCodeCreated
from served import always
from server import Server

pytestmark = pytest.mark.anyio

AT_ONCE = Retries(uniform=lambda: 0.0)


def make(client: OpenClawClient, *, ask_first: bool | None = None, addresses: list[str] | None = None) -> PairingCodeCreated:
    return client.devices.generate_pairing_code(
        name="Python", device_type="IoT", permissions=["sensor:read"], ask_first=ask_first, typed=True, addresses=addresses
    )


async def test_a_link_lets_a_device_in_once(client: OpenClawClient, tmp_path: Path) -> None:
    created = make(client)
    device = await AsyncDevice.pair(tmp_path / "device.json", str(created.link), name="python")
    assert device.id == created.device_id
    assert (await device.show()).said_name == "python"
    with pytest.raises(refusals.CodeUsed):
        await AsyncDevice.pair(tmp_path / "other.json", str(created.link))
    again = await AsyncDevice.open_or_pair(tmp_path / "device.json", str(created.link))
    assert again.id == device.id
    assert repr(again) == f"AsyncDevice({str(tmp_path / 'device.json')!r}, id={device.id!r})"
    with pytest.raises(ConfigurationError, match="paired device already"):
        await AsyncDevice.pair(tmp_path / "device.json", str(created.link))


async def test_a_link_may_be_kept_elsewhere_and_is_looked_up_once(
    client: OpenClawClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = [make(client), make(client)]
    with always(200, {"data": {"data": {"link": made[0].link}}}) as vault:
        monkeypatch.setenv("VAULT_ADDR", vault.url)
        monkeypatch.setenv("VAULT_TOKEN", "hvs.x")
        for _ in range(2):
            device = await AsyncDevice.open_or_pair(tmp_path / "device.json", "vault:secret/worker#link")
            assert device.id == made[0].device_id
        assert len(vault.asked) == 1
    (tmp_path / "link").write_text(f"{made[1].link}\n")
    assert Device.pair(tmp_path / "other.json", f"file:{tmp_path / 'link'}").id == made[1].device_id


async def test_a_typed_code_lets_a_device_in_where_the_platform_proves_to_know_it(
    client: OpenClawClient, server: Server, tmp_path: Path
) -> None:
    created = make(client)
    with pytest.raises(Stranger, match="not prove"):
        await AsyncDevice.pair(tmp_path / "device.json", another(created.code), address=server.address)
    device = await AsyncDevice.pair(tmp_path / "device.json", created.code, address=server.address)
    assert (await device.show()).id == created.device_id


async def test_a_person_is_asked_and_may_be_waited_for_again_after_cancellation(client: OpenClawClient, tmp_path: Path) -> None:
    created, path = make(client, ask_first=True), tmp_path / "device.json"
    with anyio.CancelScope() as scope:
        await AsyncDevice.pair(path, str(created.link), show=lambda _: scope.cancel())
    assert scope.cancelled_caught
    first = client.requests.show(created.pairing_id)

    async def approve(number: str) -> None:
        await anyio.lowlevel.checkpoint()
        request = client.requests.show(created.pairing_id)
        assert (request.comparison, request.public_key) == (number, first.public_key)
        client.requests.approve(request)

    device = await AsyncDevice.pair(path, str(created.link), show=approve)
    assert (await device.show()).status == "active"


async def test_a_device_stays_connected_hears_its_rights_and_is_revoked(client: OpenClawClient, tmp_path: Path) -> None:
    device = await AsyncDevice.pair(tmp_path / "device.json", str(make(client).link))
    heard: list[Change] = []

    async def report(change: Change) -> None:
        await anyio.lowlevel.checkpoint()
        heard.append(change)
        if isinstance(change, Connected):
            client.devices.grant(device.id, ["sensor:read", "telemetry:publish"])
        if isinstance(change, RightsChanged):
            client.devices.revoke(device.id, reason="the test")

    with pytest.raises(refusals.DeviceRevoked):
        await device.stay_connected(report)
    assert isinstance(heard[0], Connected)
    assert heard[1] == RightsChanged(("sensor:read", "telemetry:publish"))
    with pytest.raises(refusals.DeviceRevoked):
        await device.show()


async def test_the_channel_is_opened_again_when_the_platform_was_away(program: str, tmp_path: Path) -> None:
    with Server(program, tmp_path) as server:
        with OpenClawClient(server.make_key(), url=server.url, pin=server.pin) as client:
            device = await AsyncDevice.pair(tmp_path / "device.json", str(make(client).link))
        heard: list[type[Change]] = []

        def report(change: Change) -> None:
            heard.append(type(change))
            if isinstance(change, Connected):
                device.disconnect() if heard.count(Connected) == 2 else server.restart()

        await device.stay_connected(report, retries=AT_ONCE)
        assert [kind for kind, _ in itertools.groupby(heard)] == [Connected, Disconnected, Connected]


async def test_a_device_calls_while_it_is_connected_and_leaves_when_it_is_asked_to(
    client: OpenClawClient, tmp_path: Path
) -> None:
    device = await AsyncDevice.pair(tmp_path / "device.json", str(make(client).link))
    connected = anyio.Event()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(device.stay_connected, lambda _: connected.set())
        await connected.wait()
        before = (await device.show()).key_fingerprint
        await device.refresh()
        assert (await device.change_key()).key_fingerprint != before
        assert (await device.headers("GET", "https://example.org/"))["Authorization"].startswith("DPoP ")
        device.disconnect()
    await device.forget()
    assert not (tmp_path / "device.json").exists()


async def test_a_device_that_is_cancelled_is_gone_at_once(client: OpenClawClient, tmp_path: Path) -> None:
    device = await AsyncDevice.pair(tmp_path / "device.json", str(make(client).link))
    events = client.events.follow(since=client.changes.page().cursor)
    with anyio.CancelScope() as scope:
        await device.stay_connected(lambda _: scope.cancel())
    seen = (event.device.connected for event in events if isinstance(event, DeviceEvent) and event.device.id == device.id)
    assert next(connected for connected in seen if not connected) is False
    events.close()


async def test_waiting_for_another_try_ends_when_it_is_asked_to(program: str, tmp_path: Path) -> None:
    with Server(program, tmp_path) as server, OpenClawClient(server.make_key(), url=server.url, pin=server.pin) as client:
        device = await AsyncDevice.pair(tmp_path / "device.json", str(make(client).link))
    # Nobody is there any more, and the next try is an hour away.
    patient = Retries(first=3600.0, ceiling=3600.0, uniform=lambda: 1.0)
    away = anyio.Event()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(lambda: device.stay_connected(lambda _: away.set(), retries=patient))
        await away.wait()
        await anyio.wait_all_tasks_blocked()
        device.disconnect()
    await device.stay_connected()


async def test_addresses_that_hang_or_are_somebody_elses_are_passed_over(
    client: OpenClawClient, server: Server, program: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_connection, "TIMEOUT", 3600.0)
    # It takes connections and never says a word.
    with socket.create_server(("127.0.0.1", 0)) as silent, Server(program, tmp_path / "other") as other:
        hangs = f"127.0.0.1:{silent.getsockname()[1]}"
        created = make(client, addresses=[hangs, "127.0.0.2:9", other.address, server.address])
        device = await AsyncDevice.pair(tmp_path / "device.json", str(created.link))
        assert (await device.show()).status == "active"
        with pytest.raises(Stranger, match="another key"):
            await AsyncDevice.pair(tmp_path / "b.json", str(make(client, addresses=["127.0.0.2:9", other.address]).link))
    with pytest.raises(Unreachable):
        await AsyncDevice.pair(
            tmp_path / "c.json",
            str(make(client, addresses=["127.0.0.2:9", "127.0.0.2:10"]).link),
            retries=Retries(attempts=1),
        )


async def test_tasks_and_programs_on_one_file_take_turns_and_hold_up_no_loop(client: OpenClawClient, tmp_path: Path) -> None:
    path = tmp_path / "device.json"
    one, other = await AsyncDevice.pair(path, str(make(client).link)), AsyncDevice(path)
    async with anyio.create_task_group() as tasks:
        for device in (one, other, one, other):
            tasks.start_soon(device.refresh)
    assert (await one.show()).id == (await other.show()).id == Device(path).show().id
    with (tmp_path / ".device.json.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with anyio.CancelScope() as scope:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(one.refresh)
                await anyio.lowlevel.checkpoint()
                scope.cancel()
    await one.refresh()
    assert (await one.show()).status == "active"


async def test_what_was_lost_on_its_way_is_asked_for_again(client: OpenClawClient, tmp_path: Path, losing: list[bool]) -> None:
    losing += [True, True]
    device = await AsyncDevice.pair(tmp_path / "device.json", str(make(client).link), retries=AT_ONCE)
    assert (await device.show()).status == "active"
