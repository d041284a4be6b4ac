"""What strangers, disks and servers do to the services: each fault has a name, and nothing is lost or doubled."""

from __future__ import annotations

import os
import threading
from random import Random
from typing import TYPE_CHECKING

import pytest

from db.errors import DatabaseReplacedError
from desk import worker
from desk.services.desk import Desk
from tests.services.acting import arrived, mail, newest, receive

if TYPE_CHECKING:
    from pathlib import Path

    from db.engine import Database
    from db.rows import AgentRow
    from desk.settings import Settings


def test_a_message_id_of_any_length_and_script_is_taken_in_once(desk: Desk, ana: AgentRow) -> None:
    name = "".join(Random(1).choices([chr(code) for code in range(0x20000, 0x2A6D0)], k=880)).encode()

    page = arrived(desk, ana, mail("NAME@example.org").replace(b"NAME", name))
    assert receive(desk, mail("NAME@example.org", x_copy="yes").replace(b"NAME", name)).known == 1
    receive(desk, mail("second@example.org", in_reply_to="<NAME@example.org>").replace(b"NAME", name))

    assert newest(desk, ana).case.id == page.case.id


def test_a_worker_ends_when_another_database_stands_in_the_place_of_its_own(
    sqlite_database: Database, settings: Settings, sqlite_template: Path
) -> None:
    desk = Desk(sqlite_database, settings, sqlite_database.clock)
    worker.Worker(desk).step()
    path = sqlite_database.path
    assert path is not None
    os.link(path, path.with_name("kept"))
    path.unlink()
    path.write_bytes(sqlite_template.read_bytes())

    with pytest.raises(DatabaseReplacedError):
        worker.Worker(desk).run(threading.Event())
    beside_screens = worker.run_in_thread(desk, threading.Event())
    beside_screens.join(10)

    assert not beside_screens.is_alive()
