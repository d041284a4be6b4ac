"""The foot of every screen says since when the wallet has not been answering, and never waits for the wallet."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from desk.services import incidents, wallets
from desk.services.desk import Desk
from desk.settings import Settings
from desk.tui import app as program
from desk.wallet.errors import WalletUnavailableError
from desk.wallet.guarded import FAILURES, GuardedWallet
from desk.wallet.opening import name_of
from tests.tui.conftest import LARGE, SMALL, Opens, World, screen_lines, screen_text, until

if TYPE_CHECKING:
    from collections.abc import Iterator

SILENT = "! wallet not answering since"


class Silent:
    """A wallet that nobody reaches, until it answers."""

    answers = False

    def refund_status(self, _key: str) -> Any:
        if not self.answers:
            raise WalletUnavailableError("The wallet cannot be reached.")

    def close(self) -> None:
        """Nothing is open."""


@pytest.fixture
def guard(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[GuardedWallet]:
    """The world's wallet, as another program of this machine asks it."""
    monkeypatch.setattr("desk.wallet.guarded.RETRY_AFTER", timedelta(0))
    monkeypatch.setattr(program, "WALLET_SECONDS", 0.05)
    places = wallets.places_of(desk_of(world))
    made = GuardedWallet(
        Silent(),  # type: ignore[arg-type]
        kept=places.health, name=name_of(Settings().wallet, places), clock=world.clock, pause=lambda _seconds: None,
    )  # fmt: skip
    yield made
    made.close()


def desk_of(world: World) -> Desk:
    return Desk(world.database, Settings(), world.clock)


def ask(guard: GuardedWallet) -> None:
    for _ in range(FAILURES):
        with pytest.raises(WalletUnavailableError):
            guard.refund_status("key")


@pytest.mark.parametrize("size", [SMALL, LARGE])
async def test_every_screen_says_since_when_the_wallet_is_silent_and_that_it_answers_again(
    world: World, open_app: Opens, guard: GuardedWallet, size: tuple[int, int]
) -> None:
    world.add()
    async with open_app(size=size) as pilot:
        ask(guard)
        await until(pilot, lambda: "refunds are kept and sent later" in screen_lines(pilot.app)[-2])
        assert SILENT in screen_lines(pilot.app)[-2]
        await pilot.press("enter")
        await until(pilot, lambda: "Tolong" in screen_text(pilot.app))
        assert SILENT in screen_lines(pilot.app)[-2]
        guard.behind.answers = True  # type: ignore[attr-defined]
        guard.refund_status("key")
        await until(pilot, lambda: SILENT not in screen_text(pilot.app))


async def test_an_incident_and_a_silent_wallet_are_both_said_at_80_columns(
    world: World, open_app: Opens, guard: GuardedWallet
) -> None:
    from desk.services import agents

    desk = desk_of(world)
    texts = {"en": {"title": "Late", "text": "Transfers are late."}}
    incidents.open_incident(desk, agents.sign_in(desk, "sari"), incidents.Draft("Bank transfers fail", texts))
    ask(guard)
    async with open_app(size=SMALL) as pilot:
        await until(pilot, lambda: "! wallet silent" in screen_lines(pilot.app)[-2])
        assert "▲ INCIDENT Bank" in screen_lines(pilot.app)[-2]
