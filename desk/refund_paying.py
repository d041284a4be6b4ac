"""Paying refunds, and comparing the books, in a thread of the worker: a wallet that is slow holds up no mail."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from db.errors import DatabaseReplacedError, DatabaseUnavailableError
from db.models import map_all
from desk.services import wallets
from desk.services.desk import Desk
from desk.services.refunds import nightly, paying
from desk.wallet.errors import WalletSetUpError

PAUSE_SECONDS = 1.0
STOP_SECONDS = 10.0
AFTER_TROUBLE_SECONDS = 30.0
LOOK_EVERY = timedelta(minutes=1)
"""How often it is asked whether the books are to be compared."""
log = logging.getLogger(__name__)


def pay_due(desk: Desk) -> int:
    """Ask the wallet about what is due; how many refunds there were. The wallet is not opened for nothing."""
    if not paying.due(desk, limit=1):
        return 0
    return paying.pay_due(desk, wallets.wallet_of(desk))


def compare_tonight(desk: Desk) -> bool:
    """Compare the books with the wallet's when tonight's time has come and nobody has; whether it was done now."""
    claimed = nightly.claim(desk)
    return claimed is not None and nightly.run(desk, claimed, lambda: wallets.wallet_of(desk))


@contextmanager
def paying_refunds(desk: Desk, stop: threading.Event) -> Iterator[None]:
    """Pay what is due while the block runs. At its end `stop` is set, and what is being asked is waited for."""
    map_all()  # before threads share the desk, as `bootstrap.open_desk` says
    thread = threading.Thread(target=ask_until, args=(desk, stop, _duty(), "refunds"), name="desk-refunds", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(STOP_SECONDS)


def _duty() -> Callable[[Desk], None]:
    """Pay what is due, and now and then ask whether the books are to be compared."""
    looked: datetime | None = None

    def duty(desk: Desk) -> None:
        nonlocal looked
        pay_due(desk)
        now = desk.clock()
        if looked is None or not looked <= now < looked + LOOK_EVERY:
            looked = now
            compare_tonight(desk)

    return duty


def ask_until(desk: Desk, stop: threading.Event, duty: Callable[[Desk], object], what: str) -> None:
    """Do a duty at the wallet until `stop` is set; `what` waits while the wallet or the database is away."""
    said = ""
    while not stop.is_set():
        pause = PAUSE_SECONDS
        try:
            duty(desk)
            said = ""
        except DatabaseReplacedError as error:
            log.error("%s: the wallet is asked no more: %s", what, error)  # noqa: TRY400  (the worker and the screens say what to do)
            return
        except (DatabaseUnavailableError, WalletSetUpError) as error:
            if str(error) != said:
                said = str(error)
                log.warning("%s wait: %s", what, said)
            pause = AFTER_TROUBLE_SECONDS if isinstance(error, WalletSetUpError) else PAUSE_SECONDS
        except Exception:
            log.exception("%s go on after an error", what)
            pause = AFTER_TROUBLE_SECONDS
        stop.wait(pause)
