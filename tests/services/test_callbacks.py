"""Call-backs: promised within the phone's hours, never over the capacity, moved when the hours change."""

from __future__ import annotations

import json
import threading
from collections import Counter
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from db.kinds import CallFollowUp, CallOutcome, Channel, Status
from desk.services import callbacks, calls, cases, changes, hour_edits, hours, merging, outbox, queue, sla, upkeep
from desk.services.callbacks import CallbackError
from desk.services.desk import Desk
from desk.settings import Phone, Settings
from tests.services.acting import in_queue, kinds, last_event, newest, receive_line

if TYPE_CHECKING:
    from typing import Any

    from db.rows import AgentRow
    from db.rows_phone import CallbackRow
    from tests.clock import SettableClock

pytestmark = pytest.mark.seeded


def wib(text: str) -> datetime:
    return datetime.fromisoformat(text + "+07:00")


@pytest.fixture(autouse=True)
def at_night(desk: Desk, boss: AgentRow, clock: SettableClock) -> None:
    """Monday, 22:00 in Jakarta: the phone opens at 08:00."""
    clock.moment = wib("2026-11-23T22:00")


def missed(desk: Desk, number: int = 1, **more: Any) -> None:
    """A call that nobody took; each number rings once, unless `external_id` says otherwise."""
    line = {
        "channel": "phone", "external_id": f"pbx-{number}",
        "from": {"name": f"C{number}", "phone": f"+6281200{number}"},
        "text": "", "at": desk.clock().isoformat(), "language": "id", "call": {"missed": True},
    } | more  # fmt: skip
    assert receive_line(desk, Channel.PHONE, json.dumps(line).encode()).taken_in == 1


def the_one(desk: Desk, me: AgentRow) -> CallbackRow:
    (callback,) = callbacks.waiting(desk, me)
    return callback


def test_a_missed_call_is_given_back_in_a_slot_and_the_customer_is_told_in_their_language(
    desk: Desk, ana: AgentRow
) -> None:
    missed(desk)

    callback = the_one(desk, ana)
    assert (callback.slot_start, callback.slot_end) == (wib("2026-11-24T08:00"), wib("2026-11-24T08:30"))
    assert (callback.case.status, callback.case.snoozed_until) == (Status.ON_HOLD, callback.slot_start)
    assert "callback.booked" in kinds(desk, ana, callback.case.id)
    (told,) = outbox.lease(desk, "worker")
    assert told.channel is Channel.PHONE
    assert "Selasa 24 November, 08.00–08.30 WIB" in told.text
    assert told.details["to"] == "+62812001"


def test_the_case_is_due_when_its_slot_comes(desk: Desk, ana: AgentRow, clock: SettableClock) -> None:
    missed(desk)
    case_id = the_one(desk, ana).case.id
    assert in_queue(desk, ana) == []
    clock.moment = wib("2026-11-24T08:00")

    upkeep.wake_snoozed(desk)

    (row,) = queue.page(desk, ana).rows
    assert (row.id, row.due_at) == (case_id, wib("2026-11-24T08:30"))


@pytest.mark.parametrize(
    ("call", "at", "is_promised"),
    [
        ({"missed": True}, "2026-11-23T12:00", True),
        ({"missed": False, "duration_s": 40}, "2026-11-23T12:00", False),
        ({"missed": False, "duration_s": 40}, "2026-11-23T21:30", True),
        ({"missed": True}, "2026-10-01T12:00", False),
        (None, "2026-11-23T12:00", False),
        (None, "2026-11-23T21:30", True),  # by the shipped rules of routing
    ],
)
def test_missed_calls_and_those_out_of_hours_are_given_back_and_old_ones_are_not(
    desk: Desk, ana: AgentRow, call: dict[str, Any] | None, at: str, is_promised: bool
) -> None:
    missed(desk, call=call, at=wib(at).isoformat())

    assert bool(callbacks.waiting(desk, ana)) is is_promised


def test_who_rings_again_waits_on_the_same_case_for_the_same_call(desk: Desk, ana: AgentRow) -> None:
    missed(desk)
    first = the_one(desk, ana)
    missed(desk, external_id="pbx-again")

    assert the_one(desk, ana) == first
    assert len(newest(desk, ana).messages) == 3, "two calls, and when we ring back"


def test_a_slot_takes_so_many_and_the_next_one_the_others(desk: Desk, ana: AgentRow) -> None:
    for number in range(1, 8):
        missed(desk, number)

    per_slot = Counter(each.slot_start for each in callbacks.waiting(desk, ana))
    assert per_slot == {
        wib("2026-11-24T08:00"): 3, wib("2026-11-24T08:30"): 3, wib("2026-11-24T09:00"): 1,
    }  # fmt: skip


@pytest.mark.slow
def test_many_at_once_never_overbook_a_slot(desk: Desk, ana: AgentRow) -> None:
    threads = [threading.Thread(target=missed, args=(desk, number)) for number in range(1, 13)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    per_slot = Counter(each.slot_start for each in callbacks.waiting(desk, ana))
    assert per_slot == {wib("2026-11-24T08:00") + timedelta(minutes=30 * number): 3 for number in range(4)}


def test_a_closure_moves_the_slots_that_it_covers_and_says_why(
    desk: Desk, boss: AgentRow, clock: SettableClock
) -> None:
    missed(desk)
    case_id = the_one(desk, boss).case.id
    clock.moment = wib("2026-11-24T07:50")

    hours.close(desk, boss, Channel.PHONE, wib("2026-11-24T14:00"), "lines are down")

    moved = the_one(desk, boss)
    assert (moved.slot_start, moved.case.snoozed_until) == (wib("2026-11-24T14:00"), wib("2026-11-24T14:00"))
    event = last_event(desk, boss, case_id)
    assert (event["why"], event["before"]["from"][:16]) == ("lines are down", "2026-11-24T01:00")
    texts = [message.text for message in cases.open_case(desk, boss, case_id).messages]
    assert "14.00–14.30 WIB" in texts[-1]


def test_after_a_closure_is_lifted_a_call_back_can_be_given_its_early_slot_again(
    desk: Desk, boss: AgentRow, clock: SettableClock
) -> None:
    missed(desk)
    clock.moment = wib("2026-11-24T07:50")
    hours.close(desk, boss, Channel.PHONE, wib("2026-11-25T14:00"), "lines are down")
    hours.reopen(desk, boss, Channel.PHONE)
    stays = the_one(desk, boss)
    assert stays.slot_start == wib("2026-11-25T14:00"), "the customer was told"

    assert callbacks.move(desk, boss, stays.id) == (wib("2026-11-24T08:00"), wib("2026-11-24T08:30"))
    moved = the_one(desk, boss)
    assert (moved.slot_start, moved.case.snoozed_until) == (wib("2026-11-24T08:00"), wib("2026-11-24T08:00"))
    texts = [message.text for message in cases.open_case(desk, boss, moved.case.id).messages]
    assert "24 November, 08.00–08.30 WIB" in texts[-1]
    assert callbacks.move(desk, boss, stays.id, wib("2026-11-26T09:10"))[0] == wib("2026-11-26T09:30")
    with pytest.raises(CallbackError, match="within 60 days"):
        callbacks.move(desk, boss, stays.id, wib("2035-01-01T09:00"))
    changes.set_status(desk, boss, [moved.case.id], Status.SOLVED)
    with pytest.raises(CallbackError, match="over"):
        callbacks.move(desk, boss, stays.id)
    assert list(sla.verify(desk, boss)) == []


def test_a_closure_that_leaves_no_slot_to_promise_puts_the_case_into_the_queue(desk: Desk, boss: AgentRow) -> None:
    missed(desk)
    case_id = the_one(desk, boss).case.id

    preview = hour_edits.preview_closing(desk, boss, Channel.PHONE, wib("2027-03-01T08:00"))
    assert "1 call-back ends: no slot is left; somebody has to write" in preview.lines
    hours.close(desk, boss, Channel.PHONE, wib("2027-03-01T08:00"), "the lines are down for long")

    assert callbacks.waiting(desk, boss) == ()
    assert in_queue(desk, boss) == [case_id]
    page = cases.open_case(desk, boss, case_id)
    assert page.case.due_at == wib("2026-11-24T08:30"), "when the customer would have been rung"
    assert page.messages[-1].text.startswith("Kami tidak dapat menelepon Anda")
    assert list(sla.verify(desk, boss)) == []


def test_nobody_there_is_tried_again_and_after_three_times_a_person_is_asked(
    desk: Desk, ana: AgentRow, clock: SettableClock
) -> None:
    missed(desk)
    case_id = the_one(desk, ana).case.id
    clock.moment = wib("2026-11-24T08:05")
    for attempt in (1, 2, 3):
        callback = the_one(desk, ana)
        call = calls.start(desk, ana, "", callback.id)
        assert (call.number, call.case_id) == ("+62812001", case_id)
        calls.wrap_up(
            desk, ana, call.id, CallOutcome.NO_ANSWER, CallFollowUp.NONE, notes="", case_id=case_id
        )  # fmt: skip
        if attempt < 3:
            assert the_one(desk, ana).attempts == attempt
            assert the_one(desk, ana).slot_start >= clock.moment + timedelta(hours=1)
            clock.moment = the_one(desk, ana).slot_start

    assert callbacks.waiting(desk, ana) == ()
    (row,) = queue.page(desk, ana).rows
    assert (row.id, row.assignee_name) == (case_id, None)
    assert last_event(desk, ana, case_id)["after"] == {"outcome": "given_up", "attempts": 3}


def test_a_call_back_that_rang_at_a_strangers_reached_nobody(desk: Desk, ana: AgentRow, clock: SettableClock) -> None:
    missed(desk)
    callback = the_one(desk, ana)
    clock.moment = wib("2026-11-24T08:01")
    call = calls.start(desk, ana, callback.number, callback.id)
    calls.wrap_up(desk, ana, call.id, CallOutcome.WRONG_NUMBER, CallFollowUp.NONE, notes="A bakery.")
    assert callbacks.waiting(desk, ana) == ()
    over = next(each.data for each in cases.history(desk, ana, callback.case.id) if each.kind == "callback.over")
    assert over["after"] == {"outcome": "given_up", "attempts": 1}


def test_a_call_back_that_reached_somebody_is_over(desk: Desk, ana: AgentRow, clock: SettableClock) -> None:
    missed(desk)
    clock.moment = wib("2026-11-24T08:05")
    callback = the_one(desk, ana)
    call = calls.start(desk, ana, "", callback.id)

    row = calls.wrap_up(
        desk, ana, call.id, CallOutcome.HELPED, CallFollowUp.SOLVE, notes="Done.", case_id=callback.case.id
    )

    assert row is not None
    assert row.status is Status.SOLVED
    assert callbacks.waiting(desk, ana) == ()
    with pytest.raises(callbacks.CaseError, match="over already"):
        calls.start(desk, ana, "", callback.id)


def test_the_seat_of_a_case_that_is_solved_is_free_again(desk: Desk, ana: AgentRow) -> None:
    for number in range(1, 4):
        missed(desk, number)
    from desk.services import changes

    changes.set_status(desk, ana, [callbacks.waiting(desk, ana)[0].case.id], Status.SOLVED)
    callbacks.replan(desk)
    missed(desk, 4)

    assert [each.slot_start for each in callbacks.waiting(desk, ana)] == [wib("2026-11-24T08:00")] * 3


def test_a_call_back_that_nobody_needs_leaves_its_case_in_the_queue(desk: Desk, ana: AgentRow) -> None:
    missed(desk)
    callback = the_one(desk, ana)

    callbacks.give_up(desk, ana, callback.id)

    assert in_queue(desk, ana) == [callback.case.id]
    with pytest.raises(CallbackError, match="over"):
        callbacks.give_up(desk, ana, callback.id)


def test_a_desk_may_choose_its_slots(desk: Desk, ana: AgentRow) -> None:
    phone = Phone(slot_minutes=15, calls_per_slot=1)
    other = Desk(desk.database, Settings(data_dir=desk.settings.data_dir, phone=phone), desk.clock)
    missed(other, 1)
    missed(other, 2)

    starts = [each.slot_start for each in callbacks.waiting(desk, ana)]
    assert starts == [wib("2026-11-24T08:00"), wib("2026-11-24T08:15")]


def test_merging_a_case_takes_its_call_back_along_and_undoing_brings_it_back(desk: Desk, ana: AgentRow) -> None:
    missed(desk)
    promised = the_one(desk, ana)
    case_id = promised.case.id
    line = {"channel": "phone", "external_id": "x", "from": {"name": "C1", "phone": "+62812001"}, "text": "Halo?",
            "at": "2026-11-20T03:00:00Z"}  # fmt: skip
    assert receive_line(desk, Channel.PHONE, json.dumps(line).encode()).taken_in == 1
    into_id = newest(desk, ana).case.id
    assert into_id != case_id

    merged = merging.merge(desk, ana, case_id, into_id)
    assert (the_one(desk, ana).case.id, the_one(desk, ana).slot_start) == (into_id, promised.slot_start)
    callbacks.replan(desk)
    assert the_one(desk, ana).case.id == into_id

    merging.unmerge(desk, ana, merged)
    assert the_one(desk, ana).case.id == case_id


def test_a_call_that_routing_has_called_back_gets_a_slot(desk: Desk, ana: AgentRow) -> None:
    line = {"channel": "phone", "external_id": "v", "from": {"name": "Dewi", "phone": "+62812777"}, "text": "Voicemail",
            "at": desk.clock().isoformat()}  # fmt: skip
    receive_line(desk, Channel.PHONE, json.dumps(line).encode())

    assert the_one(desk, ana).slot_start == wib("2026-11-24T08:00")
