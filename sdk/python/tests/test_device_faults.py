"""A device whose network and platform fail: it comes in once, and stays what it is."""

from __future__ import annotations

import errno
import itertools
import os
import socket
from pathlib import Path

import pytest

from openclaw_sdk import NEVER, AnswerLost, ConfigurationError, OpenClawClient, Retries, Stranger
from openclaw_sdk.device import Change, Connected, Device, Disabled, Disconnected, _connection
from server import Server

AT_ONCE = Retries(uniform=lambda: 0.0)


def make(client: OpenClawClient, addresses: list[str] | None = None) -> str:
    created = client.devices.generate_pairing_code(
        name="Python", device_type="IoT Sensor", permissions=["sensor:read"], typed=False, addresses=addresses
    )
    return str(created.link)


def test_a_claim_whose_answer_was_lost_is_repeated(client: OpenClawClient, tmp_path: Path, losing: list[bool]) -> None:
    waits: list[float] = []
    losing += [True, True]
    link = make(client)
    device = Device.pair(tmp_path / "device.json", link, sleep=waits.append)
    assert len(waits) == 2
    assert device.show().status == "active"


def test_a_program_that_was_ended_while_it_paired_goes_on_as_the_same_device(
    client: OpenClawClient, tmp_path: Path, losing: list[bool]
) -> None:
    path, link = tmp_path / "device.json", make(client)
    losing.append(True)
    with pytest.raises(AnswerLost):
        Device.pair(path, link, retries=NEVER)
    with pytest.raises(ConfigurationError, match="no paired device"):
        Device(path)
    kept = path.read_text()
    device = Device.open_or_pair(path, link)
    assert device.show().id == device.id
    assert kept != path.read_text()


def test_a_change_of_keys_whose_answer_was_lost_is_ended_by_the_next_call(
    client: OpenClawClient, tmp_path: Path, losing: list[bool]
) -> None:
    path = tmp_path / "device.json"
    device = Device.pair(path, make(client))
    device.show()
    before = client.devices.show(device.id).key_fingerprint
    losing.append(True)
    with pytest.raises(AnswerLost):
        device.change_key()
    after = client.devices.show(device.id).key_fingerprint
    assert after != before
    assert Device(path).show().key_fingerprint == after
    assert device.show().key_fingerprint == after


def test_a_change_of_key_whose_answer_was_lost_is_ended_when_tokens_are_due(
    client: OpenClawClient, tmp_path: Path, losing: list[bool]
) -> None:
    now = [0.0]
    Device.pair(tmp_path / "device.json", make(client))
    device = Device(tmp_path / "device.json", clock=lambda: now[0])
    for renew in (device.show, device.refresh):
        device.refresh()
        losing.append(True)
        with pytest.raises(AnswerLost):
            device.change_key()
        after = client.devices.show(device.id).key_fingerprint
        now[0] += 800
        renew()
        assert device.show().key_fingerprint == after


def test_tokens_whose_answer_was_lost_are_asked_for_again(client: OpenClawClient, tmp_path: Path, losing: list[bool]) -> None:
    device = Device.pair(tmp_path / "device.json", make(client))
    device.show()
    losing.append(True)
    with pytest.raises(AnswerLost):
        device.refresh()
    device.refresh()
    assert device.show().status == "active"


def test_an_address_at_which_nobody_is_is_passed_over(client: OpenClawClient, server: Server, tmp_path: Path) -> None:
    path = tmp_path / "device.json"
    device = Device.pair(path, make(client, ["127.0.0.2:9", server.address]))
    assert device.show().status == "active"
    # The one that answered comes first from now on.
    assert path.read_text().index(server.address) < path.read_text().index("127.0.0.2:9")


def test_an_address_that_hangs_holds_nobody_up(
    client: OpenClawClient, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_connection, "TIMEOUT", 3600.0)
    # It takes connections and never says a word.
    with socket.create_server(("127.0.0.1", 0)) as silent:
        hangs = f"127.0.0.1:{silent.getsockname()[1]}"
        device = Device.pair(tmp_path / "device.json", make(client, [hangs, server.address]))
        assert device.show().status == "active"


def test_of_several_addresses_with_another_key_that_is_said(
    client: OpenClawClient, program: str, server: Server, tmp_path: Path
) -> None:
    with Server(program, tmp_path) as other:
        with pytest.raises(Stranger, match="another key"):
            Device.pair(tmp_path / "device.json", make(client, ["127.0.0.2:9", other.address, "127.0.0.2:10"]))
        Device.pair(tmp_path / "device.json", make(client, [other.address, server.address]))


def test_a_paired_device_does_not_pair_again_over_itself(client: OpenClawClient, tmp_path: Path) -> None:
    path = tmp_path / "device.json"
    Device.pair(path, make(client))
    with pytest.raises(ConfigurationError, match="paired device already"):
        Device.pair(path, make(client))
    path.write_text("{")
    with pytest.raises(ConfigurationError, match="holds no device"):
        Device(path)


def test_a_code_needs_an_address(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="where its platform is"):
        Device.pair(tmp_path / "device.json", "OCL-J4K2T8P7N1RG")


def test_the_channel_is_opened_again_when_the_platform_was_away(program: str, tmp_path: Path) -> None:
    with Server(program, tmp_path) as server:
        with OpenClawClient(server.make_key(), url=server.url, pin=server.pin) as client:
            device = Device.pair(tmp_path / "device.json", make(client))
        heard: list[type[Change]] = []

        def report(change: Change) -> None:
            heard.append(type(change))
            if isinstance(change, Connected):
                device.disconnect() if heard.count(Connected) == 2 else server.restart()

        device.stay_connected(report, retries=AT_ONCE)
        assert [kind for kind, _ in itertools.groupby(heard)] == [Connected, Disconnected, Connected]


@pytest.mark.parametrize("fault", [errno.ENOSPC, errno.EMFILE, errno.EROFS])
@pytest.mark.parametrize("file", ["lock", "device"])
def test_a_computer_that_cannot_keep_anything_is_waited_out_and_a_file_without_a_device_is_not(
    client: OpenClawClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: int, file: str
) -> None:
    path, now, heard = tmp_path / "device.json", [0.0], list[Change]()
    Device.pair(path, make(client))
    device = Device(path, clock=lambda: now[0])
    device.refresh()
    faults, opened = [OSError(fault, os.strerror(fault))], os.open

    def failing(name: str | os.PathLike[str], flags: int, mode: int = 0o777) -> int:
        if faults and Path(name).name == {"lock": ".device.json.lock", "device": f".device.json.{os.getpid()}"}[file]:
            raise faults.pop()
        return opened(name, flags, mode)

    def report(change: Change) -> None:
        heard.append(change)
        if isinstance(change, Connected):
            path.unlink()
            client.devices.disable(device.id)
            client.devices.enable(device.id)
            now[0] += 800

    monkeypatch.setattr(os, "open", failing)
    now[0] += 800
    with pytest.raises(ConfigurationError, match="holds no paired device"):
        device.stay_connected(report, retries=AT_ONCE)
    assert faults == []
    assert isinstance(heard[0], Disconnected)
    assert os.strerror(fault) in heard[0].why
    assert any(isinstance(change, Connected) for change in heard)


def test_a_disabled_device_comes_back_by_itself_when_it_is_enabled(client: OpenClawClient, tmp_path: Path) -> None:
    device = Device.pair(tmp_path / "device.json", make(client))
    heard: list[Change] = []

    def report(change: Change) -> None:
        heard.append(change)
        if isinstance(change, Connected):
            device.disconnect() if len(heard) > 1 else client.devices.disable(device.id, reason="for the test")
        if change == Disabled(None):
            client.devices.enable(device.id)

    device.stay_connected(report, retries=AT_ONCE)
    # The channel tells the reason if it is not cut before.
    assert set(heard) & {Disabled("for the test"), Disabled(None)}
    assert isinstance(heard[-1], Connected)
