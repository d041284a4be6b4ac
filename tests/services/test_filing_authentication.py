"""Whether a sender is who they say: by what our own server recorded, and nobody else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from db.kinds import Status
from desk.rules.addressing import signature
from desk.services import changes
from desk.services.desk import Desk
from desk.settings import Mail, Settings
from tests.services.acting import in_queue, key_of, mail, newest
from tests.services.filing import EVE, acknowledgements, all_cases, messages, receive_live

if TYPE_CHECKING:
    from pathlib import Path

    from db.engine import Database
    from db.rows import AgentRow, CaseDetail

OURS = "mx.desk.example"
RECEIVED = b"Received: from mail.example.org by mx.desk.example with ESMTP; Mon, 23 Nov 2026 13:00:00 +0000\r\n"
FAIL = b"Authentication-Results: mx.desk.example; spf=softfail smtp.mailfrom=example.org; dmarc=fail\r\n"
PASS = b"Authentication-Results: mx.desk.example; dmarc=pass (p=reject) header.from=example.org; spf=pass\r\n"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    mail = Mail(from_address="support@example.com", authserv_id=OURS)
    return Settings(data_dir=str(tmp_path / "data"), mail=mail)


def answer(*fields: bytes, **headers: str) -> bytes:
    return b"".join(fields) + mail("second@example.org", **({"in_reply_to": "<first@example.org>"} | headers))


def test_what_our_server_recorded_is_kept_with_the_message(desk: Desk, ana: AgentRow, case: CaseDetail) -> None:
    assert receive_live(desk, answer(PASS, RECEIVED)).threaded == 1

    assert messages(desk, 1)[-1].details["auth"] == {"dmarc": "pass", "spf": "pass"}


def test_who_is_not_who_they_say_joins_nothing_reopens_nothing_and_gets_no_answer(
    desk: Desk, ana: AgentRow, case: CaseDetail
) -> None:
    changes.set_status(desk, ana, [1], Status.SOLVED)

    assert receive_live(desk, answer(FAIL, RECEIVED, cc=EVE)).new_cases == 1

    page = newest(desk, ana)
    assert (page.review_id, page.follows_id, page.participants) == (1, None, ())
    assert page.messages[0].details["unverified"] is True
    assert page.messages[0].details["auth"] == {"dmarc": "fail", "spf": "softfail"}
    assert all_cases(desk)[0].status is Status.SOLVED
    assert len(messages(desk, 1)) == 1
    assert acknowledgements(desk) == []


def test_a_signed_name_does_not_help_who_is_not_who_they_say(desk: Desk, ana: AgentRow, case: CaseDetail) -> None:
    named = f"Re: [#1-{signature(1, key_of(desk))}]"

    assert receive_live(desk, FAIL + RECEIVED + mail("2@example.org", subject=named)).new_cases == 1
    assert newest(desk, ana).review_id == 1


def test_an_automatic_answer_of_nobody_knows_whom_joins_nothing(desk: Desk, ana: AgentRow, case: CaseDetail) -> None:
    assert receive_live(desk, answer(FAIL, RECEIVED, auto_submitted="auto-replied")).new_cases == 1


@pytest.mark.parametrize(
    "fields",
    [
        [FAIL, RECEIVED, PASS],
        [RECEIVED, FAIL, PASS],
        [RECEIVED, FAIL, RECEIVED, PASS],
        [FAIL, FAIL.replace(b"mx.desk", b"mx.other"), RECEIVED, PASS],
        [FAIL, PASS],
        [RECEIVED, b"Authentication-Results: mx.desk.example; x=y (dmarc=pass; dmarc=pass); dmarc=fail\r\n"],
        [RECEIVED, b'Authentication-Results: mx.desk.example; spf=pass reason="; dmarc=pass"; dmarc=fail\r\n'],
    ],
)
def test_a_forged_pass_below_our_servers_word_does_not_count(
    desk: Desk, ana: AgentRow, case: CaseDetail, fields: list[bytes]
) -> None:
    assert receive_live(desk, answer(*fields)).new_cases == 1
    assert newest(desk, ana).messages[0].details["auth"]["dmarc"] == "fail"


@pytest.mark.parametrize(
    "fields",
    [
        [b"Authentication-Results: mx.evil.example; dmarc=fail\r\n", RECEIVED],
        [RECEIVED, PASS, FAIL],
        [PASS, RECEIVED, FAIL],
        [b"Authentication-Results: mx.desk.example.evil.example; dmarc=fail\r\n"],
        [b"X-Authentication-Results: mx.desk.example; dmarc=fail\r\n"],
    ],
)
def test_nobody_else_can_say_that_a_customer_is_not_who_they_say(
    desk: Desk, ana: AgentRow, case: CaseDetail, fields: list[bytes]
) -> None:
    assert receive_live(desk, answer(*fields)).threaded == 1


def test_without_the_setting_nothing_is_believed(
    database: Database, ana: AgentRow, case: CaseDetail, tmp_path: Path
) -> None:
    plain = Desk(database, Settings(data_dir=str(tmp_path)), database.clock)

    assert receive_live(plain, answer(FAIL, RECEIVED)).threaded == 1
    assert "auth" not in messages(plain, 1)[-1].details


def test_mail_whose_sender_failed_counts_for_no_bound_of_the_real_one(
    desk: Desk, ana: AgentRow, case: CaseDetail
) -> None:
    receive_live(desk, *(FAIL + RECEIVED + mail(f"forged-{number}@example.org") for number in range(30)))
    changes.set_status(desk, ana, [1], Status.SOLVED)

    receive_live(desk, answer(PASS, RECEIVED))

    assert all_cases(desk)[0].status is Status.OPEN
    assert 1 in in_queue(desk, ana)
