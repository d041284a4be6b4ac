"""Checks of written answers: how strictly each is held, what they find, and what was sent in spite of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec
from sqlalchemy import Connection, select

from db.kinds import CheckLevel, EventKind, Language
from db.models import Case, Message, QualityCheck
from db.rows import AgentRow, CaseDetail
from db.uow import UnitOfWork
from desk.rules.answers import declared_variables
from desk.rules.hours import HoursPlan
from desk.rules.permissions import Permission, require
from desk.rules.quality import CHECKS, Finding, Written, findings
from desk.rules.staffed import Staffed
from desk.services.answers import all_approved
from desk.services.desk import Desk
from desk.services.hours import plans_of
from desk.services.seed_files import read_seed_file, seeds_folder
from desk.services.spelling import misspelt

LONGEST_REASON = 500


class Levels(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file `quality.toml`: what each check does that finds something."""

    secret: CheckLevel = CheckLevel.BLOCK
    variable: CheckLevel = CheckLevel.BLOCK
    internal: CheckLevel = CheckLevel.BLOCK
    language: CheckLevel = CheckLevel.WARN
    promise: CheckLevel = CheckLevel.WARN
    attachment: CheckLevel = CheckLevel.WARN
    greeting: CheckLevel = CheckLevel.WARN
    spelling: CheckLevel = CheckLevel.WARN

    @property
    def by_check(self) -> dict[str, CheckLevel]:
        """The levels by the checks' names, in the order of `CHECKS`."""
        return {name: CheckLevel(getattr(self, name)) for name in CHECKS}


@dataclass(frozen=True, slots=True)
class LevelChange:
    """What applying a file does to one check."""

    check: str
    before: CheckLevel
    after: CheckLevel


@dataclass(frozen=True, slots=True)
class Found:
    """What a check found, and whether that keeps the answer back."""

    finding: Finding
    blocks: bool


def read_levels(path: Path | None = None) -> Levels:
    """The levels in a file, by default the shipped one. Raises `SeedError`."""
    return read_seed_file(path or seeds_folder() / "quality.toml", Levels)


def levels(desk: Desk, me: AgentRow) -> dict[str, CheckLevel]:
    """How strictly each check is held here, in the order of the checks."""
    require(me, Permission.WORK_CASES)
    with desk.database.read() as connection:
        return levels_of(connection)


def levels_of(connection: Connection) -> dict[str, CheckLevel]:
    """As `levels`, on a connection."""
    kept = {row.key: row.level for row in connection.execute(select(QualityCheck.key, QualityCheck.level))}
    return {name: kept.get(name, level) for name, level in Levels().by_check.items()}


def changes(desk: Desk, me: AgentRow, wanted: Levels) -> tuple[LevelChange, ...]:
    """What `apply` would change; nothing is changed."""
    return _compared(levels(desk, me), wanted)


def apply(desk: Desk, me: AgentRow, wanted: Levels) -> tuple[LevelChange, ...]:
    """Hold the checks as a file says; what was changed. Raises `NotAllowedError`."""
    require(me, Permission.MANAGE_QUALITY)
    with desk.database.write() as unit:
        done = _compared(levels_of(unit.session.connection()), wanted)
        for each in done:
            unit.session.merge(QualityCheck(key=each.check, level=each.after, updated_at=unit.now))
            unit.record(
                EventKind.CHECK_CHANGED,
                agent_id=me.id,
                check=each.check,
                before=each.before.value,
                after=each.after.value,
            )
        return done


def look(
    desk: Desk, me: AgentRow, detail: CaseDetail, text: str, *, files: int = 0, answers: Sequence[str] = ()
) -> tuple[Found, ...]:
    """What the checks find in an answer that is being written, what keeps it back first; nothing is changed."""
    require(me, Permission.WORK_CASES)
    with desk.database.read() as connection:
        held = levels_of(connection)
        of = detail.case
        plan = plans_of(connection, desk.clock()).of_case(of.channel, of.language, of.queue)
    keys = {answer.rpartition("@")[0] for answer in answers}
    named = (row for row in all_approved(desk) if row.key in keys) if keys else ()
    declared = declared_variables(named)
    asked = {name for name, level in held.items() if level is not CheckLevel.OFF}
    language = detail.case.language
    written = Written(
        text,
        language,
        desk.clock(),
        plan,
        files,
        declared,
        misspelt(text, language) if "spelling" in asked else (),
    )
    found = [Found(each, held[each.check] is CheckLevel.BLOCK) for each in findings(written, asked)]
    return tuple(sorted(found, key=lambda each: not each.blocks))


def held_back(
    unit: UnitOfWork, case: Case, text: str, leaves_at: datetime, variables: Collection[str] = (), files: int = 0
) -> tuple[Finding, ...]:
    """What keeps an answer back that is about to be sent."""
    connection = unit.session.connection()
    blocking = {name for name, level in levels_of(connection).items() if level is CheckLevel.BLOCK}
    if not blocking:
        return ()
    language = Language(case.language)
    plans = plans_of(connection, unit.now) if "promise" in blocking else Staffed[HoursPlan]()
    plan = plans.of_case(case.channel, language, case.queue)
    spelt = misspelt(text, language) if "spelling" in blocking else ()
    return findings(Written(text, language, leaves_at, plan, files, frozenset(variables), spelt), blocking)


def note_override(unit: UnitOfWork, message: Message, me: AgentRow, held: Sequence[Finding], reason: str) -> None:
    """Keep as an event that an answer went although checks kept it back, with the reason; no word of its text."""
    unit.record(
        EventKind.CHECK_OVERRIDDEN,
        case_id=message.case_id,
        agent_id=me.id,
        message=message.id,
        checks=list(dict.fromkeys(finding.check for finding in held)),
        reason=reason.strip()[:LONGEST_REASON],
    )


def check_texts(text: str, language: Language, now: datetime) -> tuple[Finding, ...]:
    """What the checks that need no case find in a text."""
    return findings(Written(text, language, now, misspelt=misspelt(text, language)))


def _compared(held: Mapping[str, CheckLevel], wanted: Levels) -> tuple[LevelChange, ...]:
    return tuple(
        LevelChange(name, held[name], level) for name, level in wanted.by_check.items() if held[name] is not level
    )
