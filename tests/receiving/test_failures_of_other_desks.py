"""What went wrong at other help desks, played through from mailbox to case: here it must not."""

from __future__ import annotations

from email import message_from_bytes
from email.policy import default
from typing import TYPE_CHECKING

import pytest

from db.kinds import Status
from desk.fetching import Fetcher
from desk.services import agents, cases, changes, claims, replies
from desk.services.desk import Desk
from desk.settings import Mail, Outbox, Settings, Smtp
from desk.worker import Worker
from tests import dovecot as imap
from tests.receiving.conftest import case_fields, desk_with, subjects
from tests.services.acting import mail
from tests.smtp_server import SmtpServer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from db.engine import Database
    from tests.clock import SettableClock
    from tests.dovecot import Dovecot

pytestmark = pytest.mark.slow


@pytest.fixture
def server() -> Iterator[SmtpServer]:
    running = SmtpServer()
    running.start()
    yield running
    running.stop()


def test_an_old_answer_is_not_added_again_with_each_fetch(database: Database, dovecot: Dovecot) -> None:
    mailbox = dovecot.mailbox(after="leave")
    desk = desk_with(database, mailbox)
    dovecot.deliver(mailbox, mail("q@example.org", subject="Question"))
    Fetcher(desk, "support").read_once()
    dovecot.deliver(mailbox, mail("a@example.org", subject="Re: Question", in_reply_to="<q@example.org>"))
    for number in range(4):
        dovecot.deliver(mailbox, mail(f"n{number}@example.org", subject=f"New {number}", sender=f"n{number}@x.example"))
        Fetcher(desk, "support").read_once()

    assert subjects(desk) == ["Question", "Re: Question", *(f"New {number}" for number in range(4))]
    assert len(case_fields(desk, "id")) == 5


def test_the_answer_to_an_automatic_mail_of_ours_opens_no_second_case(
    database: Database, dovecot: Dovecot, server: SmtpServer
) -> None:
    mailbox = dovecot.mailbox()
    smtp = Smtp(host="127.0.0.1", port=server.port, security="none", timeout_seconds=60)
    made = Settings(mail=Mail(smtp=smtp, mailboxes={"support": mailbox}), outbox=Outbox(undo_seconds=0))
    desk = Desk(database, made, desk_with(database, mailbox).clock)
    Fetcher(desk, "support").read_once()  # what is there before is old; the next arrives just now
    dovecot.deliver(mailbox, mail("q@example.org"))
    Fetcher(desk, "support").read_once()
    Worker(desk).step()
    ((_, raw),) = server.taken
    ours = message_from_bytes(raw, policy=default)
    assert ours["Auto-Submitted"] == "auto-replied"
    changes.set_status(desk, agents.sign_in(desk, "boss"), [1], Status.SOLVED)

    name = str(ours["Message-ID"])
    dovecot.deliver(mailbox, mail("r@example.org", subject=f"Re: {ours['Subject']}", in_reply_to=name, references=name))
    Fetcher(desk, "support").read_once()

    assert case_fields(desk, "id", "status") == [(1, Status.OPEN)]


@pytest.mark.parametrize(("separator", "sent"), [(".", "Gesendete Elemente"), ("/", "已发送"), ("/", "Envoyés")])
def test_an_answer_is_sent_once_whatever_the_sent_folder_is_called_or_whether_it_is_there(
    sqlite_database: Database, clock: SettableClock, server: SmtpServer, separator: str, sent: str
) -> None:
    if imap.PROGRAM is None:
        pytest.skip(imap.MISSING)
    running = imap.Dovecot(separator=separator, prefix="", sent=sent)
    try:
        running.start()
        there, missing = running.mailbox(), running.mailbox(sent_folder=f"No {sent}")
        for number, mailbox in enumerate((there, missing)):
            smtp = Smtp(host="127.0.0.1", port=server.port, security="none", timeout_seconds=60)
            made = Settings(mail=Mail(smtp=smtp, mailboxes={f"box{number}": mailbox}), outbox=Outbox(undo_seconds=0))
            desk = Desk(sqlite_database, made, clock)
            me = agents.sign_in(desk, "boss")
            running.deliver(mailbox, mail(f"q{number}@example.org", sender=f"c{number}@example.org"))
            Fetcher(desk, f"box{number}").read_once()
            case = claims.next_case(desk, me)
            assert case is not None
            seen = cases.open_case(desk, me, case.id).last_message_id
            replies.reply(desk, me, case.id, "We look into it.", seen=seen)
            worker = Worker(desk)
            for _ in range(10):
                worker.step()
                clock.advance(hours=1)
        copies = len(running.messages(there, sent))
    finally:
        running.remove()

    answers = [to for (to,), raw in server.taken if b"We look into it." in raw]
    assert answers == ["c0@example.org", "c1@example.org"]
    assert copies == len([to for (to,), _ in server.taken if to == "c0@example.org"])
