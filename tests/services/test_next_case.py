"""Who gets which case: what an agent can do, queues that are handed out, reserved shares, and being away."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from sqlalchemy import insert, select, text

from db.kinds import AgentState, Channel, Lane, Language, Status
from db.models import Case, Customer
from desk.rules.permissions import NotAllowedError
from desk.rules.turns import every
from desk.services import agent_work, cases, changes, claims, pushing
from desk.services.claiming import Claiming
from desk.services.errors import CaseError, NotTakingCasesError
from tests.services.acting import last_event
from tests.services.routing import put_queues

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from db.rows import AgentRow
    from db.uow import UnitOfWork
    from desk.services.desk import Desk
    from tests.clock import SettableClock


def waiting(desk: Desk, rows: Sequence[dict[str, Any]]) -> list[int]:
    """New cases by mail in English due in this order, unless a row says otherwise; their ids."""
    with desk.database.write() as unit:
        customer = unit.session.scalar(select(Customer.id).limit(1))
        if customer is None:
            made = Customer(name="Dewi", created_at=unit.now)
            unit.session.add(made)
            unit.session.flush()
            customer = made.id
        plain = {
            "channel": Channel.EMAIL,
            "status": Status.NEW,
            "priority": 3,
            "language": Language.ENGLISH,
            "subject": "Refund",
            "customer_id": customer,
            "created_at": unit.now,
            "updated_at": unit.now,
            "queue": None,
            "skill": None,
        }
        added = insert(Case).returning(Case.id, sort_by_parameter_order=True)
        dues = (unit.now + timedelta(minutes=number) for number in range(len(rows)))
        full = [plain | {"due_at": due} | row for row, due in zip(rows, dues, strict=True)]
        return list(unit.connection.scalars(added, full))


def taken(desk: Desk, me: AgentRow, most: int = 100) -> list[int]:
    """The cases that somebody gets one after the other."""
    found: list[int] = []
    while len(found) < most and (row := claims.next_case(desk, me, skip=found)) is not None:
        found.append(row.id)
    return found


def test_only_cases_of_my_languages_queues_and_skills_come_to_me(
    desk: Desk, boss: AgentRow, budi: AgentRow, tmp_path: Path
) -> None:
    put_queues(desk, boss, tmp_path, common="", money="")
    agent_work.set_up(desk, boss, "budi", languages=[Language.ENGLISH], queues=["money"], skills=["refunds"])
    here: dict[str, Any] = {"queue": "money"}
    ids = waiting(
        desk,
        [
            {"queue": None},
            here | {"language": Language.CHINESE},
            here | {"skill": "fraud"},
            here | {"skill": "refunds"},
            here,
            here | {"language": Language.OTHER},
        ],
    )

    assert taken(desk, budi) == ids[3:]
    assert taken(desk, boss) == [ids[0], ids[1]]


def test_no_more_of_a_channel_comes_to_me_than_my_limit(desk: Desk, boss: AgentRow, budi: AgentRow) -> None:
    agent_work.set_up(desk, boss, "budi", limits={Channel.CHAT: 2})
    chat = {"channel": Channel.CHAT}
    ids = waiting(desk, [chat, chat, chat, {}])

    assert taken(desk, budi) == [ids[0], ids[1], ids[3]]
    changes.set_status(desk, budi, [ids[0]], Status.SOLVED)
    assert taken(desk, budi, 3)[-1] == ids[3]
    assert claims.next_case(desk, budi, skip=[ids[1], ids[3]]).id == ids[2]  # type: ignore[union-attr]


def test_who_is_said_to_be_limited_by_nothing_gets_anything(desk: Desk, budi: AgentRow) -> None:
    ids = waiting(desk, [{}])
    agent_work.set_state(desk, budi, AgentState.BUSY)
    with desk.database.write() as unit:
        unit.connection.execute(text("UPDATE agent_work SET skills = 'null', queues = 'null', limits = 'null'"))

    assert claims.next_case(desk, budi).id == ids[0]  # type: ignore[union-attr]


def test_what_changes_of_an_agent_counts_at_their_next_claim(desk: Desk, budi: AgentRow, boss: AgentRow) -> None:
    ids = waiting(desk, [{}, {"language": Language.CHINESE}, {}])
    assert claims.next_case(desk, budi).id == ids[0]  # type: ignore[union-attr]
    agent_work.set_up(desk, boss, "budi", languages=[Language.CHINESE])
    assert claims.next_case(desk, budi, skip=ids[:1]).id == ids[1]  # type: ignore[union-attr]


@pytest.mark.parametrize("state", [AgentState.BREAK, AgentState.AWAY])
def test_who_is_away_gets_nothing_new_but_keeps_what_waits_for_them(
    desk: Desk, budi: AgentRow, state: AgentState
) -> None:
    ids = waiting(desk, [{}, {}])
    claims.take(desk, budi, ids[1])
    agent_work.set_state(desk, budi, state)

    assert claims.next_case(desk, budi).id == ids[1]  # type: ignore[union-attr]
    with pytest.raises(NotTakingCasesError, match="available first"):
        claims.next_case(desk, budi, skip=[ids[1]])


def test_a_state_has_a_clock_and_each_change_leaves_an_event(desk: Desk, budi: AgentRow, clock: SettableClock) -> None:
    first = agent_work.set_state(desk, budi, AgentState.BUSY)
    clock.advance(minutes=5)
    assert agent_work.set_state(desk, budi, AgentState.BUSY).state_since == first.state_since
    assert agent_work.set_state(desk, budi, AgentState.BREAK).state_since == clock()


def test_a_colleagues_state_is_for_supervisors(desk: Desk, ana: AgentRow, budi: AgentRow, boss: AgentRow) -> None:
    with pytest.raises(NotAllowedError):
        agent_work.set_state(desk, ana, AgentState.AWAY, "budi")
    assert agent_work.set_state(desk, boss, AgentState.AWAY, "budi").state is AgentState.AWAY


def test_going_away_hands_my_cases_back_and_undo_takes_those_that_are_free(
    desk: Desk, ana: AgentRow, budi: AgentRow
) -> None:
    ids = waiting(desk, [{}, {}, {}])
    for case_id in ids[:2]:
        claims.take(desk, budi, case_id)

    done = agent_work.hand_back(desk, budi)
    assert done.changed == tuple(ids[:2])
    assert claims.next_case(desk, ana).id == ids[0]  # type: ignore[union-attr]
    back = changes.undo(desk, budi, done)
    assert (back.changed, [each[0] for each in back.refused]) == ((ids[1],), [ids[0]])
    assert cases.open_case(desk, budi, ids[1]).case.assignee_id == budi.id


def test_a_limit_of_nothing_and_a_queue_that_is_none_are_refused(desk: Desk, boss: AgentRow, budi: AgentRow) -> None:
    with pytest.raises(CaseError, match="from 1 on"):
        agent_work.set_up(desk, boss, "budi", limits={Channel.CHAT: 0})
    with pytest.raises(CaseError, match="no queue 'nowhere'"):
        agent_work.set_up(desk, boss, "budi", queues=["nowhere"])


# Handing out.


@pytest.fixture
def calls(desk: Desk, boss: AgentRow, ana: AgentRow, budi: AgentRow, tmp_path: Path) -> Desk:
    """A desk on which cases of the queue `calls` are handed out."""
    put_queues(desk, boss, tmp_path, common="", calls='mode = "push"')
    return desk


def test_a_pushed_case_goes_to_who_has_been_idle_longest(
    calls: Desk, ana: AgentRow, budi: AgentRow, clock: SettableClock
) -> None:
    agent_work.set_state(calls, budi, AgentState.AVAILABLE)
    clock.advance(minutes=1)
    agent_work.set_state(calls, ana, AgentState.AVAILABLE)
    clock.advance(minutes=1)
    first, second, third = waiting(calls, [{"queue": "calls"}] * 3)

    assert pushing.hand_out(calls) == 2
    who = [cases.open_case(calls, ana, each).case.assignee_name for each in (first, second, third)]
    assert who == ["Budi", "Ana", None]
    assert last_event(calls, ana, first)["why"] == "handed out"
    changes.set_status(calls, ana, [second], Status.SOLVED)
    assert pushing.hand_out(calls) == 1
    assert cases.open_case(calls, ana, third).case.assignee_name == "Ana"


def test_nobody_is_handed_a_case_who_has_not_said_that_they_are_available(
    calls: Desk, ana: AgentRow, budi: AgentRow
) -> None:
    agent_work.set_state(calls, budi, AgentState.BUSY)
    waiting(calls, [{"queue": "calls"}])

    assert pushing.hand_out(calls) == 0


def test_who_asks_gets_nothing_from_a_queue_that_is_handed_out(calls: Desk, ana: AgentRow) -> None:
    _, free = waiting(calls, [{"queue": "calls"}, {}])

    assert taken(calls, ana) == [free]


# Reserved shares: docs/routing.md states the bound.


@pytest.mark.slow
def test_a_queue_with_a_reserved_share_gets_its_part_however_urgent_the_rest_is(
    desk: Desk, boss: AgentRow, ana: AgentRow, tmp_path: Path
) -> None:
    shares = {"slow": 10, "slower": 5}
    put_queues(desk, boss, tmp_path, common="", **{key: f"reserved = {percent}" for key, percent in shares.items()})
    urgent = [{"priority": 1}] * 100
    later = {"due_at": desk.clock() + timedelta(days=1)}
    ids = waiting(desk, [*urgent, *([later | {"queue": "slow"}] * 20), *([later | {"queue": "slower"}] * 20)])
    queue_of = {
        case_id: "slow" if 100 <= place < 120 else "slower" for place, case_id in enumerate(ids) if place >= 100
    }

    order = [queue_of.get(case_id, "common") for case_id in simulated(desk, ana, 100)]

    for key, percent in shares.items():
        bound = every(percent) + len(shares) - 1
        places = [-1, *(place for place, queue in enumerate(order) if queue == key)]
        assert max(later - earlier for earlier, later in pairwise(places)) <= bound
        assert len(order) - places[-1] <= bound
    assert order.count("common") >= 80


def simulated(desk: Desk, me: AgentRow, number: int) -> list[int]:
    """The cases that somebody works off one after the other."""
    found = []
    for _ in range(number):
        row = claims.next_case(desk, me)
        assert row is not None
        found.append(row.id)
        changes.set_status(desk, me, [row.id], Status.SOLVED)
    return found


def test_without_a_share_what_is_due_first_comes_first(
    desk: Desk, boss: AgentRow, ana: AgentRow, tmp_path: Path
) -> None:
    put_queues(desk, boss, tmp_path, common="", slow="")
    ids = waiting(desk, [{}, {"queue": "slow"}, {}])

    assert simulated(desk, ana, 3) == ids


def test_who_claims_gets_the_case_as_lists_show_it(desk: Desk, budi: AgentRow) -> None:
    new, mine = waiting(desk, [{"assignee_id": None}, {"assignee_id": budi.id}])
    for case_id in (new, mine):
        claimed = claims.next_case(desk, budi, skip=[new] if case_id == mine else [])
        assert claimed is not None
        assert claimed == cases.open_case(desk, budi, case_id).case
        assert (claimed.assignee_name, claimed.status) == (budi.name, Status.OPEN)


def test_claiming_reads_an_index_in_order(desk: Desk, boss: AgentRow, budi: AgentRow, tmp_path: Path) -> None:
    """However many cases there are, none is sorted: the plan has no sort and no scan of the table."""
    put_queues(desk, boss, tmp_path, common="", slow="reserved = 50")
    agent_work.set_up(desk, boss, "budi", languages=[Language.ENGLISH], queues=["common", "slow"])
    waiting(desk, [{"queue": "slow" if number % 2 else None} for number in range(400)])
    with desk.database.write() as unit:
        if not desk.database.is_sqlite:
            unit.session.execute(text("SET LOCAL enable_seqscan = off"))
            unit.session.execute(text("SET LOCAL enable_bitmapscan = off"))
        with statements_of(unit) as seen:
            claiming = Claiming(unit, budi.id)
            assert claiming.next(Lane.ALL, ()) is not None
            assert claiming.next(Lane.ALL, ()) is not None
        claims_seen = dict(each for each in seen if each[0].startswith("UPDATE support_case"))
        assert claims_seen
        explain = "EXPLAIN QUERY PLAN " if desk.database.is_sqlite else "EXPLAIN "
        for statement, parameters in claims_seen.items():
            rows = unit.connection.exec_driver_sql(explain + statement, parameters).all()
            plan = "\n".join(str(row) for row in rows)
            assert "TEMP B-TREE" not in plan
            assert "Sort" not in plan
            assert "ix_support_case_queue" in plan or "ix_support_case_waiting" in plan


@contextmanager
def statements_of(unit: UnitOfWork) -> Iterator[list[tuple[str, Any]]]:
    """What the driver is given to run on the unit's connection meanwhile, and with which values.

    SQLite says so itself, with the values in the statement, and tells of it again for each trigger that it sets off.
    """
    seen: list[tuple[str, Any]] = []
    driver: Any = unit.connection.connection.driver_connection
    if unit.connection.dialect.name == "sqlite":
        driver.set_trace_callback(lambda statement: seen.append((statement, ())))
        try:
            yield seen
        finally:
            driver.set_trace_callback(None)
        return

    class Telling(psycopg.Cursor[Any]):
        def execute(self, query: Any, params: Any = None, **how: Any) -> Telling:
            seen.append((query, params))
            return super().execute(query, params, **how)

    driver.cursor_factory = Telling
    try:
        yield seen
    finally:
        driver.cursor_factory = psycopg.Cursor
