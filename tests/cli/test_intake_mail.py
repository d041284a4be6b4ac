"""`desk intake mail`: what is taken in, what is said, and the codes that a mail server acts upon."""

from __future__ import annotations

import ctypes
import os
import re
import resource
import signal
import sqlite3
import subprocess
import sys
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from sqlalchemy import func, select

from db.engine import Database
from db.migrate import downgrade
from db.models import Blob, Case, Message
from desk.services import intake
from tests.cli.conftest import document, letter, mbox

Run = Callable[..., Result]
Start = Callable[..., "subprocess.Popen[bytes]"]


def stored(database: Database) -> tuple[int, int]:
    with database.read() as connection:
        cases = connection.scalar(select(func.count()).select_from(Case))
        return cases or 0, connection.scalar(select(func.count()).select_from(Message)) or 0


def test_a_message_from_the_pipe_is_stored_as_it_came_when_the_code_is_0(
    run: Run, database_url: str, database: Database
) -> None:
    raw = letter().replace(b"\n", b"\r\n")
    result = run("intake", "mail", "-", url=database_url, typed=raw)
    assert (result.exit_code, result.output) == (0, ""), "a mail server sends what is printed back to the sender"
    assert stored(database) == (1, 1)
    with database.read() as connection:
        assert connection.scalars(select(Blob.data)).one() == raw


def test_mail_from_the_pipe_is_confirmed_and_mail_from_a_file_is_not(
    run: Run, database_url: str, database: Database, tmp_path: Path
) -> None:
    (tmp_path / "old.eml").write_bytes(letter(1))
    confirming = {"DESK_MAIL__ACKNOWLEDGE": ""}

    assert run("intake", "mail", tmp_path / "old.eml", url=database_url, env=confirming).exit_code == 0
    assert stored(database) == (1, 1)
    assert (
        run("intake", "mail", "-", url=database_url, typed=letter(2, sender="ani@example.com"), env=confirming).output
        == ""
    )
    assert stored(database) == (2, 3)


def test_the_pipe_needs_no_agent(run: Run, database_url: str, database: Database) -> None:
    result = run("intake", "mail", "-", url=database_url, typed=letter(), env={"DESK_AGENT": ""})
    assert result.exit_code == 0
    with database.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM agent").scalar() == 0


def test_the_line_that_servers_put_before_a_message_is_no_part_of_it(run: Run, sqlite_url: str) -> None:
    assert (
        run("intake", "mail", "-", url=sqlite_url, typed=b"From budi@example.com Mon Nov 23\n" + letter()).exit_code
        == 0
    )
    again = run("intake", "mail", "-", "--json", url=sqlite_url, typed=letter())
    assert document(again)["known"] == 1


def test_the_same_mailbox_twice_adds_nothing(run: Run, database_url: str, database: Database, tmp_path: Path) -> None:
    (tmp_path / "box").write_bytes(mbox(letter(1), letter(2)))
    first = document(run("intake", "mail", tmp_path / "box", "--json", url=database_url))
    again = document(run("intake", "mail", tmp_path / "box", "--json", url=database_url))
    assert (first["taken_in"], first["new_cases"], first["known"]) == (2, 2, 0)
    assert (again["taken_in"], again["new_cases"], again["known"]) == (0, 0, 2)
    assert stored(database) == (2, 2)


def test_a_first_run_makes_the_database_its_seeds_and_an_administrator(run: Run, tmp_path: Path) -> None:
    (tmp_path / "one.eml").write_bytes(letter())
    assert run("intake", "mail", tmp_path / "one.eml").exit_code == 0
    assert document(run("agents", "list", "--json"))["agents"][0]["role"] == "administrator"
    assert (tmp_path / "data").stat().st_mode & 0o077 == 0, "what customers wrote is nobody else's business"


def test_folders_are_searched_for_messages_mboxes_and_maildirs(run: Run, sqlite_url: str, tmp_path: Path) -> None:
    folder = tmp_path / "mail"
    for place in ("box/cur", "box/new", "box/tmp", "box/.Sent/cur", "box/.Sent/new", "deep/er"):
        (folder / place).mkdir(parents=True)
    (folder / "box/new/1.host").write_bytes(letter(1))
    (folder / "box/cur/2.host:2,S").write_bytes(letter(2))
    (folder / "box/tmp/3.host").write_bytes(letter(3))
    (folder / "box/.Sent/cur/4.host").write_bytes(letter(4))
    (folder / "deep/er/archive").write_bytes(mbox(letter(5), letter(6)))
    (folder / "deep/plain").write_bytes(letter(7))
    (folder / "deep/broken.eml").write_bytes(b"\x00\xff no mail at all")
    (folder / "deep/photo.jpg").write_bytes(b"\xff\xd8\xff\xe0")
    (folder / "deep/notes.txt").write_bytes(b"To do: everything\nFor whom: everybody\n")
    (folder / "deep/again").symlink_to(folder)
    told = document(run("intake", "mail", folder, "--json", url=sqlite_url))
    assert told["taken_in"] == 7, "1, 2, 4, 5, 6, 7 and the broken one, which becomes a case; 3 is not delivered yet"
    assert (told["skipped"], told["refused"], told["complete"]) == (2, 0, True)


def test_a_summary_says_what_became_of_the_run(run: Run, sqlite_url: str, tmp_path: Path) -> None:
    reply = letter(2).replace(b"\n\n", b"\nIn-Reply-To: <1@mail.example.com>\n\n", 1)
    (tmp_path / "box").write_bytes(mbox(letter(1), reply, letter(1)))
    result = run("intake", "mail", tmp_path / "box", url=sqlite_url)
    expected = "Taken in 2: 1 new case, 1 reply threaded. Already known 1. Kept unparsed 0.\n"
    assert (result.exit_code, result.stdout) == (0, expected)


@pytest.mark.parametrize("wrong", [{"DESK_MAIL__SMTP__PORT": "mail"}, {"DESK_FOO": "1"}])
def test_bad_settings_are_told_as_such_and_have_a_mail_server_try_again(
    run: Run, tmp_path: Path, wrong: dict[str, str]
) -> None:
    result = run("intake", "mail", "-", typed=letter(), env=wrong)
    assert result.exit_code == 75
    assert next(iter(wrong)) in result.stderr
    (tmp_path / "1.eml").write_bytes(letter())
    assert run("intake", "mail", tmp_path / "1.eml", env=wrong).exit_code == 78, "a person sees it"


def test_a_mail_server_tries_again_as_long_as_the_pipe_is_not_allowed(run: Run) -> None:
    assert run("queue").exit_code == 0
    assert run("--as", "nobody", "intake", "mail", "-", typed=letter()).exit_code == 75


@pytest.mark.parametrize("what", ["mail", "message"])
def test_a_closed_standard_input_is_told_as_such(home: dict[str, str], what: str) -> None:
    words = f"exec {sys.executable} -m desk intake {what} - <&-"
    result = subprocess.run(["/bin/sh", "-c", words], env={**os.environ, **home}, capture_output=True, check=False)
    assert result.returncode == 75
    assert b"standard input is closed" in result.stderr


def test_a_locked_database_means_later(run: Run, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("db.engine.BUSY_TIMEOUT_MS", 50)
    assert run("queue", url=sqlite_url).exit_code == 0
    with closing(sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))) as other:
        other.execute("BEGIN IMMEDIATE")
        assert run("intake", "mail", "-", url=sqlite_url, typed=letter()).exit_code == 75
        other.rollback()
    assert run("intake", "mail", "-", url=sqlite_url, typed=letter()).exit_code == 0


def test_a_server_that_does_not_answer_means_later(run: Run) -> None:
    result = run("intake", "mail", "-", url="postgresql://nobody@127.0.0.1:1/desk", typed=letter())
    assert result.exit_code == 75
    assert result.stderr.startswith("desk: The database cannot be used")
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("state", ["older", "newer", "damaged", "no folder"])
def test_a_database_that_somebody_has_to_see_to_means_later(
    run: Run, sqlite_url: str, sqlite_database: Database, state: str
) -> None:
    if state == "older":
        downgrade(sqlite_database, "0002")
    elif state == "newer":
        with sqlite_database.engine.begin() as connection:
            connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    sqlite_database.close()
    if state == "damaged":
        Path(sqlite_url.removeprefix("sqlite:///")).write_bytes(b"this is no database" * 1000)
    url = "sqlite:////proc/there/is/none/desk.db" if state == "no folder" else sqlite_url
    result = run("intake", "mail", "-", url=url, typed=letter())
    assert result.exit_code == 75
    assert result.stderr.startswith("desk: ")
    assert len(result.stderr.splitlines()) == 1


def test_a_fault_that_nobody_foresaw_means_later(run: Run, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("desk.services.intake.take_in", fail)
    result = run("intake", "mail", "-", url=sqlite_url, typed=letter())
    assert result.exit_code == 75
    assert "ZeroDivisionError" in result.stderr


def _may_not_write_everywhere() -> None:
    if os.geteuid() == 0:
        drop, override = 24, 1  # PR_CAPBSET_DROP, CAP_DAC_OVERRIDE: even root then needs permission
        ctypes.CDLL(None).prctl(drop, override, 0, 0, 0)


@pytest.mark.slow
def test_a_folder_that_cannot_be_written_means_later(start: Start, run: Run, tmp_path: Path) -> None:
    assert run("queue").exit_code == 0
    data = tmp_path / "data"
    for path in [*data.iterdir(), data]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    process = start("intake", "mail", "-", preexec_fn=_may_not_write_everywhere)
    _, told = process.communicate(letter(), timeout=60)
    data.chmod(0o755)
    assert process.returncode == 75, told.decode()
    assert told.startswith(b"desk: ")


@pytest.mark.slow
def test_a_full_disk_means_later_and_nothing_is_lost(start: Start, run: Run, tmp_path: Path) -> None:
    assert run("queue").exit_code == 0
    room = 2_000_000 + (tmp_path / "data" / "desk.db").stat().st_size
    raw = letter(body="saldo " * 500_000)

    def little_room() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))

    process = start("intake", "mail", "-", preexec_fn=little_room)
    _, told = process.communicate(raw, timeout=60)
    assert process.returncode == 75, told.decode()
    assert run("intake", "mail", "-", typed=raw).exit_code == 0
    assert len(document(run("queue", "--json"))["cases"]) == 1
    assert run("db", "check").exit_code == 0


@pytest.fixture
def interruptible() -> Iterator[None]:
    """An interrupt is heard, also where whatever started the tests has it ignored."""
    usual = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, usual)


@pytest.mark.usefixtures("interruptible")
@pytest.mark.filterwarnings("error::pytest.PytestUnraisableExceptionWarning")
def test_an_interrupt_that_python_drops_ends_the_run_all_the_same(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is raised in the callback of a weak reference is only reported; SQLAlchemy has many of them."""

    def dropped(*args: Any) -> intake.IntakeReport:
        report = taken(*args)
        thing = type("Thing", (), {})()
        reference = weakref.ref(thing, lambda _: os.kill(os.getpid(), signal.SIGINT))
        del thing
        assert reference() is None
        return report

    taken = intake.take_in
    monkeypatch.setattr(intake, "take_in", dropped)
    (tmp_path / "box").write_bytes(mbox(*(letter(each, sender=f"{each}@example.com") for each in range(450))))
    stopped = run("intake", "mail", tmp_path / "box")
    assert stopped.exit_code == 130
    assert "Taken in 200:" in stopped.stdout


def _may_be_interrupted() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # whatever started the tests may have it ignored


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_a_run_that_is_stopped_is_completed_by_the_next(
    start: Start, run: Run, tmp_path: Path, number: signal.Signals
) -> None:
    total = 2_000  # a busy machine looks late, and all of it must not be done by then
    (tmp_path / "box").write_bytes(mbox(*(letter(each, sender=f"{each}@example.com") for each in range(total))))
    assert run("queue").exit_code == 0
    process = start("intake", "mail", tmp_path / "box", preexec_fn=_may_be_interrupted)
    deadline = time.monotonic() + 60
    with closing(sqlite3.connect(tmp_path / "data" / "desk.db")) as watching:
        while not watching.execute("SELECT count(*) FROM support_case").fetchone()[0]:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        process.send_signal(number)
        said, told = process.communicate(timeout=60)
        there = watching.execute("SELECT count(*) FROM support_case").fetchone()[0]
    assert 0 < there < total, (process.returncode, said, told)
    if number is signal.SIGINT:
        assert process.returncode == 130
        told_of = re.search(rb"Taken in ([\d,]+):", said)
        assert told_of is not None
        assert int(told_of[1].replace(b",", b"")) <= there, (
            "it says how far it has come; the last ones may not be counted yet"
        )
        assert b"Traceback" not in told
    again = document(run("intake", "mail", tmp_path / "box", "--json"))
    assert (again["taken_in"], again["known"]) == (total - there, there)
    assert run("db", "check").exit_code == 0
