"""Answers between a folder of files and the database: exporting, checking, comparing, importing."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.kinds import AnswerState, EventKind
from db.models import AnswerVersion, Blob, CannedAnswer, Tag, Topic
from db.rows import AgentRow
from db.uow import UnitOfWork
from desk.rules.permissions import Permission, require
from desk.services.answer_actions import HOOKS
from desk.services.answer_files import FILES, AnswerFile, AnswerFilesError, Finding, Read, as_toml, read_answers
from desk.services.answer_lint import Known, findings
from desk.services.answer_review import AnswersError, all_answers, text_of
from desk.services.answer_store import content_of, content_of_file, in_force, new_version, retired_here
from desk.services.desk import Desk


@dataclass(frozen=True, slots=True)
class FileChange:
    """What importing a file does to one answer: nothing but `kept` where people here retired it."""

    key: str
    before: str
    after: str
    kept: bool = False

    @property
    def difference(self) -> list[str]:
        """Both as a difference in words, line by line; all of it for a new answer."""
        return difference(self.before, self.after)


@dataclass(frozen=True, slots=True)
class Folder:
    """Files read and checked: what they change, and hints beside."""

    changes: tuple[FileChange, ...] = ()
    hints: tuple[Finding, ...] = field(default=())


def export(desk: Desk, me: AgentRow, folder: Path) -> tuple[str, ...]:
    """Write every answer that is not retired, as it is in force or else as it was last written; the keys.

    Files of the folder that are no answer of this desk stay. Raises `OSError`.
    """
    require(me, Permission.WORK_CASES)
    written = []
    with desk.database.read() as connection, Session(connection) as session:
        folder.mkdir(parents=True, exist_ok=True)
        for answer in all_answers(session):
            if retired_here(answer) or not answer.versions:
                continue
            version = in_force(answer) or answer.versions[-1]
            (folder / f"{answer.key}.toml").write_text(text_of(answer.key, version), encoding="utf-8")
            written.append(answer.key)
            for file in version.files:
                content = session.scalars(select(Blob.data).where(Blob.sha256 == file.sha256)).one()
                (folder / FILES).mkdir(exist_ok=True)
                (folder / FILES / Path(file.filename).name).write_bytes(content)
    return tuple(written)


def lint(desk: Desk, me: AgentRow, folder: Path | None = None) -> tuple[Finding, ...]:
    """What is wrong with the files of a folder, or with the answers of this desk; errors first."""
    require(me, Permission.WORK_CASES)
    if folder is not None:
        reads, found = read_answers(folder)
    else:
        reads, found = _stored(desk), []
    found += findings(reads, _known(desk))
    return tuple(sorted(found, key=lambda each: (not each.is_error, each.path.name, each.line)))


def changes(desk: Desk, me: AgentRow, folder: Path) -> Folder:
    """What `import_folder` would change; nothing is changed. Raises `AnswerFilesError`, `AnswersError`."""
    require(me, Permission.WORK_CASES)
    reads, hints = _sound(desk, folder)
    with desk.database.read() as connection, Session(connection) as session:
        return Folder(tuple(change for change, _ in _compared(session, reads)), hints)


def import_folder(desk: Desk, me: AgentRow, folder: Path, *, as_draft: bool = False) -> Folder:
    """Bring the desk's answers in line with the files of a folder: each that differs becomes a version in review.

    A file that says what is in force, or what was last written, changes nothing; nor does one of an answer that people
    here have retired. What no file names stays. Raises `AnswerFilesError` when any file is broken, `AnswersError`,
    `NotAllowedError`; nothing was changed then.
    """
    require(me, Permission.WRITE_ANSWERS)
    reads, hints = _sound(desk, folder)
    done = []
    with desk.database.write() as unit:
        for change, read in _compared(unit.session, reads):
            done.append(change)
            if not change.kept:
                _write(unit, me, read.file, read.contents, as_draft=as_draft)
    return Folder(tuple(done), hints)


def write(desk: Desk, me: AgentRow, read: Read) -> int:
    """Make one file the next version of its answer, as a draft of mine; its number. Raises `AnswerFilesError`."""
    require(me, Permission.WRITE_ANSWERS)
    found = findings([read], _known(desk))
    if errors := [each for each in found if each.is_error]:
        raise AnswerFilesError(errors)
    with desk.database.write() as unit:
        return _write(unit, me, read.file, read.contents, as_draft=True).number


def difference(before: str, after: str) -> list[str]:
    """Two files line by line: what is gone begins with `-`, what is new with `+`; three lines around each."""
    rows = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=3)
    return [row for row in rows if not row.startswith(("---", "+++"))]


def _sound(desk: Desk, folder: Path) -> tuple[list[Read], tuple[Finding, ...]]:
    """The files of a folder, all of them sound. Raises `AnswerFilesError`, `AnswersError` for none."""
    reads, found = read_answers(folder)
    found += findings(reads, _known(desk))
    if errors := [each for each in found if each.is_error]:
        raise AnswerFilesError(errors)
    if not reads:
        raise AnswersError(f"There is no file of an answer (*.toml) in {folder}.")
    return reads, tuple(found)


def _known(desk: Desk) -> Known:
    with desk.database.read() as connection:
        topics = frozenset(connection.scalars(select(Topic.key)))
        tags = frozenset(connection.scalars(select(Tag.name)))
        guide = HOOKS.get("guide")
        guides = frozenset(guide.known(connection)) if guide is not None and guide.known is not None else frozenset()
    return Known(topics, tags, guides)


def _stored(desk: Desk) -> list[Read]:
    """The answers in force, else last written, as files that lie nowhere."""
    with desk.database.read() as connection, Session(connection) as session:
        found = []
        for answer in all_answers(session):
            if not retired_here(answer) and answer.versions:
                version = in_force(answer) or answer.versions[-1]
                text = text_of(answer.key, version)
                found.append(Read(Path(f"{answer.key}.toml"), text, content_of(answer.key, version)[0]))
        return found


def _compared(session: Session, reads: Iterable[Read]) -> list[tuple[FileChange, Read]]:
    known = {answer.key: answer for answer in all_answers(session)}
    done = []
    for read in reads:
        wanted = content_of_file(read.file, read.contents)
        answer = known.get(read.file.key)
        after = as_toml(wanted[0])
        if answer is None or not answer.versions:
            done.append((FileChange(read.file.key, "", after), read))
            continue
        current = in_force(answer)
        same = [content_of(answer.key, each) for each in (answer.versions[-1], current) if each is not None]
        if wanted not in same:
            before = text_of(answer.key, current or answer.versions[-1])
            done.append((FileChange(answer.key, before, after, kept=retired_here(answer)), read))
    return done


def _write(
    unit: UnitOfWork, me: AgentRow, file: AnswerFile, contents: Mapping[str, bytes], *, as_draft: bool
) -> AnswerVersion:
    answer = unit.session.scalar(select(CannedAnswer).where(CannedAnswer.key == file.key).with_for_update())
    if answer is None:
        answer = CannedAnswer(key=file.key, created_at=unit.now)
        unit.session.add(answer)
    state = AnswerState.DRAFT if as_draft else AnswerState.IN_REVIEW
    version = new_version(unit, answer, file, contents, state, me.id)
    kind = EventKind.ANSWER_WRITTEN if as_draft else EventKind.ANSWER_SUBMITTED
    unit.record(kind, agent_id=me.id, key=file.key, version=version.number)
    return version
