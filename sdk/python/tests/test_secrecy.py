"""Nothing that lets anybody in is where it was not asked for: not in output, errors, logs, or the list of processes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from server import Server

PASSWORD = "olive tractor umbrella nine"

PROGRAM = """
import asyncio, contextlib, json, logging, sys
from pathlib import Path
from openclaw_sdk import AsyncOpenClawClient, NEVER, OpenClawClient, OpenClawError
from openclaw_sdk.device import AsyncDevice, Device

logging.basicConfig(level=logging.DEBUG)
given = json.loads(sys.stdin.readline())
secret = []


@contextlib.contextmanager
def failing():
    try:
        yield
    except OpenClawError as error:
        logging.exception("as programs do: %r", error)
    else:
        raise AssertionError("it did not fail")


def make(client, **more):
    made = client.devices.generate_pairing_code(name="x", device_type="x", permissions=["a:read"], **more)
    secret.extend((made.code, made.code[4:], made.link, made.link.rpartition("/")[2][26:]))
    print(repr(made), client, [made])
    return made


def kept(path):
    state = json.loads(Path(path).read_text())
    secret.extend(state[name] for name in ("key", "access_token", "refresh_token"))


with OpenClawClient("file:key") as client:
    print(client.me.show(), client.api_keys.all())
    created = client.api_keys.create(name="Other", role="integrator", scopes=["codes:create"], expires_in_days=1)
    secret.append(created.key)
    print(created)
    made = make(client)
    device = Device.pair("device.json", made.link)
    kept("device.json")
    print(device, device.show())
    device.refresh()
    device.change_key()
    kept("device.json")
    device.stay_connected(lambda change: (print(change), device.disconnect())[0])
    with failing():
        Device.pair("again.json", made.link)
    with failing():
        Device.pair("again.json", made.code, address=client.platform_address.url.partition("//")[2])
    invitation = client.invitations.create(name="Ada", role="admin")
    secret.append(invitation.token)
    print(invitation)
    other = make(client, typed=False)

with OpenClawClient() as anybody:
    anybody.members.accept(token=invitation.token, password=given["password"])
    with failing():
        anybody.session.sign_in(name="Eve", password=given["password"])
    print(anybody.session.sign_in(name="Ada", password=given["password"]))
    secret.extend(cookie.value for cookie in anybody._http.cookies.jar)
    print(anybody.me.show(), anybody)
    anybody.session.sign_out()
with failing():
    OpenClawClient(given["key"] + " x")
with failing(), OpenClawClient(given["key"] + "x", retries=NEVER) as client:
    client.me.show()


async def the_same():
    async with AsyncOpenClawClient("file:key") as client:
        print(await client.me.show(), client)
    device = await AsyncDevice.pair("async.json", other.link)
    kept("async.json")
    await device.stay_connected(lambda change: (print(change), device.disconnect())[0])
    print(device)


asyncio.run(the_same())
Path("secret.json").write_text(json.dumps(secret))
print("done", flush=True)
# Others look at the list of processes meanwhile.
sys.stdin.readline()
"""


def test_no_secret_is_printed_logged_or_listed(program: str, tmp_path: Path) -> None:
    with Server(program, tmp_path) as server:
        key = server.make_key()
        (tmp_path / "key").write_text(key)
        (tmp_path / "program.py").write_text(PROGRAM)
        with (tmp_path / "errors").open("w") as errors:
            running = subprocess.Popen(
                [sys.executable, "program.py"],
                cwd=tmp_path,
                env={**os.environ, "CLAWPAIR_URL": server.url, "CLAWPAIR_PIN": server.pin, "PYTHONUNBUFFERED": "1"},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )
        assert running.stdin is not None
        assert running.stdout is not None
        running.stdin.write(json.dumps({"key": key, "password": PASSWORD}) + "\n")
        running.stdin.flush()
        said = []
        for line in running.stdout:
            said.append(line)
            if line == "done\n":
                break
        assert said[-1:] == ["done\n"], (tmp_path / "errors").read_text()
        # As anybody on the computer, and as its own user.
        listed = "".join((Path("/proc") / str(running.pid) / what).read_text() for what in ("cmdline", "environ"))
        running.communicate("\n", timeout=60)
        errors_said = (tmp_path / "errors").read_text()
        assert running.returncode == 0, errors_said
        secret = [*json.loads((tmp_path / "secret.json").read_text()), key, PASSWORD]
        for name, text in (("output", "".join(said)), ("errors", errors_said), ("list", listed), ("log", server.log)):
            assert len(text) > 100, name
            for one in secret:
                shown = [line for line in text.splitlines() if one in line]
                assert not shown, (name, one, shown)
