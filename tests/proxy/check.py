"""Runs the documented way of deploying: check.py CLAWPAIR-SERVER CLAWPAIR-DEVICE. Ends with 0 if it works as docs/SERVER.md says.

It starts nginx with docs/nginx.conf and the server with the command that stands in it; only ports and paths are others. Then managers
come in through nginx's TLS and a device through the TCP it passes on. At the end systemd judges the unit in docs/systemd.
"""

import http.client
import json
import os
import pathlib
import shlex
import socket
import ssl
import subprocess
import sys
import tempfile
import time

DOCS = pathlib.Path(__file__).parents[2] / "docs"
HOST = "hub.example.org"
# Not the address that nginx itself has for the server.
CALLER = "127.0.0.5"
PATIENCE = 30
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("CLAWPAIR_")}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def replaced(text, pairs):
    for old, new in pairs:
        assert old in text, f"docs/nginx.conf has no “{old}” any more"
        text = text.replace(old, new)
    return text


def wait_until(happens, what):
    end = time.monotonic() + PATIENCE
    while not happens():
        assert time.monotonic() < end, what
        time.sleep(0.05)


class Deployment:
    """nginx and the server as docs/nginx.conf has them, in a folder of their own."""

    def __init__(self, server, folder):
        self.folder, self.server = folder, server
        self.devices, behind, self.managers = free_port(), free_port(), free_port()
        self.data, sock = f"{folder}/data", f"{folder}/http.sock"
        document = (DOCS / "nginx.conf").read_text()
        command = " ".join(line.lstrip("# ").rstrip("\\") for line in document.splitlines() if line.startswith("#   "))
        command = replaced(
            command,
            [
                ("/var/lib/clawpair", self.data),
                ("127.0.0.1:21328", f"127.0.0.1:{behind}"),
                ("/run/clawpair/http.sock", sock),
            ],
        )
        self.configuration = replaced(
            document,
            [
                ("127.0.0.1:21328", f"127.0.0.1:{behind}"),
                ("listen 21327;", f"listen 127.0.0.1:{self.devices};"),
                ("listen 443 ssl;", f"listen {self.managers} ssl;"),
                ("/run/clawpair/http.sock", sock),
                (f"/etc/ssl/{HOST}", f"{folder}/{HOST}"),
                # What Debian's nginx writes elsewhere.
                ("\nhttp {", f"\nhttp {{ access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;"),
            ],
        )
        self.platform = self.nginx = None
        self.words = shlex.split(command)

    def start(self):
        self.certify()
        words, server = self.words, self.server
        assert words[0] == "clawpair-server", words
        self.platform = subprocess.Popen(
            [server, *words[1:]], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=ENVIRONMENT
        )
        for line in self.platform.stdout:
            if line.strip().startswith("a key"):
                break
        assert self.platform.poll() is None, "clawpair-server ended"
        create = [server, "key", "create", "--data", self.data, "--name", "check", "--role", "admin"]
        self.key = subprocess.run(create, capture_output=True, text=True, check=True, env=ENVIRONMENT).stdout.strip()
        self.nginx = self.start_nginx()

    def certify(self):
        make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={HOST}"]
        make += ["-addext", f"subjectAltName=DNS:{HOST}"]
        make += ["-keyout", f"{self.folder}/{HOST}.key", "-out", f"{self.folder}/{HOST}.pem"]
        subprocess.run(make, check=True, stderr=subprocess.DEVNULL)
        self.tls = ssl.create_default_context(cafile=f"{self.folder}/{HOST}.pem")

    def start_nginx(self):
        path = pathlib.Path(f"{self.folder}/nginx.conf")
        path.write_text(self.configuration)
        globals_ = f"daemon off; pid {self.folder}/nginx.pid;"
        if os.getuid() == 0:
            # The folder is this user's alone.
            globals_ += " user root;"
        command = ["nginx", "-e", "stderr", "-c", str(path), "-g", globals_]
        subprocess.run([*command, "-t", "-q"], check=True)
        process = subprocess.Popen(command)

        def answers():
            assert process.poll() is None, "nginx ended"
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", self.managers)) == 0

        wait_until(answers, "nginx does not listen")
        return process

    def connect(self):
        raw = socket.create_connection(("127.0.0.1", self.managers), timeout=PATIENCE, source_address=(CALLER, 0))
        connection = http.client.HTTPConnection(HOST)
        connection.sock = self.tls.wrap_socket(raw, server_hostname=HOST)
        return connection

    def open(self, method, path, body=None, **headers):
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"} | headers
        connection = self.connect()
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        return connection.getresponse()

    def call(self, method, path, body=None, **headers):
        answer = self.open(method, path, body, **headers)
        text = answer.read()
        return answer.status, json.loads(text) if answer.headers.get_content_type() == "application/json" else text

    def code(self, **headers):
        form = {"name": "Hall", "device_type": "IoT Sensor", "permissions": ["sensor:read"], "expires_in_minutes": 10}
        form["addresses"] = [f"127.0.0.1:{self.devices}"]
        status, created = self.call("POST", "/api/v1/devices/pairing-codes", form, **headers)
        assert status == 201, created
        return created

    def stop(self):
        for process in [self.nginx, self.platform]:
            if process:
                process.terminate()
                process.wait(PATIENCE)


def managers_make_and_list_codes(hub):
    created = hub.code()
    status, page = hub.call("GET", "/api/v1/devices/pairing-codes?status=open")
    assert status == 200 and page["pairings"][0]["id"] == created["pairing_id"], page
    status, _ = hub.call("POST", "/api/v1/devices/pairing-codes", {"name": "x" * 70_000})
    assert status == 413, status
    status, refused = hub.call("GET", "/api/v1/devices", Authorization="Bearer cpk_no")
    assert (status, refused["code"]) == (401, "api_key_invalid"), refused


def the_caller_is_who_nginx_saw(hub):
    for lies in [{}, {"X-Forwarded-For": "203.0.113.9"}, {"Forwarded": "for=203.0.113.9"}]:
        hub.code(**lies)
        _, log = hub.call("GET", "/api/v1/activity?action=pairing_opened&limit=1")
        assert log["entries"][0]["address"] == CALLER, (lies, log)


def events_come_as_they_happen(hub):
    stream = hub.open("GET", "/api/v1/events")
    assert stream.status == 200 and stream.headers.get_content_type() == "text/event-stream", stream.status
    # Nothing more is sent on this stream for 15 seconds, so whatever waits to be full would be noticed.
    for _ in range(2):
        created, begun = hub.code(), time.monotonic()
        while created["pairing_id"] not in stream.readline().decode():
            assert time.monotonic() - begun < PATIENCE, "no event"


def devices_do_not_pair_through_tls_that_ends_at_nginx(hub):
    claim = {"secret": {"code": "J4K2T8P7N1RG"}, "public_key": "", "signature": ""}
    claim["idempotency_key"] = "00000000-0000-0000-0000-000000000000"
    status, refused = hub.call("POST", "/api/v1/pair/claim", claim)
    assert (status, refused["code"]) == (400, "tls_required"), refused


def a_device_stays_connected_through_the_tcp_that_nginx_passes_on(hub, program):
    created = hub.code()
    device = [program, "--state", f"{hub.folder}/device.json"]
    subprocess.run([*device, "pair", "-"], input=created["link"], text=True, check=True, env=ENVIRONMENT, capture_output=True)
    stays = subprocess.Popen([*device, "run"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=ENVIRONMENT)
    try:
        path = f"/api/v1/devices/{created['device_id']}"
        wait_until(lambda: hub.call("GET", path)[1]["connected"], "its live channel, a WebSocket, did not open")
        assert hub.call("DELETE", path)[0] == 200
        assert stays.wait(PATIENCE) == 20, "it was told that it is revoked"
    finally:
        stays.kill()


def systemd_takes_the_unit(server, folder):
    unit = (DOCS / "systemd/clawpair-server.service").read_text()
    place = "/usr/local/bin/clawpair-server"
    assert f"ExecStart={place} serve " in unit
    path = pathlib.Path(folder) / "clawpair-server.service"
    path.write_text(unit.replace(place, server))
    # Alone, and with what docs/SERVER.md adds to it for a proxy.
    added = (DOCS / "SERVER.md").read_text().partition("```ini\n")[2].partition("```")[0]
    assert f"ExecStart={place} serve\n" in added, added
    drop_in = path.with_suffix(".service.d")
    for text in [None, added.replace(place, server)]:
        if text:
            drop_in.mkdir()
            (drop_in / "override.conf").write_text(text)
        verified = subprocess.run(["systemd-analyze", "verify", "--man=no", path], capture_output=True, text=True)
        assert verified.returncode == 0 and not verified.stderr, verified.stderr
    # Exposure as systemd counts it, from 0.0 to 10.0; the unit has 1.5.
    judged = ["systemd-analyze", "security", "--offline=yes", "--threshold=20", "--no-pager", path]
    judged = subprocess.run(judged, capture_output=True, text=True)
    assert judged.returncode == 0, judged.stdout[-500:]


def systemd_takes_the_devices_unit(device, folder):
    unit = (DOCS / "systemd/clawpair-device.service").read_text()
    place = "/usr/local/bin/clawpair-device"
    assert f"ExecStart={place} run\n" in unit and f"{place} pair - " in unit
    path = pathlib.Path(folder) / "clawpair-device.service"
    path.write_text(unit.replace(place, device))
    verified = subprocess.run(["systemd-analyze", "verify", "--man=no", path], capture_output=True, text=True)
    assert verified.returncode == 0 and not verified.stderr, verified.stderr
    judged = ["systemd-analyze", "security", "--offline=yes", "--threshold=20", "--no-pager", path]
    judged = subprocess.run(judged, capture_output=True, text=True)
    assert judged.returncode == 0, judged.stdout[-500:]


def main(server, device):
    with tempfile.TemporaryDirectory() as folder:
        hub = Deployment(server, folder)
        try:
            hub.start()
            for check in [
                managers_make_and_list_codes,
                the_caller_is_who_nginx_saw,
                events_come_as_they_happen,
                devices_do_not_pair_through_tls_that_ends_at_nginx,
            ]:
                check(hub)
                print(f"ok  {check.__name__}")
            a_device_stays_connected_through_the_tcp_that_nginx_passes_on(hub, device)
            print("ok  a_device_stays_connected_through_the_tcp_that_nginx_passes_on")
        finally:
            hub.stop()
        systemd_takes_the_unit(server, folder)
        systemd_takes_the_devices_unit(device, folder)
        print("ok  systemd_takes_the_unit")


if __name__ == "__main__":
    main(*sys.argv[1:])
