"""Making codes and letting devices in, at the real server."""

from __future__ import annotations

import json
import threading
from datetime import timedelta
from pathlib import Path

import pytest

from guess import another
from openclaw_sdk import OpenClawClient, Stranger, refusals
from openclaw_sdk.device import Change, Connected, Device, RightsChanged
from openclaw_sdk.models.pairings import PairingCodeCreated
from server import Server


def make(client: OpenClawClient, *, ask_first: bool | None = None) -> PairingCodeCreated:
    return client.devices.generate_pairing_code(
        name="Python", device_type="IoT Sensor", permissions=["sensor:read"], ask_first=ask_first, typed=True
    )


@pytest.mark.parametrize(
    "how",
    [
        pytest.param({"CLAWPAIR_URL": "{url}", "CLAWPAIR_PIN": "{pin}"}, id="the environment names the platform"),
        pytest.param({"CLAWPAIR_DATA_DIR": "{folder}"}, id="the desktop program has said where it is"),
    ],
)
def test_the_articles_lines_work_as_written(
    server: Server, key: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, how: dict[str, str]
) -> None:
    for name, value in how.items():
        monkeypatch.setenv(name, value.format(url=server.url, pin=server.pin, folder=tmp_path))
    (tmp_path / "platform.json").write_text(json.dumps({"url": server.url, "pin": server.pin}))
    from openclaw_sdk import OpenClawClient

    client = OpenClawClient(api_key=key)
    r = client.devices.generate_pairing_code(
        name="New Production Sensor",
        device_type="IoT.Sensor.Temperature",
        permissions=["sensor:read", "telemetry:publish"],
        expiration=timedelta(minutes=60),
    )
    assert str(r.get("code")).startswith("OCL-")
    assert r.get("device_id") == r.device_id
    client.close()


def test_a_link_lets_a_device_in_once(client: OpenClawClient, tmp_path: Path) -> None:
    created = make(client)
    assert created.link is not None
    device = Device.pair(tmp_path / "device.json", created.link, name="python")
    assert device.id == created.device_id
    assert device.show().said_name == "python"
    assert client.devices.show(device.id).status == "active"
    with pytest.raises(refusals.CodeUsed):
        Device.pair(tmp_path / "other.json", created.link)
    assert not (tmp_path / "other.json").exists()


def test_a_code_and_the_pin_let_a_device_in(client: OpenClawClient, server: Server, tmp_path: Path) -> None:
    created = make(client)
    device = Device.pair(tmp_path / "device.json", created.code.lower(), address=server.address, pin=server.pin)
    assert device.show().id == created.device_id


def test_a_typed_code_lets_a_device_in_where_the_platform_proves_to_know_it(
    client: OpenClawClient, server: Server, tmp_path: Path
) -> None:
    created = make(client)
    with pytest.raises(Stranger, match="not prove"):
        Device.pair(tmp_path / "device.json", another(created.code), address=server.address)
    device = Device.pair(tmp_path / "device.json", created.code, address=server.address)
    assert device.show().id == created.device_id
    with pytest.raises(Stranger, match="not prove"):
        Device.pair(tmp_path / "other.json", created.code, address=server.address)


def test_a_person_is_asked_and_both_see_one_number(client: OpenClawClient, server: Server, tmp_path: Path) -> None:
    created = make(client, ask_first=True)
    shown: list[str] = []

    def decide(_: float) -> None:
        request = client.requests.show(created.pairing_id)
        assert shown == [request.comparison]
        assert request.said_name == "python"
        client.requests.approve(request)

    path = tmp_path / "device.json"
    device = Device.pair(path, created.code, address=server.address, name="python", show=shown.append, sleep=decide)
    assert device.show().status == "active"


def test_a_person_may_say_no(client: OpenClawClient, tmp_path: Path) -> None:
    created = make(client, ask_first=True)

    def decide(_: float) -> None:
        client.requests.deny(created.pairing_id, reason="not ours")

    with pytest.raises(refusals.PairingDenied, match="not ours"):
        Device.pair(tmp_path / "device.json", str(created.link), show=lambda _: None, sleep=decide)


def test_the_file_is_for_its_owner_alone_and_opens_again(client: OpenClawClient, tmp_path: Path) -> None:
    created = make(client)
    path = tmp_path / "device.json"
    first = Device.pair(path, str(created.link))
    assert path.stat().st_mode & 0o777 == 0o600
    assert Device(path).show().id == first.id
    again = Device.open_or_pair(path, str(created.link))
    assert again.id == first.id
    assert str(created.link).rpartition("/")[2] not in path.read_text()
    assert again.id in repr(again)


def test_tokens_are_renewed_and_used(client: OpenClawClient, tmp_path: Path) -> None:
    path = tmp_path / "device.json"
    now = [0.0]
    Device.pair(path, str(make(client).link))
    device = Device(path, clock=lambda: now[0])
    before = path.read_text()
    device.refresh()
    renewed = path.read_text()
    assert renewed != before
    device.show()
    assert path.read_text() == renewed
    now[0] += 900
    device.show()
    assert path.read_text() != renewed
    # The first tokens have been replaced meanwhile; whoever has them reads the file again.
    client.tokens.revoke(device.headers("GET", "https://example.org/")["Authorization"].partition(" ")[2])
    with pytest.raises(refusals.DeviceTokenInvalid):
        device.show()


def test_a_key_is_changed_and_the_old_one_is_worthless(client: OpenClawClient, tmp_path: Path) -> None:
    path = tmp_path / "device.json"
    device = Device.pair(path, str(make(client).link))
    old = tmp_path / "copy.json"
    old.write_bytes(path.read_bytes())
    before = client.devices.show(device.id).key_fingerprint
    assert device.change_key().key_fingerprint != before
    assert device.show().id == device.id
    with pytest.raises(refusals.DeviceKeyReplaced):
        Device(old).show()


def test_two_programs_on_one_file_take_turns(client: OpenClawClient, tmp_path: Path) -> None:
    path = tmp_path / "device.json"
    one = Device.pair(path, str(make(client).link))
    other = Device(path)
    one.refresh()
    one.show()
    other.refresh()
    assert other.show().id == one.show().id
    one.change_key()
    assert other.show().id == one.id


def test_a_device_stays_connected_hears_its_rights_and_is_revoked(client: OpenClawClient, tmp_path: Path) -> None:
    device = Device.pair(tmp_path / "device.json", str(make(client).link))
    heard: list[Change] = []

    def report(change: Change) -> None:
        heard.append(change)
        if isinstance(change, Connected):
            client.devices.grant(device.id, ["sensor:read", "telemetry:publish"])
        if isinstance(change, RightsChanged):
            client.devices.revoke(device.id, reason="the test")

    with pytest.raises(refusals.DeviceRevoked):
        device.stay_connected(report)
    assert isinstance(heard[0], Connected)
    assert heard[1] == RightsChanged(("sensor:read", "telemetry:publish"))
    with pytest.raises(refusals.DeviceRevoked):
        device.show()


def test_a_connected_device_is_asked_to_leave(client: OpenClawClient, tmp_path: Path) -> None:
    device = Device.pair(tmp_path / "device.json", str(make(client).link))
    connected = threading.Event()
    thread = threading.Thread(target=device.stay_connected, args=(lambda _: connected.set(),))
    thread.start()
    assert connected.wait(timeout=30)
    device.disconnect()
    thread.join(timeout=30)
    assert not thread.is_alive()
    device.forget()
    assert not (tmp_path / "device.json").exists()


def test_another_key_at_the_address_is_nobody(client: OpenClawClient, server: Server, tmp_path: Path) -> None:
    created = make(client)
    with pytest.raises(Stranger, match="another key"):
        Device.pair(tmp_path / "device.json", created.code, address=server.address, pin="1G64S36D1N6RVKGEB1C9HP8SB6")
    assert client.pairing_codes.show(created.pairing_id).status == "open"
