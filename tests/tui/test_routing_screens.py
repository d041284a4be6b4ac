"""My state in the head of the queue, and a case's proposal, by keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import update

from db.kinds import AgentState, WorkMode
from db.models import WorkQueue
from desk.services import agent_work, agents, cases, claims, proposals, pushing
from desk.services.desk import Desk
from desk.settings import Settings
from tests.tui.case_world import notices
from tests.tui.conftest import screen_text, until

if TYPE_CHECKING:
    from db.rows import AgentRow
    from tests.tui.conftest import Opens, World


def at(world: World) -> tuple[Desk, AgentRow]:
    """The world's desk, and Sari at it."""
    desk = Desk(world.database, Settings(), world.clock)
    return desk, agents.sign_in(desk, "sari")


def propose(world: World, case_id: int) -> None:
    """What intake would have proposed for a case."""
    from db.models import CaseProposal

    with world.database.write() as unit:
        unit.session.add(
            CaseProposal(
                case_id=case_id,
                topic_key="refund",
                priority=2,
                reasons=["refund: “uang kembali [x]”", "priority 2: “segera”"],
                created_at=unit.now,
            )
        )


async def test_my_state_is_set_by_a_key_and_shown_with_its_clock(world: World, open_app: Opens) -> None:
    async with open_app() as pilot:
        await until(pilot, lambda: "available" in screen_text(pilot.app))
        await pilot.press("f6", "p")
        await until(pilot, lambda: len(pilot.app.screen_stack) == 1 and "on a break" in screen_text(pilot.app))
        world.clock.advance(minutes=12)
        pilot.app.screen.masthead.refresh()
        await until(pilot, lambda: "on a break 12" in screen_text(pilot.app))
    assert agent_work.mine(*at(world)).state is AgentState.BREAK


async def test_who_goes_away_is_asked_once_whether_to_give_cases_back_and_can_undo_it(
    world: World, open_app: Opens
) -> None:
    case_id = world.add(assignee="sari")
    async with open_app() as pilot:
        await pilot.press("f6", "w")
        await until(pilot, lambda: "open with you" in screen_text(pilot.app))
        await pilot.press("g")
        await until(pilot, lambda: assignee(world, case_id) is None)
        await pilot.press("U")
        await until(pilot, lambda: assignee(world, case_id) == world.agents["sari"])


async def test_who_is_away_is_told_why_no_case_comes(world: World, open_app: Opens) -> None:
    world.add()
    agent_work.set_state(*at(world), AgentState.AWAY)
    async with open_app(notices=True) as pilot:
        await pilot.press("n")
        await until(pilot, lambda: "available first" in notices(pilot))


@pytest.mark.slow
async def test_who_is_handed_or_given_a_case_is_told(world: World, open_app: Opens) -> None:
    handed, given, own = (world.add(queue="money" if number == 0 else None) for number in range(3))
    desk, sari = at(world)
    rio = agents.sign_in(desk, "rio")
    agent_work.set_state(desk, sari, AgentState.AVAILABLE)
    async with open_app(notices=True) as pilot:
        await until(pilot, lambda: f"#{own}" in screen_text(pilot.app))
        with world.database.write() as unit:
            unit.session.execute(update(WorkQueue).where(WorkQueue.key == "money").values(mode=WorkMode.PUSH))
        assert pushing.hand_out(desk) == 1
        await until(pilot, lambda: f"Yours now: #{handed} (handed out)." in notices(pilot))
        claims.transfer(desk, rio, given, "sari")
        await until(pilot, lambda: f"Yours now: #{given} (from {rio.name})." in notices(pilot))
        claims.take(desk, sari, own)
        claims.transfer(desk, sari, own, "rio")
        await pilot.pause(0.3)
        assert not any(f"#{own} (" in each for each in notices(pilot))


async def test_a_proposal_is_shown_with_its_reason_and_kept_by_one_key(world: World, open_app: Opens) -> None:
    case_id = world.add()
    propose(world, case_id)
    async with open_app(size=(120, 32)) as pilot:
        await pilot.press("enter")
        await until(pilot, lambda: "refund prio 2? E yes" in screen_text(pilot.app))
        assert "uang kembali [x]" in screen_text(pilot.app)
        await pilot.press("E")
        await until(pilot, lambda: topic(world, case_id) == "refund")
        await until(pilot, lambda: "E yes" not in screen_text(pilot.app))
    told = proposals.evaluate(*at(world))
    assert (told.topics.kept, told.priorities.kept) == (1, 1)


@pytest.mark.slow
async def test_a_proposal_is_corrected_by_choosing_another_topic(world: World, open_app: Opens) -> None:
    case_id = world.add()
    propose(world, case_id)
    async with open_app() as pilot:
        await pilot.press("enter")
        await until(pilot, lambda: "E yes" in screen_text(pilot.app))
        await pilot.press("e")
        await until(pilot, lambda: "proposed" in screen_text(pilot.app))
        await pilot.press(*"login", "enter")
        await until(pilot, lambda: topic(world, case_id) == "login")
    told = proposals.evaluate(*at(world))
    assert (told.topics.settled, told.topics.kept) == (1, 0)


def assignee(world: World, case_id: int) -> Any:
    """Who has a case."""
    return cases.open_case(*at(world), case_id).case.assignee_id


def topic(world: World, case_id: int) -> Any:
    """What a case is about."""
    return cases.open_case(*at(world), case_id).case.topic_key
