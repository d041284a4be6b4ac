"""Topics, answers, service hours and routing, brought in line with the seed files; running it again changes nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import select, text
from sqlalchemy.orm import Session, selectinload

from db.kinds import AnswerState, EventKind
from db.models import (
    AnswerVersion,
    CannedAnswer,
    DeskInfo,
    ErrorCodeEntry,
    GuideVersion,
    HoursCalendar,
    RoutingFile,
    SlaPolicy,
    Topic,
    WorkQueue,
)
from desk.services import codes, guide_store, routing_store, sla
from desk.services.answer_files import AnswerFile
from desk.services.answer_store import content_of, new_version, normal, retired_here
from desk.services.guide_files import read_guides
from desk.services.hour_files import from_data, owners, read_hours
from desk.services.hours import put
from desk.services.policy_files import read_policies
from desk.services.refunds import policies as refund_policies
from desk.services.refunds.policy_files import read_refund_policies
from desk.services.routing_files import QueuesFile, shipped_files
from desk.services.seed_files import Seeds, TopicSeed, read_seeds
from desk.services.sla_runs import ask_for_run

if TYPE_CHECKING:
    from db.uow import UnitOfWork
    from desk.services.desk import Desk

SEED_LOCK = 0x73656564
"""PostgreSQL advisory lock that lets one process seed at a time."""


@dataclass(slots=True)
class SeedReport:
    """What seeding did; `kept` are answers whose file changed but which people here have rewritten since."""

    topics: int = 0
    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)

    @property
    def is_unchanged(self) -> bool:
        """Whether there was nothing to do."""
        return not (self.topics or self.added or self.changed)


def seed(desk: Desk, folder: Path | None = None) -> SeedReport:
    """Bring topics and answers in line with the seed files; a second run changes nothing.

    A new answer becomes approved version 1. A changed file becomes the next approved version, unless people have
    written a newer one here: theirs stays in force. Nothing is ever removed. Raises `SeedError`.
    """
    seeds = read_seeds(folder)
    with desk.database.read() as connection:
        loaded = connection.scalar(select(DeskInfo.value).where(DeskInfo.key == "seeds"))
    if loaded == seeds.digest:
        return SeedReport()
    with desk.database.write() as unit:
        if not desk.database.is_sqlite:
            unit.session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": SEED_LOCK})
        return load(unit, seeds)


def load(unit: UnitOfWork, seeds: Seeds) -> SeedReport:
    """The work of `seed` inside a unit of work that somebody else commits."""
    report = SeedReport(topics=_load_topics(unit.session, seeds.topics))
    unit.session.flush()
    query = select(CannedAnswer).options(selectinload(CannedAnswer.versions).selectinload(AnswerVersion.texts))
    known = {answer.key: answer for answer in unit.session.scalars(query)}
    for words in seeds.answers:
        _load_answer(unit, known.get(words.key), words, report)
    _load_hours(unit, seeds.folder / "hours")
    _load_routing(unit, seeds.folder)
    _load_policies(unit, seeds.folder / "policies")
    _load_guides(unit, seeds.folder)
    refund_policies.put_new(unit, read_refund_policies(seeds.folder))
    unit.session.merge(DeskInfo(key="seeds", value=seeds.digest))
    return report


def _load_hours(unit: UnitOfWork, folder: Path) -> None:
    """Calendars that the desk does not have yet, of channels that have no hours.

    What it has is changed by `desk hours apply` alone, which may have given a channel a calendar with another key.
    """
    known = {
        row.key: from_data(row.data) for row in unit.session.execute(select(HoursCalendar.key, HoursCalendar.data))
    }
    served = {whose for file in known.values() for whose in owners(file)}
    for key, file in read_hours(folder).items():
        if key not in known and served.isdisjoint(owners(file)):
            put(unit, key, file)


def _load_routing(unit: UnitOfWork, folder: Path) -> None:
    """Queues, rules and words on a desk that has none yet; later they are changed by `desk route apply` alone."""
    has_queues = unit.session.scalar(select(WorkQueue.key).limit(1)) is not None
    known = set(unit.session.scalars(select(RoutingFile.key)))
    for file in shipped_files(folder):
        if not (has_queues if isinstance(file, QueuesFile) else routing_store.key_of(file) in known):
            routing_store.put(unit, file)


def _load_policies(unit: UnitOfWork, folder: Path) -> None:
    """Policies for a desk that has none; after that `desk sla apply` alone changes them."""
    if unit.session.scalar(select(SlaPolicy.key).limit(1)) is not None:
        return
    policies = read_policies(folder)
    for key, file in policies.items():
        sla.put(unit, key, file)
    if policies:
        ask_for_run(unit, "the desk got its first policies")


def _load_guides(unit: UnitOfWork, folder: Path) -> None:
    """Guides and error codes on a desk that has none; later `desk guides apply` and `desk codes apply` change them."""
    if unit.session.scalar(select(GuideVersion.key).limit(1)) is None:
        for guide in read_guides(folder / "guides").values():
            guide_store.put(unit, guide)
    if unit.session.scalar(select(ErrorCodeEntry.code).limit(1)) is None and (folder / codes.FILE).is_file():
        codes.put(unit, codes.read_codes(folder / codes.FILE))


def _load_topics(session: Session, topics: Iterable[TopicSeed]) -> int:
    changed = 0
    for position, seeded in enumerate(topics, start=1):
        titles = msgspec.to_builtins(seeded.titles)
        topic = session.get(Topic, seeded.key)
        if topic is None:
            session.add(Topic(key=seeded.key, position=position, titles=titles))
        elif (topic.position, topic.titles) != (position, titles):
            topic.position, topic.titles = position, titles
        else:
            continue
        changed += 1
    return changed


def _load_answer(unit: UnitOfWork, answer: CannedAnswer | None, seeded: AnswerFile, report: SeedReport) -> None:
    if answer is None:
        answer = CannedAnswer(key=seeded.key, created_at=unit.now)
        unit.session.add(answer)
        report.added.append(seeded.key)
    else:
        ours = [version for version in answer.versions if version.owner_id is None]
        if ours and content_of(seeded.key, ours[-1])[0] == normal(seeded):
            return
        if answer.versions and (answer.versions[-1].owner_id is not None or retired_here(answer)):
            report.kept.append(seeded.key)
            return
        report.changed.append(seeded.key)
    version = new_version(unit, answer, seeded, {}, AnswerState.APPROVED, None)
    unit.record(EventKind.ANSWER_APPROVED, key=seeded.key, version=version.number, source="seeds")
