"""The wallet's error codes: the table in force, and changing it by its file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any

import msgspec
from sqlalchemy import Connection, delete, select

from db.kinds import EventKind, Language
from db.models import ErrorCodeEntry
from db.rows import AgentRow
from db.uow import UnitOfWork
from desk.rules.error_codes import ErrorCode, Recogniser, code_problems
from desk.rules.permissions import Permission, require
from desk.services.desk import Desk
from desk.services.guide_store import GuideError, catalogue, known_keys
from desk.services.seed_files import InEachLanguage, SeedError, read_seed_file, seeds_folder

FILE = "error-codes.toml"


class CodeEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One code of the file."""

    code: Annotated[str, msgspec.Meta(pattern=r"^[A-Z]{2,4}-[0-9]{3,4}$")]
    meaning: InEachLanguage
    say: InEachLanguage
    guide: str = ""
    answer: str = ""
    topic: str = ""


class CodesFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file."""

    code: tuple[CodeEntry, ...]


@dataclass(frozen=True, slots=True)
class CodeChange:
    """What applying a file does to one code: before and after as plain data, None where there is none."""

    code: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None


def read_codes(path: Path | None = None) -> CodesFile:
    """A file of codes, by default the shipped one, checked. Raises `SeedError`."""
    path = path or seeds_folder() / FILE
    file = read_seed_file(path, CodesFile)
    if wrong := code_problems(_code(each) for each in file.code):
        where, _, what = wrong[0].partition(": ")
        raise SeedError(path, where, what)
    return file


def table(desk: Desk, me: AgentRow) -> tuple[ErrorCode, ...]:
    """Every code in force, in the order of the file."""
    require(me, Permission.WORK_CASES)
    with desk.database.read() as connection:
        rows = connection.execute(select(ErrorCodeEntry.data).order_by(ErrorCodeEntry.position))
        return tuple(_code(msgspec.convert(row.data, CodeEntry)) for row in rows)


def recogniser_of(connection: Connection) -> Recogniser:
    """Finds the codes in force in texts."""
    rows = connection.execute(select(ErrorCodeEntry.code, ErrorCodeEntry.data).order_by(ErrorCodeEntry.position))
    return _recogniser(tuple((row.code, msgspec.json.encode(row.data)) for row in rows))


@lru_cache(maxsize=4)
def _recogniser(rows: tuple[tuple[str, bytes], ...]) -> Recogniser:
    return Recogniser(_code(msgspec.convert(msgspec.json.decode(data), CodeEntry)) for _, data in rows)


def find(desk: Desk, me: AgentRow, code: str) -> ErrorCode:
    """One code, however it is spelled. Raises `GuideError`."""
    known = {each.code: each for each in table(desk, me)}
    wanted = code.strip().upper().replace(" ", "-")
    by_number = {str(each.number): each for each in known.values()}
    found = known.get(wanted) or by_number.get(wanted)
    if found is None:
        raise GuideError(f"There is no error code {code!r}; desk codes list shows all.")
    return found


def changes(desk: Desk, me: AgentRow, file: CodesFile) -> tuple[CodeChange, ...]:
    """What `apply` would change; nothing is changed. Raises `GuideError`."""
    require(me, Permission.WORK_CASES)
    guides = {each.key for each in catalogue(desk, me)}
    with desk.database.read() as connection:
        _check(connection, file, guides)
        return _compared(_known(connection), file)


def apply(desk: Desk, me: AgentRow, file: CodesFile) -> tuple[CodeChange, ...]:
    """Make a file the table of codes, the whole of it; what was changed. Raises `NotAllowedError`, `GuideError`."""
    require(me, Permission.APPROVE_ANSWERS)
    guides = {each.key for each in catalogue(desk, me)}
    with desk.database.write() as unit:
        connection = unit.session.connection()
        _check(connection, file, guides)
        done = _compared(_known(connection), file)
        put(unit, file)
        for each in done:
            unit.record(EventKind.CODES_CHANGED, agent_id=me.id, code=each.code, before=each.before, after=each.after)
        return done


def put(unit: UnitOfWork, file: CodesFile) -> None:
    """Make a file the table of codes, inside a unit of work."""
    unit.session.execute(delete(ErrorCodeEntry).where(ErrorCodeEntry.code.not_in([each.code for each in file.code])))
    for position, each in enumerate(file.code):
        data = msgspec.json.decode(msgspec.json.encode(each))
        unit.session.merge(ErrorCodeEntry(code=each.code, position=position, data=data, updated_at=unit.now))


def _check(connection: Connection, file: CodesFile, guides: set[str]) -> None:
    known = known_keys(connection) | {"guides": guides}
    for each in file.code:
        for name in ("guide", "answer", "topic"):
            value = getattr(each, name)
            if value and value not in known[f"{name}s"]:
                raise GuideError(
                    f"{each.code}: there is no {name} {value!r} at this desk; add it first or take it out."
                )


def _known(connection: Connection) -> dict[str, Mapping[str, Any]]:
    rows = connection.execute(select(ErrorCodeEntry.code, ErrorCodeEntry.position, ErrorCodeEntry.data))
    return {row.code: {"position": row.position} | row.data for row in rows}


def _compared(known: Mapping[str, Mapping[str, Any]], file: CodesFile) -> tuple[CodeChange, ...]:
    wanted = {
        each.code: {"position": position} | msgspec.json.decode(msgspec.json.encode(each))
        for position, each in enumerate(file.code)
    }
    keys = sorted(known.keys() | wanted.keys())
    return tuple(CodeChange(key, known.get(key), wanted.get(key)) for key in keys if known.get(key) != wanted.get(key))


def _code(entry: CodeEntry) -> ErrorCode:
    return ErrorCode(entry.code, _words(entry.meaning), _words(entry.say), entry.guide, entry.answer, entry.topic)


def _words(said: InEachLanguage) -> dict[Language, str]:
    return {Language.INDONESIAN: said.id, Language.ENGLISH: said.en, Language.CHINESE: said.zh}
