"""One wallet, met in two ways: embedded in this process, and over HTTP from a server in a process of its own."""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from db.engine import Database
from desk import bootstrap
from desk.services import wallets
from desk.services.desk import Desk
from desk.settings import Settings
from desk.wallet.http.adapter import HttpWallet
from desk.wallet.http.line import Access
from desk.wallet.http.serving import papers
from desk.wallet.port import PaymentPath, Transaction, Wallet
from desk.wallet.simulator import AT_ONCE, FaultyWallet, Simulator
from tests.postgres import temporary_folder
from tests.services.acting import mail, receive

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
NIGHT_AND_DAY = {PaymentPath.QRIS_SAME_WALLET, PaymentPath.DEEP_LINK, PaymentPath.TOKENISED}
HURRIED = 1.0
"""Seconds that a desk waits which is about to get no answer."""


@dataclass
class World:
    """A desk's customers, their accounts, and the wallet as the desk meets it."""

    desk: Desk
    core: Simulator
    """The simulator's file, from behind: what the wallet itself knows."""
    wallet: Any
    hurried: Any
    """The same wallet for a desk that does not wait long."""
    port: int = 0
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def account(self) -> str:
        """The account of a customer who has just written for the first time."""
        address = f"customer{next(self.numbers)}@example.org"
        receive(self.desk, mail(f"first-{address}", sender=f"Dewi <{address}>"))
        (found,) = self.wallet.find_accounts(email=address)
        return str(found.account_id)

    def payment(self, account: str | None = None) -> Transaction:
        """A payment that can be refunded at any time of the day."""
        now = datetime.now(UTC)
        found = self.wallet.transactions(account or self.account(), since=now - timedelta(days=40), until=now)
        return next(one for one in found if one.path in NIGHT_AND_DAY and one.refundable == one.amount)


@pytest.fixture(scope="session", params=["embedded", "http"])
def standing_world(request: pytest.FixtureRequest, sqlite_template: Path) -> Iterator[World]:
    """The world that the tests of this process share; each takes customers of its own."""
    folder = temporary_folder()
    shutil.copyfile(sqlite_template, folder / "desk.db")
    database = Database(f"sqlite:///{folder / 'desk.db'}")
    desk = Desk(database, Settings(data_dir=str(folder)), database.clock)
    bootstrap.ready(desk)
    core = Simulator(wallets.places_of(desk).simulator, cast=wallets.cast_of(desk), course=AT_ONCE)
    try:
        if request.param == "embedded":
            wallet = FaultyWallet(core, random=Random(1))
            yield World(desk, core, wallet, FaultyWallet(core, random=Random(2), patience=HURRIED))
        else:
            with served(desk, folder) as port:
                wallet, hurried = (HttpWallet(access(folder, port, wait)) for wait in (20.0, HURRIED))
                yield World(desk, core, wallet, hurried, port)
                wallet.close()
                hurried.close()
    finally:
        core.close()
        database.close()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def world(standing_world: World) -> Iterator[World]:
    """The world without faults, until the test dials some."""
    yield standing_world
    standing_world.core.dial("")


@pytest.fixture
def wallet(world: World) -> Wallet:
    """The wallet as the desk meets it."""
    found: Wallet = world.wallet
    return found


def access(folder: Path, port: int, wait: float = 20.0) -> Access:
    """What a desk needs to ask the server that was started for that folder."""
    known = papers(folder / "wallet-simulator", "desk")
    return Access(
        url=f"http://127.0.0.1:{port}",
        partner_id="desk",
        client_secret=known.secret.read_text(encoding="ascii"),
        private_key=known.private_key.read_bytes(),
        timeout_seconds=wait,
        connect_seconds=wait,
    )


class served:  # noqa: N801  (read as a word: `with served(...) as port`)
    """A `desk wallet simulate` of its own; its port."""

    def __init__(self, desk: Desk, folder: Path) -> None:
        self._environ = {
            **os.environ,
            "DESK_DATABASE_URL": str(desk.database.url),
            "DESK_CONFIG": str(folder / "none.toml"),
            "DESK_DATA_DIR": str(folder),
        }

    def __enter__(self) -> int:
        command = [sys.executable, "-m", "desk", "wallet", "simulate", "--port", "0", "--at-once"]
        self.process = subprocess.Popen(
            [*command, "--patience", str(HURRIED)], cwd=ROOT, env=self._environ, stdout=subprocess.PIPE, text=True,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        assert self.process.stdout is not None
        for row in self.process.stdout:
            if row.startswith("url"):
                return int(row.rstrip('"\n').rpartition(":")[2])
        raise AssertionError("the simulated wallet did not start")

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(timeout=20)
        assert self.process.stdout is not None
        self.process.stdout.close()
