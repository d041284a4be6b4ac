"""What the desk does by itself as time passes."""

from __future__ import annotations

from sqlalchemy import Connection, delete, func, insert, select

from db.kinds import Channel, EventKind, Status
from db.models import Case, LaneCount
from desk.rules.due import answer_due
from desk.services.callback_slots import callback_due
from desk.services.desk import Desk

MOST_WOKEN = 200
ROWS_WORTH_FOLDING = 500


def wake_snoozed(desk: Desk) -> int:
    """Bring back the cases whose snooze has ended, up to 200; how many there were."""
    ended = (
        select(Case.id)
        .where(Case.snoozed_until.is_not(None), Case.snoozed_until <= desk.clock())
        .order_by(Case.snoozed_until)
        .limit(MOST_WOKEN)
    )
    with desk.database.read() as connection:
        ids = list(connection.scalars(ended))
    if not ids:
        return 0
    with desk.database.write() as unit:
        query = select(Case).where(Case.id.in_(ids), Case.snoozed_until <= unit.now)
        woken = 0
        for case in unit.session.scalars(query.with_for_update(skip_locked=True, key_share=True)):
            promised = callback_due(unit, case.id)
            case.snoozed_until = None
            case.updated_at = unit.now
            if case.status is Status.ON_HOLD:
                case.status = Status.OPEN
                case.due_at = promised or answer_due(case.channel, case.priority, unit.now)
                unit.record(
                    EventKind.CASE_WOKEN,
                    case_id=case.id,
                    before={"status": Status.ON_HOLD.value},
                    after={"status": Status.OPEN.value},
                )
                woken += 1
        return woken


def fold_lane_counts(desk: Desk) -> None:
    """Sum the queue's counts into one row a channel once there are many; the sums stay the same."""
    with desk.database.read() as connection:
        rows = connection.scalar(select(func.count()).select_from(LaneCount)) or 0
    if rows >= ROWS_WORTH_FOLDING:
        with desk.database.write() as unit:
            fold(unit.connection)


def fold(connection: Connection) -> None:
    """Put one row a channel in the place of all counts that can be seen; what others add meanwhile stays beside it."""
    newest = connection.scalar(select(func.max(LaneCount.id)))
    if newest is None:
        return
    seen = delete(LaneCount).where(LaneCount.id <= newest).returning(LaneCount.channel, LaneCount.cases)
    sums: dict[Channel, int] = {}
    for channel, cases in connection.execute(seen):
        sums[channel] = sums.get(channel, 0) + cases
    if sums:
        # In the places of rows just removed, so that both engines hold the same and no number is used up.
        rows = [
            {"id": newest - place, "channel": channel, "cases": sums[channel]}
            for place, channel in enumerate(sorted(sums))
        ]
        connection.execute(insert(LaneCount), rows)
