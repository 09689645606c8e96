"""Compares a running platform with its own OpenAPI document: check.py CLAWPAIR-SERVER. Ends with 0 if they agree.

It starts the program on a free port with an empty folder and a key that may do everything, and lets Schemathesis send what
the document allows and what it forbids. All requests are drawn in the same way every time.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import urllib.request

SCHEMATHESIS = pathlib.Path(sys.executable).with_name("schemathesis")
CONFIG = pathlib.Path(__file__).with_name("schemathesis.toml")


def start(program, data):
    serve = [program, "serve", "--data", data, "--plain-http", "127.0.0.1:0", "--calls-per-second", "0"]
    process = subprocess.Popen(serve, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    for line in process.stdout:
        word, _, rest = line.strip().partition(" ")
        if word == "listens":
            return process, rest.split()[0]
    raise SystemExit("clawpair-server ended")


def make_key(program, data, name):
    create = [program, "key", "create", "--data", data, "--name", name, "--role", "admin"]
    return subprocess.run(create, capture_output=True, text=True, check=True).stdout.strip()


def whose(address, key):
    """The id of a key that is good."""
    me = urllib.request.Request(f"{address}/api/v1/me", headers={"Authorization": f"Bearer {key}"})
    with urllib.request.urlopen(me) as answer:
        return json.load(answer)["id"]


def main(program):
    with tempfile.TemporaryDirectory() as folder:
        data = f"{folder}/data"
        process, address = start(program, data)
        try:
            key, other = make_key(program, data, "contract"), make_key(program, data, "other")
            command = [SCHEMATHESIS, "--config-file", CONFIG, "run", f"{address}/api/v1/openapi.json"]
            command += ["--header", f"Authorization: Bearer {key}"]
            environment = os.environ | {"OTHER_KEY": whose(address, other)}
            outcome = subprocess.run(command, cwd=folder, env=environment).returncode
            whose(address, key)  # Nothing above was refused merely because the key had ended.
            return outcome
        finally:
            process.terminate()
            process.wait()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
