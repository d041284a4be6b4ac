"""Files that came with a message: their bytes, and a safe copy in a folder of the agent's choice."""

from __future__ import annotations

import os
from pathlib import Path

from sqlalchemy import select

from db.models import Attachment, Blob, Message
from db.rows import AgentRow
from desk.rules.filenames import candidates
from desk.rules.permissions import Permission, require
from desk.services.desk import Desk
from desk.services.errors import CaseError
from desk.services.originals import opened


def content(desk: Desk, me: AgentRow, attachment_id: int) -> bytes:
    """The attachment's bytes. Raises `CaseError` when there is no such attachment."""
    return _read(desk, me, attachment_id)[1]


def save(desk: Desk, me: AgentRow, attachment_id: int, folder: Path) -> Path:
    """Copy the attachment into `folder` under a name made safe, and say where.

    Nothing is overwritten and no link is followed. Raises `CaseError`, and `OSError` when the folder can't be written.
    """
    filename, data = _read(desk, me, attachment_id)
    folder.mkdir(parents=True, exist_ok=True)
    for name in candidates(filename):
        path = folder / name
        try:
            opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0), 0o600)
        except FileExistsError:
            continue
        try:
            with os.fdopen(opened, "wb") as file:
                file.write(data)
        except OSError:
            path.unlink(missing_ok=True)  # half a file would be taken for the whole
            raise
        return path
    raise CaseError(f"{folder} holds too many files of that name; save it elsewhere.")


def _read(desk: Desk, me: AgentRow, attachment_id: int) -> tuple[str, bytes]:
    require(me, Permission.WORK_CASES)
    query = (
        select(
            Attachment.filename,
            Blob.data,
            Message.id,
            Message.case_id,
            Message.details,
            (Attachment.sha256 == Message.raw_sha256).label("is_original"),
        )
        .join(Blob, Blob.sha256 == Attachment.sha256)
        .join(Message, Message.id == Attachment.message_id)
        .where(Attachment.id == attachment_id)
    )
    with desk.database.read() as connection:
        row = connection.execute(query).one_or_none()
    if row is None:
        raise CaseError("There is no such attachment.")
    return row.filename, opened(desk, me, row, row.data) if row.is_original else row.data
