"""A disk that is really full, under each engine: nothing half, lost or twice, and on it goes when there is room."""

from __future__ import annotations

import os
import shutil
import subprocess
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import make_url

from db.errors import DatabaseFullError
from db.kinds import OutboxState
from db.migrate import upgrade
from desk.services import agents, cases, replies
from desk.services.desk import Desk
from desk.settings import Mail, Outbox, Settings, Smtp
from desk.worker import Worker
from tests.clock import SettableClock
from tests.postgres import UNPRIVILEGED, Cluster, temporary_folder, wait_until_ready
from tests.receiving.conftest import Reading, desk_with, subjects
from tests.services.acting import arrived, mail, receive
from tests.smtp_server import SmtpServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from db.engine import Database
    from tests.dovecot import Dovecot

pytestmark = pytest.mark.slow

LARGE = 400_000  # bytes; no engine has so much room left in what it holds already


class SmallDisk:
    """A file system of its own, which `fill` leaves without a byte."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._filler = folder / "filler"

    def fill(self) -> None:
        with suppress(OSError), self._filler.open("ab", buffering=0) as file:
            while True:
                file.write(b"x" * 4096)

    def make_room(self) -> None:
        self._filler.unlink()


@pytest.fixture
def disk() -> Iterator[SmallDisk]:
    folder = temporary_folder()
    command = ["mount", "-t", "tmpfs", "-o", "size=64m,mode=755", "desk-test", str(folder)]
    if shutil.which("mount") is None or subprocess.run(command, capture_output=True, check=False).returncode:
        folder.rmdir()
        pytest.skip("this user may mount no small disk")
    yield SmallDisk(folder)
    subprocess.run(["umount", "-l", str(folder)], check=False)
    folder.rmdir()


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """A PostgreSQL of these tests' own: where one database has no room, no other can be checkpointed or grow."""
    cluster = Cluster.start()
    wait_until_ready(cluster.url)
    yield cluster.url
    cluster.stop()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def small_database(
    request: pytest.FixtureRequest, disk: SmallDisk, sqlite_template: Path, open_database: Callable[[str], Database]
) -> Iterator[Database]:
    """A migrated database that lies on the small disk; of PostgreSQL, its tables do."""
    if request.param == "sqlite":
        path = disk.folder / "desk.sqlite"
        shutil.copyfile(sqlite_template, path)
        yield open_database(f"sqlite:///{path}")
        return
    server = make_url(request.getfixturevalue("server"))
    place = disk.folder / "tables"
    place.mkdir(mode=0o700)
    if os.geteuid() == 0:
        shutil.chown(place, UNPRIVILEGED)
    arguments = {"user": server.username, "dbname": server.database, **server.query}
    with psycopg.connect(autocommit=True, **arguments) as admin:  # type: ignore[arg-type]
        admin.execute(sql.SQL("CREATE TABLESPACE small LOCATION {}").format(sql.Literal(str(place))))
        admin.execute("CREATE DATABASE full_desk TABLESPACE small TEMPLATE template0")
        database = open_database(server.set(database="full_desk").render_as_string(hide_password=False))
        upgrade(database)
        yield database
        database.close()
        admin.execute("DROP DATABASE full_desk WITH (FORCE)")
        admin.execute("DROP TABLESPACE small")


def large(number: int) -> bytes:
    return mail(f"large{number}@example.org", text="saldo " * (LARGE // 6))


def test_what_no_disk_takes_is_not_taken_in_and_comes_again_whole(
    small_database: Database, disk: SmallDisk, dovecot: Dovecot
) -> None:
    mailbox = dovecot.mailbox()
    desk = desk_with(small_database, mailbox)
    assert subjects(desk) == []
    dovecot.deliver(mailbox, large(1))
    disk.fill()
    with Reading(desk) as reading:
        reading.until_paused()
        assert dovecot.messages(mailbox, flag="SEEN") == []
        disk.make_room()
        reading.go_on()
        reading.until_noted()
    assert len(subjects(desk)) == 1
    assert len(dovecot.messages(mailbox, flag="SEEN")) == 1


def test_who_hands_mail_in_is_told_of_the_full_disk(small_database: Database, disk: SmallDisk) -> None:
    desk = Desk(small_database, Settings(), SettableClock())
    disk.fill()
    with pytest.raises(DatabaseFullError, match="make room"):
        receive(desk, large(1))
    disk.make_room()
    assert subjects(desk) == []

    receive(desk, large(1))
    receive(desk, large(1))
    assert len(subjects(desk)) == 1


def test_an_answer_on_a_full_disk_leaves_once_and_is_noted_when_there_is_room(
    small_database: Database, disk: SmallDisk
) -> None:
    server = SmtpServer()
    server.start()
    clock = SettableClock(datetime.now(UTC))
    smtp = Smtp(host="127.0.0.1", port=server.port, security="none", timeout_seconds=60)
    desk = Desk(small_database, Settings(mail=Mail(smtp=smtp), outbox=Outbox(undo_seconds=0)), clock)
    me = agents.sign_in(desk, "boss")
    page = arrived(desk, me)
    replies.reply(desk, me, page.case.id, "Soon. " * 20_000, seen=page.last_message_id)
    worker = Worker(desk)
    server.at["text"] = disk.fill
    try:
        with suppress(DatabaseFullError):  # an engine may find room for a state in a page that it has
            worker.step()
        with suppress(DatabaseFullError):
            worker.step()
        disk.make_room()
        server.at.clear()
        for _ in range(5):
            worker.step()
            clock.advance(hours=1)
    finally:
        server.stop()
    assert len(server.taken) == 1
    delivery = cases.open_case(desk, me, 1).messages[-1].delivery
    assert delivery is not None
    assert delivery.state is OutboxState.SENT
