"""Through a real mail server: what the desk sends is taken, handed on by LMTP, and read as it was meant."""

from __future__ import annotations

import asyncio
import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from db.kinds import OutboxState
from db.models import Inbound, Message
from desk.services import agents, cases, replies
from desk.services.desk import Desk
from desk.serving import address_of, serve_lmtp
from desk.settings import Mail, Outbox, Settings, Smtp
from desk.worker import Worker
from tests import postfix as mta
from tests.clock import SettableClock
from tests.services.acting import arrived, mail

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from db.engine import Database
    from db.rows import AgentRow, DeliveryRow

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not mta.IS_USABLE, reason=mta.MISSING)]

WITHIN = 60.0  # seconds; a busy machine is not a failure


@pytest.fixture(scope="module")
def postfix() -> Iterator[mta.Postfix]:
    running = mta.Postfix()
    try:
        running.start()
        yield running
    finally:
        running.remove()


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock(datetime.now(UTC))


@contextmanager
def listening(desk: Desk, port: int) -> Iterator[None]:
    """`desk serve`, as long as the block runs."""
    loop, stop, ready = asyncio.new_event_loop(), asyncio.Event(), threading.Event()
    served = serve_lmtp(desk, address_of(f"127.0.0.1:{port}"), stop, ready.set)
    thread = threading.Thread(target=loop.run_until_complete, args=(served,))
    thread.start()
    try:
        assert ready.wait(WITHIN)
        yield
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(WITHIN)
        loop.close()


def by_postfix(database: Database, postfix: mta.Postfix) -> tuple[Desk, AgentRow]:
    smtp = Smtp(host="127.0.0.1", port=postfix.port, security="none", timeout_seconds=60)
    desk = Desk(database, Settings(mail=Mail(smtp=smtp), outbox=Outbox(undo_seconds=0)), database.clock)
    return desk, agents.sign_in(desk, "boss")


def answer(desk: Desk, me: AgentRow, sender: str, text: str) -> DeliveryRow:
    """An answer to a new case, after a worker has sent it."""
    page = arrived(desk, me, mail(f"{sender}.first", sender=sender))
    replies.reply(desk, me, page.case.id, text, seen=page.last_message_id)
    Worker(desk).step()
    delivery = cases.open_case(desk, me, page.case.id).messages[-1].delivery
    assert delivery is not None
    return delivery


def test_an_answer_goes_through_postfix_and_comes_in_by_lmtp_as_it_was_written(
    sqlite_database: Database, open_database: Callable[[str], Database], sqlite_template: Path,
    postfix: mta.Postfix, tmp_path: Path,
) -> None:  # fmt: skip
    desk, me = by_postfix(sqlite_database, postfix)
    there = tmp_path / "there.sqlite"
    there.write_bytes(sqlite_template.read_bytes())
    theirs = open_database(f"sqlite:///{there}")
    text = "Kami cek dulu, ya.\n\n.\nFrom here on: 付款失败 — " + "panjang " * 40

    with listening(Desk(theirs, Settings(), theirs.clock), postfix.lmtp):
        delivery = answer(desk, me, "c1@example.org", text)
        assert delivery.state is OutboxState.SENT, delivery.error
        found: Message | None = None
        until = time.monotonic() + WITHIN
        while found is None and time.monotonic() < until:
            with theirs.write() as unit:
                found = unit.session.scalar(select(Message).where(Message.sender_address == "support@example.com"))
                came = [] if found is None else [found.text.split(), unit.session.scalar(select(Inbound.source))]
            time.sleep(0.1)

    assert found is not None, postfix.log()
    assert came[0] == text.split()


def test_what_postfix_refuses_has_failed_in_its_words(sqlite_database: Database, postfix: mta.Postfix) -> None:
    desk, me = by_postfix(sqlite_database, postfix)

    elsewhere = answer(desk, me, "c1@elsewhere.example", "Hello")
    too_large = answer(desk, me, "c2@example.org", "x" * 300_000)

    assert (elsewhere.state, too_large.state) == (OutboxState.FAILED, OutboxState.FAILED)
    assert "Relay access denied" in (elsewhere.error or "")
    assert "size" in (too_large.error or "")


def test_postfix_keeps_mail_while_the_desk_is_away_and_delivers_it_once(
    sqlite_database: Database, open_database: Callable[[str], Database], sqlite_template: Path,
    postfix: mta.Postfix, tmp_path: Path,
) -> None:  # fmt: skip
    desk, me = by_postfix(sqlite_database, postfix)
    there = tmp_path / "there.sqlite"
    there.write_bytes(sqlite_template.read_bytes())
    theirs = open_database(f"sqlite:///{there}")
    assert answer(desk, me, "c9@example.org", "Nobody is there yet").state is OutboxState.SENT

    with listening(Desk(theirs, Settings(), theirs.clock), postfix.lmtp):
        count, until = 0, time.monotonic() + WITHIN
        while count == 0 and time.monotonic() < until:
            with theirs.read() as connection:
                count = len(connection.execute(select(Inbound.id)).all())
            time.sleep(0.1)
        time.sleep(1)
        with theirs.read() as connection:
            count = len(connection.execute(select(Inbound.id)).all())

    assert count == 1, postfix.log()
