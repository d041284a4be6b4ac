"""A desk with people at it, on either engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from db.kinds import Role
from desk.services import agents
from desk.services.desk import Desk
from desk.settings import Mail, Outbox, Settings
from tests.services.acting import arrived

if TYPE_CHECKING:
    from pathlib import Path

    from db.engine import Database
    from db.rows import AgentRow, CaseDetail


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings that touch nothing outside the test."""
    return Settings(data_dir=str(tmp_path / "data"), mail=Mail(from_address="support@example.com"), outbox=Outbox())


@pytest.fixture
def desk(database: Database, settings: Settings) -> Desk:
    """A desk at which time stands still."""
    return Desk(database, settings, database.clock)


@pytest.fixture
def boss(desk: Desk) -> AgentRow:
    """The administrator, first at the desk."""
    return agents.sign_in(desk, "boss")


@pytest.fixture
def ana(desk: Desk, boss: AgentRow) -> AgentRow:
    """An agent."""
    return agents.add(desk, boss, login="ana", name="Ana", role=Role.AGENT, languages=("en",))


@pytest.fixture
def budi(desk: Desk, boss: AgentRow) -> AgentRow:
    """Another agent."""
    return agents.add(desk, boss, login="budi", name="Budi", role=Role.AGENT)


@pytest.fixture
def sari(desk: Desk, boss: AgentRow) -> AgentRow:
    """A senior agent."""
    return agents.add(desk, boss, login="sari", name="Sari", role=Role.SENIOR)


@pytest.fixture
def case(desk: Desk, ana: AgentRow) -> CaseDetail:
    """A new case by mail that nobody has."""
    return arrived(desk, ana)
