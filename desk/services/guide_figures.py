"""How far customers come in each guide: counted with the event, read as sums of days."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Connection, case, func, select, text

from db.kinds import EventKind, GuideRunState
from db.models import GuideFigure, GuideRun, GuideVersion
from db.rows import AgentRow
from db.rows_guides import StepFigures
from db.uow import Pending
from desk.rules.guides import Guide
from desk.rules.permissions import Permission, require
from desk.services.desk import Desk
from desk.services.guide_files import guide_from
from desk.services.guide_store import GuideError

EPOCH = date(1970, 1, 1)
SILENT = timedelta(days=7)
DAYS = 30
DONE = "done"
"""The outcome of an end that was carried out."""

ADD = """INSERT INTO guide_figure (guide_key, day, step, outcome, amount)
VALUES (:guide_key, :day, :step, :outcome, :amount)
ON CONFLICT (guide_key, day, step, outcome) DO UPDATE SET amount = guide_figure.amount + excluded.amount"""

Sum = tuple[str, str, str]
"""Guide, step, outcome; the outcome is empty for reaching the step."""


@dataclass(frozen=True, slots=True)
class GuideFigures:
    """A guide's steps and ends in the order of its file, and steps of former versions that were counted."""

    guide: Guide
    steps: tuple[StepFigures, ...]
    since: date
    until: date

    @property
    def begun(self) -> int:
        """How many cases came to its first step."""
        return next((each.reached for each in self.steps if each.step == self.guide.start), 0)


def count_guides(connection: Connection, now: datetime, events: Sequence[Pending]) -> None:
    """Add to the sums what these events mean; the caller holds the lock under which events are written."""
    sums: Counter[Sum] = Counter()
    for each in events:
        for key, amount in _meant(each):
            sums[key] += amount
    day = _day(now.astimezone(UTC).date())
    rows = [
        {"guide_key": guide, "day": day, "step": step, "outcome": outcome, "amount": amount}
        for (guide, step, outcome), amount in sorted(sums.items())
        if amount
    ]
    if rows:
        connection.execute(text(ADD), rows)


def figures(desk: Desk, me: AgentRow, *, days: int = DAYS, key: str | None = None) -> tuple[GuideFigures, ...]:
    """Of every guide in force, or of one, how far customers came in the last days of UTC, today among them.

    Raises `NotAllowedError`, `GuideError` when there is no such guide.
    """
    require(me, Permission.SEE_FIGURES)
    until = desk.clock().astimezone(UTC).date()
    since = until - timedelta(days=max(days, 1) - 1)
    with desk.database.read() as connection:
        query = select(GuideVersion.number, GuideVersion.data).where(GuideVersion.retired_at.is_(None))
        query = query if key is None else query.where(GuideVersion.key == key)
        guides = [guide_from(row.data, row.number) for row in connection.execute(query.order_by(GuideVersion.key))]
        if key is not None and not guides:
            raise GuideError(f"There is no guide {key!r}; desk guides list shows all.")
        return tuple(
            GuideFigures(guide, _steps(connection, guide, since, until, desk.clock() - SILENT), since, until)
            for guide in guides
        )


def _steps(
    connection: Connection, guide: Guide, since: date, until: date, silent_before: datetime
) -> tuple[StepFigures, ...]:
    amounts = connection.execute(
        select(GuideFigure.step, GuideFigure.outcome, func.sum(GuideFigure.amount))
        .where(GuideFigure.guide_key == guide.key, GuideFigure.day.between(_day(since), _day(until)))
        .group_by(GuideFigure.step, GuideFigure.outcome)
    )
    reached: Counter[str] = Counter()
    outcomes: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for step, outcome, amount in amounts:
        if outcome:
            outcomes[step][outcome] = int(amount)
        else:
            reached[step] = int(amount)
    silent = func.sum(case((GuideRun.updated_at < silent_before, 1), else_=0))
    standing = {
        step: (int(all_), int(quiet))
        for step, all_, quiet in connection.execute(
            select(GuideRun.step, func.count(), silent)
            .where(GuideRun.guide_key == guide.key, GuideRun.state == GuideRunState.RUNNING)
            .group_by(GuideRun.step)
        )
    }
    order = [*guide.steps, *guide.ends]
    order += sorted((reached.keys() | outcomes.keys() | standing.keys()) - set(order))
    return tuple(
        StepFigures(step, reached[step], outcomes.get(step, {}), *standing.get(step, (0, 0))) for step in order
    )


def _meant(event: Pending) -> Iterator[tuple[Sum, int]]:
    data = event.data
    match event.kind:
        case EventKind.GUIDE_BEGUN if data.get("was"):
            yield (data["guide"], data["step"], data["was"]), -1
        case EventKind.GUIDE_BEGUN:
            yield (data["guide"], data["step"], ""), 1
        case EventKind.GUIDE_OUTCOME:
            yield (data["guide"], data["step"], data["outcome"]), 1
            yield (data["guide"], data["to"], ""), 1
        case EventKind.GUIDE_BACK:
            yield (data["guide"], data["step"], data["outcome"]), -1
            yield (data["guide"], data["to"], ""), -1
        case EventKind.GUIDE_ENDED:
            yield (data["guide"], data["step"], data["how"]), 1
        case _:
            return


def _day(of: date) -> int:
    return (of - EPOCH).days
