"""Spam: marked with everybody who wrote it, kept out of the queue from then on, and put back as it was."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from db.kinds import Status
from desk.services import cases, changes, claims, spam
from desk.services.desk import Desk
from desk.settings import Mail, Settings
from tests.services.acting import in_queue, kinds, last_event, mail, receive
from tests.services.filing import EVE, REPORT, acknowledgements, all_cases, contact, messages, receive_live

if TYPE_CHECKING:
    from pathlib import Path

    from db.engine import Database
    from db.rows import AgentRow, CaseDetail
    from tests.clock import SettableClock


def test_marking_closes_the_case_and_blocks_its_sender(desk: Desk, ana: AgentRow, case: CaseDetail) -> None:
    done = spam.mark(desk, ana, [1])

    page = cases.open_case(desk, ana, 1)
    assert (done.changed, done.refused) == ((1,), ())
    assert (page.case.status, page.spam_at, page.case.due_at) == (Status.CLOSED, desk.clock(), None)
    assert contact(desk).blocked_at == desk.clock()
    assert in_queue(desk, ana) == []
    assert kinds(desk, ana, 1)[-3:] == ["address.blocked", "case.status", "case.spam"]


@pytest.mark.parametrize("status", [Status.NEW, Status.WAITING_CUSTOMER, Status.SOLVED, Status.CLOSED])
@pytest.mark.parametrize("by_undo", [True, False])
def test_it_is_put_back_as_it_was(
    desk: Desk, ana: AgentRow, case: CaseDetail, clock: SettableClock, status: Status, by_undo: bool
) -> None:
    claims.take(desk, ana, 1)
    changes.set_status(desk, ana, [1], status)
    before = cases.open_case(desk, ana, 1).case
    clock.advance(hours=2)
    done = spam.mark(desk, ana, [1])
    clock.advance(hours=2)

    back = changes.undo(desk, ana, done) if by_undo else spam.unmark(desk, ana, [1])

    after = cases.open_case(desk, ana, 1)
    assert back.changed == (1,)
    assert (after.case.status, after.case.due_at) == (before.status, before.due_at)
    assert (after.case.assignee_id, after.spam_at) == (ana.id, None)
    assert contact(desk).blocked_at is None
    assert last_event(desk, ana, 1)["after"]["spam"] is False


def test_who_was_blocked_before_stays_blocked(desk: Desk, ana: AgentRow, case: CaseDetail) -> None:
    spam.block(desk, ana, 1)
    spam.mark(desk, ana, [1])

    spam.unmark(desk, ana, [1])

    assert contact(desk).blocked_at is not None


def test_what_is_no_spam_cannot_be_taken_out_of_it(desk: Desk, ana: AgentRow, case: CaseDetail) -> None:
    done = spam.unmark(desk, ana, [1, 99])

    assert done.changed == ()
    assert [case_id for case_id, _ in done.refused] == [1, 99]
    assert spam.mark(desk, ana, [1]).changed == (1,)
    assert spam.mark(desk, ana, [1]).changed == ()


def test_what_a_blocked_sender_writes_is_kept_on_one_closed_case(desk: Desk, ana: AgentRow, case: CaseDetail) -> None:
    spam.block(desk, ana, 1)
    changes.set_status(desk, ana, [1], Status.SOLVED)
    more = [mail(f"{number}@example.org", in_reply_to="<first@example.org>") for number in range(3)]

    assert receive_live(desk, *more) == REPORT(taken_in=3, new_cases=1, threaded=2)
    assert receive_live(desk, mail("4@example.org")) == REPORT(taken_in=1, threaded=1)

    first, second = all_cases(desk)
    assert (first.status, second.status, second.spam_at) == (Status.SOLVED, Status.CLOSED, desk.clock())
    assert len(messages(desk, 2)) == 4
    assert in_queue(desk, ana) == []
    assert acknowledgements(desk) == []
    assert "case.spam" in kinds(desk, ana, 2)


def test_what_follows_on_spam_lies_beside_it(desk: Desk, ana: AgentRow, case: CaseDetail) -> None:
    spam.mark(desk, ana, [1])

    assert receive_live(desk, mail("2@example.org")) == REPORT(taken_in=1, threaded=1)
    assert all_cases(desk)[0].status is Status.CLOSED


def test_taken_out_of_the_spam_what_was_written_meanwhile_is_seen(desk: Desk, ana: AgentRow, case: CaseDetail) -> None:
    changes.set_status(desk, ana, [1], Status.WAITING_CUSTOMER)
    spam.mark(desk, ana, [1])
    receive_live(desk, mail("2@example.org"))

    spam.unmark(desk, ana, [1])

    assert in_queue(desk, ana) == [1]


def test_what_the_desk_took_for_spam_by_itself_comes_into_the_queue_when_it_is_none(
    desk: Desk, ana: AgentRow, case: CaseDetail
) -> None:
    changes.set_status(desk, ana, [1], Status.SOLVED)
    spam.block(desk, ana, 1)
    receive_live(desk, mail("2@example.org"))

    spam.unmark(desk, ana, [2])

    assert in_queue(desk, ana) == [2]
    assert contact(desk).blocked_at is None


def test_blocking_and_unblocking_leave_the_case_alone(desk: Desk, ana: AgentRow, case: CaseDetail) -> None:
    assert spam.block(desk, ana, 1) == ("dewi@example.org",)
    assert spam.block(desk, ana, 1) == ()
    assert spam.unblock(desk, ana, 1) == ("dewi@example.org",)
    assert spam.unblock(desk, ana, 1) == ()

    assert receive_live(desk, mail("2@example.org")).new_cases == 1
    assert in_queue(desk, ana) == [1, 2]


def test_others_are_not_blocked_with_them(desk: Desk, ana: AgentRow, case: CaseDetail) -> None:
    spam.mark(desk, ana, [1])

    receive_live(desk, mail("eve@example.net", sender=EVE, in_reply_to="<first@example.org>"))

    assert in_queue(desk, ana) == [2]


def test_whose_name_was_forged_is_not_blocked_for_it(
    database: Database, ana: AgentRow, case: CaseDetail, tmp_path: Path
) -> None:
    desk = Desk(database, Settings(data_dir=str(tmp_path), mail=Mail(authserv_id="mx.desk.example")), database.clock)
    forged = b"Authentication-Results: mx.desk.example; dmarc=fail\r\n" + mail("forged@example.org")
    receive_live(desk, forged)

    assert spam.mark(desk, ana, [2]).changed == (2,)

    assert contact(desk).blocked_at is None
    assert receive_live(desk, mail("real@example.org", in_reply_to="<first@example.org>")).threaded == 1


def test_many_are_marked_and_put_back_at_once(desk: Desk, ana: AgentRow) -> None:
    receive(desk, *(mail(f"{number}@example.org", sender=f"s{number}@example.org") for number in range(5)))
    order = in_queue(desk, ana)

    done = spam.mark(desk, ana, order)
    assert in_queue(desk, ana) == []
    changes.undo(desk, ana, done)

    assert in_queue(desk, ana) == order


def test_a_snoozed_case_is_put_back_to_sleep(desk: Desk, ana: AgentRow, case: CaseDetail) -> None:
    until = desk.clock() + timedelta(days=1)
    changes.snooze(desk, ana, [1], until)

    changes.undo(desk, ana, spam.mark(desk, ana, [1]))

    row = cases.open_case(desk, ana, 1).case
    assert (row.status, row.snoozed_until) == (Status.ON_HOLD, until)
