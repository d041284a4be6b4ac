"""What tests of screens ask for: a small world on a clock that stands still, and the desk open on it."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import monotonic
from typing import TYPE_CHECKING, Any

import pytest

from db.kinds import Channel, ContactKind, Language, MessageKind, Role, Status
from desk.tui.app import DeskApp
from desk.tui.gateway import Gateway
from tests.clock import SettableClock
from tests.postgres import temporary_folder
from tests.tui.settling import quicken

if TYPE_CHECKING:
    from pathlib import Path

    from textual.pilot import Pilot

    from db.engine import Database
    from db.uow import UnitOfWork

PATIENCE = 20.0
"""Seconds that a condition gets to come true."""
SMALL, MIDDLE, LARGE = (80, 24), (120, 32), (200, 50)
FIRST = 6
"""The line of the queue's first row, where the channels above it take two rows."""


@dataclass
class World:
    """A database with two agents, to which cases are added one by one; the first case is `#1`."""

    url: str
    database: Database
    clock: SettableClock
    cases: int = 0
    agents: dict[str, int] = field(default_factory=dict)

    def add(
        self,
        *,
        due: timedelta = timedelta(hours=1),
        channel: Channel = Channel.EMAIL,
        status: Status = Status.NEW,
        priority: int = 3,
        name: str = "Budi Santoso",
        subject: str = "Saldo terpotong",
        text: str = "Tolong dibantu.",
        language: Language = Language.INDONESIAN,
        assignee: str | None = None,
        queue: str | None = None,
        told: bool = False,
    ) -> int:
        """One case with one message; due this long after the clock's moment. `told` records the event too."""
        from db.models import Case, ContactPoint, Customer, Message

        self.cases += 1
        now = self.clock()
        address = f"c{self.cases}@example.com"
        with self.database.write() as unit:
            customer = _inserted(unit, Customer, name=name, language=language, created_at=now)
            _inserted(
                unit, ContactPoint, customer_id=customer, kind=ContactKind.EMAIL, provider="", value=address,
                folded=address, created_at=now,
            )  # fmt: skip
            case = _inserted(
                unit, Case, channel=channel, status=status, priority=priority, topic_key=None, language=language,
                subject=subject, customer_id=customer, assignee_id=self.agents.get(assignee or ""),
                queue=queue, created_at=now, updated_at=now, due_at=now + due,
            )  # fmt: skip
            _inserted(
                unit, Message, case_id=case, kind=MessageKind.INBOUND, channel=channel, at=now, sender_name=name,
                sender_address=address, subject=subject, text=text, new_text=text, details={},
            )  # fmt: skip
            if told:
                unit.record(_opened(), case_id=case)
            return case

    def change(self, case_id: int, **values: Any) -> None:
        """Change a case's columns as somebody else would, with an event."""
        from db.models import Case

        with self.database.write() as unit:
            case = unit.session.get_one(Case, case_id)
            for name, value in values.items():
                setattr(case, name, value)
            unit.record(_opened(), case_id=case_id)

    def keep_hours(self) -> None:
        """From now on the channels have the hours that a new desk starts with."""
        from desk.services.hour_files import read_hours
        from desk.services.hours import put

        with self.database.write() as unit:
            for key, file in read_hours().items():
                put(unit, key, file)

    def due(self, minutes: float) -> datetime:
        """So many minutes from the clock's moment."""
        return self.clock() + timedelta(minutes=minutes)


def _inserted(unit: UnitOfWork, model: Any, **values: Any) -> int:
    """The id of a new row; by the table, because a flush of the session for each took most of a test's time."""
    from sqlalchemy import insert

    return int(unit.connection.execute(insert(model.__table__), values).inserted_primary_key[0])


def _opened() -> Any:
    from db.kinds import EventKind

    return EventKind.CASE_STATUS


@pytest.fixture(scope="session")
def desk_template(seeded_template: Path) -> Iterator[Path]:
    """A SQLite file of a desk with its seeds, but no hours, and nobody at it; copy it, never open it.

    The words of its answers are learned: otherwise the first case that a test opens waits for that.
    """
    from sqlalchemy import delete

    from db.models import HoursCalendar
    from desk.bootstrap import build
    from desk.services import suggestions

    folder = temporary_folder()
    template = folder / "desk.sqlite"
    shutil.copyfile(seeded_template, template)
    desk = build(url=f"sqlite:///{template}", clock=SettableClock())
    with desk.database.write() as unit:  # time always passes, unless a test says when a channel is open
        unit.session.execute(delete(HoursCalendar))
    suggestions.learn(desk)
    desk.database.close()
    yield template
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def world(desk_template: Path, open_database: Callable[[str], Database], clock: SettableClock) -> Iterator[World]:
    """An empty desk with Sari (administrator) and Rio (agent)."""
    from db.models import Agent

    folder = temporary_folder()
    shutil.copyfile(desk_template, folder / "desk.sqlite")
    url = f"sqlite:///{folder / 'desk.sqlite'}"
    made = World(url, open_database(url), clock)
    with made.database.write() as unit:
        for login, name, role in (("sari", "Sari Dewi", Role.ADMINISTRATOR), ("rio", "Rio Pratama", Role.AGENT)):
            agent = Agent(login=login, name=name, role=role, languages=["id"], active=True, created_at=clock())
            unit.session.add(agent)
            unit.session.flush()
            made.agents[login] = agent.id
    yield made
    shutil.rmtree(folder, ignore_errors=True)


Opens = Callable[..., Any]


@pytest.fixture
def open_app(world: World, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Opens]:
    """Opens the desk on the world as an async context: `async with open_app(size=SMALL) as pilot`."""
    monkeypatch.setenv("DESK_CONFIG", str(tmp_path / "none.toml"))
    monkeypatch.setenv("DESK_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("DESK_SCREEN__POLL_SECONDS", "0.05")
    monkeypatch.setenv("TERM", "xterm-256color")
    quicken(monkeypatch)

    @asynccontextmanager
    async def opened(
        *, size: tuple[int, int] = SMALL, login: str = "sari", loaded: bool = True, notices: bool = False
    ) -> AsyncIterator[Pilot[None]]:
        gateway = Gateway(url=world.url, login=login, clock=world.clock)
        app = DeskApp(gateway, with_worker=False)
        try:
            async with app.run_test(size=size, notifications=notices) as pilot:
                if loaded:
                    await until(pilot, lambda: app.gateway.me is not None and queue_of(app).window.is_loaded)
                yield pilot
        finally:
            gateway.close()

    return opened


def queue_of(app: Any) -> Any:
    """The queue screen, wherever it lies in the stack."""
    return app.screen_stack[0]


async def until(pilot: Pilot[None], condition: Callable[[], object]) -> None:
    """Let the application work until the condition holds."""
    patient_until = monotonic() + PATIENCE
    while monotonic() < patient_until:
        await pilot.pause()
        if condition():
            return
        await asyncio.sleep(0.005)
    raise AssertionError("what was waited for did not happen:\n" + screen_text(pilot.app))


def screen_lines(app: Any) -> list[str]:
    """The screen as lines of text, as the terminal would get them."""
    height = app.size.height
    compositor = app.screen._compositor
    strips = compositor.render_strips()
    return [strip.text for strip in strips[:height]]


def screen_text(app: Any) -> str:
    """The screen as one text."""
    return "\n".join(screen_lines(app))


def screen_meta(app: Any) -> list[dict[str, Any]]:
    """All meta of all segments on the screen: where a click would do something."""
    strips = app.screen._compositor.render_strips()
    return [dict(segment.style.meta) for strip in strips for segment in strip if segment.style and segment.style.meta]
