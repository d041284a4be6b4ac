"""`desk db`: upgrade after a backup, check and repair, path, backup."""

from __future__ import annotations

import hashlib
import os
import sqlite3
import stat
import subprocess
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import Result
from sqlalchemy import insert

from db.engine import Database
from db.kinds import Channel, InboundState
from db.migrate import SchemaState, downgrade, head, schema_state
from db.models import Blob, Inbound
from tests.cli.conftest import chat, document, lines
from tests.postgres import server_programs

Run = Callable[..., Result]


@pytest.fixture
def home(new_home: dict[str, str]) -> dict[str, str]:
    """No desk yet, for it is made here."""
    return new_home


@pytest.fixture
def pg_dump(monkeypatch: pytest.MonkeyPatch) -> None:
    """Has the server's own pg_dump found first: an older one refuses."""
    monkeypatch.setenv("PATH", f"{server_programs()}{os.pathsep}{os.environ['PATH']}")


@pytest.fixture
def folder(sqlite_url: str) -> Path:
    return Path(sqlite_url.removeprefix("sqlite:///")).parent


def test_upgrade_makes_an_empty_database_a_desk(run: Run, empty_database_url: str) -> None:
    result = run("db", "upgrade", url=empty_database_url)
    assert (result.exit_code, f"at {head()}" in result.stderr) == (0, True)
    assert run("db", "check", url=empty_database_url).exit_code == 0


@pytest.mark.slow
def test_upgrade_of_an_older_sqlite_file_backs_it_up_beside_it_first(
    run: Run, sqlite_url: str, sqlite_database: Database, folder: Path
) -> None:
    run("intake", "message", "-", url=sqlite_url, typed=lines(chat(1)))
    downgrade(sqlite_database, "0002")
    assert run("db", "upgrade", url=sqlite_url).exit_code == 0
    (copy,) = folder.glob("desk.sqlite.0002.*.backup")
    with closing(sqlite3.connect(copy)) as old:
        assert old.execute("SELECT version_num FROM alembic_version").fetchone() == ("0002",)
        assert old.execute("SELECT count(*) FROM support_case").fetchone() == (1,)
    assert schema_state(sqlite_database) == (SchemaState.CURRENT, head())
    assert len(document(run("queue", "--json", url=sqlite_url))["cases"]) == 1


def test_upgrade_of_an_older_postgres_dumps_it_first(
    run: Run, postgres_url: str, postgres_database: Database, tmp_path: Path, pg_dump: None
) -> None:
    downgrade(postgres_database, "0002")
    assert run("db", "upgrade", url=postgres_url).exit_code == 0
    (dump,) = (tmp_path / "data").glob("*.0002.*.dump")
    assert dump.read_bytes().startswith(b"PGDMP")
    assert schema_state(postgres_database) == (SchemaState.CURRENT, head())


@pytest.mark.slow
def test_without_pg_dump_nothing_is_upgraded_unless_a_backup_is_vouched_for(
    run: Run, postgres_url: str, postgres_database: Database, tmp_path: Path
) -> None:
    downgrade(postgres_database, "0002")
    refused = run("db", "upgrade", url=postgres_url, env={"PATH": str(tmp_path)})
    assert refused.exit_code == 1
    assert "--no-backup" in refused.stderr
    assert schema_state(postgres_database)[0] is SchemaState.OLDER
    assert run("db", "upgrade", "--no-backup", url=postgres_url, env={"PATH": str(tmp_path)}).exit_code == 0


def test_a_backup_that_cannot_be_made_stops_the_upgrade(
    run: Run, sqlite_url: str, sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    downgrade(sqlite_database, "0002")
    monkeypatch.setattr("db.backup._copy_sqlite", fail)
    result = run("db", "upgrade", url=sqlite_url)
    assert result.exit_code == 1
    assert "No space left on device" in result.stderr
    assert schema_state(sqlite_database) == (SchemaState.OLDER, "0002")


def test_path_says_where_without_a_password(run: Run, tmp_path: Path) -> None:
    assert run("db", "path").stdout == f"{tmp_path / 'data' / 'desk.db'}\n"
    assert (
        run("db", "path", url="postgresql://desk:hunter2@db.local/desk").stdout
        == "postgresql://desk:***@db.local/desk\n"
    )
    assert not (tmp_path / "data").exists(), "asking makes nothing"


def _rights(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("first", [("queue",), ("db", "upgrade"), ("demo", "--cases", "20")])
def test_whatever_comes_first_folder_and_database_are_for_their_owner_alone(
    run: Run, tmp_path: Path, first: tuple[str, ...]
) -> None:
    data = tmp_path / "share" / "data"
    before = os.umask(0o022)
    try:
        assert run(*first, env={"DESK_DATA_DIR": str(data)}).exit_code == 0
        assert run("queue", env={"DESK_DATA_DIR": str(data)}).exit_code == 0
    finally:
        os.umask(before)
    assert (_rights(data.parent), _rights(data)) == (0o700, 0o700)
    assert {_rights(each) for each in data.iterdir() if each.is_file()} == {0o600}
    with closing(sqlite3.connect(data / "desk.db")) as other:
        other.execute("PRAGMA journal_mode").fetchone()
        other.execute("SELECT count(*) FROM event").fetchone()
        assert {_rights(each) for each in data.glob("desk.db*")} == {0o600}, "the log too"


def test_a_folder_that_stood_there_keeps_its_rights(run: Run, tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    data.chmod(0o770)
    assert run("queue").exit_code == 0
    assert _rights(data) == 0o770
    assert _rights(data / "desk.db") == 0o600


def test_backup_writes_a_file_of_its_own_and_replaces_none(run: Run, sqlite_url: str, tmp_path: Path) -> None:
    run("intake", "message", "-", url=sqlite_url, typed=lines(chat(1)))
    target = tmp_path / "copy.db"
    assert run("db", "backup", target, url=sqlite_url).exit_code == 0
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert len(document(run("queue", "--json", url=f"sqlite:///{target}"))["cases"]) == 1
    before = target.read_bytes()
    assert run("db", "backup", target, url=sqlite_url).exit_code == 1
    assert target.read_bytes() == before
    assert run("db", "backup", target, "--force", url=sqlite_url).exit_code == 0


def test_backup_of_postgres_is_a_dump(run: Run, postgres_url: str, tmp_path: Path, pg_dump: None) -> None:
    result = run("db", "backup", tmp_path / "copy.dump", url=postgres_url)
    assert result.exit_code == 0, result.stderr
    assert (tmp_path / "copy.dump").read_bytes().startswith(b"PGDMP")


def test_backup_of_postgres_without_pg_dump_says_what_is_missing(run: Run, postgres_url: str, tmp_path: Path) -> None:
    result = run("db", "backup", tmp_path / "copy.dump", url=postgres_url, env={"PATH": str(tmp_path)})
    assert (result.exit_code, "pg_dump" in result.stderr) == (1, True)
    assert list(tmp_path.glob("*copy*")) == []


def test_check_and_backup_make_no_database(run: Run, tmp_path: Path) -> None:
    for words in (["db", "check"], ["db", "backup", tmp_path / "copy.db"]):
        result = run(*words)
        assert (result.exit_code, "no database" in result.stderr) == (75, True)
    assert not (tmp_path / "data" / "desk.db").exists()


def test_check_tells_a_sound_database(run: Run, database_url: str) -> None:
    run("intake", "message", "-", url=database_url, typed=lines(chat(1), chat(2)))
    result = run("db", "check", url=database_url)
    assert (result.exit_code, result.stdout.splitlines()[-1]) == (0, "The database is sound.")
    told = document(run("db", "check", "--json", url=database_url))
    assert told["sound"]
    assert {each["name"] for each in told["checks"]} >= {"schema", "lane counts", "events", "search", "outbox"}


def test_repair_counts_lanes_again_and_makes_cases_findable(run: Run, database_url: str, database: Database) -> None:
    run("intake", "message", "-", url=database_url, typed=lines(chat(1), chat(2)))
    with database.engine.begin() as connection:
        connection.exec_driver_sql("INSERT INTO lane_count (channel, cases) VALUES ('phone', 7)")
        connection.exec_driver_sql("DELETE FROM search_document WHERE case_id = 2")
    told = document(run("db", "check", "--json", url=database_url))
    assert {each["name"] for each in told["checks"] if each["problems"]} == {"lane counts", "search"}
    assert run("db", "check", url=database_url).exit_code == 1
    assert len(document(run("search", "付款", "--json", url=database_url))["cases"]) == 1
    result = run("db", "check", "--repair", url=database_url)
    assert result.exit_code == 0, result.stdout
    assert document(run("queue", "--json", url=database_url))["counts"]["phone"] == 0
    assert len(document(run("search", "付款", "--json", url=database_url))["cases"]) == 2


def test_repair_reads_what_a_killed_program_left_unread(run: Run, database_url: str, database: Database) -> None:
    run("intake", "message", "-", url=database_url, typed=lines(chat(1)))
    data = lines(chat(2)).strip().encode()
    sha = hashlib.sha256(data).hexdigest()
    left = {
        "channel": Channel.CHAT,
        "raw_sha256": sha,
        "source": "line 1",
        "received_at": datetime(2026, 1, 1, tzinfo=UTC),
    }
    with database.engine.begin() as connection:
        connection.execute(insert(Blob), {"sha256": sha, "size": len(data), "data": data})
        connection.execute(insert(Inbound), left | {"state": InboundState.RECEIVED})
    assert run("db", "check", url=database_url).exit_code == 1
    told = document(run("db", "check", "--repair", "--json", url=database_url))
    assert told["sound"], told
    assert len(document(run("queue", "--json", url=database_url))["cases"]) == 2


@pytest.mark.slow
def test_several_that_make_or_upgrade_a_database_at_once_wait_for_each_other(
    start: Callable[..., subprocess.Popen[bytes]], empty_database_url: str
) -> None:
    processes = [start("db", "upgrade", env={"DESK_DATABASE_URL": empty_database_url}) for _ in range(2)]
    told = [process.communicate(timeout=60)[1].decode() for process in processes]
    assert [process.returncode for process in processes] == [0, 0], told
