"""Guides that ask the wallet: its facts choose the branch, its silence is said, and no agent guesses."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from desk.services import guides
from desk.services.guide_store import GuideError
from desk.services.safety import asking
from desk.wallet.simulator.store import stored
from tests.services.refund_world import Till, sent

if TYPE_CHECKING:
    from pathlib import Path

    from db.rows import AgentRow, CaseDetail
    from desk.services.desk import Desk
    from desk.services.guides import Walk
    from tests.clock import SettableClock

pytestmark = pytest.mark.seeded


@pytest.fixture
def till(tmp_path: Path, clock: SettableClock) -> Till:
    return Till(tmp_path, clock)


def now_at(desk: Desk, me: AgentRow) -> Walk:
    walk = guides.of_case(desk, me, 1)
    assert walk is not None
    return walk


def came(desk: Desk, me: AgentRow, outcome: str) -> Walk:
    walk = now_at(desk, me)
    return guides.record_outcome(desk, me, walk.run.id, outcome, seen=walk.run.version)


def holds(till: Till, **columns: int) -> None:
    with till.core.store.writing() as connection:
        connection.execute(f"UPDATE account SET {', '.join(f'{name} = {n}' for name, n in columns.items())}")


def test_closing_an_account_goes_by_what_wallet_and_desk_know(
    desk: Desk, ana: AgentRow, case: CaseDetail, till: Till, clock: SettableClock
) -> None:
    holds(till, balance=500)
    till.pays(5_000, status="pending")
    guides.begin(desk, ana, 1, "close-account")
    assert came(desk, ana, "closes").waits_for == "The wallet is being asked …"
    with pytest.raises(GuideError, match="nobody guesses"):
        came(desk, ana, "no")
    till.core.dial("timeout_before=1")
    asking.ask_due(desk, till.with_faults("timeout_before=1"))
    assert "does not answer" in now_at(desk, ana).waits_for
    till.core.dial("")
    guides.ask_again(desk, ana, now_at(desk, ana).run.id, seen=now_at(desk, ana).run.version)
    asking.ask_due(desk, till.wallet)
    assert now_at(desk, ana).run.step == "settling", "a transaction is pending"
    with till.core.store.writing() as connection:
        connection.execute("UPDATE movement SET status = 'paid'")
    clock.advance(minutes=5)
    assert came(desk, ana, "again").waits_for, "what was known five minutes ago decides nothing"
    asking.ask_due(desk, till.wallet)
    assert now_at(desk, ana).run.step == "withdraw"
    assert [(turn.step, turn.outcome, turn.who) for turn in now_at(desk, ana).turns[-3:]] == [
        ("pending_items", "no", "wallet"), ("open_refund", "no", "desk"), ("balance", "no", "wallet"),
    ]  # fmt: skip
    holds(till, balance=0)
    clock.advance(minutes=5)
    came(desk, ana, "worked")
    asking.ask_due(desk, till.wallet)
    assert now_at(desk, ana).run.step == "wait", "seven days are not over"
    clock.advance(days=7)
    came(desk, ana, "again")
    asking.ask_due(desk, till.wallet)
    assert now_at(desk, ana).run.step == "request"
    walk = now_at(desk, ana)
    back = guides.go_back(desk, ana, walk.run.id, seen=walk.run.version)
    assert back.run.step == "wait", "what facts decided is taken back with it: they would decide it so again"


def test_an_open_refund_keeps_an_account_open(desk: Desk, ana: AgentRow, case: CaseDetail, till: Till) -> None:
    sent(desk, ana, till.pays(150_000))
    guides.begin(desk, ana, 1, "close-account")
    came(desk, ana, "closes")
    asking.ask_due(desk, till.wallet)
    assert now_at(desk, ana).run.step == "not_yet"


@pytest.mark.parametrize(
    ("columns", "place"),
    [({}, "number"), ({"pin_locked": 1}, "reset"), ({"pin_locked": 1, "phone_changed_at": -1}, "proof")],
)
def test_sign_in_trouble_goes_by_the_account(
    desk: Desk, ana: AgentRow, case: CaseDetail, till: Till, clock: SettableClock, columns: dict[str, int], place: str
) -> None:
    if columns:
        lately = stored(clock() - timedelta(days=1))
        holds(till, **{name: lately if n < 0 else n for name, n in columns.items()})
    guides.begin(desk, ana, 1, "cannot-log-in")
    came(desk, ana, "locked")
    asking.ask_due(desk, till.wallet)
    assert now_at(desk, ana).run.step == place
