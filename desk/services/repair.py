"""Putting right what `desk db check` finds wrong and what can be made again from what is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from db.check import recount_lanes, unsearchable_cases
from db.kinds import Channel
from desk.services.desk import Desk
from desk.services.indexing import index_again
from desk.services.intake import Reader, recover


def repair(desk: Desk, readers: Callable[[Channel], Reader]) -> Iterator[str]:
    """Count the lanes again, make cases findable, read deliveries that were left; tells what it did.

    `readers` gives what reads a channel's deliveries. Raises `db.engine.DatabaseUnavailableError`.
    """
    with desk.database.write() as unit:
        recount_lanes(unit.session)
    yield "The cases of each lane were counted."
    indexed = 0
    while more := _index_some(desk):
        indexed += more
    if indexed:
        yield f"Search learned of {indexed} cases."
    if desk.database.is_sqlite:
        with desk.database.write() as unit:
            unit.connection.exec_driver_sql("INSERT INTO search_index (search_index) VALUES ('rebuild')")
    read = 0
    while more := recover(desk, readers).taken_in:
        read += more
    if read:
        yield f"{read} deliveries were read."


def _index_some(desk: Desk) -> int:
    with desk.database.write() as unit:
        ids = unsearchable_cases(unit.session)[:500]
        for case_id in ids:
            index_again(unit, case_id)
        if not desk.database.is_sqlite:
            unit.connection.exec_driver_sql(
                """INSERT INTO search_index SELECT case_id, desk_terms_vector(terms) FROM search_document
                   ON CONFLICT (case_id) DO NOTHING"""
            )
        return len(ids)
