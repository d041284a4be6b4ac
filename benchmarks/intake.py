"""Taking mail in, against parsing the same messages with the standard library alone."""

from __future__ import annotations

import email
import email.policy
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.mails import mails
from benchmarks.measuring import ratio
from benchmarks.worlds import FOLDER
from db import migrate
from db.engine import Database
from db.kinds import Channel
from desk.channels.mail.incoming import read_incoming
from desk.channels.mail.reading_ahead import ReadingAhead
from desk.commands.taking import pieces
from desk.services.desk import Desk
from desk.services.intake import Delivery, take_in
from desk.settings import Settings

ROUNDS = 3


def run(messages: int = 3_000) -> None:
    """Parse and take in, in turn; the better of three rounds of each."""
    raws = mails(messages)
    parsing, alone, taking, again = [], [], [], []
    for _ in range(ROUNDS):
        parsing.append(_seconds(lambda: [_parsed(raw) for raw in raws]))
        with tempfile.TemporaryDirectory() as folder:
            desk = _new_desk(Path(folder))
            deliveries = [Delivery(raw, "benchmark") for raw in raws]
            alone.append(_seconds(lambda: take_in(desk, None, Channel.EMAIL, deliveries, read_incoming)))  # noqa: B023
            desk.database.close()
        with tempfile.TemporaryDirectory() as folder, ReadingAhead() as ahead:
            desk = _new_desk(Path(folder))
            taking.append(_seconds(lambda: _taken_in(desk, ahead, deliveries)))  # noqa: B023
            again.append(_seconds(lambda: _taken_in(desk, ahead, deliveries)))  # noqa: B023
            desk.database.close()
    print(f"mail intake, {messages} messages, {sum(map(len, raws)) / 1e6:.1f} MB")
    print(f"  standard library, parsing alone   {messages / min(parsing):8.0f} a second")
    print(f"  intake: read, threaded and stored {messages / min(alone):8.0f} a second, by one process")
    print(f"  the same, read ahead by another   {messages / min(taking):8.0f} a second, as the command does it")
    print(f"  once more, when all of it is known {messages / min(again):7.0f} a second")
    ratio("one process / parsing alone, messages a second", min(parsing), min(alone), "at least 0.5")
    theirs = _django_helpdesk(raws[:300])
    if theirs is None:
        print("  (django-helpdesk could not be installed here, so it is not compared)")
        return
    print(f"  django-helpdesk, the first 300        {theirs:8.0f} a second")
    ratio("the command / django-helpdesk, messages a second", messages / min(taking), theirs, "at least 10")


def _django_helpdesk(raws: list[bytes]) -> float | None:
    """How many messages a second django-helpdesk takes in, in an environment of its own."""
    python = FOLDER.resolve() / "django-helpdesk" / "bin" / "python"
    try:
        if not python.exists():
            subprocess.run([sys.executable, "-m", "venv", str(python.parents[1])], check=True)
            install = [str(python), "-m", "pip", "install", "--quiet", "django-helpdesk==2.6.1", "setuptools"]
            subprocess.run(install, check=True, stderr=subprocess.DEVNULL)
        with tempfile.TemporaryDirectory() as folder:
            for number, raw in enumerate(raws):
                (Path(folder) / f"{number:05}.eml").write_bytes(raw)
            command = [str(python), str(Path(__file__).with_name("django_helpdesk.py")), folder]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return float(done.stdout.split()[-1])


def _taken_in(desk: Desk, ahead: ReadingAhead, deliveries: list[Delivery]) -> None:
    for piece, read in ahead.over(pieces(deliveries)):
        take_in(desk, None, Channel.EMAIL, piece, read)


def _parsed(raw: bytes) -> str:
    message = email.message_from_bytes(raw, policy=email.policy.default)
    body = message.get_body(("plain", "html"))
    text = body.get_content() if body is not None else ""
    return f"{message['From']}{message['Subject']}{text}"


def _new_desk(folder: Path) -> Desk:
    database = Database(f"sqlite:///{folder / 'desk.db'}")
    migrate.upgrade(database)
    return Desk(database=database, settings=Settings(), clock=database.clock)


def _seconds(thing: object) -> float:
    started = time.perf_counter()
    thing()  # type: ignore[operator]
    return time.perf_counter() - started
