"""Pages served to tests: by `desk serve` in a process of its own, or by this process on the test's own clock."""

from __future__ import annotations

import asyncio
import http.client
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from desk.serving import Address
from desk.web.serving import serve_http
from tests.dovecot import free_port

if TYPE_CHECKING:
    from desk.services.desk import Desk

ROOT = Path(__file__).parents[2]
WITHIN = 20.0


class Asked:
    """Asks pages at a loopback port."""

    port: int

    def check(self) -> None:
        """Raise when nobody will ever listen."""

    def ask(
        self, path: str, method: str = "GET", body: bytes | None = None, **headers: str
    ) -> tuple[int, dict[str, str], str]:
        """Status, headers and body of an answer; waits until the program listens."""
        until = time.monotonic() + WITHIN
        while True:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=WITHIN)
            try:
                connection.request(method, path, body, {k.replace("_", "-"): v for k, v in headers.items()})
                answer = connection.getresponse()
                return answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read().decode()
            except ConnectionRefusedError:
                self.check()
                assert time.monotonic() < until
                time.sleep(0.05)
            finally:
                connection.close()

    def post(self, path: str, **fields: str) -> tuple[int, dict[str, str], str]:
        """As `ask`, with what a form without files sends."""
        return self.ask(path, "POST", urlencode(fields).encode(), Content_Type="application/x-www-form-urlencoded")

    def upload(self, path: str, *files: tuple[str, bytes], **fields: str) -> tuple[int, dict[str, str], str]:
        """As `ask`, with what a form with files sends."""
        parts = [(f'name="{name}"', value.encode()) for name, value in fields.items()]
        parts += [(f'name="files"; filename="{name}"', data) for name, data in files]
        body = b"".join(
            b"--line\r\nContent-Disposition: form-data; " + head.encode() + b"\r\n\r\n" + data + b"\r\n"
            for head, data in parts
        )
        return self.ask(path, "POST", body + b"--line--\r\n", Content_Type="multipart/form-data; boundary=line")


class Served(Asked):
    """A `desk serve` of its own on a loopback port."""

    def __init__(self, url: str, folder: Path, port: int = 0) -> None:
        self.port = port or free_port()
        environ = {
            **os.environ, "DESK_DATABASE_URL": url, "DESK_CONFIG": str(folder / "none.toml"),
            "DESK_DATA_DIR": str(folder / "data"), "DESK_SERVE__HTTP": f"127.0.0.1:{self.port}",
        }  # fmt: skip
        command = [sys.executable, "-m", "desk", "serve"]
        self.process = subprocess.Popen(command, cwd=ROOT, env=environ, stderr=subprocess.PIPE)

    def check(self) -> None:
        """Raise when the program has ended."""
        assert self.process.poll() is None, self.process.stderr and self.process.stderr.read()

    def end(self) -> tuple[int, str]:
        """Told to stop: its exit code and all that it said."""
        self.process.terminate()
        said = self.process.communicate(timeout=WITHIN)[1].decode()
        return self.process.returncode, said

    def kill(self) -> None:
        """Leave nothing running."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.communicate(timeout=WITHIN)


class ServedHere(Asked):
    """The same pages over the same HTTP, from a thread of this process, so that the test holds the clock."""

    def __init__(self, desk: Desk) -> None:
        self.port = free_port()
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._thread = threading.Thread(target=self._run, args=(desk,), daemon=True)
        self._thread.start()

    def _run(self, desk: Desk) -> None:
        self._loop.run_until_complete(serve_http(desk, Address(host="127.0.0.1", port=self.port), self._stop))
        self._loop.close()

    def end(self) -> None:
        """Stop, and wait for it."""
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(WITHIN)
