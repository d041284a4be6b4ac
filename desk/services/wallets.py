"""The wallet of a desk: opened once for a process, and whether it answers."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

from desk.wallet.opening import Places, health_of, open_wallet

if TYPE_CHECKING:
    from db.clock import Clock
    from desk.services.desk import Desk
    from desk.settings_wallet import Wallet as WalletSettings
    from desk.wallet.guarded import GuardedWallet
    from desk.wallet.health import WalletHealth
    from desk.wallet.port import Wallet
    from desk.wallet.simulator import Cast

Key = tuple[str, "WalletSettings", Path, "Clock"]
_open: dict[Key, GuardedWallet] = {}
_lock = threading.Lock()


def wallet_of(desk: Desk) -> Wallet:
    """The wallet of a desk: the one that it was given, else the one of its settings, which threads share.

    Raises `desk.wallet.errors.WalletSetUpError`. No screen may ask it on the event loop.
    """
    if desk.wallet is not None:
        return desk.wallet
    key = _key(desk)
    with _lock:
        if key not in _open:
            _open[key] = open_wallet(desk.settings.wallet, places_of(desk), clock=desk.clock, cast=cast_of(desk))
        return _open[key]


def close_wallet(desk: Desk) -> None:
    """Close what `wallet_of` opened for a desk."""
    with _lock:
        opened = _open.pop(_key(desk), None)
    if opened is not None:
        opened.close()


def health(desk: Desk) -> WalletHealth:
    """Whether the wallet answers, as this machine knows it: a look into a file, never a question to the wallet."""
    return health_of(desk.settings.wallet, places_of(desk))


def places_of(desk: Desk) -> Places:
    """The files of a desk's wallet: beside its SQLite database, else in the data folder."""
    database, folder = desk.database.path, desk.settings.data_folder
    simulator = folder / "wallet.db" if database is None else database.with_name(f"{database.stem}.wallet.db")
    return Places(simulator, simulator.with_name("wallet-health.db"))


def cast_of(desk: Desk) -> Cast:
    """The desk's customers, as people with accounts in the simulator."""
    from desk.services.wallet_cast import DeskCast

    return DeskCast(desk)


def _key(desk: Desk) -> Key:
    url = desk.database.url.render_as_string(hide_password=False)
    return url, desk.settings.wallet, desk.settings.data_folder, desk.clock
