"""The README's code runs as it is written."""

from __future__ import annotations

import re
import threading
from pathlib import Path
from typing import Any

import pytest

from openclaw_sdk import OpenClawClient, refusals
from openclaw_sdk.models.events import DeviceEvent
from server import Server

README = Path(__file__).parents[1] / "README.md"


def blocks() -> list[str]:
    return re.findall(r"^```python\n(.*?)^```$", README.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def test_the_readmes_code_runs(
    server: Server, key: str, client: OpenClawClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {
        "CLAWPAIR_URL": server.url,
        "CLAWPAIR_PIN": server.pin,
        "CLAWPAIR_API_KEY": key,
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    *first, device, async_device = blocks()
    shared: dict[str, Any] = {}
    for block in first:
        exec(compile(block, str(README), "exec"), shared)  # noqa: S102 - this is the test
    assert str(shared["code"]).startswith("OCL-")
    assert shared["r"].link == shared["link"]
    shared["client"].close()
    for block in (device, async_device):
        made = client.devices.generate_pairing_code(
            name="worker", device_type="Service.Worker.Compute", permissions=["data:read"]
        )
        monkeypatch.setenv("CLAWPAIR_LINK", str(made.link))
        assert stays_connected_until_it_is_revoked(block, client)


def stays_connected_until_it_is_revoked(block: str, client: OpenClawClient) -> bool:
    revoked = threading.Event()

    def run() -> None:
        try:
            exec(compile(block, str(README), "exec"), {})  # noqa: S102 - this is the test
        except refusals.DeviceRevoked:
            revoked.set()

    events = client.events.follow(since=client.changes.page().cursor)
    thread = threading.Thread(target=run)
    thread.start()
    connected = next(event for event in events if isinstance(event, DeviceEvent) and event.device.connected)
    events.close()
    client.devices.revoke(connected.device.id)
    thread.join(timeout=30)
    return revoked.is_set()
