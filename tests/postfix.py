"""A real mail server for tests: Debian's postfix, on loopback, in a folder of its own, gone at the end."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.dovecot import free_port
from tests.postgres import temporary_folder

PATH = f"{os.environ.get('PATH', '')}:/usr/sbin"
PROGRAM = shutil.which("postfix", path=PATH)
DAEMONS = Path("/usr/lib/postfix/sbin")
IS_USABLE = PROGRAM is not None and DAEMONS.is_dir() and hasattr(os, "geteuid") and os.geteuid() == 0
MISSING = "postfix is not installed, or this is not root, and postfix starts for nobody else"
READY_WITHIN = 30.0  # seconds
QUEUES = ("active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming", "private", "saved", "trace")

MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/spool
data_directory = {folder}/data
daemon_directory = {daemons}
command_directory = /usr/sbin
mail_owner = postfix
setgid_group = postdrop
maillog_file = {folder}/postfix.log
maillog_file_prefixes = {folder}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mx.desk.example
mydestination =
local_recipient_maps =
alias_maps =
mynetworks = 127.0.0.0/8
smtpd_relay_restrictions = reject_unauth_destination
relay_domains = example.org
transport_maps = inline:{{ example.org=lmtp:inet:127.0.0.1:{lmtp} }}
message_size_limit = 200000
smtpd_recipient_restrictions =
minimal_backoff_time = 1s
maximal_backoff_time = 2s
queue_run_delay = 1s
disable_dns_lookups = yes
"""

MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 1 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


@dataclass(slots=True)
class Postfix:
    """One server: it takes mail for example.org, and hands it on by LMTP to `lmtp`, a port of this machine."""

    folder: Path = field(default_factory=temporary_folder)
    port: int = field(default_factory=free_port)
    lmtp: int = field(default_factory=free_port)
    _master: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until it answers."""
        self.folder.chmod(0o755)
        for name in ("etc", "spool", "data", *(f"spool/{each}" for each in (*QUEUES, "pid", "public", "maildrop"))):
            (self.folder / name).mkdir(exist_ok=True)
        for name in ("data", *(f"spool/{each}" for each in (*QUEUES, "public", "maildrop"))):
            shutil.chown(self.folder / name, "postfix")
        facts = {"folder": self.folder, "daemons": DAEMONS, "port": self.port, "lmtp": self.lmtp}
        etc = self.folder / "etc"
        (etc / "main.cf").write_text(MAIN.format(**facts), encoding="utf-8")
        (etc / "master.cf").write_text(MASTER.format(**facts), encoding="utf-8")
        with (self.folder / "out").open("wb") as out:
            self._master = subprocess.Popen(
                [DAEMONS / "master", "-c", etc, "-d"], stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT
            )
        until = time.monotonic() + READY_WITHIN
        while time.monotonic() < until:
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 5) as connection:
                if connection.recv(100).startswith(b"220"):
                    return
            if self._master.poll() is not None:
                break
            time.sleep(0.05)
        raise RuntimeError(f"postfix did not start:\n{self.log()}")

    def log(self) -> str:
        """What it has to say."""
        files = [self.folder / name for name in ("out", "postfix.log")]
        return "\n".join(each.read_text("utf-8", "replace") for each in files if each.exists())

    def stop(self) -> None:
        """End it, and wait for that."""
        if self._master is not None:
            self._master.terminate()
            self._master.wait(READY_WITHIN)
            self._master = None

    def remove(self) -> None:
        """End it, and leave nothing behind."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
