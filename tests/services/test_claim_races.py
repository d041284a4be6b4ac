"""Many programs asking for the next case at once: each case is handed out once, and none is forgotten."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert

from db.engine import Database, DatabaseBusyError
from db.kinds import Channel, Language, Role, Status, WorkMode
from db.models import Case, Customer, WorkQueue
from desk.services import agents, changes, claims
from desk.services.desk import Desk
from desk.settings import Settings
from tests.services.acting import many

if TYPE_CHECKING:
    from collections.abc import Callable

    from db.rows import AgentRow

PROCESSES, CASES = (50, 10_000) if os.environ.get("DESK_DRILL") == "full" else (8, 400)


def patiently(act: Callable[[], object]) -> object:
    """Do it until the database has time: a busy database has changed nothing."""
    while True:
        try:
            return act()
        except DatabaseBusyError:
            continue


def claim_all(url: str, login: str) -> list[int]:
    """What one program does, and the cases it took: take the next case and answer it, until none is left."""
    database = Database(url)
    desk = Desk(database, Settings(), database.clock)
    me = agents.sign_in(desk, login)
    mine: list[int] = []
    unanswered: list[int] = []
    while (row := patiently(lambda: claims.next_case(desk, me, skip=unanswered))) is not None:
        case_id = row.id  # type: ignore[attr-defined]
        mine.append(case_id)
        if len(unanswered) < claims.MOST_SKIPPED:  # so many are remembered as skipped
            unanswered.append(case_id)
        else:
            patiently(lambda case_id=case_id: changes.set_status(desk, me, [case_id], Status.WAITING_CUSTOMER))
    database.close()
    return mine


@pytest.mark.drill
@pytest.mark.slow
def test_many_programs_never_get_one_case_twice_and_forget_none(desk: Desk, database_url: str, boss: AgentRow) -> None:
    with desk.database.write() as unit:
        customer = Customer(name="Dewi", created_at=unit.now)
        unit.session.add(customer)
        unit.session.flush()
        row = {
            "channel": Channel.EMAIL,
            "status": Status.NEW,
            "priority": 3,
            "language": Language.ENGLISH,
            "subject": "Refund",
            "customer_id": customer.id,
            "created_at": unit.now,
            "updated_at": unit.now,
            "due_at": unit.now,
        }
        # One of two queues has a reserved share, so that every way to the next case is raced for.
        unit.session.execute(insert(Case), [row | {"queue": ("slow", None)[number % 2]} for number in range(CASES)])
        shares = {"common": 0, "slow": 20}
        for position, (key, percent) in enumerate(shares.items()):
            unit.session.add(
                WorkQueue(
                    key=key,
                    position=position,
                    titles={},
                    mode=WorkMode.PULL,
                    reserved_percent=percent,
                    updated_at=unit.now,
                )
            )
    logins = [f"agent{number}" for number in range(PROCESSES)]
    for login in logins:
        agents.add(desk, boss, login=login, name=login, role=Role.AGENT)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__, "desk.services.claims", "desk.services.changes", "desk.services.agents"])
    with ProcessPoolExecutor(PROCESSES, mp_context=context) as programs:
        taken = [programs.submit(claim_all, database_url, login) for login in logins]
        claimed = [case_id for each in taken for case_id in each.result()]

    assert [case_id for case_id, times in Counter(claimed).items() if times > 1] == []
    assert len(claimed) == CASES


def test_two_threads_of_one_program_never_get_the_same_case(desk: Desk, ana: AgentRow, budi: AgentRow) -> None:
    many(desk, 40)
    claimed: dict[str, list[int]] = {"ana": [], "budi": []}

    def work(me: AgentRow) -> None:
        while (row := claims.next_case(desk, me, skip=claimed[me.login])) is not None:
            claimed[me.login].append(row.id)

    threads = [threading.Thread(target=work, args=(me,)) for me in (ana, budi)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(claimed["ana"] + claimed["budi"]) == list(range(1, 41))
