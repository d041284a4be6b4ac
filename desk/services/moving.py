"""Carrying what belongs to one case over to another, inside a unit of work, and back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from sqlalchemy import delete, func, select, update

from db.kinds import GuideRunState
from db.models import CaseTag, Draft, DraftFile, GuideRun, Message, Participant, Refund, SafetyRun, SideConversation
from db.uow import UnitOfWork

MOST_AT_ONCE = 400
Item = TypeVar("Item")
Owned = TypeVar("Owned", Message, Refund, SafetyRun, SideConversation)
"""What belongs to one case."""


def move_rows(unit: UnitOfWork, kind: type[Owned], ids: Sequence[int], from_id: int, to_id: int) -> int:
    """Put rows that belong to one case on another, and nothing that hangs on them; how many there were."""
    moved = 0
    for some in _slices(ids):
        change = update(kind).where(kind.id.in_(some), kind.case_id == from_id).values(case_id=to_id)
        found = change.returning(kind.id).execution_options(synchronize_session=False)
        moved += len(unit.session.scalars(found).all())
    return moved


def move_guide(unit: UnitOfWork, from_id: int, to_id: int, run_id: int | None = None) -> int | None:
    """Go on with the guide of one case on another, unless one is walked there; its run, or None when nothing moved.

    `run_id` names the one to move, when it is not just whichever is walked.
    """
    running = GuideRun.state == GuideRunState.RUNNING
    run = unit.session.scalar(select(GuideRun).where(GuideRun.case_id == from_id, running))
    taken = unit.session.scalar(select(GuideRun.id).where(GuideRun.case_id == to_id, running))
    if run is None or taken is not None or run_id not in {None, run.id}:
        return None
    run.case_id = to_id
    unit.session.flush()
    return run.id


def move_tags(unit: UnitOfWork, from_id: int, to_id: int) -> tuple[list[int], list[int]]:
    """Put the tags of one case on another; all of them, and those that the other one did not carry."""
    has = set(unit.session.scalars(select(CaseTag.tag_id).where(CaseTag.case_id == to_id)))
    tags = sorted(unit.session.scalars(select(CaseTag.tag_id).where(CaseTag.case_id == from_id)))
    unit.session.execute(delete(CaseTag).where(CaseTag.case_id == from_id))
    new = [tag_id for tag_id in tags if tag_id not in has]
    unit.session.add_all(CaseTag(case_id=to_id, tag_id=tag_id) for tag_id in new)
    return tags, new


def copy_participants(unit: UnitOfWork, from_id: int, to_id: int) -> list[str]:
    """Let those in copy of one case be in copy of another, too; those that were not yet, folded."""
    has = set(unit.session.scalars(select(Participant.folded).where(Participant.case_id == to_id)))
    people = unit.session.scalars(select(Participant).where(Participant.case_id == from_id)).all()
    new = [each for each in people if each.folded not in has]
    unit.session.add_all(copied(each, to_id) for each in new)
    return sorted(each.folded for each in new)


def copied(person: Participant, case_id: int) -> Participant:
    """The same person in copy of another case."""
    return Participant(
        case_id=case_id,
        folded=person.folded,
        address=person.address,
        name=person.name,
        agent_id=person.agent_id,
        added_at=person.added_at,
        joined_at=person.joined_at,
    )


def move_drafts(unit: UnitOfWork, from_id: int, to_id: int) -> None:
    """Put everybody's unsent words on one case, and their files, below what they have begun on another."""
    for draft in unit.session.scalars(select(Draft).where(Draft.case_id == from_id)).all():
        there = unit.session.get(Draft, (to_id, draft.agent_id, draft.kind))
        if there is None:
            unit.session.add(
                Draft(
                    case_id=to_id,
                    agent_id=draft.agent_id,
                    kind=draft.kind,
                    text=draft.text,
                    answers=draft.answers,
                    details=draft.details,
                    saved_at=draft.saved_at,
                )
            )
        else:
            there.text = "\n\n".join(text for text in (there.text, draft.text) if text.strip())
            there.answers = list(dict.fromkeys([*there.answers, *draft.answers]))
            there.details = _joined(draft.details, there.details)
            there.saved_at = unit.now
        unit.session.delete(draft)
    _move_draft_files(unit, from_id, to_id)
    unit.session.flush()


def _joined(details: dict[str, Any], there: dict[str, Any]) -> dict[str, Any]:
    """Where two drafts that became one are to go: where the one there was to, with the copies of both."""
    both = details | there
    for name in ("cc", "bcc"):
        copies = [*there.get(name, ()), *details.get(name, ())]
        if copies:
            both[name] = [each for place, each in enumerate(copies) if each not in copies[:place]]
    return both


def _move_draft_files(unit: UnitOfWork, from_id: int, to_id: int) -> None:
    query = select(DraftFile).where(DraftFile.case_id == from_id).order_by(DraftFile.position)
    for file in unit.session.scalars(query).all():
        own = (DraftFile.case_id == to_id, DraftFile.agent_id == file.agent_id, DraftFile.kind == file.kind)
        last = unit.session.scalar(select(func.max(DraftFile.position)).where(*own))
        unit.session.add(
            DraftFile(
                case_id=to_id,
                agent_id=file.agent_id,
                kind=file.kind,
                position=0 if last is None else last + 1,
                filename=file.filename,
                content_type=file.content_type,
                size=file.size,
                sha256=file.sha256,
            )
        )
        unit.session.delete(file)


def _slices(items: Sequence[Item]) -> list[Sequence[Item]]:
    return [items[start : start + MOST_AT_ONCE] for start in range(0, len(items), MOST_AT_ONCE)]
