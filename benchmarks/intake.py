"""Taking mail in, against parsing the same messages with the standard library alone."""

from __future__ import annotations

import email
import email.policy
import tempfile
import time
from pathlib import Path

from benchmarks.mails import mails
from benchmarks.measuring import ratio
from db import migrate
from db.engine import Database
from db.kinds import Channel
from desk.channels.mail.incoming import read_incoming
from desk.services.desk import Desk
from desk.services.intake import Delivery, take_in
from desk.settings import Settings

ROUNDS = 3


def run(messages: int = 3_000) -> None:
    """Parse and take in, in turn; the better of three rounds of each."""
    raws = mails(messages)
    parsing, taking = [], []
    for _ in range(ROUNDS):
        parsing.append(_seconds(lambda: [_parsed(raw) for raw in raws]))
        with tempfile.TemporaryDirectory() as folder:
            desk = _new_desk(Path(folder))
            deliveries = [Delivery(raw, "benchmark") for raw in raws]
            taking.append(
                _seconds(lambda: take_in(desk, None, Channel.EMAIL, deliveries, read_incoming))  # noqa: B023
            )
            desk.database.close()
    print(f"mail intake, {messages} messages, {sum(map(len, raws)) / 1e6:.1f} MB")
    print(f"  standard library, parsing alone   {messages / min(parsing):8.0f} a second")
    print(f"  intake: read, threaded and stored {messages / min(taking):8.0f} a second")
    ratio("intake / parsing alone, messages a second", min(parsing), min(taking), "at least 0.33")


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
