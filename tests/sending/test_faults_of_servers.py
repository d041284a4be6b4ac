"""What mail servers do: away for a while, greylisting, hanging up; nothing is lost and nothing is sent twice."""

from __future__ import annotations

from base64 import b64decode
from typing import TYPE_CHECKING

import pytest

from db.kinds import OutboxState
from desk.channels.mail.smtp import SmtpSender
from desk.channels.sending import RefusedError, TryLaterError
from desk.services import delivery, replies
from desk.settings import Mail, Smtp
from desk.worker import Worker
from tests.channels.test_smtp import outgoing

if TYPE_CHECKING:
    from pathlib import Path

    from tests.clock import SettableClock
    from tests.sending.conftest import Sending
    from tests.smtp_server import SmtpServer


def work_for(sending: Sending, clock: SettableClock, hours: int) -> None:
    """Let a worker do what is due, for so long."""
    worker = Worker(sending.desk)
    for _ in range(hours * 6):
        worker.step()
        clock.advance(minutes=10)


@pytest.mark.slow
def test_a_server_that_is_away_for_hours_gets_everything_once_when_it_is_back(
    sending: Sending, clock: SettableClock, server: SmtpServer
) -> None:
    server.stop()
    sending.answer(1)
    sending.answer(2)
    work_for(sending, clock, 5)
    assert sending.delivery(1).state is OutboxState.QUEUED
    assert str(server.port) in (sending.delivery(1).error or "")

    server.start()
    work_for(sending, clock, 2)

    assert sorted(to for (to,), _ in server.taken) == ["c1@example.org", "c2@example.org"]
    assert [sending.delivery(case_id).state for case_id in (1, 2)] == [OutboxState.SENT] * 2


@pytest.mark.slow
def test_a_server_that_never_comes_back_leaves_a_failure_that_is_seen(
    sending: Sending, clock: SettableClock, server: SmtpServer
) -> None:
    server.stop()
    sending.answer()

    work_for(sending, clock, 40)

    assert [row.state for row in delivery.undelivered(sending.desk, sending.me)] == [OutboxState.FAILED]
    assert "tried 30 times" in (sending.delivery().error or "")


@pytest.mark.parametrize("step", ["connect", "mail", "rcpt", "data", "text"])
def test_greylisting_delays_and_no_more(sending: Sending, clock: SettableClock, server: SmtpServer, step: str) -> None:
    server.answers[step] = ["450 4.2.0 greylisted, come back"]
    sending.answer()
    Worker(sending.desk).step()
    assert (sending.delivery().state, server.taken) == (OutboxState.QUEUED, [])
    assert "greylisted" in (sending.delivery().error or "")

    work_for(sending, clock, 1)

    assert (sending.delivery().state, len(server.taken)) == (OutboxState.SENT, 1)


@pytest.mark.slow
@pytest.mark.parametrize("step", ["mail", "rcpt", "data", "text"])
def test_a_refusal_is_final_and_in_the_servers_words(
    sending: Sending, clock: SettableClock, server: SmtpServer, step: str
) -> None:
    server.answers[step] = ["550 5.1.1 nobody here"]
    sending.answer()

    work_for(sending, clock, 3)

    assert (sending.delivery().state, sending.delivery().attempts) == (OutboxState.FAILED, 1)
    assert "550 5.1.1 nobody here" in (sending.delivery().error or "")
    assert server.taken == []


@pytest.mark.parametrize("step", ["connect", "ehlo", "mail", "rcpt", "data"])
def test_a_connection_lost_before_the_text_is_tried_again(
    sending: Sending, clock: SettableClock, server: SmtpServer, step: str
) -> None:
    server.answers[step] = [""]
    sending.answer()

    work_for(sending, clock, 1)

    assert (sending.delivery().state, len(server.taken)) == (OutboxState.SENT, 1)


@pytest.mark.slow
def test_a_server_that_takes_the_text_and_hangs_up_leaves_it_unknown_and_it_is_not_sent_twice(
    sending: Sending, clock: SettableClock, server: SmtpServer
) -> None:
    server.answers["text"] = [""]
    message_id = sending.answer()

    work_for(sending, clock, 30)

    assert (sending.delivery().state, len(server.taken)) == (OutboxState.UNKNOWN, 1)
    assert [row.message_id for row in delivery.undelivered(sending.desk, sending.me)] == [message_id]
    replies.retry(sending.desk, sending.me, message_id)  # a person has decided
    work_for(sending, clock, 1)
    assert (sending.delivery().state, len(server.taken)) == (OutboxState.SENT, 2)


@pytest.mark.slow
def test_a_farewell_that_never_comes_does_not_make_a_sent_mail_unsent(
    sending: Sending, clock: SettableClock, server: SmtpServer
) -> None:
    server.stops_at = "quit"
    sending.answer()

    work_for(sending, clock, 1)

    assert (sending.delivery().state, len(server.taken)) == (OutboxState.SENT, 1)


def test_who_in_copy_is_refused_is_named_and_the_others_get_it(
    sending: Sending, clock: SettableClock, server: SmtpServer
) -> None:
    server.answers["rcpt"] = ["250 ok", "550 no such user", "250 ok"]
    sending.answer(cc=["gone@example.org"], bcc=["boss@example.net"])

    work_for(sending, clock, 1)

    ((recipients, raw),) = server.taken
    assert recipients == ["c1@example.org", "boss@example.net"]
    assert b"boss@example.net" not in raw
    assert sending.delivery().state is OutboxState.SENT
    assert sending.delivery().error == "gone@example.org does not get it: 550 no such user"


def test_a_copy_that_is_put_off_delays_all_so_that_nobody_gets_it_twice(
    sending: Sending, clock: SettableClock, server: SmtpServer
) -> None:
    server.answers["rcpt"] = ["250 ok", "450 greylisted"]
    sending.answer(cc=["slow@example.org"])

    work_for(sending, clock, 1)

    assert [recipients for recipients, _ in server.taken] == [["c1@example.org", "slow@example.org"]]


def test_a_copy_that_is_put_off_for_ever_does_not_keep_the_answer_from_the_customer(
    sending: Sending, clock: SettableClock, server: SmtpServer
) -> None:
    server.answers["rcpt"] = ["250 ok", "450 greylisted"] * 30
    sending.answer(cc=["slow@example.org"])

    work_for(sending, clock, 1)

    assert [recipients for recipients, _ in server.taken] == [["c1@example.org"]]
    assert "slow@example.org does not get it: 450 greylisted" in (sending.delivery().error or "")


def test_where_the_customer_is_refused_the_copies_get_nothing_either(
    sending: Sending, clock: SettableClock, server: SmtpServer
) -> None:
    server.answers["rcpt"] = ["550 no such user"]
    sending.answer(cc=["other@example.org"])

    work_for(sending, clock, 1)

    assert (sending.delivery().state, server.taken) == (OutboxState.FAILED, [])


def test_a_server_that_takes_no_null_sender_gets_automatic_mail_from_the_desk(server: SmtpServer) -> None:
    smtp = Smtp(host="127.0.0.1", port=server.port, security="none", timeout_seconds=60)
    server.answers["mail"] = ["550 no null sender", "250 ok"]

    SmtpSender(Mail(smtp=smtp)).send(outgoing(details={"to": "dewi@example.org", "automatic": True}))

    assert [recipients for recipients, _ in server.taken] == [["dewi@example.org"]]


def test_what_is_larger_than_the_server_takes_is_refused_before_it_travels(server: SmtpServer) -> None:
    smtp = Smtp(host="127.0.0.1", port=server.port, security="none", timeout_seconds=60)
    server.answers["mail"] = ["552 5.3.4 too large"]

    with pytest.raises(RefusedError, match="too large"):
        SmtpSender(Mail(smtp=smtp)).send(outgoing(text="x" * 100_000))
    assert server.taken == []


@pytest.mark.parametrize("kind", ["password_file", "token_command"])
def test_the_secret_comes_from_where_the_settings_say(tmp_path: Path, server: SmtpServer, kind: str) -> None:
    (tmp_path / "secret").write_text("open-sesame\n", encoding="utf-8")
    source = str(tmp_path / "secret") if kind == "password_file" else ("cat", str(tmp_path / "secret"))
    said: list[str] = []
    server.answers["ehlo"] = ["250-here\r\n250 AUTH PLAIN XOAUTH2"]
    server.heard = said
    smtp = Smtp(
        host="127.0.0.1",
        port=server.port,
        security="none",
        timeout_seconds=60,
        user="ana",
        password="no",
        **{kind: source},
    )

    SmtpSender(Mail(smtp=smtp)).send(outgoing())

    (mechanism, secret) = next(line.split()[1:] for line in said if line.startswith("AUTH"))
    wanted = "\0ana\0open-sesame" if kind == "password_file" else "user=ana\x01auth=Bearer open-sesame\x01\x01"
    assert mechanism == ("PLAIN" if kind == "password_file" else "XOAUTH2")
    assert b64decode(secret).decode() == wanted


def test_a_secret_that_cannot_be_had_is_a_reason_to_try_later(tmp_path: Path, server: SmtpServer) -> None:
    smtp = Smtp(host="127.0.0.1", port=server.port, security="none", user="ana", password_file=str(tmp_path / "gone"))

    with pytest.raises(TryLaterError, match="cannot be read"):
        SmtpSender(Mail(smtp=smtp)).send(outgoing())
