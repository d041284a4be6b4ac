"""Masking what was stored before: batch by batch, to be interrupted at any moment and gone on with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Row, Select, delete, exists, func, or_, select, update

from db.kinds import MessageKind, OutboxState
from db.models import Attachment, Call, Case, DeskInfo, Message, OutboxItem
from db.rows import AgentRow
from db.uow import UnitOfWork
from desk.rules.masking import Found, masked_text
from desk.rules.permissions import Permission, require
from desk.services.desk import Desk
from desk.services.filed_rows import MOST_TEXT
from desk.services.indexing import index_again
from desk.services.masking import close_original, describe, record_masked
from desk.services.originals import Original
from desk.settings import Safety

CURSOR = "masked_up_to"
AT_ONCE = 500
TEXTS = ("text", "new_text", "subject", "sender_name")


@dataclass(frozen=True, slots=True)
class MaskReport:
    """How many messages were looked at, in how many of them something was found, and what, by kind.

    `originals` are those that an earlier run had to leave as they came and that can be closed now.
    """

    seen: int
    masked: int
    originals: int
    found: Found


@dataclass(frozen=True, slots=True)
class _Change:
    """What has to change of a message; `found` is empty when it is its original alone."""

    values: Mapping[str, Any]
    described: Mapping[str, Any]
    found: Found


def mask_stored(
    desk: Desk,
    me: AgentRow,
    *,
    check: bool = False,
    progress: Callable[[int, int], None] = lambda _seen, _of: None,
) -> MaskReport:
    """Mask all that is stored, from where an interrupted run ended; with `check` only look, from the beginning.

    Answers that have not left yet are not changed under way. `progress` gets the id that was reached and the last one.
    Raises `NotAllowedError` and `db.engine.DatabaseUnavailableError`; what was done until then is done.
    """
    require(me, Permission.MASK_STORED)
    safety = desk.settings.safety
    with desk.database.read() as connection:
        last = connection.scalar(select(func.max(Message.id))) or 0
        kept = connection.scalar(select(DeskInfo.value).where(DeskInfo.key == CURSOR))
    cursor = int(kept) if kept and not check else 0
    report, found = MaskReport(0, 0, 0, {}), Counter[str]()
    for rows in _batches(desk, cursor, last):
        changes = {row.id: change for row in rows if (change := _change(safety, row)) is not None}
        if not check:
            _apply(desk, me, sorted(changes), up_to=rows[-1].id)
        masked = [change for change in changes.values() if change.found]
        for each in masked:
            found.update(each.found)
        report = replace(
            report,
            seen=report.seen + len(rows),
            masked=report.masked + len(masked),
            originals=report.originals + len(changes) - len(masked),
        )
        progress(rows[-1].id, last)
    if not check:
        with desk.database.write() as unit:
            unit.session.execute(delete(DeskInfo).where(DeskInfo.key == CURSOR))
    return replace(report, found=dict(found))


def _batches(desk: Desk, cursor: int, last: int) -> Iterator[Sequence[Row[Any]]]:
    while cursor < last:
        with desk.database.read() as connection:
            query = _stored().where(Message.id > cursor, Message.id <= last).order_by(Message.id).limit(AT_ONCE)
            rows = connection.execute(query).all()
        if not rows:
            return
        yield rows
        cursor = rows[-1].id


def _stored() -> Select[Any]:
    on_its_way = exists().where(OutboxItem.message_id == Message.id, OutboxItem.state != OutboxState.SENT)
    return select(
        Message.id, Message.case_id, Message.text, Message.new_text, Message.subject, Message.sender_name,
        Message.details, Message.error, Message.raw_sha256,
    ).where(or_(Message.kind != MessageKind.OUTBOUND, ~on_its_way))  # fmt: skip


def _change(safety: Safety, row: Row[Any]) -> _Change | None:
    values: dict[str, str] = {}
    found: Counter[str] = Counter()
    for name in TEXTS:
        before = getattr(row, name)
        if name == "new_text" and not found and before in row.text:
            continue
        values[name], here = masked_text(before)
        if name == "new_text":
            found |= Counter(here)
        else:
            found.update(here)
    known = row.details.get("masked", {})
    is_whole = row.error is None and len(row.text) < MOST_TEXT
    if not found:
        if known.get("original") != Original.KEPT:
            return None
        described = describe(safety, known["found"], is_whole=is_whole)
        return _Change({}, described, {}) if described != known else None
    counts = dict(Counter(known.get("found", {})) + found)
    described = describe(safety, counts, is_whole=is_whole)
    if row.raw_sha256 is None:
        described = {"found": counts}
    return _Change(values, described, dict(found))


def _apply(desk: Desk, me: AgentRow, message_ids: Sequence[int], *, up_to: int) -> None:
    safety = desk.settings.safety
    with desk.database.write() as unit:
        unit.session.merge(DeskInfo(key=CURSOR, value=str(up_to)))
        unit.session.flush()
        cases: set[int] = set()
        rows = unit.session.execute(
            _stored().where(Message.id.in_(message_ids)).order_by(Message.id).with_for_update(of=Message)
        ).all()
        for row in rows:
            change = _change(safety, row)  # again, under the lock: somebody else may have been faster
            if change is None:
                continue
            details = {**row.details, "masked": change.described}
            unit.session.execute(
                update(Message).where(Message.id == row.id).values(**change.values, details=details)
                .execution_options(synchronize_session=False)
            )  # fmt: skip
            if row.raw_sha256 is not None:
                close_original(safety, unit, row.raw_sha256, change.described)
            record_masked(unit, row.case_id, row.id, change.described, me)
            if change.found:
                cases.add(row.case_id)
                _mask_beside(unit, row.id)
        for case_id in sorted(cases):
            _mask_case(unit, case_id)


def _mask_beside(unit: UnitOfWork, message_id: int) -> None:
    """The names of a message's files, and the notes of the call that it is."""
    for attachment in unit.session.scalars(select(Attachment).where(Attachment.message_id == message_id)):
        attachment.filename = masked_text(attachment.filename)[0]
    for call in unit.session.scalars(select(Call).where(Call.message_id == message_id)):
        call.notes = masked_text(call.notes)[0]


def _mask_case(unit: UnitOfWork, case_id: int) -> None:
    """A case's subject, and all that search knows of it."""
    subject = unit.session.scalar(select(Case.subject).where(Case.id == case_id)) or ""
    hidden, found = masked_text(subject)
    if found:
        unit.session.execute(
            update(Case).where(Case.id == case_id).values(subject=hidden)
            .execution_options(synchronize_session=False)
        )  # fmt: skip
    unit.session.flush()
    index_again(unit, case_id)
