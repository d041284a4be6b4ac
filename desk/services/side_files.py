"""Files that go to third parties: what is forwarded, and what waits with a draft."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from sqlalchemy import delete, select

from db.kinds import DraftKind
from db.models import Attachment, DraftFile, Message
from db.rows import AgentRow
from db.uow import UnitOfWork


class File(Protocol):
    """A file whose bytes are kept."""

    filename: str
    content_type: str
    size: int
    sha256: str


def attach(unit: UnitOfWork, me: AgentRow, message: Message, forwarded: Iterable[File]) -> None:
    """Let these files, and those that wait with my draft to a third party, go with a message."""
    own = (DraftFile.case_id == message.case_id, DraftFile.agent_id == me.id, DraftFile.kind == DraftKind.SIDE)
    waiting = unit.session.scalars(select(DraftFile).where(*own).order_by(DraftFile.position)).all()
    for position, file in enumerate([*forwarded, *waiting]):
        unit.session.add(
            Attachment(
                message_id=message.id,
                position=position,
                filename=file.filename,
                content_type=file.content_type,
                size=file.size,
                sha256=file.sha256,
            )
        )
    unit.session.execute(delete(DraftFile).where(*own).execution_options(synchronize_session=False))
