"""Runs the Python device against a platform: check.py CLAWPAIR-SERVER. Ends with 0 if all three ways in work.

It starts the program on a free port with an empty folder, makes codes over REST as a person would, and expects the
device to come in by link, by code with the platform's pin, and by a typed code alone; and to stay out where it must.
"""

import json
import pathlib
import subprocess
import sys
import tempfile

from device import Connection

DEVICE = pathlib.Path(__file__).with_name("device.py")


class Platform:
    def __init__(self, program, data):
        self.program, self.data = program, data
        serve = [program, "serve", "--data", data, "--listen", "127.0.0.1:0"]
        self.process = subprocess.Popen(serve, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.address = self.pin = None
        while not (self.address and self.pin):
            line = self.process.stdout.readline()
            assert line, "clawpair-server ended"
            word, _, rest = line.strip().partition(" ")
            if word == "listens":
                self.address = rest.split()[0].partition("://")[2]
            if word == "pin":
                self.pin = rest.strip()
        create = [program, "key", "create", "--data", data, "--name", "check", "--role", "admin"]
        self.key = subprocess.run(create, capture_output=True, text=True, check=True).stdout.strip()

    def call(self, method, path, body=None):
        connection = Connection(self.address, self.pin)
        status, _, answer = connection.call(method, path, body, [f"Authorization: Bearer {self.key}"])
        assert status < 300, answer
        return answer

    def code(self, **more):
        form = {"name": "Python", "device_type": "IoT Sensor", "permissions": ["sensor:read"], "expires_in_minutes": 10}
        return self.call("POST", "/api/v1/devices/pairing-codes", form | more)


def device(*arguments):
    return subprocess.Popen(
        [sys.executable, DEVICE, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def comes_in(created, *arguments):
    out, err = device(*arguments).communicate(timeout=60)
    assert out, err
    paired = json.loads(out)
    assert paired["id"] == created["device_id"] and paired["status"] == "active", paired


def stays_out(reason, *arguments):
    process = device(*arguments)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 1 and reason in err and not out, (out, err)


def wrong(code):
    """Another well-formed code with the same locator."""
    alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    from device import read_code

    for last in (a + b for a in alphabet for b in alphabet):
        guess = code[:-2] + last
        try:
            if guess != code:
                read_code(guess)
                return guess
        except SystemExit:
            continue
    raise AssertionError("no other code")


def check(platform):
    created = platform.code()
    comes_in(created, "link", created["link"])
    stays_out("code_used", "link", created["link"])

    created = platform.code()
    comes_in(created, "code", created["code"].lower(), platform.address, platform.pin)

    created = platform.code(typed=True)
    stays_out("not proven", "typed", wrong(created["code"]), platform.address)
    comes_in(created, "typed", created["code"], platform.address)
    stays_out("not proven", "typed", created["code"], platform.address)

    created = platform.code(ask_first=True)
    waiting = device("typed", created["code"], platform.address)
    number = waiting.stdout.readline().strip().removeprefix("number ")
    request = platform.call("GET", f"/api/v1/requests/{created['pairing_id']}")
    assert request["comparison"] == number and request["said_name"] == "python", (number, request)
    seen = {"public_key": request["public_key"], "permissions": request["permissions"]}
    platform.call("POST", f"/api/v1/requests/{created['pairing_id']}/approve", seen)
    out, err = waiting.communicate(timeout=60)
    assert out and json.loads(out.splitlines()[-1])["id"] == created["device_id"], (out, err)


def main(program):
    with tempfile.TemporaryDirectory() as data:
        platform = Platform(program, data)
        try:
            check(platform)
        finally:
            platform.process.terminate()
            platform.process.wait(timeout=30)
    print("a device in Python comes in by link, by code and by typed code, and waits where a person is asked")


if __name__ == "__main__":
    main(*sys.argv[1:])
