"""Asking the wallet about accounts in a thread of the worker's own: a freeze waits for no refund and no mail."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from db.models import map_all
from desk.refund_paying import STOP_SECONDS, ask_until
from desk.services import wallets
from desk.services.desk import Desk
from desk.services.safety import asking


def ask_due(desk: Desk) -> int:
    """Ask the wallet what is due about accounts; how much there was. The wallet is not opened for nothing."""
    if not asking.has_due(desk):
        return 0
    return asking.ask_due(desk, wallets.wallet_of(desk))


@contextmanager
def asking_about_accounts(desk: Desk, stop: threading.Event) -> Iterator[None]:
    """Ask what is due while the block runs. At its end `stop` is set, and what is being asked is waited for."""
    map_all()  # before threads share the desk, as `bootstrap.open_desk` says
    thread = threading.Thread(
        target=ask_until, args=(desk, stop, ask_due, "acts on accounts"), name="desk-accounts", daemon=True
    )
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(STOP_SECONDS)
