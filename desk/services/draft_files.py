"""Files that will go with a draft: put beside it, taken off, and sent or kept with it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, delete, func, select

from db.kinds import DraftKind
from db.models import AnswerFile, AnswerVersion, Attachment, Blob, CannedAnswer, Case, DraftFile
from db.rows import AgentRow
from db.rows_delivery import DraftFileRow
from db.uow import UnitOfWork
from desk.rules.answers import made_of
from desk.rules.permissions import Permission, require
from desk.rules.text import clean_line
from desk.services.blobs import keep_blobs, sha256
from desk.services.desk import Desk
from desk.services.errors import CaseNotFoundError, FilesError

MOST_FILES = 20
MOST_BYTES = 18_000_000
"""Of all files of a draft: written as mail they grow by a third, and many servers take no more than 25 MB."""

UNKNOWN_TYPE = "application/octet-stream"


def add(
    desk: Desk, me: AgentRow, case_id: int, kind: DraftKind, filename: str, content_type: str, content: bytes
) -> DraftFileRow:
    """Put a file beside my draft on a case; the text may come later. Raises `FilesError`, `CaseNotFoundError`."""
    require(me, Permission.WORK_CASES)
    name = clean_line(filename, 500) or "attachment"
    with desk.database.write() as unit:
        if unit.session.scalar(select(Case.id).where(Case.id == case_id)) is None:
            raise CaseNotFoundError(case_id)
        of_draft = _of_draft(me, case_id, kind)
        query = select(func.count(), func.coalesce(func.sum(DraftFile.size), 0), func.max(DraftFile.position))
        number, size, last = unit.session.execute(query.where(*of_draft)).one()
        if number >= MOST_FILES:
            raise FilesError(f"{MOST_FILES} files go with one message. Take one off, or send this one in another.")
        if size + len(content) > MOST_BYTES:
            raise FilesError(
                f"{name} does not fit: all files of a message may have {MOST_BYTES // 1_000_000} MB together. "
                "Make it smaller, or send it in another message."
            )
        keep_blobs(unit.connection, [content])
        file = DraftFile(
            case_id=case_id,
            agent_id=me.id,
            kind=kind,
            position=0 if last is None else last + 1,
            filename=name,
            content_type=clean_line(content_type, 255) or UNKNOWN_TYPE,
            size=len(content),
            sha256=sha256(content),
        )
        unit.session.add(file)
        return DraftFileRow(file.position, file.filename, file.content_type, file.size)


def add_of_answer(desk: Desk, me: AgentRow, case_id: int, kind: DraftKind, name: str) -> None:
    """Put the files of a canned answer (`key@version`) beside my draft; one that is there already is not put twice.

    Raises `FilesError`, `CaseNotFoundError`.
    """
    require(me, Permission.WORK_CASES)
    made = made_of(name)
    if made is None:
        return
    query = (
        select(AnswerFile.filename, AnswerFile.content_type, Blob.data, AnswerFile.sha256)
        .join(AnswerVersion, AnswerVersion.id == AnswerFile.version_id)
        .join(CannedAnswer, CannedAnswer.id == AnswerVersion.answer_id)
        .join(Blob, Blob.sha256 == AnswerFile.sha256)
        .where(CannedAnswer.key == made[0], AnswerVersion.number == made[1])
        .order_by(AnswerFile.position)
    )
    there = select(DraftFile.sha256).where(*_of_draft(me, case_id, kind))
    with desk.database.read() as connection:
        files = connection.execute(query).all()
        known = set(connection.scalars(there))
    for file in files:
        if file.sha256 not in known:
            add(desk, me, case_id, kind, file.filename, file.content_type, file.data)


def remove(desk: Desk, me: AgentRow, case_id: int, kind: DraftKind, position: int) -> None:
    """Take a file off my draft; one that is gone already is as good as taken off."""
    require(me, Permission.WORK_CASES)
    with desk.database.write() as unit:
        query = delete(DraftFile).where(*_of_draft(me, case_id, kind), DraftFile.position == position)
        unit.session.execute(query)


def listed(desk: Desk, me: AgentRow, case_id: int, kind: DraftKind) -> tuple[DraftFileRow, ...]:
    """The files beside my draft on a case, in the order in which they were put there."""
    require(me, Permission.WORK_CASES)
    query = (
        select(DraftFile.position, DraftFile.filename, DraftFile.content_type, DraftFile.size)
        .where(*_of_draft(me, case_id, kind))
        .order_by(DraftFile.position)
    )
    with desk.database.read() as connection:
        return tuple(DraftFileRow(*row) for row in connection.execute(query))


def send_along(
    unit: UnitOfWork,
    me: AgentRow,
    case_id: int,
    kind: DraftKind,
    message_id: int,
    positions: Sequence[int] | None = None,
    *,
    forwarded: Sequence[Attachment] = (),
) -> None:
    """Make files of my draft the files of a message: those at `positions`, or all of them; the draft has none then.

    `forwarded` are files of other messages that go along before them. Raises `FilesError` when one is gone: nothing may
    be sent without what its text speaks of.
    """
    query = select(DraftFile).where(*_of_draft(me, case_id, kind)).order_by(DraftFile.position)
    files = {file.position: file for file in unit.session.scalars(query)}
    chosen = list(files) if positions is None else list(dict.fromkeys(positions))
    if not set(chosen) <= set(files):
        raise FilesError("A file of this message was taken off meanwhile. Look at its files again, then send.")
    going: list[Attachment | DraftFile] = [*forwarded, *(files[position] for position in chosen)]
    for number, file in enumerate(going):
        unit.session.add(
            Attachment(
                message_id=message_id,
                position=number,
                filename=file.filename,
                content_type=file.content_type,
                size=file.size,
                sha256=file.sha256,
            )
        )
    forget_files(unit, me, case_id, kind)


def take_back_files(unit: UnitOfWork, me: AgentRow, case_id: int, kind: DraftKind, message_id: int) -> None:
    """Put the files of a message of mine back beside my draft, behind what I have put there since."""
    last = unit.session.scalar(select(func.max(DraftFile.position)).where(*_of_draft(me, case_id, kind)))
    query = select(Attachment).where(Attachment.message_id == message_id).order_by(Attachment.position)
    for position, file in enumerate(unit.session.scalars(query), 0 if last is None else last + 1):
        unit.session.add(
            DraftFile(
                case_id=case_id,
                agent_id=me.id,
                kind=kind,
                position=position,
                filename=file.filename,
                content_type=file.content_type,
                size=file.size,
                sha256=file.sha256,
            )
        )


def forget_files(unit: UnitOfWork, me: AgentRow, case_id: int, kind: DraftKind) -> None:
    """Take all files off my draft, within a unit of work."""
    unit.session.execute(delete(DraftFile).where(*_of_draft(me, case_id, kind)))


def _of_draft(me: AgentRow, case_id: int, kind: DraftKind) -> tuple[ColumnElement[bool], ...]:
    return DraftFile.case_id == case_id, DraftFile.agent_id == me.id, DraftFile.kind == kind
