"""Two programs with one mailbox, and one that is killed outright."""

from __future__ import annotations

import multiprocessing
import os
import signal
from concurrent.futures import ProcessPoolExecutor
from typing import TYPE_CHECKING

import pytest

from db.engine import Database
from db.kinds import Channel
from db.models import Case, ContactPoint, Customer, Inbound, Message
from desk.channels.mail.incoming import read_incoming
from desk.services import events, intake
from desk.services.desk import Desk
from desk.settings import Settings
from tests.services.acting import counted, mail, receive

if TYPE_CHECKING:
    from db.rows import AgentRow
    from desk.rules.incoming import Incoming

CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload([__name__])
MAILS = 300


def mailbox() -> list[bytes]:
    return [
        mail(f"{number}@x.org", sender=f"c{number % 40}@x.org", text=f"Text {number}")
        if number % 3
        else mail(f"{number}@x.org", sender=f"c{(number - 40) % 40}@x.org", in_reply_to=f"<{number - 40}@x.org>")
        for number in range(MAILS)
    ]


def take_all(url: str, box: list[bytes]) -> intake.IntakeReport:
    """What one program does."""
    database = Database(url)
    report = receive(Desk(database, Settings(), database.clock), *box)
    database.close()
    return report


def die_at(url: str, box: list[bytes], number: int) -> None:
    """Take mail in and be killed while reading one of them, which is after it was kept."""
    database = Database(url)
    left = iter(range(number))

    def read(raw: bytes) -> Incoming:
        if next(left, None) is None:
            os.kill(os.getpid(), signal.SIGKILL)
        return read_incoming(raw)

    deliveries = [intake.Delivery(raw, "test") for raw in box]
    intake.take_in(Desk(database, Settings(), database.clock), None, Channel.EMAIL, deliveries, read)


@pytest.mark.drill
@pytest.mark.slow
def test_programs_that_take_one_mailbox_in_at_once_file_each_mail_once(
    desk: Desk, database_url: str, boss: AgentRow
) -> None:
    box = mailbox()
    boxes = (box, box[::-1], box[150:] + box[:150])
    with ProcessPoolExecutor(len(boxes), mp_context=CONTEXT) as programs:
        taken = [programs.submit(take_all, database_url, each) for each in boxes]
        report = sum((each.result() for each in taken), intake.IntakeReport())

    assert (report.taken_in, report.known, report.unparsed) == (MAILS, MAILS * 2, 0)
    assert (counted(desk, Message), counted(desk, Inbound)) == (MAILS, MAILS)
    assert (counted(desk, Customer), counted(desk, ContactPoint)) == (40, 40)
    assert report.new_cases == counted(desk, Case)
    assert len(events.since(desk, boss, 0).case_ids) == counted(desk, Case)


@pytest.mark.drill
@pytest.mark.slow
def test_a_program_killed_outright_loses_and_doubles_nothing(desk: Desk, database_url: str, boss: AgentRow) -> None:
    box = mailbox()
    for number in (5, intake.MOST_IN_CHUNK + 30):
        program = CONTEXT.Process(target=die_at, args=(database_url, box, number))
        program.start()
        program.join()
        assert program.exitcode == -signal.SIGKILL
    assert counted(desk, Message) == intake.MOST_IN_CHUNK

    report = receive(desk, *box)

    assert (report.taken_in, counted(desk, Message)) == (MAILS - intake.MOST_IN_CHUNK, MAILS)
