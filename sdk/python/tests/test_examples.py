"""The examples, as programs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
from pathlib import Path

import pytest

from openclaw_sdk import OpenClawClient
from openclaw_sdk.device import Device
from server import Server

EXAMPLES = Path(__file__).parents[1] / "examples"
LIST = """name,device_type,permissions
"Hall, left",IoT.Sensor.Temperature,sensor:read telemetry:publish
{0} 2,IoT,a:read
{0} 3,IoT,a:read
"""


@pytest.fixture
def environment(server: Server, key: str) -> dict[str, str]:
    return {**os.environ, "CLAWPAIR_URL": server.url, "CLAWPAIR_PIN": server.pin, "CLAWPAIR_API_KEY": key}


def run(environment: dict[str, str], *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, EXAMPLES / arguments[0], *arguments[1:]]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)


def test_a_batch_that_was_broken_off_goes_on_and_makes_nothing_twice(
    environment: dict[str, str], client: OpenClawClient, tmp_path: Path
) -> None:
    name = f"batch {uuid.uuid4().hex}"
    listed, codes, unfinished = tmp_path / "list.csv", tmp_path / "codes.jsonl", tmp_path / "codes.jsonl.unfinished"
    listed.write_text(LIST.format(name))
    # As if it had been broken off before the first line.
    unfinished.write_text(str(uuid.uuid4()))
    batch = unfinished.read_text()
    first = run(environment, "batch.py", listed, codes)
    assert first.returncode == 0, first.stderr
    assert "3 of 3" in first.stderr
    made = codes.read_bytes()
    lines = [json.loads(line) for line in made.splitlines()]
    assert [(line["row"], line["name"]) for line in lines] == [(1, "Hall, left"), (2, f"{name} 2"), (3, f"{name} 3")]
    assert codes.stat().st_mode & 0o777 == 0o600
    assert not any(line["code"] in first.stdout + first.stderr for line in lines)
    assert run(environment, "batch.py", listed, codes).returncode == 1
    assert codes.read_bytes() == made

    # As if it had been broken off in the middle of the second line, after the platform had made all.
    codes.write_bytes(made[: made.index(b"\n") + 20])
    unfinished.write_text(batch)
    again = run(environment, "batch.py", listed, codes)
    assert again.returncode == 0, again.stderr
    assert [json.loads(line)["code"] for line in codes.read_text().splitlines()] == [line["code"] for line in lines]
    assert not unfinished.exists()
    assert len(list(client.pairing_codes.iterate(q=name))) == 2


def test_a_batch_to_be_typed_stops_within_the_guess_budget_and_goes_on_later(program: str, tmp_path: Path) -> None:
    with Server(program, tmp_path) as server:
        key = server.make_key()
        environment = {**os.environ, "CLAWPAIR_URL": server.url, "CLAWPAIR_PIN": server.pin, "CLAWPAIR_API_KEY": key}
        listed, codes = tmp_path / "list.csv", tmp_path / "codes.jsonl"
        listed.write_text("name,device_type,permissions\n" + "".join(f"S{n},IoT,a:read\n" for n in range(53)))
        stopped = run(environment, "batch.py", listed, codes, "--typed")
        assert stopped.returncode == 3, stopped.stderr
        with OpenClawClient(key, url=server.url, pin=server.pin) as client:
            limit = client.pairing_codes.summary().typed_at_most
            assert len(codes.read_text().splitlines()) == limit < 53
            for pairing in client.pairing_codes.page(limit=2).pairings:
                client.pairing_codes.cancel(pairing.id)
        assert run(environment, "batch.py", listed, codes, "--typed").returncode == 0
        assert len(codes.read_text().splitlines()) == 53


def test_a_list_without_its_columns_is_refused_before_anything_is_made(environment: dict[str, str], tmp_path: Path) -> None:
    listed = tmp_path / "list.csv"
    listed.write_text("name,type\na,b\n")
    refused = run(environment, "batch.py", listed, tmp_path / "codes.jsonl")
    assert refused.returncode == 1
    assert "device_type" in refused.stderr
    assert list(tmp_path.iterdir()) == [listed]


def test_a_ci_job_makes_a_link_once_and_waits_for_the_service(environment: dict[str, str], tmp_path: Path) -> None:
    job = {**environment, "CI_JOB_ID": uuid.uuid4().hex}
    link = tmp_path / "link"
    made = run(job, "ci_job.py", "make", "worker", link)
    assert made.returncode == 0, made.stderr
    assert link.stat().st_mode & 0o777 == 0o600
    text = link.read_text()
    assert text.startswith("CPAIR:1/")
    assert text not in made.stdout + made.stderr
    assert run(job, "ci_job.py", "make", "worker", link).stdout == made.stdout
    assert link.read_text() == text
    Device.pair(tmp_path / "device.json", text)
    waited = run(job, "ci_job.py", "wait", made.stdout.strip())
    assert (waited.returncode, waited.stderr) == (0, "worker: completed\n")


def test_a_ci_job_fails_when_its_code_was_taken_back(
    environment: dict[str, str], client: OpenClawClient, tmp_path: Path
) -> None:
    made = run(environment, "ci_job.py", "make", "worker", tmp_path / "link")
    waiting = subprocess.Popen(
        [sys.executable, EXAMPLES / "ci_job.py", "wait", made.stdout.strip()],
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    )
    client.pairing_codes.cancel(made.stdout.strip())
    _, said = waiting.communicate(timeout=60)
    assert (waiting.returncode, said) == (1, "worker: cancelled\n")
