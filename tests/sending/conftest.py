"""A desk that sends by real SMTP, and workers that are processes of their own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from desk.services import agents, cases, replies
from desk.services.desk import Desk
from desk.settings import Mail, Outbox, Settings, Smtp
from tests.clock import SettableClock
from tests.services.acting import arrived, mail
from tests.smtp_server import WITHIN, SmtpServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from db.engine import Database
    from db.rows import AgentRow, DeliveryRow


@pytest.fixture
def clock() -> SettableClock:
    """The true time, which processes of their own have as well, until the test moves it."""
    return SettableClock(datetime.now(UTC))


@pytest.fixture
def server() -> Iterator[SmtpServer]:
    running = SmtpServer()
    running.start()
    yield running
    running.stop()


@dataclass(slots=True)
class Sending:
    """A desk whose answers leave at once to one SMTP server."""

    desk: Desk
    me: AgentRow
    folder: Path
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def answer(self, number: int = 1, text: str = "We look into it.", **more: object) -> int:
        """An answer to a new case of its own; its message id."""
        page = arrived(self.desk, self.me, mail(f"s{number}@example.org", sender=f"c{number}@example.org"))
        sent = replies.reply(self.desk, self.me, page.case.id, text, seen=page.last_message_id, **more)  # type: ignore[arg-type]
        return sent.message_id

    def delivery(self, case_id: int = 1) -> DeliveryRow:
        found = cases.open_case(self.desk, self.me, case_id).messages[-1].delivery
        assert found is not None
        return found

    def worker(self, *options: str) -> subprocess.Popen[bytes]:
        """A worker in a process of its own."""
        smtp = self.desk.settings.mail.smtp
        config = self.folder / "config.toml"
        lines = [
            f"data_dir = '{self.folder}'",
            "[mail.smtp]",
            f"host = '{smtp.host}'",
            f"port = {smtp.port}",
            "security = 'none'",
            f"timeout_seconds = {smtp.timeout_seconds}",
        ]
        for name, box in self.desk.settings.mail.mailboxes.items():
            lines += [f"[mail.mailboxes.{name}]", f"host = '{box.host}'", f"port = {box.port}"]
            lines += [f"ca_file = '{box.ca_file}'", f"user = '{box.user}'", f"password = '{box.password}'"]
        config.write_text("\n".join(lines), encoding="utf-8")
        url = self.desk.database.url.render_as_string(hide_password=False)
        environment = os.environ | {"DESK_CONFIG": str(config), "DESK_DATABASE_URL": url, "DESK_AGENT": self.me.login}
        command = [sys.executable, "-m", "desk", "worker", *options]
        self.processes.append(
            subprocess.Popen(
                command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
            )
        )
        return self.processes[-1]

    def end(self) -> None:
        for process in self.processes:
            if process.poll() is None:
                process.send_signal(signal.SIGKILL)
            process.communicate(timeout=WITHIN)


def _sending(database: Database, server: SmtpServer, folder: Path, mail_: Mail | None = None) -> Sending:
    smtp = Smtp(host="127.0.0.1", port=server.port, security="none", timeout_seconds=60)
    settings = Settings(
        data_dir=str(folder),
        mail=Mail(smtp=smtp, mailboxes=mail_.mailboxes if mail_ else {}),
        outbox=Outbox(undo_seconds=0),
    )
    desk = Desk(database, settings, database.clock)
    return Sending(desk, agents.sign_in(desk, "boss"), folder)


@pytest.fixture
def sending(database: Database, server: SmtpServer, tmp_path: Path) -> Iterator[Sending]:
    """The desk, once on each engine."""
    made = _sending(database, server, tmp_path)
    yield made
    made.end()


@pytest.fixture
def sending_on_sqlite(
    sqlite_database: Database, server: SmtpServer, tmp_path: Path
) -> Iterator[Callable[[Mail | None], Sending]]:
    """The desk on a SQLite file, made with the mailboxes that a test gives."""
    made: list[Sending] = []

    def make(mail_: Mail | None = None) -> Sending:
        made.append(_sending(sqlite_database, server, tmp_path, mail_))
        return made[-1]

    yield make
    for each in made:
        each.end()
