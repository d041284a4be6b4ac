"""Mail that programs write: it wakes nothing, opens nothing twice, and two machines end soon."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from db.kinds import Channel, Status
from db.models import Message
from desk.services import changes, outbox
from desk.services.looping import MOST_WITHIN
from tests.services.acting import (
    arrived,
    counted,
    in_queue,
    kinds,
    last_event,
    mail,
    newest,
    receive,
    receive_line,
)
from tests.services.filing import (
    EVE,
    REPORT,
    acknowledgements,
    all_cases,
    contact,
    messages,
    receive_live,
    sent,
    sent_now,
)

if TYPE_CHECKING:
    from db.rows import AgentRow, CaseDetail
    from desk.services.desk import Desk
    from tests.clock import SettableClock

AWAY = {"auto_submitted": "auto-replied", "subject": "Automatic reply"}


def test_an_automatic_answer_that_names_nothing_joins_the_case_on_which_we_just_wrote(
    desk: Desk, ana: AgentRow, case: CaseDetail, clock: SettableClock
) -> None:
    sent(desk, ana, case, clock)

    assert receive_live(desk, mail("away@example.org", **AWAY)) == REPORT(taken_in=1, threaded=1)

    assert all_cases(desk)[0].status is Status.WAITING_CUSTOMER
    assert messages(desk, 1)[-1].is_automatic
    assert in_queue(desk, ana) == []


def test_one_to_nothing_that_we_wrote_stays_a_case_of_its_own(desk: Desk, ana: AgentRow, case: CaseDetail) -> None:
    assert receive_live(desk, mail("away@example.org", **AWAY)).new_cases == 1


def test_a_day_later_it_is_an_answer_to_nothing(
    desk: Desk, ana: AgentRow, case: CaseDetail, clock: SettableClock
) -> None:
    sent(desk, ana, case, clock)
    clock.advance(hours=25)

    assert receive_live(desk, mail("away@example.org", **AWAY)).new_cases == 1


def test_somebody_elses_automatic_answer_joins_nothing(
    desk: Desk, ana: AgentRow, case: CaseDetail, clock: SettableClock
) -> None:
    out = sent(desk, ana, case, clock)
    away = mail("away@example.net", sender=EVE, in_reply_to=f"<{out.external_id}>", **AWAY)

    assert receive_live(desk, away).new_cases == 1
    assert len(messages(desk, 1)) == 2


def test_mail_of_a_list_is_marked_and_gets_a_case_like_any_other(desk: Desk, ana: AgentRow) -> None:
    page = arrived(desk, ana, mail(list_id="Shops <shops.example.org>", precedence="list"))

    assert page.messages[0].details["list"] == {"id": "Shops <shops.example.org>", "precedence": "list"}
    assert not page.messages[0].is_automatic


def test_the_answer_to_an_invitation_wakes_nothing(desk: Desk, ana: AgentRow, case: CaseDetail) -> None:
    changes.set_status(desk, ana, [1], Status.SOLVED)
    accepted = mail("accepted@example.org", in_reply_to="<first@example.org>").replace(
        b'Content-Type: text/plain; charset="utf-8"', b'Content-Type: text/calendar; method=REPLY; charset="utf-8"'
    )

    assert receive(desk, accepted).threaded == 1
    assert all_cases(desk)[0].status is Status.SOLVED
    assert messages(desk, 1)[-1].details["calendar"] == "reply"


@pytest.mark.slow
def test_two_machines_that_answer_each_other_end_soon(desk: Desk, ana: AgentRow, clock: SettableClock) -> None:
    said = [mail(f"m-{number}@example.org", subject="Thank you", text="We come back to you.") for number in range(1000)]
    singly, later = said[:30], said[30:]
    mails = 0
    for each in singly:
        receive_live(desk, each)
        mails += len(outbox.lease(desk, "worker"))
        clock.advance(seconds=3)
    receive_live(desk, *later)

    assert mails + len(outbox.lease(desk, "worker")) == 1
    assert len(all_cases(desk)) == MOST_WITHIN
    assert counted(desk, Message) == 1001


@pytest.mark.slow
def test_a_machine_that_answers_what_we_send_stays_on_one_case(desk: Desk, ana: AgentRow, clock: SettableClock) -> None:
    receive_live(desk, mail())
    last = sent_now(desk).external_id
    changes.set_status(desk, ana, [1], Status.SOLVED)
    for number in range(MOST_WITHIN + 10):
        clock.advance(seconds=3)
        receive_live(desk, mail(f"machine-{number}@example.org", in_reply_to=f"<{last}>"))
        if number == MOST_WITHIN:
            changes.set_status(desk, ana, [1], Status.SOLVED)

    assert len(all_cases(desk)) == 1
    assert all_cases(desk)[0].status is Status.SOLVED
    assert len(acknowledgements(desk)) == 1
    assert kinds(desk, ana, 1).count("sender.slowed") == 1


def test_what_comes_beyond_the_bound_is_kept_and_the_case_says_why(desk: Desk, ana: AgentRow, case: CaseDetail) -> None:
    answers = [mail(f"{number}@example.org", in_reply_to="<first@example.org>") for number in range(MOST_WITHIN + 2)]
    receive_live(desk, *answers)

    found = messages(desk, 1)[-3:]
    assert [each.details.get("loop", False) for each in found] == [False, True, True]
    assert [each.is_automatic for each in found] == [False, True, True]
    assert kinds(desk, ana, 1).count("sender.slowed") == 1


def test_the_reason_names_the_address(desk: Desk, ana: AgentRow, case: CaseDetail) -> None:
    for number in range(MOST_WITHIN):
        receive_live(desk, mail(f"{number}@example.org", in_reply_to="<first@example.org>"))
    receive_live(desk, mail("last@example.org", in_reply_to="<first@example.org>"))

    assert last_event(desk, ana, 1)["address"] == "dewi@example.org"


def test_after_an_hour_a_person_is_heard_again(
    desk: Desk, ana: AgentRow, case: CaseDetail, clock: SettableClock
) -> None:
    receive_live(desk, *(mail(f"{n}@example.org", in_reply_to="<first@example.org>") for n in range(MOST_WITHIN + 1)))
    changes.set_status(desk, ana, [1], Status.SOLVED)
    clock.advance(minutes=59)
    receive_live(desk, mail("early@example.org", in_reply_to="<first@example.org>"))
    assert all_cases(desk)[0].status is Status.SOLVED

    clock.advance(minutes=1)
    receive_live(desk, mail("later@example.org", in_reply_to="<first@example.org>"))

    assert all_cases(desk)[0].status is Status.OPEN


def test_the_bound_is_kept_for_each_address(desk: Desk, ana: AgentRow, case: CaseDetail) -> None:
    receive_live(desk, *(mail(f"{n}@example.org", in_reply_to="<first@example.org>") for n in range(MOST_WITHIN + 1)))

    receive_live(desk, mail("eve@example.net", sender=EVE))

    assert not newest(desk, ana).messages[0].is_automatic
    assert (contact(desk).recent_count, contact(desk, "eve@example.net").recent_count) == (MOST_WITHIN + 1, 1)


def test_old_mail_from_a_file_is_no_loop(desk: Desk, ana: AgentRow) -> None:
    receive(desk, *(mail(f"{number}@example.org") for number in range(50)))

    assert len(all_cases(desk)) == 50
    assert contact(desk).recent_count == 0


def test_who_chats_is_no_loop(desk: Desk, ana: AgentRow) -> None:
    for number in range(MOST_WITHIN + 5):
        line = f'{{"channel":"chat","external_id":"{number}","from":{{"handle":"dewi"}},"text":"hi {number}",'
        receive_line(desk, Channel.CHAT, (line + '"at":"2026-11-23T13:14:00Z"}').encode())

    assert not any(each.is_automatic for case in all_cases(desk) for each in messages(desk, case.id))


@pytest.mark.parametrize("seconds", [-7200, -60])
def test_a_clock_that_is_set_back_starts_the_count_anew(
    desk: Desk, ana: AgentRow, case: CaseDetail, clock: SettableClock, seconds: int
) -> None:
    receive_live(desk, *(mail(f"{n}@example.org", in_reply_to="<first@example.org>") for n in range(MOST_WITHIN)))
    clock.advance(seconds=seconds)

    receive_live(desk, mail("back@example.org", in_reply_to="<first@example.org>"))

    assert not messages(desk, 1)[-1].is_automatic
