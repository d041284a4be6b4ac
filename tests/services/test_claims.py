"""A case has one agent at most, and who asks for the next one gets the most urgent."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from db.kinds import Channel, Lane, Status
from desk.services import cases, changes, claims
from desk.services.agents import UnknownAgentError
from desk.services.errors import CaseError, CaseNotFoundError, CaseTakenError
from tests.services.acting import counted, kinds, last_event, mail, many, receive, receive_line

if TYPE_CHECKING:
    from db.rows import AgentRow, CaseDetail
    from desk.services.desk import Desk
    from tests.clock import SettableClock


def test_the_next_case_is_the_one_due_first(desk: Desk, ana: AgentRow, clock: SettableClock) -> None:
    receive(desk, mail("a@example.org"))
    clock.advance(minutes=-30)
    receive(desk, mail("b@example.org"))

    assert [claims.next_case(desk, ana).id for _ in range(2)] == [2, 2]  # type: ignore[union-attr]
    assert claims.next_case(desk, ana, skip=[2]).id == 1  # type: ignore[union-attr]


def test_of_cases_due_together_the_higher_priority_comes_first_then_the_older(
    desk: Desk, ana: AgentRow, clock: SettableClock
) -> None:
    many(desk, 3)
    due = cases.open_case(desk, ana, 1).case.due_at
    changes.set_priority(desk, ana, [3], 2)
    clock.advance(hours=4)
    receive(desk, mail("late@example.org"))
    changes.set_priority(desk, ana, [4], 2)

    assert cases.open_case(desk, ana, 4).case.due_at == due
    taken = []
    while (row := claims.next_case(desk, ana, skip=taken)) is not None:
        taken.append(row.id)
    assert taken == [3, 4, 1, 2]


def test_the_next_case_is_mine_and_open_and_says_so_in_the_record(desk: Desk, ana: AgentRow, case: CaseDetail) -> None:
    row = claims.next_case(desk, ana)

    assert row is not None
    assert (row.assignee_id, row.status, row.version) == (ana.id, Status.OPEN, case.case.version + 1)
    assert last_event(desk, ana, row.id) == {"before": {"assignee": None}, "after": {"assignee": "ana"}}


def test_a_claim_that_is_cut_off_before_its_end_did_not_happen(desk: Desk, ana: AgentRow, case: CaseDetail) -> None:
    def cut_off(*_arguments: object) -> None:
        raise RuntimeError

    whole = desk.database.counting
    desk.database.counting = cut_off
    with pytest.raises(RuntimeError):
        claims.next_case(desk, ana)
    desk.database.counting = whole
    assert cases.open_case(desk, ana, case.case.id).case.assignee_id is None
    assert "case.claimed" not in kinds(desk, ana, case.case.id)


def test_what_is_mine_already_is_handed_out_again_unchanged(
    desk: Desk, clock: SettableClock, ana: AgentRow, case: CaseDetail
) -> None:
    first = claims.next_case(desk, ana)
    events = counted(desk)
    clock.moment += timedelta(seconds=1)

    assert claims.next_case(desk, ana) == first
    assert counted(desk) == events


def test_the_next_case_is_never_somebody_elses(desk: Desk, ana: AgentRow, sari: AgentRow, case: CaseDetail) -> None:
    claims.take(desk, ana, case.case.id)

    assert claims.next_case(desk, sari) is None


def test_what_somebody_has_closed_meanwhile_is_neither_taken_nor_handed_over(
    desk: Desk, ana: AgentRow, sari: AgentRow, case: CaseDetail
) -> None:
    changes.set_status(desk, ana, [case.case.id], Status.CLOSED)
    events = counted(desk)

    with pytest.raises(CaseError, match="closed"):
        claims.take(desk, sari, case.case.id)
    with pytest.raises(CaseError, match="closed"):
        claims.transfer(desk, ana, case.case.id, "sari")
    assert counted(desk) == events


def test_a_lane_hands_out_its_own_channel_only(desk: Desk, ana: AgentRow, case: CaseDetail) -> None:
    line = b'{"channel":"chat","external_id":"c1","from":{"handle":"dewi"},"text":"hi","at":"2026-11-23T13:14:00Z"}'
    receive_line(desk, Channel.CHAT, line)

    assert claims.next_case(desk, ana, Lane.PHONE) is None
    assert claims.next_case(desk, ana, Lane.EMAIL).id == case.case.id  # type: ignore[union-attr]
    assert claims.next_case(desk, ana, Lane.CHAT).channel is Channel.CHAT  # type: ignore[union-attr]


def test_my_lane_hands_out_only_what_is_mine(desk: Desk, ana: AgentRow) -> None:
    many(desk, 2)
    claims.take(desk, ana, 2)

    assert claims.next_case(desk, ana, Lane.MINE).id == 2  # type: ignore[union-attr]


def test_nobody_is_handed_what_needs_nobody(desk: Desk, ana: AgentRow, case: CaseDetail) -> None:
    changes.set_status(desk, ana, [case.case.id], Status.SOLVED)

    assert claims.next_case(desk, ana) is None


def test_taking_opens_a_new_case(desk: Desk, ana: AgentRow, case: CaseDetail) -> None:
    row = claims.take(desk, ana, case.case.id)

    assert (row.assignee_name, row.status) == ("Ana", Status.OPEN)


def test_taking_twice_changes_nothing(desk: Desk, ana: AgentRow, case: CaseDetail) -> None:
    first = claims.take(desk, ana, case.case.id)

    assert claims.take(desk, ana, case.case.id) == first


def test_an_agent_may_not_take_what_a_colleague_has(
    desk: Desk, ana: AgentRow, budi: AgentRow, case: CaseDetail
) -> None:
    claims.take(desk, ana, case.case.id)

    with pytest.raises(CaseTakenError, match="Ana has #1"):
        claims.take(desk, budi, case.case.id)


def test_a_senior_agent_may_take_what_a_colleague_has(
    desk: Desk, ana: AgentRow, sari: AgentRow, case: CaseDetail
) -> None:
    claims.take(desk, ana, case.case.id)

    assert claims.take(desk, sari, case.case.id).assignee_id == sari.id
    assert last_event(desk, sari, case.case.id) == {"before": {"assignee": "ana"}, "after": {"assignee": "sari"}}


def test_a_released_case_is_nobodys_and_comes_next_again(
    desk: Desk, ana: AgentRow, budi: AgentRow, case: CaseDetail
) -> None:
    claims.take(desk, ana, case.case.id)

    assert claims.release(desk, ana, case.case.id).assignee_id is None
    assert claims.next_case(desk, budi) is not None


def test_only_who_has_a_case_releases_it(desk: Desk, ana: AgentRow, budi: AgentRow, case: CaseDetail) -> None:
    claims.take(desk, ana, case.case.id)

    with pytest.raises(CaseTakenError):
        claims.release(desk, budi, case.case.id)
    assert cases.open_case(desk, ana, case.case.id).case.assignee_id == ana.id


def test_a_transferred_case_is_the_colleagues(desk: Desk, ana: AgentRow, budi: AgentRow, case: CaseDetail) -> None:
    claims.take(desk, ana, case.case.id)

    assert claims.transfer(desk, ana, case.case.id, "budi").assignee_id == budi.id
    assert kinds(desk, ana, case.case.id)[-1] == "case.transferred"


def test_only_who_has_a_case_transfers_it(desk: Desk, ana: AgentRow, budi: AgentRow, case: CaseDetail) -> None:
    claims.take(desk, ana, case.case.id)

    with pytest.raises(CaseTakenError):
        claims.transfer(desk, budi, case.case.id, "budi")


def test_nobody_is_found_under_an_unknown_login(desk: Desk, ana: AgentRow, case: CaseDetail) -> None:
    with pytest.raises(UnknownAgentError, match="'nobody'"):
        claims.transfer(desk, ana, case.case.id, "nobody")


def test_a_case_that_does_not_exist_is_named(desk: Desk, ana: AgentRow) -> None:
    with pytest.raises(CaseNotFoundError, match="#77"):
        claims.take(desk, ana, 77)


def test_skipping_more_than_a_hundred_cases_remembers_the_latest(
    desk: Desk, ana: AgentRow, case: CaseDetail, clock: SettableClock
) -> None:
    clock.advance(timedelta(minutes=1))
    receive(desk, mail("later@example.org"))

    skip = [case.case.id, 2, *range(1000, 1099)]
    assert claims.next_case(desk, ana, skip=skip).id == case.case.id  # type: ignore[union-attr]
