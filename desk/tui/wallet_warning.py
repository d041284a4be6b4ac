"""Knowing whether the wallet answers, so that every screen can say since when it does not."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from desk import services
from desk.tui.gateway import CannotOpenError, ConnectionLostError

if TYPE_CHECKING:
    from desk.tui.app import DeskApp


async def read_warning(app: DeskApp) -> None:
    """Look into the file in which the wallet's breaker keeps its state; the wallet itself is not asked."""
    from desk.wallet.health import warning

    with suppress(ConnectionLostError, CannotOpenError):
        health = await app.gateway.run(lambda desk, _me: services.wallets.health(desk))
        app.wallet_warning = warning(health)
