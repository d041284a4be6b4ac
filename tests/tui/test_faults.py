"""A fault that nobody expected ends the screens without telling the terminal what customers wrote."""

from __future__ import annotations

import pytest

from desk.tui.app import DeskApp
from desk.tui.gateway import Gateway
from tests.tui.conftest import World


class FaultError(Exception):
    """Nobody has a name for this."""


async def test_a_fault_prints_no_customers_words(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(_app: DeskApp) -> None:
        customer = "Budi Santoso"
        raise FaultError(customer)

    monkeypatch.setattr(DeskApp, "settle_in", fail)
    gateway = Gateway(url=world.url, login="sari", clock=world.clock)
    app = DeskApp(gateway, with_worker=False)
    try:
        await app.run_async(headless=True, size=(80, 24))
    finally:
        gateway.close()
    assert isinstance(app.failure, FaultError)
    assert app.return_code == 1
    assert app._exit_renderables == [], "what Textual prints when the program has ended"
