"""The head start: the first rows read in another process, and nothing lost where that does not work out."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from db.engine import Database
from db.kinds import Role
from desk.services import agents
from desk.services.desk import Desk
from desk.settings import Settings

BEGIN = """
import json, sys
from desk.head_start import HeadStart
look = HeadStart.begin(sys.argv[1], sys.argv[2]).result()
print(json.dumps(None if look is None else [look.me.login, len(look.page.rows), look.counts.total]))
"""
MAPPED = """
import json, sys
from desk import bootstrap
bootstrap.open_desk(url=sys.argv[1], login=sys.argv[2])
from db.models import MODULES
print(json.dumps([name for name in MODULES if f"db.models.{name}" not in sys.modules]))
"""


def said_by(script: str, *arguments: str) -> object:
    done = subprocess.run([sys.executable, "-c", script, *arguments], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return json.loads(done.stdout)


def test_the_first_rows_are_read_for_who_acts(sqlite_database: Database) -> None:
    desk = Desk(sqlite_database, Settings(), sqlite_database.clock)
    boss = agents.sign_in(desk, "boss")
    agents.add(desk, boss, login="ana", name="Ana", role=Role.AGENT)
    with sqlite_database.write() as unit:
        unit.connection.exec_driver_sql("INSERT INTO desk_info (key, value) VALUES ('seeds', 'in')")

    assert said_by(BEGIN, str(sqlite_database.url), "ana") == ["ana", 0, 0]


def test_whoever_is_unknown_sees_nothing_and_becomes_nobody(sqlite_database: Database) -> None:
    assert said_by(BEGIN, str(sqlite_database.url), "stranger") is None

    with sqlite_database.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM agent").scalar() == 0


def test_a_database_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    assert said_by(BEGIN, f"sqlite:///{tmp_path / 'none.db'}", "ana") is None
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_opening_maps_every_table_before_threads_share_the_desk(sqlite_database: Database) -> None:
    assert said_by(MAPPED, str(sqlite_database.url), "ana") == []
