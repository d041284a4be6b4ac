"""Reading a mailbox: each message once, in order, and nothing lost whatever happens in between."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from sqlalchemy import select

from db.models import Inbound
from desk import fetching
from desk.channels.mail import imap
from desk.fetching import Fetcher
from desk.mailbox_claim import MailboxClaim
from desk.services import mailbox_readers, mailboxes
from desk.services.desk import Desk
from desk.settings import Mail, Mailbox, Settings
from desk.worker import run_in_thread
from tests.clock import START
from tests.dovecot import free_port
from tests.receiving.conftest import WITHIN, Reading, case_fields, desk_with, subjects
from tests.services.acting import mail

if TYPE_CHECKING:
    from collections.abc import Callable

    from db.engine import Database
    from tests.clock import SettableClock
    from tests.dovecot import Dovecot

ROOT = Path(__file__).parents[2]


def letter(number: int, **more: str) -> bytes:
    return mail(
        f"{number}@example.org", subject=f"Question {number}", text=f"Where is my money, part {number}?", **more
    )


def test_mail_is_filed_in_order_under_its_mailbox_and_queue_and_then_marked_as_seen(
    database: Database, dovecot: Dovecot
) -> None:
    mailbox = dovecot.mailbox(queue="refunds")
    desk = desk_with(database, mailbox)
    dovecot.deliver(mailbox, *(letter(number) for number in range(3)))

    assert Fetcher(desk, "support").read_once() == 3

    assert subjects(desk) == ["Question 0", "Question 1", "Question 2"]
    assert case_fields(desk, "mailbox", "queue") == [("support", "refunds")] * 3
    assert len(dovecot.messages(mailbox, flag="SEEN")) == 3
    assert Fetcher(desk, "support").read_once() == 0


def test_bytes_are_kept_as_the_server_has_them(sqlite_database: Database, dovecot: Dovecot) -> None:
    raw = b"From: a@example.org\r\nSubject: \xd7\xe9 raw\r\nContent-Type: text/plain; charset=x\r\n\r\n\xff\xfe.\r\n"
    mailbox = dovecot.mailbox()
    desk = desk_with(sqlite_database, mailbox)
    dovecot.deliver(mailbox, raw)
    Fetcher(desk, "support").read_once()
    from db.models import Blob

    with sqlite_database.read() as connection:
        assert raw in list(connection.scalars(select(Blob.data)))


def test_a_batch_that_is_moved_while_it_is_read_loses_nothing(
    database: Database, dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imap, "MOST_IN_GROUP", 4)
    mailbox = dovecot.mailbox(after="move", move_to="Done")
    desk = desk_with(database, mailbox)
    with dovecot.client(mailbox) as client:
        client.create_folder("Done")
    dovecot.deliver(mailbox, *(letter(number) for number in range(25)))

    assert Fetcher(desk, "support").read_once() == 25

    assert subjects(desk) == [f"Question {number}" for number in range(25)]
    assert len(dovecot.messages(mailbox, "Done")) == 25
    assert dovecot.messages(mailbox) == []


@pytest.mark.parametrize("name", ["Gesendete Elemente", "已处理", "A & B"])
def test_mail_is_moved_into_folders_of_any_name(sqlite_database: Database, dovecot: Dovecot, name: str) -> None:
    mailbox = dovecot.mailbox(after="move", move_to=f"Desk/{name}")
    with dovecot.client(mailbox) as client:
        client.create_folder(f"Desk.{name}")
    dovecot.deliver(mailbox, letter(1))
    Fetcher(desk_with(sqlite_database, mailbox), "support").read_once()
    assert len(dovecot.messages(mailbox, f"Desk.{name}")) == 1


def test_a_folder_that_is_missing_holds_no_mail_up_and_is_told(sqlite_database: Database, dovecot: Dovecot) -> None:
    mailbox = dovecot.mailbox(after="move", move_to="Done")
    desk = desk_with(sqlite_database, mailbox)
    dovecot.deliver(mailbox, letter(1), letter(2))
    Fetcher(desk, "support").read_once()
    assert len(subjects(desk)) == 2
    assert "'Done'" in str(mailboxes.states(desk)["support", "INBOX"].error)
    assert len(dovecot.messages(mailbox)) == 2


@pytest.mark.parametrize("name", ["same@example.org", ""], ids=["with a Message-ID", "without one"])
def test_a_message_that_the_server_gives_again_under_another_uid_is_one(
    database: Database, dovecot: Dovecot, name: str
) -> None:
    mailbox = dovecot.mailbox(after="leave")
    desk = desk_with(database, mailbox)
    for again in range(3):
        dovecot.deliver(mailbox, f"Received: by relay{again}.example.org\r\n".encode() + mail(name))
        Fetcher(desk, "support").read_once()
    assert subjects(desk) == ["My payment failed"]
    assert dovecot.messages(mailbox, flag="SEEN") == []


def test_a_folder_that_numbers_its_messages_anew_is_read_again_without_doubling(
    database: Database, dovecot: Dovecot
) -> None:
    mailbox = dovecot.mailbox(folder="Support")
    desk = desk_with(database, mailbox)
    for round_ in range(2):
        with dovecot.client(mailbox) as client:
            if round_:
                client.delete_folder("Support")
            client.create_folder("Support")
        dovecot.deliver(mailbox, letter(1), letter(2), *[letter(3)] * round_, folder="Support")
        assert Fetcher(desk, "support").read_once() == 2 + round_
    assert subjects(desk) == ["Question 1", "Question 2", "Question 3"]


def test_another_account_under_the_old_name_is_read_from_its_beginning(
    database: Database, dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = dovecot.mailbox(), dovecot.mailbox()
    dovecot.deliver(first, letter(1), letter(2))
    dovecot.deliver(second, letter(3))
    opened = imap.MailboxConnection.open
    monkeypatch.setattr(  # as servers do that number every folder alike
        imap.MailboxConnection, "open", lambda *a, **n: replace(opened(*a, **n), uid_validity=1)
    )
    for mailbox in (first, second):
        Fetcher(desk_with(database, mailbox), "support").read_once()

    assert subjects(desk_with(database, second)) == ["Question 1", "Question 2", "Question 3"]


def test_two_programs_at_one_mailbox_take_each_message_in_once(database: Database, dovecot: Dovecot) -> None:
    mailbox = dovecot.mailbox(after="move", move_to="Sent")
    desk = desk_with(database, mailbox)
    dovecot.deliver(mailbox, *(letter(number) for number in range(5)))
    both_have_it = threading.Barrier(2, timeout=30)

    def meet(step: str) -> None:
        if step == "fetched":
            both_have_it.wait()

    threads = [threading.Thread(target=Fetcher(desk, "support", at=meet).read_once) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert sorted(subjects(desk)) == [f"Question {number}" for number in range(5)]
    assert set(dovecot.messages(mailbox, "Sent")) == {letter(number) for number in range(5)}
    assert mailboxes.states(desk)["support", "INBOX"].last_uid == 5


@pytest.mark.slow
@pytest.mark.parametrize("step", ["fetched", "kept", "stored", "settled", "noted"])
def test_a_reader_killed_at_any_step_loses_and_doubles_nothing(
    database: Database, database_url: str, dovecot: Dovecot, step: str
) -> None:
    mailbox = dovecot.mailbox(after="move", move_to="Sent")
    dovecot.deliver(mailbox, letter(1), letter(2))
    command = [sys.executable, "-m", "tests.receiving.reader_that_dies", database_url]
    died = subprocess.run([*command, msgspec.json.encode(mailbox).decode(), step], cwd=ROOT, check=False)
    assert died.returncode == -signal.SIGKILL
    dovecot.deliver(mailbox, letter(3))

    desk = desk_with(database, mailbox)
    Fetcher(desk, "support").read_once()

    assert subjects(desk) == ["Question 1", "Question 2", "Question 3"]
    assert case_fields(desk, "mailbox") == [("support",)] * 3
    assert dovecot.messages(mailbox) == []
    assert len(dovecot.messages(mailbox, "Sent")) == 3


def test_only_what_arrived_just_now_is_live(sqlite_database: Database, dovecot: Dovecot) -> None:
    mailbox = dovecot.mailbox()
    desk = desk_with(sqlite_database, mailbox)
    with dovecot.client(mailbox) as client:
        client.append("INBOX", letter(1), msg_time=datetime.now(UTC) - timedelta(days=3))
    dovecot.deliver(mailbox, letter(2))
    Fetcher(desk, "support").read_once()
    with sqlite_database.read() as connection:
        found = connection.execute(select(Inbound.mailbox, Inbound.is_live).order_by(Inbound.id)).all()
    assert [tuple(row) for row in found] == [("support", False), ("support", True)]


def test_of_a_message_that_is_too_large_the_header_and_the_reason_are_kept(
    sqlite_database: Database, dovecot: Dovecot
) -> None:
    mailbox = dovecot.mailbox(after="leave")
    desk = desk_with(sqlite_database, mailbox, largest_megabytes=1)
    large = mail("big@example.org", subject="Scans of my bills", files=(("scan.bin", bytes(1_200_000)),))
    dovecot.deliver(mailbox, large, letter(2), b"X-Relay: 2\r\n" + large)

    Fetcher(desk, "support").read_once()

    from db.models import Message

    with sqlite_database.read() as connection:
        first = connection.execute(select(Message.subject, Message.sender_address, Message.text)).first()
    assert first is not None
    assert (first.subject, first.sender_address) == ("Scans of my bills", "dewi@example.org")
    assert "2 MB" in first.text
    assert "largest_megabytes" in first.text
    assert subjects(desk) == ["Scans of my bills", "Question 2"]


@pytest.mark.slow
def test_a_damaged_message_over_which_the_server_hangs_up_holds_no_other_up(
    sqlite_database: Database, dovecot: Dovecot
) -> None:
    mailbox = dovecot.mailbox()
    desk = desk_with(sqlite_database, mailbox)
    dovecot.deliver(mailbox, letter(1), letter(2), letter(3))
    files = (dovecot.folder / "mail" / mailbox.user).rglob("*,S=*")
    broken = next(each for each in files if b"Question 2" in each.read_bytes())
    broken.chmod(0)

    with Reading(desk) as reading:
        reading.go_on()
        while len(subjects(desk)) < 3:
            reading.until_noted()

    assert subjects(desk) == ["Question 1", "", "Question 3"]
    from db.models import Message

    with sqlite_database.read() as connection:
        said = connection.scalar(select(Message.text).where(Message.subject == ""))
    assert "broke the connection off" in str(said)


@pytest.mark.slow
def test_a_new_mail_is_there_within_seconds_because_the_server_tells_of_it(
    sqlite_database: Database, dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "SETTLE_SECONDS", 0.1)  # the wait after it is ended by the server's word alone
    mailbox = dovecot.mailbox(poll_seconds=3600)
    desk = desk_with(sqlite_database, mailbox)
    dovecot.deliver(mailbox, letter(1))
    with Reading(desk) as reading:
        reading.until_noted()
        for number in (2, 3):
            reading.until_idle()
            dovecot.deliver(mailbox, letter(number))
            reading.until_noted()
    assert subjects(desk) == ["Question 1", "Question 2", "Question 3"]
    assert reading.pauses == []


@pytest.mark.slow
@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_mail_that_comes_between_the_last_look_and_the_long_wait_ends_that_wait(
    sqlite_database: Database, dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch, security: str
) -> None:
    monkeypatch.setattr(fetching, "SETTLE_SECONDS", 0.1)
    port = dovecot.tls_port if security == "tls" else dovecot.port
    mailbox = dovecot.mailbox(poll_seconds=3600, security=security, port=port)
    desk = desk_with(sqlite_database, mailbox)
    waiting = [letter(number) for number in range(4)]
    with Reading(desk, lambda: dovecot.deliver(mailbox, waiting.pop()) if waiting else None) as reading:
        for number in range(1, 5):
            reading.until_noted()
            assert len(subjects(desk)) == number


@pytest.mark.slow
def test_a_server_that_cannot_tell_is_asked(sqlite_database: Database, own_dovecot: Dovecot) -> None:
    own_dovecot.stop()
    config = own_dovecot.folder / "dovecot.conf"
    without = "imap_capability = IMAP4rev1 UIDPLUS\n"  # no IDLE and no MOVE
    config.write_text(config.read_text() + f"protocol imap {{\n {without} }}\n")
    own_dovecot.start()
    mailbox = own_dovecot.mailbox(poll_seconds=5, after="move", move_to="Sent")
    desk = desk_with(sqlite_database, mailbox)
    own_dovecot.deliver(mailbox, letter(1))
    with Reading(desk) as reading:
        reading.until_noted()
        own_dovecot.deliver(mailbox, letter(2))
        reading.until_noted()
    assert subjects(desk) == ["Question 1", "Question 2"]
    assert len(own_dovecot.messages(mailbox, "Sent")) == 2
    assert own_dovecot.messages(mailbox) == []


@pytest.mark.slow
def test_a_server_restarted_while_we_wait_is_found_again(sqlite_database: Database, own_dovecot: Dovecot) -> None:
    mailbox = own_dovecot.mailbox()
    desk = desk_with(sqlite_database, mailbox)
    own_dovecot.deliver(mailbox, letter(1))
    with Reading(desk) as reading:
        reading.until_noted()
        own_dovecot.stop()
        reading.until_paused()
        failing = mailboxes.states(desk)["support", "INBOX"]
        own_dovecot.start()
        own_dovecot.deliver(mailbox, letter(2))
        reading.go_on()
        reading.until_noted()
    assert subjects(desk) == ["Question 1", "Question 2"]
    assert failing.failing_since is not None
    assert own_dovecot.folder.name not in str(failing.error)


def test_while_the_database_is_away_nothing_is_marked_and_then_nothing_is_missing(
    sqlite_database: Database, dovecot: Dovecot
) -> None:
    mailbox = dovecot.mailbox()
    desk = desk_with(sqlite_database, mailbox)
    dovecot.deliver(mailbox, letter(1))
    path = sqlite_database.path
    assert path is not None
    subjects(desk)
    path.rename(path.with_name("elsewhere"))
    with Reading(desk) as reading:
        reading.until_paused()
        assert dovecot.messages(mailbox, flag="SEEN") == []
        path.with_name("elsewhere").rename(path)
        reading.go_on()
        reading.until_noted()
    assert subjects(desk) == ["Question 1"]
    assert len(dovecot.messages(mailbox, flag="SEEN")) == 1


def fetcher_without_server(desk: Desk, most: int, on_pause: Callable[[], object] = lambda: None) -> list[float]:
    """How long a fetcher waits after each of so many failures."""
    pauses: list[float] = []
    stop = threading.Event()

    def wait(seconds: float) -> None:
        pauses.append(seconds)
        on_pause()
        if len(pauses) == most:
            stop.set()

    Fetcher(desk, "support", chance=lambda: 0.5).run(stop, wait)
    return pauses


def test_a_server_that_is_away_is_tried_ever_more_seldom_whatever_the_clock_does(
    sqlite_database: Database, clock: SettableClock
) -> None:
    mailbox = Mailbox(host="127.0.0.1", port=free_port(), user="u", password="p", security="none")
    desk = Desk(sqlite_database, Settings(mail=Mail(mailboxes={"support": mailbox})), clock)
    jumps = iter([timedelta(days=-400), timedelta(days=900), timedelta(seconds=-1)] * 4)

    pauses = fetcher_without_server(desk, 12, lambda: clock.advance(next(jumps)))

    assert pauses == [0.75 * min(300, 2**failure) for failure in range(12)]
    state = mailboxes.states(desk)["support", "INBOX"]
    assert state.failing_since == START, "since the first failure"
    assert "Nothing listens" in str(state.error)


@pytest.mark.slow
def test_a_refused_login_is_tried_seldom_so_that_no_account_is_locked(
    sqlite_database: Database, dovecot: Dovecot
) -> None:
    desk = desk_with(sqlite_database, dovecot.mailbox(password="wrong"))
    assert fetcher_without_server(desk, 2) == [22.5, 45.0]


@pytest.mark.slow
def test_trouble_that_is_over_is_forgotten(sqlite_database: Database, dovecot: Dovecot) -> None:
    mailbox = dovecot.mailbox()
    desk = desk_with(sqlite_database, mailbox)
    mailboxes.note_failure(desk, "support", "INBOX", "it was away")
    Fetcher(desk, "support").read_once()
    state = mailboxes.states(desk)["support", "INBOX"]
    assert (state.failing_since, state.error) == (None, None)
    assert state.checked_at is not None


@pytest.mark.slow
def test_of_two_programs_one_reads_and_the_other_goes_on_after_its_end(database: Database, dovecot: Dovecot) -> None:
    mailbox = dovecot.mailbox(after="move", move_to="Sent")
    desk = desk_with(database, mailbox)
    dovecot.deliver(mailbox, letter(1))
    with Reading(desk) as first, Reading(desk) as second:
        one = next(each for each in cycle([first, second]) if each.noted.wait(0.05))
        other = second if one is first else first
        other.until_paused()
        assert other.pauses == [fetching.CLAIM_AGAIN_SECONDS]
        one.end()
        dovecot.deliver(mailbox, letter(2))
        other.go_on()
        other.until_noted()
    assert subjects(desk) == ["Question 1", "Question 2"]
    assert len(dovecot.messages(mailbox, "Sent")) == 2


@pytest.mark.parametrize("is_gone", [True, False])
def test_the_claim_of_a_program_that_was_killed_holds_nobody_up(database: Database, *, is_gone: bool) -> None:
    mailbox = Mailbox(host="127.0.0.1", user="u")
    desk = desk_with(database, mailbox)
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        mailbox_readers.claim(desk, "support", f"{socket.gethostname()}:{process.pid}:1")
        if is_gone:
            process.kill()
            process.wait()
        assert MailboxClaim(desk, "support").make() is is_gone
    elsewhere = desk_with(database, mailbox)
    mailbox_readers.release(elsewhere, "support", mailbox_readers.reader_of(desk, "support") or "")
    assert MailboxClaim(desk, "support").make()


def test_a_claim_runs_out_and_can_be_renewed(database: Database, clock: SettableClock) -> None:
    desk = Desk(database, Settings(), clock)
    assert mailbox_readers.claim(desk, "support", "one")
    clock.advance(minutes=1)
    assert mailbox_readers.claim(desk, "support", "one")
    clock.advance(seconds=119)
    assert not mailbox_readers.claim(desk, "support", "other")
    clock.advance(seconds=2)
    assert mailbox_readers.claim(desk, "support", "other")
    assert mailboxes.states(desk) == {}, "a claim is no folder"


def test_the_worker_fetches_beside_its_other_duties_and_ends_cleanly(
    sqlite_database: Database, dovecot: Dovecot
) -> None:
    mailbox = dovecot.mailbox()
    desk = desk_with(sqlite_database, mailbox)
    dovecot.deliver(mailbox, letter(1))
    stop = threading.Event()
    thread = run_in_thread(desk, stop)
    while not subjects(desk) and thread.is_alive():
        thread.join(0.02)
    stop.set()
    thread.join(WITHIN)
    assert not thread.is_alive()
    assert not [each for each in threading.enumerate() if each.name.startswith("desk-mailbox")]
    assert mailbox_readers.reader_of(desk, "support") is None


def test_the_worker_asked_to_work_once_fetches_what_is_there(
    run: Callable[..., Any], sqlite_url: str, sqlite_database: Database, dovecot: Dovecot
) -> None:
    good = dovecot.mailbox()
    dovecot.deliver(good, letter(1))
    boxes = {"broken": dovecot.mailbox(port=free_port()), "support": good, "off": Mailbox(enabled=False)}
    env = {"DESK_MAIL__MAILBOXES": msgspec.json.encode(boxes).decode()}
    result = run("worker", "--once", url=sqlite_url, env=env)
    assert result.exit_code == 0, result.output
    desk = desk_with(sqlite_database, good)
    assert subjects(desk) == ["Question 1"]
    assert "Nothing listens" in str(mailboxes.states(desk)["broken", "INBOX"].error)
