"""Answers that wait for a moment: they go then and once, and until then they can be changed, held and taken back."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, update

from db.kinds import OutboxState, Status
from db.models import Message, OutboxItem
from db.types import NaiveTimeError
from desk import worker as worker_module
from desk.channels.sending import Taken, TryLaterError
from desk.services import cases, outbox, replies, scheduling
from desk.services.errors import CaseError, NotLaterError, NotScheduledError, NotYoursError, TooLateError
from desk.worker import Worker
from tests.services.acting import in_queue, kinds, mail, receive

if TYPE_CHECKING:
    from db.rows import AgentRow, CaseDetail, OutgoingRow
    from desk.services.desk import Desk
    from tests.clock import SettableClock

A_DAY = timedelta(days=1)


def tomorrow(desk: Desk) -> datetime:
    return desk.clock() + A_DAY


def put_off(desk: Desk, me: AgentRow, case: CaseDetail, at: datetime | None = None) -> int:
    at = at or tomorrow(desk)
    return replies.reply(desk, me, case.case.id, "The money is back.", seen=case.last_message_id, at=at).message_id


def hold(desk: Desk, message_id: int) -> None:
    """What filing does when the customer writes again."""
    held = update(OutboxItem).where(OutboxItem.message_id == message_id).values(held_why="Dewi wrote")
    with desk.database.write() as unit:
        unit.session.execute(held)


@pytest.mark.parametrize("by", [timedelta(0), timedelta(seconds=-1), timedelta(days=367)])
def test_an_answer_waits_only_for_a_moment_to_come_within_a_year(
    desk: Desk, ana: AgentRow, case: CaseDetail, by: timedelta
) -> None:
    with pytest.raises(NotLaterError):
        put_off(desk, ana, case, desk.clock() + by)

    assert len(cases.open_case(desk, ana, 1).messages) == 1


def test_a_moment_without_a_zone_is_refused(desk: Desk, ana: AgentRow, case: CaseDetail) -> None:
    with pytest.raises(NaiveTimeError):
        put_off(desk, ana, case, datetime(2026, 11, 24, 9, 0))  # noqa: DTZ001


def test_a_put_off_answer_goes_at_its_moment_and_not_before(
    desk: Desk, ana: AgentRow, case: CaseDetail, clock: SettableClock
) -> None:
    message_id = put_off(desk, ana, case)
    clock.advance(A_DAY - timedelta(seconds=1))
    assert (outbox.has_work(desk), outbox.lease(desk, "worker")) == (False, ())

    clock.advance(seconds=1)
    assert outbox.has_work(desk)
    assert [row.message_id for row in outbox.lease(desk, "worker")] == [message_id]
    assert outbox.lease(desk, "another") == ()


def test_its_case_waits_for_the_customer_from_now_on(desk: Desk, ana: AgentRow, case: CaseDetail) -> None:
    sent = replies.reply(desk, ana, 1, "Tomorrow.", seen=case.last_message_id, at=tomorrow(desk))

    assert (sent.case.status, sent.case.due_at, sent.undo_until) == (Status.WAITING_CUSTOMER, None, tomorrow(desk))
    assert in_queue(desk, ana) == []
    assert "message.scheduled" in kinds(desk, ana, 1)
    said = {event.kind: event.data for event in cases.history(desk, ana, 1)}
    assert said["message.scheduled"]["after"] == {"at": tomorrow(desk).isoformat()}


def test_all_that_waits_is_seen_together_the_next_to_go_first(
    desk: Desk, ana: AgentRow, budi: AgentRow, case: CaseDetail
) -> None:
    late = put_off(desk, ana, case, desk.clock() + 3 * A_DAY)
    receive(desk, mail("other@example.org", sender="other@example.org"))
    early = replies.reply(desk, ana, 2, "Soon.", seen=99, at=tomorrow(desk)).message_id
    receive(desk, mail("third@example.org", sender="third@example.org"))
    replies.reply(desk, ana, 3, "Now.", seen=99)
    hold(desk, late)

    rows = scheduling.scheduled(desk, budi)

    assert [(row.message_id, row.case.id, row.held_why, row.agent_name, row.text) for row in rows] == [
        (early, 2, None, "Ana", "Soon."),
        (late, 1, "Dewi wrote", "Ana", "The money is back."),
    ]
    assert rows[0].scheduled_for == tomorrow(desk)
    assert rows[0].case == cases.open_case(desk, ana, 2).case


def test_what_went_waits_no_more(desk: Desk, ana: AgentRow, case: CaseDetail, clock: SettableClock) -> None:
    put_off(desk, ana, case)
    clock.advance(A_DAY)
    (message,) = outbox.lease(desk, "worker")
    outbox.settle_sent(desk, message.outbox_id, "worker", None)

    assert scheduling.scheduled(desk, ana) == ()


def test_the_moment_can_be_changed(desk: Desk, ana: AgentRow, case: CaseDetail, clock: SettableClock) -> None:
    message_id = put_off(desk, ana, case)
    scheduling.reschedule(desk, ana, message_id, desk.clock() + 2 * A_DAY)

    clock.advance(A_DAY)
    assert outbox.lease(desk, "worker") == ()
    clock.advance(A_DAY)
    assert len(outbox.lease(desk, "worker")) == 1
    assert kinds(desk, ana, 1).count("message.scheduled") == 2


def test_a_moment_can_be_changed_only_to_one_to_come(desk: Desk, ana: AgentRow, case: CaseDetail) -> None:
    message_id = put_off(desk, ana, case)
    with pytest.raises(NotLaterError):
        scheduling.reschedule(desk, ana, message_id, desk.clock())

    assert scheduling.scheduled(desk, ana)[0].scheduled_for == tomorrow(desk)


def test_what_does_not_wait_has_no_moment_to_change(desk: Desk, ana: AgentRow, case: CaseDetail) -> None:
    message_id = replies.reply(desk, ana, 1, "Now.", seen=case.last_message_id).message_id

    for each in (message_id, case.last_message_id, 999):
        with pytest.raises(NotScheduledError):
            scheduling.reschedule(desk, ana, each, tomorrow(desk))
        with pytest.raises(NotScheduledError):
            scheduling.release(desk, ana, each)


def test_a_put_off_answer_is_taken_back_until_it_goes_and_the_case_stands_as_before(
    desk: Desk, ana: AgentRow, case: CaseDetail, clock: SettableClock
) -> None:
    message_id = put_off(desk, ana, case)
    clock.advance(A_DAY - timedelta(seconds=1))

    assert replies.take_back(desk, ana, message_id) == "The money is back."

    clock.advance(A_DAY)
    assert not outbox.has_work(desk)
    page = cases.open_case(desk, ana, 1)
    assert (page.case.status, page.case.due_at) == (case.case.status, case.case.due_at)
    assert page.drafts[0].text == "The money is back."
    assert scheduling.scheduled(desk, ana) == ()


def test_once_it_goes_it_is_too_late(desk: Desk, ana: AgentRow, case: CaseDetail, clock: SettableClock) -> None:
    message_id = put_off(desk, ana, case)
    clock.advance(A_DAY)
    outbox.lease(desk, "worker")

    with pytest.raises(TooLateError):
        replies.take_back(desk, ana, message_id)
    with pytest.raises(TooLateError):
        scheduling.reschedule(desk, ana, message_id, tomorrow(desk))


def test_a_colleague_leaves_it_alone_and_who_may_take_cases_from_others_need_not(
    desk: Desk, ana: AgentRow, budi: AgentRow, sari: AgentRow, case: CaseDetail
) -> None:
    message_id = put_off(desk, ana, case)
    with pytest.raises(NotYoursError, match="Ana wrote"):
        scheduling.reschedule(desk, budi, message_id, desk.clock() + 2 * A_DAY)
    with pytest.raises(CaseError, match="Only who wrote"):
        replies.take_back(desk, budi, message_id)

    scheduling.reschedule(desk, sari, message_id, desk.clock() + 2 * A_DAY)
    replies.take_back(desk, sari, message_id)

    assert [draft.text for draft in cases.open_case(desk, sari, 1).drafts] == ["The money is back."]


def test_a_held_answer_does_not_go_however_late_it_gets(
    desk: Desk, ana: AgentRow, case: CaseDetail, clock: SettableClock
) -> None:
    hold(desk, put_off(desk, ana, case))
    clock.advance(30 * A_DAY)

    assert (outbox.has_work(desk), outbox.lease(desk, "worker")) == (False, ())


def test_a_held_answer_keeps_no_other_from_going(
    desk: Desk, ana: AgentRow, case: CaseDetail, clock: SettableClock
) -> None:
    hold(desk, put_off(desk, ana, case))
    now = replies.reply(desk, ana, 1, "At once.", seen=99).message_id
    clock.advance(2 * A_DAY)

    assert [row.message_id for row in outbox.lease(desk, "worker")] == [now]


def test_an_answer_let_go_before_its_moment_goes_at_its_moment(
    desk: Desk, ana: AgentRow, case: CaseDetail, clock: SettableClock
) -> None:
    message_id = put_off(desk, ana, case)
    hold(desk, message_id)
    scheduling.release(desk, ana, message_id)
    assert outbox.lease(desk, "worker") == ()

    clock.advance(A_DAY)
    assert [row.message_id for row in outbox.lease(desk, "worker")] == [message_id]


def test_an_answer_let_go_after_its_moment_goes_now(
    desk: Desk, ana: AgentRow, case: CaseDetail, clock: SettableClock
) -> None:
    message_id = put_off(desk, ana, case)
    hold(desk, message_id)
    clock.advance(3 * A_DAY)
    scheduling.release(desk, ana, message_id)

    assert [row.message_id for row in outbox.lease(desk, "worker")] == [message_id]


def test_a_held_answer_with_a_new_moment_is_held_no_more(
    desk: Desk, ana: AgentRow, case: CaseDetail, clock: SettableClock
) -> None:
    message_id = put_off(desk, ana, case)
    hold(desk, message_id)
    scheduling.reschedule(desk, ana, message_id, desk.clock() + 2 * A_DAY)
    clock.advance(2 * A_DAY)

    assert [row.message_id for row in outbox.lease(desk, "worker")] == [message_id]


def test_nothing_that_is_not_held_is_let_go(desk: Desk, ana: AgentRow, case: CaseDetail) -> None:
    message_id = put_off(desk, ana, case)

    with pytest.raises(NotScheduledError):
        scheduling.release(desk, ana, message_id)


def test_a_held_answer_taken_back_leaves_the_case_to_the_customers_new_message(
    desk: Desk, ana: AgentRow, case: CaseDetail
) -> None:
    message_id = put_off(desk, ana, case)
    receive(desk, mail("second@example.org", in_reply_to="<first@example.org>", text="Hello?"))
    hold(desk, message_id)
    replies.take_back(desk, ana, message_id)

    assert cases.open_case(desk, ana, 1).case.status is Status.OPEN


def test_taking_back_a_put_off_answer_leaves_what_was_answered_since(
    desk: Desk, ana: AgentRow, case: CaseDetail
) -> None:
    message_id = put_off(desk, ana, case)
    replies.reply(desk, ana, 1, "At once, after all.", seen=message_id)
    replies.take_back(desk, ana, message_id)

    assert cases.open_case(desk, ana, 1).case.status is Status.WAITING_CUSTOMER
    assert in_queue(desk, ana) == []


def test_a_clock_set_back_sends_nothing_early_and_one_set_forward_sends_it_once(
    desk: Desk, ana: AgentRow, case: CaseDetail, clock: SettableClock
) -> None:
    message_id = put_off(desk, ana, case)
    clock.advance(-2 * A_DAY)
    assert (outbox.has_work(desk), outbox.lease(desk, "worker")) == (False, ())

    clock.advance(40 * A_DAY)
    (message,) = outbox.lease(desk, "worker")
    outbox.settle_sent(desk, message.outbox_id, "worker", None)
    clock.advance(-40 * A_DAY)
    clock.advance(80 * A_DAY)
    assert (message.message_id, outbox.lease(desk, "worker")) == (message_id, ())


def test_the_worker_sends_what_is_due_and_tries_again_what_the_server_puts_off(
    desk: Desk, ana: AgentRow, case: CaseDetail, clock: SettableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[int] = []

    class Busy:
        def send(self, message: OutgoingRow, _begun: object) -> Taken:
            tried.append(message.message_id)
            if len(tried) == 1:
                raise TryLaterError("busy")
            return Taken()

    monkeypatch.setattr(worker_module, "sender_for", lambda *_: Busy())
    message_id = put_off(desk, ana, case)
    worker = Worker(desk)
    worker.step()
    assert tried == []
    clock.advance(A_DAY)
    worker.step()
    clock.advance(hours=2)
    worker.step()

    assert tried == [message_id, message_id]
    with desk.database.read() as connection:
        state = connection.scalar(select(OutboxItem.state).where(OutboxItem.message_id == message_id))
    assert state is OutboxState.SENT


def test_an_acknowledgement_is_no_answer_that_a_writer_has_to_have_seen(
    desk: Desk, ana: AgentRow, case: CaseDetail
) -> None:
    make_automatic(desk, replies.reply(desk, ana, 1, "We have got it.", seen=case.last_message_id).message_id)

    replies.reply(desk, ana, 1, "Here is the answer.", seen=case.last_message_id)


def test_an_acknowledgement_sent_since_does_not_keep_a_case_from_standing_as_before(
    desk: Desk, ana: AgentRow, case: CaseDetail
) -> None:
    message_id = put_off(desk, ana, case)
    make_automatic(desk, replies.reply(desk, ana, 1, "We have got it.", seen=message_id).message_id)
    replies.take_back(desk, ana, message_id)

    assert cases.open_case(desk, ana, 1).case.status is case.case.status


def make_automatic(desk: Desk, message_id: int) -> None:
    with desk.database.write() as unit:
        unit.session.execute(update(Message).where(Message.id == message_id).values(is_automatic=True))
