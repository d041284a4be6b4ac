"""The program as a whole: what it imports, how it ends, and that what it prints is UTF-8 and never a traceback."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from importlib import import_module
from pathlib import Path

import click
import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from click.testing import Result

from db.engine import Database
from db.migrate import MIGRATIONS, downgrade, head, revisions
from desk.cli import COMMANDS
from tests.cli.conftest import ROOT, chat, document, lines

Run = Callable[..., Result]
Start = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def home(new_home: dict[str, str]) -> dict[str, str]:
    """No desk yet: much of this needs none."""
    return new_home


def imported(start: Start, *words: str, **environment: str) -> set[str]:
    """The packages that were imported while `desk` ran with these words."""
    process = start(*words, env={"PYTHONPROFILEIMPORTTIME": "1"} | environment)
    _, told = process.communicate(timeout=60)
    assert process.returncode == 0, told.decode()
    names = (text.rpartition("|")[2].strip() for text in told.decode().splitlines() if text.startswith("import time:"))
    return {name.partition(".")[0] for name in names}


@pytest.mark.parametrize(
    "words", [["--version"], ["--help"], ["queue", "--help"], ["config", "show"], ["db", "path"], ["completion", "zsh"]]
)
def test_what_needs_no_database_does_not_wait_for_it(start: Start, words: list[str]) -> None:
    assert {"sqlalchemy", "alembic", "textual", "rich"}.isdisjoint(imported(start, *words))


def test_completion_does_not_wait_for_the_database(start: Start) -> None:
    found = imported(start, _DESK_COMPLETE="bash_complete", COMP_WORDS="desk queue --lane ", COMP_CWORD="3")
    assert {"sqlalchemy", "alembic", "textual"}.isdisjoint(found)


@pytest.mark.slow
def test_a_current_database_is_opened_without_alembic(start: Start, run: Run) -> None:
    assert run("queue").exit_code == 0
    found = imported(start, "queue")
    assert "sqlalchemy" in found
    assert {"alembic", "textual", "rich"}.isdisjoint(found)


def test_the_revisions_known_by_their_files_are_those_of_alembic() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    scripts = ScriptDirectory.from_config(config)
    assert head() == scripts.get_current_head()
    assert revisions() == tuple(each.revision for each in reversed(list(scripts.walk_revisions())))


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_that_help_lists_is_there_and_has_help(name: str) -> None:
    command = import_module(f"desk.commands.{name}").command
    assert isinstance(command, click.Command)
    assert command.name == name
    assert command.get_short_help_str()


def test_values_are_completed(run: Run) -> None:
    def complete(*words: str) -> set[str]:
        asked = {"_DESK_COMPLETE": "bash_complete", "COMP_WORDS": " ".join(words), "COMP_CWORD": str(len(words) - 1)}
        return {each.partition(",")[2] for each in run(env=asked).stdout.splitlines()}

    assert complete("desk", "queue", "--lane", "e") == {"email"}
    assert {"queue", "intake", "db"} <= complete("desk", "")
    assert "status:open" in complete("desk", "search", "status:")
    assert "supervisor" in complete("desk", "agents", "add", "--role", "")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_completion_script_is_the_shells_own(run: Run, shell: str) -> None:
    assert f"{shell}_complete" in run("completion", shell).stdout
    assert f"{shell}_complete" in run("completion", env={"SHELL": f"/bin/{shell}"}).stdout


def test_nobody_of_that_name_is_said_in_one_sentence(run: Run, sqlite_url: str) -> None:
    assert run("--as", "sari", "queue", url=sqlite_url).exit_code == 0
    result = run("--as", "nobody", "queue", url=sqlite_url)
    assert (result.exit_code, result.stdout) == (77, "")
    assert "--as" in result.stderr


@pytest.mark.slow
def test_who_acts_is_named_by_option_then_variable_then_file_then_system(run: Run, home: dict[str, str]) -> None:
    assert document(run("agents", "list", "--json"))["agents"][0]["login"] == "sari"
    for login in ("rio", "dewi"):
        assert run("agents", "add", login).exit_code == 0
    assert run("agents", "add", "x", env={"DESK_AGENT": "rio"}).exit_code == 77
    assert run("--as", "sari", "agents", "add", "y", env={"DESK_AGENT": "rio"}).exit_code == 0
    Path(home["DESK_CONFIG"]).write_text('agent = "sari"\n', encoding="utf-8")
    assert run("agents", "add", "z", env={"DESK_AGENT": ""}).exit_code == 0
    assert run("agents", "add", "w", env={"DESK_AGENT": "rio"}).exit_code == 77
    Path(home["DESK_CONFIG"]).unlink()
    assert "'somebody'" in run("queue", env={"DESK_AGENT": "", "LOGNAME": "somebody"}).stderr


@pytest.mark.slow
def test_somebody_is_given_another_name_by_themselves_or_an_administrator(run: Run) -> None:
    assert run("agents", "add", "rio").exit_code == 0
    assert run("agents", "rename", "rio", "Rio Pratama").exit_code == 0
    assert run("agents", "rename", "rio", "Rio P.", env={"DESK_AGENT": "rio"}).exit_code == 0
    assert run("agents", "rename", "sari", "x", env={"DESK_AGENT": "rio"}).exit_code == 77
    assert run("agents", "rename", "nobody", "x").exit_code == 77
    assert run("agents", "rename", "rio", "\u200b").exit_code == 2
    names = {each["login"]: each["name"] for each in document(run("agents", "list", "--json"))["agents"]}
    assert names["rio"] == "Rio P."


@pytest.mark.slow
def test_the_first_at_a_desk_has_the_name_that_the_system_knows(run: Run) -> None:
    pwd = pytest.importorskip("pwd", reason="this system has no accounts of that kind")
    account = next(each for each in pwd.getpwall() if each.pw_gecos.partition(",")[0].strip())
    (first,) = document(run("agents", "list", "--json", env={"DESK_AGENT": account.pw_name}))["agents"]
    expected = account.pw_gecos.partition(",")[0].strip().replace("&", account.pw_name.capitalize())
    assert (first["login"], first["name"]) == (account.pw_name, expected)


@pytest.mark.slow
def test_nobody_is_added_twice(run: Run) -> None:
    assert run("agents", "add", "rio").exit_code == 0
    assert run("agents", "add", "rio").exit_code == 2
    assert run("agents", "add", "\u200b").exit_code == 2


def test_a_fault_of_ours_is_one_line_and_a_traceback_only_on_request(
    run: Run, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError("\x1b[2J")

    monkeypatch.setattr("desk.services.queue.page", fail)
    result = run("queue", url=sqlite_url)
    assert (result.exit_code, len(result.stderr.splitlines())) == (70, 1)
    assert "DESK_DEBUG=1" in result.stderr
    assert "\x1b" not in result.stderr
    assert isinstance(run("queue", url=sqlite_url, env={"DESK_DEBUG": "1"}).exception, ZeroDivisionError)


@pytest.mark.parametrize("state", ["older", "newer"])
def test_a_database_of_another_age_is_refused_with_what_to_do(
    run: Run, database_url: str, database: Database, state: str
) -> None:
    if state == "older":
        downgrade(database, "0002")
    else:
        with database.engine.begin() as connection:
            connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    result = run("queue", url=database_url)
    assert (result.exit_code, result.stdout) == (78, "")
    assert ("desk db upgrade" if state == "older" else "Update desk") in result.stderr


@pytest.mark.slow
def test_a_person_is_offered_the_upgrade(
    run: Run, sqlite_url: str, sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("desk.commands.opening.is_watched", lambda: True)
    downgrade(sqlite_database, "0002")
    refused = run("queue", url=sqlite_url, typed="n\n")
    assert refused.exit_code == 78
    assert list(Path(sqlite_url.removeprefix("sqlite:///")).parent.glob("*.backup")) == []
    accepted = run("queue", url=sqlite_url, typed="y\n")
    assert accepted.exit_code == 0, accepted.output
    assert len(list(Path(sqlite_url.removeprefix("sqlite:///")).parent.glob("desk.sqlite.0002.*.backup"))) == 1


def test_another_programs_database_is_left_alone(run: Run, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "other.db")) as other:
        other.execute("CREATE TABLE bookmark (id INTEGER PRIMARY KEY)")
    result = run("queue", url=f"sqlite:///{tmp_path / 'other.db'}")
    assert result.exit_code == 78
    assert "another program" in result.stderr


@pytest.mark.parametrize(
    "url", ["mysql://root:hunter2@localhost/desk", "postgresql://u:hunter2@h:port/desk", "hunter2"]
)
def test_a_wrong_database_address_is_a_wrong_setting_and_shows_no_password(run: Run, url: str) -> None:
    result = run("queue", url=url)
    assert result.exit_code == 78, result.output
    assert "database_url" in result.stderr
    assert "root:hunter2" not in result.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    "locale", [{"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}, {"PYTHONIOENCODING": "latin-1"}]
)
def test_what_is_printed_is_utf8_whatever_the_locale(start: Start, run: Run, locale: dict[str, str]) -> None:
    assert run("intake", "message", "-", typed=lines(chat(1, subject="付款失败"))).exit_code == 0
    said, told = start("queue", env=locale).communicate(timeout=60)
    assert "付款失败" in said.decode("utf-8"), told


@pytest.mark.slow
def test_nobody_who_stops_reading_sees_a_complaint(start: Start, run: Run) -> None:
    assert run("intake", "message", "-", typed=lines(*map(chat, range(200)))).exit_code == 0
    reader, writer = os.pipe()
    process = start("queue", "--limit", "200", stdout=writer)
    os.close(writer)
    os.close(reader)
    _, told = process.communicate(timeout=60)
    assert told == b""


@pytest.mark.slow
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux has a disk that is always full")
def test_an_output_that_takes_no_more_is_told(start: Start, run: Run) -> None:
    assert run("queue").exit_code == 0
    with Path("/dev/full").open("wb") as full:
        process = start("queue", stdout=full)
        _, told = process.communicate(timeout=60)
    assert process.returncode == 74
    assert b"Traceback" not in told
    assert b"Exception ignored" not in told


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_works_until_it_is_told_to_stop(start: Start, run: Run, number: signal.Signals) -> None:
    assert run("queue").exit_code == 0
    process = start("worker", preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
    assert process.stderr is not None
    assert b"works" in process.stderr.readline()
    process.send_signal(number)
    _, told = process.communicate(timeout=60)
    assert (process.returncode, b"has stopped" in told) == (0, True)


def test_the_module_can_be_run_from_any_folder(tmp_path: Path) -> None:
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-m", "desk", "--version"], cwd=tmp_path, env=environment, capture_output=True, check=False
    )
    assert (done.returncode, done.stdout.startswith(b"desk, version")) == (0, True)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["intake"], 64),
        (["intake", "mail"], 64),
        (["intake", "mail", "--wrong", "-"], 64),
        (["intake", "fax"], 64),
        (["intake", "mail", "-", "box"], 64),
        (["intake", "mail", "no/such/place"], 66),
        (["intake", "message", "no/such/place"], 66),
        (["intake", "mail", "-"], 65),
    ],
)
def test_wrong_calls_end_with_the_codes_of_sysexits_and_make_nothing(
    run: Run, words: list[str], code: int, tmp_path: Path
) -> None:
    result = run(*words, typed=b"")
    assert result.exit_code == code
    assert result.stderr
    assert not (tmp_path / "data").exists()
