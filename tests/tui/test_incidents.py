"""Incidents on screen: the banner on every screen, the supervisor's list, and the key on a case's page."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from desk.services import incident_alarms, incidents
from desk.services.desk import Desk
from desk.settings import Settings
from desk.tui.incidents.words import banner_pieces
from tests import attacks
from tests.hostile.attacks import ACTING, HONEST, OWN
from tests.tui.conftest import LARGE, SMALL, Opens, World, queue_of, screen_lines, screen_meta, screen_text, until

if TYPE_CHECKING:
    from db.rows import AgentRow
    from db.rows_incidents import IncidentRow

TEXTS = {"en": {"title": "Late", "text": "Transfers are late."}, "id": {"title": "Telat", "text": "Transfer telat."}}


def someone(world: World) -> tuple[Desk, AgentRow]:
    """Sari, at another desk on the same database."""
    from desk.services import agents

    desk = Desk(world.database, Settings(), world.clock)
    return desk, agents.sign_in(desk, "sari")


def opened(world: World, **more: Any) -> IncidentRow:
    """An incident that somebody else opens."""
    given: dict[str, Any] = {"title": "Bank transfers fail", "texts": TEXTS, "words": ("saldo",)} | more
    return incidents.open_incident(*someone(world), incidents.Draft(**given))


@pytest.mark.slow
@pytest.mark.parametrize("size", [SMALL, LARGE])
async def test_every_screen_says_an_incident_that_somebody_opens_and_nothing_moves(
    world: World, open_app: Opens, size: tuple[int, int]
) -> None:
    world.add()
    async with open_app(size=size, login="rio") as pilot:
        before = screen_lines(pilot.app)
        opened(world, expected_at=world.clock() + timedelta(hours=1))
        await until(pilot, lambda: "▲ INCIDENT Bank transfers fail" in screen_text(pilot.app))
        assert "until" in screen_lines(pilot.app)[-2], "in the rule above the keys"
        assert [line[:60] for line in screen_lines(pilot.app)[5:7]] == [line[:60] for line in before[5:7]]
        await pilot.press("enter")
        await until(pilot, lambda: "Tolong" in screen_text(pilot.app))
        assert "▲ INCIDENT Bank transfers fail" in screen_lines(pilot.app)[-2]


async def test_the_banner_turns_when_the_time_passes_and_asks_a_supervisor_for_a_new_one(
    world: World, open_app: Opens
) -> None:
    opened(world, expected_at=world.clock() + timedelta(hours=1))
    async with open_app(notices=True) as pilot:
        await until(pilot, lambda: "INCIDENT" in screen_text(pilot.app))
        world.clock.advance(hours=1)
        incident_alarms.turn(someone(world)[0])
        await until(pilot, lambda: "OVERDUE Bank" in screen_text(pilot.app))
        app: Any = pilot.app
        assert "new time?" in "".join(text for text, _ in banner_pieces(app.banner, world.clock(), "f10", 76))
        await until(pilot, lambda: "Give a new" in screen_text(pilot.app))
        await pilot.press("f10")
        await until(pilot, lambda: "Transfers are late." in screen_text(pilot.app))
        await pilot.press("t")
        await until(pilot, lambda: "expected to be over" in screen_text(pilot.app))
        await pilot.press("2", "h", "enter")
        await until(pilot, lambda: "▲ INCIDENT Bank" in screen_text(pilot.app))


@pytest.mark.slow
async def test_a_supervisor_opens_an_incident_by_keys_and_ends_it(world: World, open_app: Opens) -> None:
    desk, sari = someone(world)
    async with open_app(size=SMALL) as pilot:
        await pilot.press("f10")
        await until(pilot, lambda: "No incident is known" in screen_text(pilot.app))
        await pilot.press("a")
        await until(pilot, lambda: "open an incident" in screen_text(pilot.app))
        await pilot.press(*"QRIS", *["tab"] * 5, *"E1042", "tab", "tab", *"late", "enter")
        await until(pilot, lambda: "INCIDENT QRIS" in screen_lines(pilot.app)[-2])
        (row,) = incidents.every(desk, sari)
        assert (row.title, row.codes, row.texts["en"]["text"]) == ("QRIS", ("E1042",), "late")
        await pilot.press("R", "n")
        await until(pilot, lambda: incidents.every(desk, sari) == ())
        await until(pilot, lambda: "INCIDENT" not in screen_text(pilot.app))


async def test_a_case_that_seems_to_belong_is_linked_by_one_key_and_undone_by_another(
    world: World, open_app: Opens
) -> None:
    world.add(subject="Saldo hilang")
    opened(world)
    desk, sari = someone(world)
    async with open_app(login="rio", size=LARGE) as pilot:
        await pilot.press("enter")
        await until(pilot, lambda: "? I yes" in screen_text(pilot.app))
        await pilot.press("I")
        await until(pilot, lambda: incidents.every(desk, sari)[0].linked == 1)
        await until(pilot, lambda: "I yes" not in screen_text(pilot.app))
        assert "▲ Bank transfers fail" in screen_text(pilot.app)
        await pilot.press("U")
        await until(pilot, lambda: incidents.every(desk, sari)[0].linked == 0)


async def test_an_agent_may_look_and_is_told_who_may_change(world: World, open_app: Opens) -> None:
    opened(world)
    async with open_app(login="rio", notices=True) as pilot:
        await pilot.press("f10")
        await until(pilot, lambda: "Transfers are late." in screen_text(pilot.app))
        await pilot.press("e")
        await until(pilot, lambda: "takes a" in screen_text(pilot.app))
        assert pilot.app.screen is not queue_of(pilot.app)


@pytest.mark.slow
async def test_hostile_words_of_an_incident_stay_words(world: World, open_app: Opens) -> None:
    desk, sari = someone(world)
    corpus = [attacks.payload(each).decode("utf-8", "replace")[:300] for each in attacks.lines(archives=False)[::8]]
    async with open_app(size=SMALL) as pilot:
        await pilot.press("f10")
        for number, text in enumerate([*OWN.values(), *HONEST, *corpus[:30]]):
            said = text.encode("utf-8", "replace").decode()[:300]
            texts = {"en": {"text": f"x {said}", "title": f"t {said}"}}
            draft = incidents.Draft(f"n{number} {said}", texts, internal=said)
            row = incidents.open_incident(desk, sari, draft)
            name = f"n{number} "
            await until(pilot, lambda name=name: name in screen_lines(pilot.app)[-2])
            assert ACTING.search(screen_text(pilot.app)) is None, ascii(said)
            assert not [meta for meta in screen_meta(pilot.app) if "@click" in meta]
            incidents.cancel(desk, sari, row.id)
