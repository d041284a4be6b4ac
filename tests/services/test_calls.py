"""Calls as agents take and make them: notes kept, one message and one event, the follow-up done."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from db.kinds import CallFollowUp, CallOutcome, Channel, Status
from db.models import ContactPoint, Event
from desk.services import callbacks, callers, calls, cases, merging
from desk.services.calls import CallError
from tests.services.acting import kinds, mail, newest, receive, receive_line

if TYPE_CHECKING:
    from typing import Any

    from db.rows import AgentRow, CaseDetail
    from desk.services.desk import Desk
    from tests.clock import SettableClock

pytestmark = pytest.mark.seeded

NUMBER = "0812 3456 7890"


def wib(text: str) -> datetime:
    return datetime.fromisoformat(text + "+07:00")


@pytest.fixture(autouse=True)
def in_hours(desk: Desk, boss: AgentRow, clock: SettableClock) -> None:
    """Monday, 10:00 in Jakarta: the phone is open until 21:00."""
    clock.moment = wib("2026-11-23T10:00")


def called(desk: Desk, me: AgentRow, **more: Any) -> CaseDetail:
    """The case of a call that a telephone system reports."""
    line = {
        "channel": "phone", "external_id": "pbx-1", "from": {"name": "Budi", "phone": "+62 812-3456-7890"},
        "text": "Saldo saya terpotong.", "at": desk.clock().isoformat(), "language": "id",
    } | more  # fmt: skip
    receive_line(desk, Channel.PHONE, json.dumps(line).encode())
    return newest(desk, me)


def end(desk: Desk, me: AgentRow, call_id: int, follow: CallFollowUp, **more: Any) -> Any:
    return calls.wrap_up(desk, me, call_id, CallOutcome.HELPED, follow, notes="Explained.", **more)


def test_any_spelling_of_the_number_finds_the_customer_their_cases_and_the_hours(desk: Desk, ana: AgentRow) -> None:
    case = called(desk, ana)

    for number in ("0812-3456-7890", "+62 (0)812 3456 7890", "0062 81234567890"):
        call = calls.start(desk, ana, number)
        found = callers.caller(desk, ana, call)
        assert (found.name, [row.id for row in found.cases]) == ("Budi", [case.case.id])
        assert found.standing is not None
        assert found.standing.is_open
        assert found.standing.until == wib("2026-11-23T21:00")
        assert "TIDAK PERNAH" in "".join(found.script.steps)
        calls.wrap_up(desk, ana, call.id, CallOutcome.WRONG_NUMBER, CallFollowUp.NONE, notes="")


@pytest.mark.parametrize("number", ["budi", "12", "1" * 16])
def test_what_is_no_number_is_refused_with_what_to_do(desk: Desk, ana: AgentRow, number: str) -> None:
    with pytest.raises(CallError, match="type its digits"):
        calls.start(desk, ana, number)


def test_a_call_is_a_message_with_its_length_and_outcome_and_an_event(
    desk: Desk, ana: AgentRow, clock: SettableClock
) -> None:
    call = calls.start(desk, ana, NUMBER)
    clock.advance(seconds=192)

    row = end(desk, ana, call.id, CallFollowUp.SOLVE, name="Budi")

    detail = cases.open_case(desk, ana, row.id)
    message = detail.messages[-1]
    assert (message.channel, message.text, message.sender_name) == (Channel.PHONE, "Explained.", "Budi")
    facts = message.details["call"]
    assert (facts["duration_s"], facts["outcome"], facts["direction"]) == (192, "helped", "inbound")
    assert "call.taken" in kinds(desk, ana, row.id)
    assert (detail.case.status, detail.case.assignee_name) == (Status.SOLVED, "Ana")
    assert calls.mine(desk, ana) is None
    assert callers.caller(desk, ana, calls.start(desk, ana, NUMBER)).name == "Budi"


@pytest.mark.parametrize(
    ("follow", "status"),
    [
        (CallFollowUp.NONE, Status.OPEN),
        (CallFollowUp.WAITING_CUSTOMER, Status.WAITING_CUSTOMER),
        (CallFollowUp.SOLVE, Status.SOLVED),
        (CallFollowUp.CALL_BACK, Status.ON_HOLD),
    ],
)
def test_a_call_on_a_case_of_theirs_leaves_it_as_the_follow_up_says(
    desk: Desk, ana: AgentRow, follow: CallFollowUp, status: Status
) -> None:
    case = called(desk, ana)
    call = calls.start(desk, ana, NUMBER)

    row = end(desk, ana, call.id, follow, case_id=case.case.id)

    assert (row.id, row.status) == (case.case.id, status)


def test_notes_survive_the_program_that_they_were_typed_in(desk: Desk, ana: AgentRow, clock: SettableClock) -> None:
    case = called(desk, ana)
    call = calls.start(desk, ana, NUMBER)
    clock.advance(minutes=2)
    calls.keep(desk, ana, call.id, notes="He paid twice", case_id=case.case.id)
    clock.advance(hours=3)

    found = calls.mine(desk, ana)

    assert found is not None
    assert (found.notes, found.case_id, found.number) == ("He paid twice", case.case.id, NUMBER)
    with pytest.raises(CallError, match="not wrapped up"):
        calls.start(desk, ana, "0811111111")
    row = end(desk, ana, call.id, CallFollowUp.NONE, case_id=case.case.id, left=True)
    assert cases.open_case(desk, ana, row.id).messages[-1].details["call"]["duration_s"] == 120


def test_two_agents_take_two_calls_and_neither_ends_the_others(desk: Desk, ana: AgentRow, budi: AgentRow) -> None:
    first, second = calls.start(desk, ana, NUMBER), calls.start(desk, budi, NUMBER)

    with pytest.raises(CallError, match="not yours"):
        end(desk, ana, second.id, CallFollowUp.NONE)
    one, other = end(desk, ana, first.id, CallFollowUp.NONE), end(desk, budi, second.id, CallFollowUp.NONE)

    assert one.id != other.id
    assert one.customer_id == other.customer_id
    with pytest.raises(CallError, match="already"):
        end(desk, ana, first.id, CallFollowUp.NONE)


def test_a_case_of_another_customer_is_not_joined(desk: Desk, ana: AgentRow) -> None:
    other = called(desk, ana, external_id="x", **{"from": {"name": "Eve", "phone": "+62 899"}})
    call = calls.start(desk, ana, NUMBER)

    with pytest.raises(CallError, match="not a case of this customer"):
        end(desk, ana, call.id, CallFollowUp.NONE, case_id=other.case.id)
    assert calls.mine(desk, ana) is not None, "nothing was changed"


def test_who_rings_before_we_do_needs_no_call_back_any_more(desk: Desk, ana: AgentRow) -> None:
    case = called(desk, ana, call={"missed": True})
    assert len(callbacks.waiting(desk, ana)) == 1
    call = calls.start(desk, ana, NUMBER)

    row = end(desk, ana, call.id, CallFollowUp.SOLVE, case_id=case.case.id)

    assert row.status is Status.SOLVED
    assert callbacks.waiting(desk, ana) == ()


def test_call_back_at_a_moment_is_promised_from_then_on(desk: Desk, ana: AgentRow) -> None:
    call = calls.start(desk, ana, NUMBER)

    row = end(desk, ana, call.id, CallFollowUp.CALL_BACK, back_at=wib("2026-11-23T20:50"))

    (callback,) = callbacks.waiting(desk, ana)
    assert (callback.case.id, callback.slot_start) == (row.id, wib("2026-11-24T08:00"))
    booked = next(each.data for each in cases.history(desk, ana, row.id) if each.kind == "callback.booked")
    assert booked["after"]["from"] == "2026-11-24T01:00:00+00:00"


def test_a_withheld_number_is_taken_but_not_called_back(desk: Desk, ana: AgentRow) -> None:
    call = calls.start(desk, ana, "")

    with pytest.raises(CallError, match="withheld"):
        end(desk, ana, call.id, CallFollowUp.CALL_BACK)
    assert end(desk, ana, call.id, CallFollowUp.NONE, name="A woman").customer_name == "A woman"


def test_a_wrong_number_leaves_no_case(desk: Desk, ana: AgentRow) -> None:
    call = calls.start(desk, ana, NUMBER)

    assert calls.wrap_up(desk, ana, call.id, CallOutcome.WRONG_NUMBER, CallFollowUp.NONE, notes="") is None
    assert calls.mine(desk, ana) is None


def test_only_a_call_back_finds_nobody_there(desk: Desk, ana: AgentRow) -> None:
    call = calls.start(desk, ana, NUMBER)

    with pytest.raises(CallError, match="call-back"):
        calls.wrap_up(desk, ana, call.id, CallOutcome.NO_ANSWER, CallFollowUp.NONE, notes="")
    assert timedelta(0) == desk.clock() - call.started_at


def test_a_number_nobody_knows_is_given_to_a_customer_and_kept_as_theirs_when_asked(desk: Desk, ana: AgentRow) -> None:
    case = called(desk, ana)
    call = calls.start(desk, ana, "0899 1111")
    (meant,) = callers.find(desk, ana, "#1")

    given = calls.give(desk, ana, call.id, meant.id)

    assert calls.mine(desk, ana) == given, "what was chosen outlives the program"
    found = callers.caller(desk, ana, given)
    assert (found.name, [each.id for each in found.cases], found.may_keep) == ("Budi", [case.case.id], True)
    row = end(desk, ana, call.id, CallFollowUp.NONE, case_id=case.case.id)
    assert (row.id, row.customer_id) == (case.case.id, case.case.customer_id)
    assert cases.open_case(desk, ana, row.id).messages[-1].details["call"]["by_word"] is True
    again = calls.start(desk, ana, "0899 1111")
    assert again.customer_id is None, "nothing was learnt"
    calls.give(desk, ana, again.id, meant.id)
    row = end(desk, ana, again.id, CallFollowUp.NONE, keeps_number=True)
    assert row.customer_id == meant.id
    assert "number.kept" in kinds(desk, ana, row.id)
    assert calls.start(desk, ana, "+62 899 1111").customer_id == meant.id


def test_a_call_back_to_a_friends_number_stays_the_customers(desk: Desk, ana: AgentRow, clock: SettableClock) -> None:
    case = called(desk, ana).case
    call = calls.start(desk, ana, "0899 1111")
    calls.give(desk, ana, call.id, case.customer_id)
    end(desk, ana, call.id, CallFollowUp.CALL_BACK, case_id=case.id)
    (callback,) = callbacks.waiting(desk, ana)
    clock.moment = callback.slot_start

    back = calls.start(desk, ana, "", callback.id)

    assert (back.number, back.customer_id) == ("0899 1111", case.customer_id)
    with pytest.raises(CallError, match="keeps a promise"):
        calls.give(desk, ana, back.id, None)
    assert end(desk, ana, back.id, CallFollowUp.SOLVE, case_id=case.id).id == case.id


def test_a_withheld_number_is_filed_on_a_case_of_the_customer_who_was_chosen(desk: Desk, ana: AgentRow) -> None:
    case = called(desk, ana)
    known = contact_points(desk)
    call = calls.start(desk, ana, "")
    calls.give(desk, ana, call.id, case.case.customer_id)

    with pytest.raises(CallError, match="no number"):
        end(desk, ana, call.id, CallFollowUp.SOLVE, case_id=case.case.id, keeps_number=True)
    row = end(desk, ana, call.id, CallFollowUp.SOLVE, case_id=case.case.id)

    assert (row.id, row.status) == (case.case.id, Status.SOLVED)
    assert contact_points(desk) == known


def test_a_number_of_another_customer_stays_theirs(desk: Desk, ana: AgentRow) -> None:
    case = called(desk, ana)
    eve = called(desk, ana, external_id="x", **{"from": {"name": "Eve", "phone": "+62 8990"}}).case
    call = calls.start(desk, ana, "08990")
    assert call.customer_id == eve.customer_id

    given = calls.give(desk, ana, call.id, case.case.customer_id)

    found = callers.caller(desk, ana, given)
    assert (found.name, found.number_of, found.may_keep) == ("Budi", "Eve", False)
    with pytest.raises(CallError, match="Eve's and stays theirs"):
        end(desk, ana, call.id, CallFollowUp.NONE, keeps_number=True)
    assert end(desk, ana, call.id, CallFollowUp.NONE, case_id=case.case.id).id == case.case.id
    assert calls.start(desk, ana, "08990").customer_id == eve.customer_id


def test_who_it_is_can_be_corrected_until_the_call_is_wrapped_up(desk: Desk, ana: AgentRow, budi: AgentRow) -> None:
    case = called(desk, ana)
    eve = called(desk, ana, external_id="x", **{"from": {"name": "Eve", "phone": "+62 8990"}}).case
    call = calls.start(desk, ana, "0899 1111")

    assert calls.give(desk, ana, call.id, case.case.customer_id).case_id == case.case.id
    changed = calls.give(desk, ana, call.id, eve.customer_id)
    assert (changed.customer_id, changed.case_id) == (eve.customer_id, eve.id)
    nobody = calls.give(desk, ana, call.id, None)
    assert (nobody.customer_id, nobody.case_id) == (None, None)
    given = [each for each in every_event(desk) if each[0] == "call.given"]
    assert [data["after"]["customer"] for _, data in given] == [case.case.customer_id, eve.customer_id, None]
    with pytest.raises(CallError, match="not a case of this customer"):
        end(desk, ana, call.id, CallFollowUp.NONE, case_id=case.case.id)
    with pytest.raises(CallError, match="not yours"):
        calls.give(desk, budi, call.id, eve.customer_id)
    with pytest.raises(CallError, match="no customer"):
        calls.give(desk, ana, call.id, 999)
    assert end(desk, ana, call.id, CallFollowUp.NONE, name="A neighbour").customer_name == "A neighbour"
    with pytest.raises(CallError, match="already"):
        calls.give(desk, ana, call.id, eve.customer_id)


def test_of_two_who_keep_one_number_at_once_the_second_is_told_whose_it_is(
    desk: Desk, ana: AgentRow, budi: AgentRow
) -> None:
    called(desk, ana)
    called(desk, ana, external_id="x", **{"from": {"name": "Eve", "phone": "+62 8990"}})
    begun = [(each, calls.start(desk, each, "0899 1111").id) for each in (ana, budi)]
    whose = {ana.id: callers.find(desk, ana, "#1")[0].id, budi.id: callers.find(desk, ana, "#2")[0].id}
    for each, call_id in begun:
        calls.give(desk, each, call_id, whose[each.id])

    def keep(which: tuple[AgentRow, int]) -> str:
        try:
            end(desk, *which, CallFollowUp.NONE, keeps_number=True)
        except CallError as error:
            return str(error)
        return ""

    with ThreadPoolExecutor(2) as pool:
        told = sorted(pool.map(keep, begun))

    assert told[0] == ""
    assert "stays theirs" in told[1]
    loser = next(each for each, _ in begun if calls.mine(desk, each) is not None)
    assert end(desk, loser, calls.mine(desk, loser).id, CallFollowUp.NONE).customer_id == whose[loser.id]


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("#2", ["José Ñuñez"]),
        ("2", ["José Ñuñez"]),
        ("0812-3456-7890", ["Budi"]),
        ("jose", ["José Ñuñez"]),
        ("NUÑ jos", ["José Ñuñez"]),
        ("JOSE@example.org", ["José Ñuñez"]),
        ("jose@exam", ["José Ñuñez"]),
        ("@Wang.X", ["王小明"]),
        ("小明", ["王小明"]),
        ("jose budi", []),
        ("is:open", []),
        ("#999", []),
        ("", []),
        ("0", []),
    ],
)
def test_customers_are_found_by_what_an_agent_may_know_of_them(
    desk: Desk, ana: AgentRow, typed: str, names: list[str]
) -> None:
    called(desk, ana)
    receive(desk, mail(sender="José Ñuñez <jose@example.org>", Cc="Budi Anduk <anduk@example.org>"))
    line = {
        "channel": "chat", "external_id": "c1", "from": {"name": "王小明", "handle": "wang.x"}, "text": "你好",
        "at": desk.clock().isoformat(),
    }  # fmt: skip
    receive_line(desk, Channel.CHAT, json.dumps(line).encode())

    found = callers.find(desk, ana, typed)

    assert [each.name for each in found] == names
    assert all(each.cases == 1 and each.contact for each in found)


def test_a_message_from_outside_cannot_say_whose_it_is(desk: Desk, ana: AgentRow) -> None:
    case = called(desk, ana)

    called_again = called(
        desk, ana, external_id="x", vouched=case.case.customer_id, customer_id=case.case.customer_id,
        case=case.case.id, **{"from": {"name": "Eve", "phone": "+62 8990"}},
    )  # fmt: skip

    assert called_again.case.customer_id != case.case.customer_id


def contact_points(desk: Desk) -> int:
    with desk.database.read() as connection:
        return connection.scalar(select(func.count()).select_from(ContactPoint)) or 0


def every_event(desk: Desk) -> list[tuple[str, dict[str, Any]]]:
    with desk.database.read() as connection:
        return [(row.kind, row.data) for row in connection.execute(select(Event.kind, Event.data).order_by(Event.id))]


@pytest.mark.parametrize("number", [NUMBER, ""])
@pytest.mark.parametrize("outcome", [CallOutcome.HELPED, CallOutcome.CUT_OFF])
def test_who_was_spoken_with_out_of_hours_is_promised_no_call_back(
    desk: Desk, ana: AgentRow, clock: SettableClock, number: str, outcome: CallOutcome
) -> None:
    clock.moment = wib("2026-11-23T21:10")
    call = calls.start(desk, ana, number)
    row = calls.wrap_up(desk, ana, call.id, outcome, CallFollowUp.SOLVE, notes="Explained.")
    assert row is not None
    assert callbacks.waiting(desk, ana) == ()
    assert not {"callback.booked", "callback.over"} & set(kinds(desk, ana, row.id))
    assert [message.text for message in cases.open_case(desk, ana, row.id).messages] == ["Explained."]


def test_a_call_that_another_terminal_gave_to_somebody_else_is_not_wrapped_up_unseen(desk: Desk, ana: AgentRow) -> None:
    receive(desk, mail("a@x", sender="Alice <alice@example.org>"), mail("b@x", sender="Bob <bob@example.org>"))
    alice, bob = (callers.find(desk, ana, f"{name}@example.org")[0].id for name in ("alice", "bob"))
    call = calls.start(desk, ana, "0812 999 8888")
    calls.give(desk, ana, call.id, bob)
    for seen in (alice, None):
        with pytest.raises(CallError, match="given to another customer"):
            end(desk, ana, call.id, CallFollowUp.NONE, keeps_number=True, whose=seen)
    assert end(desk, ana, call.id, CallFollowUp.NONE, keeps_number=True, whose=bob).customer_id == bob


def test_a_case_into_which_theirs_was_merged_is_theirs_on_the_phone_too(
    desk: Desk, ana: AgentRow, boss: AgentRow
) -> None:
    receive(desk, mail("a@x", sender="Alice <alice@example.org>"), mail("b@x", sender="Bob <bob@example.org>"))
    bob = callers.find(desk, ana, "bob@example.org")[0].id
    into, gone = (_case_of(desk, ana, name) for name in ("alice", "bob"))
    merging.merge(desk, boss, gone, into)
    call = calls.start(desk, ana, NUMBER)
    assert calls.give(desk, ana, call.id, bob).case_id == into
    row = end(desk, ana, call.id, CallFollowUp.NONE, case_id=into, keeps_number=True)
    assert row.id == into
    with desk.database.read() as connection:
        kept = connection.scalar(select(Event.data).where(Event.kind == "number.kept"))
    assert kept["after"]["customer"] == bob


def _case_of(desk: Desk, me: AgentRow, name: str) -> int:
    call = calls.start(desk, me, "")
    given = calls.give(desk, me, call.id, callers.find(desk, me, f"{name}@example.org")[0].id)
    calls.wrap_up(desk, me, call.id, CallOutcome.WRONG_NUMBER, CallFollowUp.NONE, notes="")
    assert given.case_id is not None
    return given.case_id
