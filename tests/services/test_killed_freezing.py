"""A worker that is killed by kill -9 between the wallet's act and noting it: the freeze is neither lost nor doubled."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from db.kinds_safety import SafetyActState
from desk.services.safety import asking, playbook
from tests.services.refund_world import ACCOUNT, Till

if TYPE_CHECKING:
    from db.rows import AgentRow, CaseDetail
    from desk.services.desk import Desk
    from tests.clock import SettableClock

ROOT = Path(__file__).parents[2]
ASKER = """
import os, signal, sys
from pathlib import Path
from db.engine import Database
from db.models import map_all
from desk.services.desk import Desk
from desk.services.safety import asking
from desk.settings import Settings
from desk.wallet.simulator import Simulator

class Killed(Simulator):
    def freeze(self, account_id, **more):
        super().freeze(account_id, **more)
        os.kill(os.getpid(), signal.SIGKILL)

map_all()
database = Database(sys.argv[1])
asking.ask_due(Desk(database, Settings(), database.clock), Killed(Path(sys.argv[2])))
"""


@pytest.mark.slow
@pytest.mark.drill
def test_kill_9_after_the_wallet_has_acted_neither_loses_nor_doubles(
    desk: Desk, ana: AgentRow, case: CaseDetail, database_url: str, tmp_path: Path, clock: SettableClock
) -> None:
    from db.clock import now

    clock.moment = now()  # the other process has the machine's clock
    till = Till(tmp_path, clock)
    playbook.begin(desk, ana, case.case.id, "phone stolen")
    killed = subprocess.run(
        [sys.executable, "-c", ASKER, database_url, str(tmp_path / "wallet.sqlite")],
        cwd=ROOT, env=dict(os.environ), check=False, capture_output=True,
    )  # fmt: skip
    assert killed.returncode == -9, killed.stderr.decode()
    (act,) = playbook.required(desk, ana, 1).acts
    assert (act.state, till.core.account(ACCOUNT).state) == (SafetyActState.ASKED, "frozen"), "done, and not noted"
    clock.moment = now()
    clock.advance(minutes=6)
    asking.ask_due(desk, till.wallet)
    (act,) = playbook.required(desk, ana, 1).acts
    assert act.state is SafetyActState.DONE
    with till.core.store.reading() as connection:
        assert [row["key"] for row in connection.execute("SELECT key FROM act")] == [act.key]
