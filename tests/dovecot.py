"""A real IMAP server for tests: Debian's dovecot, on loopback, in a folder of its own, gone at the end."""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import socket
import subprocess
import time
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from imapclient import IMAPClient

from desk.settings import Mailbox
from tests.postgres import temporary_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

PROGRAM = shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
MISSING = "dovecot is not installed; on Debian: apt-get install --no-install-recommends dovecot-imapd"
PASSWORD = "open-sesame"
READY_WITHIN = 10.0  # seconds; it takes a fraction of one
USERS = itertools.count(1)

CONFIGURATION = """
base_dir = {folder}/run
state_dir = {folder}/run
log_path = {folder}/dovecot.log
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <{folder}/cert.pem
ssl_key = <{folder}/key.pem
disable_plaintext_auth = no
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
first_valid_uid = 0
mail_location = maildir:{folder}/mail/%u:LAYOUT={layout}
mail_uid = {user}
mail_gid = {group}
auth_mechanisms = plain login
auth_failure_delay = 0
{more}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={folder}/mail/%u
}}
namespace inbox {{
  inbox = yes
  separator = {separator}
  prefix = {prefix}
  mailbox "{sent}" {{
    auto = create
    special_use = \\Sent
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
  }}
}}
"""


@dataclass(slots=True)
class Dovecot:
    """One server; any user may sign in with `PASSWORD` and gets a mailbox by that."""

    separator: str = "."
    prefix: str = ""
    sent: str = "Sent"
    more: str = ""
    """Further lines of configuration."""
    folder: Path = field(default_factory=temporary_folder)
    port: int = 0
    tls_port: int = 0
    _process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; when this returns it takes connections."""
        assert PROGRAM is not None, MISSING
        if not self.port:
            self.port, self.tls_port = _free_port(), _free_port()
            self._prepare()
        self._process = subprocess.Popen(
            [PROGRAM, "-F", "-c", str(self.folder / "dovecot.conf")],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        until = time.monotonic() + READY_WITHIN
        while not (_listens(self.port) and _listens(self.tls_port)):
            if time.monotonic() > until or self._process.poll() is not None:
                log = self.folder / "dovecot.log"
                raise RuntimeError(f"dovecot did not start: {log.read_text() if log.exists() else 'no log'}")
            time.sleep(0.02)

    def stop(self) -> None:
        """Stop it; open connections break off."""
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(READY_WITHIN)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None

    def remove(self) -> None:
        """Stop it, and leave nothing behind."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def mailbox(self, **changed: Any) -> Mailbox:
        """The settings for a new user's mailbox, over TLS."""
        values: dict[str, Any] = {
            "host": "localhost",
            "port": self.tls_port,
            "ca_file": str(self.folder / "cert.pem"),
            "user": f"user{next(USERS)}@example.test",
            "password": PASSWORD,
        }
        return Mailbox(**(values | changed))

    @contextmanager
    def client(self, mailbox: Mailbox) -> Iterator[IMAPClient]:
        """Another mail program at the same mailbox."""
        client = IMAPClient("127.0.0.1", self.port, ssl=False, timeout=10)
        try:
            client.login(mailbox.user, PASSWORD)
            yield client
        finally:
            with suppress(Exception):
                client.logout()

    def deliver(self, mailbox: Mailbox, *raws: bytes, folder: str = "INBOX") -> None:
        """Put messages into a folder, as a mail server does."""
        with self.client(mailbox) as client:
            for raw in raws:
                client.append(folder, raw)

    def messages(self, mailbox: Mailbox, folder: str = "INBOX", *, flag: str = "ALL") -> list[bytes]:
        """The messages that lie in a folder."""
        with self.client(mailbox) as client:
            client.select_folder(folder, readonly=True)
            found = client.fetch(client.search([flag]), ["BODY.PEEK[]"])
            return [found[uid][b"BODY[]"] for uid in sorted(found)]

    def _prepare(self) -> None:
        owner = pwd.getpwnam("nobody") if os.getuid() == 0 else pwd.getpwuid(os.getuid())
        for each in (self.folder, self.folder / "mail", self.folder / "run"):
            each.mkdir(exist_ok=True)
            if os.getuid() == 0 and each.name != "run":
                os.chown(each, owner.pw_uid, owner.pw_gid)
        self._certify()
        group = subprocess.run(["id", "-gn", owner.pw_name], capture_output=True, text=True, check=True).stdout.strip()
        text = CONFIGURATION.format(
            folder=self.folder,
            user=owner.pw_name,
            group=group,
            layout="fs" if self.separator == "/" else "Maildir++",
            password=PASSWORD,
            separator=self.separator,
            prefix=self.prefix,
            sent=self.sent,
            port=self.port,
            tls_port=self.tls_port,
            more=self.more,
        )
        (self.folder / "dovecot.conf").write_text(text, encoding="utf-8")

    def _certify(self) -> None:
        made = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
        made += ["-days", "30", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
        files = ["-keyout", str(self.folder / "key.pem"), "-out", str(self.folder / "cert.pem")]
        subprocess.run([*made, *files], capture_output=True, check=True)


def _free_port() -> int:
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 0.5).close()
    except OSError:
        return False
    return True
