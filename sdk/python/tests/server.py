"""The real server program, on a free port and with an empty folder."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from types import TracebackType


class Server:
    """A running `clawpair-server`."""

    def __init__(self, program: str, folder: Path, *options: str, listen: str = "127.0.0.1:0") -> None:
        self.program, self.data = program, folder / "data"
        self._serve = [program, "serve", "--data", str(self.data), "--listen", listen, *options]
        self.url = self.pin = self.curl_pin = ""
        folder.mkdir(parents=True, exist_ok=True)
        self._log = folder / "server.log"
        self._start()

    def _start(self) -> None:
        environment = {**os.environ, "CLAWPAIR_LOG": "debug"}
        with self._log.open("a") as log:
            self.process = subprocess.Popen(self._serve, stdout=subprocess.PIPE, stderr=log, env=environment, text=True)
        assert self.process.stdout is not None
        said: dict[str, str] = {}
        # It says everything before it listens, and where it listens last of these.
        while not {"listens", "pin", "for"} <= said.keys():
            line = self.process.stdout.readline()
            assert line, "clawpair-server ended"
            word, _, rest = line.strip().partition(" ")
            said.setdefault(word, rest.strip())
        self.url, self.pin, self.curl_pin = said["listens"].split()[0], said["pin"], said["for"].split()[-1]

    @property
    def address(self) -> str:
        """Host and port."""
        return self.url.partition("://")[2]

    @property
    def log(self) -> str:
        """What it has logged."""
        return self._log.read_text(encoding="utf-8")

    def make_key(self, role: str = "admin") -> str:
        """A new API key."""
        create = [self.program, "key", "create", "--data", str(self.data), "--name", "check", "--role", role]
        return subprocess.run(create, capture_output=True, text=True, check=True).stdout.strip()

    def invite(self) -> str:
        """The token of a new invitation."""
        invite = [self.program, "invite", "--data", str(self.data), "--name", "Ada", "--role", "admin"]
        link = subprocess.run(invite, capture_output=True, text=True, check=True).stdout.strip()
        return link.rpartition("#")[2].rpartition("=")[2]

    def restart(self) -> None:
        """Ends it, and starts it anew at the same address."""
        self.stop()
        self._serve[self._serve.index("--listen") + 1] = self.address
        self._start()

    def stop(self) -> None:
        """Ends it."""
        self.process.terminate()
        self.process.wait(timeout=30)
        if self.process.stdout:
            self.process.stdout.close()

    def __enter__(self) -> Server:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()
