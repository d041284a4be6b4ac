"""Two cases that are one matter, one case that is two, and cases that have to do with each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, or_, select

from db.kinds import NEEDS_SOMEBODY, ClockKind, ClockState, EventKind, LinkKind, Status
from db.kinds_safety import SafetyRunState
from db.models import Case, CaseClock, CaseLink, CaseTag, Message, Participant, Refund, SafetyRun, SideConversation
from db.rows import AgentRow
from db.uow import UnitOfWork
from desk.rules.permissions import Permission, require
from desk.services.callbacks import move_callbacks
from desk.services.changes import move_to
from desk.services.changing import FIELDS, as_json
from desk.services.claims import require_mine_or_leave
from desk.services.desk import Desk
from desk.services.errors import CaseChangedError, CaseError, LinkError
from desk.services.indexing import index_again
from desk.services.linking import add_link, both, require_not_merged, touch
from desk.services.moving import copy_participants, move_drafts, move_guide, move_rows, move_tags
from desk.services.splitting import split

__all__ = ["Merged", "link", "merge", "split", "unlink", "unmerge"]


@dataclass(frozen=True, slots=True)
class Merged:
    """What a merge did, and what `unmerge` needs: all that was carried over, how both cases stood, their versions."""

    case_id: int
    into_id: int
    messages: tuple[int, ...]
    sides: tuple[int, ...]
    tags: tuple[int, ...]
    new_tags: tuple[int, ...]
    new_people: tuple[str, ...]
    callbacks: tuple[int, ...]
    before: Mapping[int, Mapping[str, Any]]
    versions: Mapping[int, int]
    refunds: tuple[int, ...] = ()
    playbooks: tuple[int, ...] = ()
    guide: int | None = None


def merge(desk: Desk, me: AgentRow, case_id: int, into_id: int) -> Merged:
    """Put all of one case on another of the same matter, and close it; its later mail goes there, too.

    Messages with their files and deliveries, side conversations, refunds, tags, people in copy, everybody's drafts and
    the guide that is walked go along; where one is walked on the other case as well, that one goes on. If the case
    needed somebody, the one that it goes into does from now on, at the earlier of both due moments. Cases of two
    customers take `Permission.MERGE_CUSTOMERS`: answers go to the customer of the one that stays.
    Raises `CaseError` for the case itself, for a closed one to go into, and where both have an open playbook,
    `MergedCaseError`, `CaseTakenError` when somebody else has either and my role may not take it, `NotAllowedError`,
    `CaseNotFoundError`.
    """
    require(me, Permission.WORK_CASES)
    if case_id == into_id:
        raise CaseError(f"#{case_id} cannot be merged into itself. Choose another case.")
    with desk.database.write() as unit:
        case, into = both(unit, case_id, into_id)
        _require_mergeable(unit, me, case, into)
        before = {each.id: {name: getattr(each, name) for name in FIELDS} for each in (case, into)}
        messages = _ids(unit, select(Message.id).where(Message.case_id == case_id))
        sides = _ids(unit, select(SideConversation.id).where(SideConversation.case_id == case_id))
        refunds = _ids(unit, select(Refund.id).where(Refund.case_id == case_id))
        move_rows(unit, SideConversation, sides, case_id, into_id)
        move_rows(unit, Refund, refunds, case_id, into_id)
        playbooks = _ids(unit, select(SafetyRun.id).where(SafetyRun.case_id == case_id))
        move_rows(unit, SafetyRun, playbooks, case_id, into_id)
        guide = move_guide(unit, case_id, into_id)
        move_rows(unit, Message, messages, case_id, into_id)
        tags, new_tags = move_tags(unit, case_id, into_id)
        new_people = copy_participants(unit, case_id, into_id)
        move_drafts(unit, case_id, into_id)
        callbacks = move_callbacks(unit, case_id, into_id, me)
        waits = _waits(unit, case)
        _take_over_need(unit, case, into, me)
        move_to(unit, case, Status.CLOSED, me)
        add_link(unit, me, case_id, into_id, LinkKind.MERGED_INTO)
        _changed(unit, case, into)
        carried: dict[str, Any] = {
            "messages": messages,
            "sides": sides,
            "tags": tags,
            "new_tags": new_tags,
            "new_people": new_people,
        }
        if waits:
            carried["waits"] = waits
        if refunds:
            carried["refunds"] = refunds
        if playbooks:
            carried["playbooks"] = playbooks
        for each, data in ((case, {"into": into_id}), (into, {"from": case_id})):
            unit.record(
                EventKind.CASE_MERGED,
                case_id=each.id,
                agent_id=me.id,
                before=as_json(before[each.id]),
                after=data,
                **carried,
            )
        return Merged(
            case_id,
            into_id,
            tuple(messages),
            tuple(sides),
            tuple(tags),
            tuple(new_tags),
            tuple(new_people),
            tuple(callbacks),
            before,
            {each.id: each.version for each in (case, into)},
            tuple(refunds),
            tuple(playbooks),
            guide,
        )


def unmerge(desk: Desk, me: AgentRow, merged: Merged) -> None:
    """Take a merge back: what was carried over returns, and the case stands as before.

    What came since stays on the case that it came to, and so do drafts, in which both may have become one text. That
    case stands as before, too, unless it has been changed since. Whose refund has moved on meanwhile needs somebody.
    Raises `CaseChangedError` when the merged case, or where its messages are, was changed since.
    """
    require(me, Permission.WORK_CASES)
    with desk.database.write() as unit:
        case, into = both(unit, merged.case_id, merged.into_id)
        for each in (case, into):
            require_mine_or_leave(unit, each, me)
        link = unit.session.get(CaseLink, (case.id, into.id, LinkKind.MERGED_INTO))
        if link is None or case.version != merged.versions[case.id]:
            raise CaseChangedError(case.id)
        unit.session.delete(link)
        moved = move_rows(unit, Message, merged.messages, into.id, case.id)
        moved += move_rows(unit, SideConversation, merged.sides, into.id, case.id)
        move_rows(unit, Refund, merged.refunds, into.id, case.id)
        move_rows(unit, SafetyRun, merged.playbooks, into.id, case.id)
        if merged.guide is not None:
            move_guide(unit, into.id, case.id, merged.guide)
        if moved != len(merged.messages) + len(merged.sides):
            raise CaseChangedError(into.id)
        _tags_and_people_back(unit, merged)
        move_callbacks(unit, into.id, case.id, me, merged.callbacks)
        _stand_as_before(case, merged)
        since = select(Refund.id).where(Refund.id.in_(merged.refunds), Refund.state_since > link.created_at)
        if case.status not in NEEDS_SOMEBODY and unit.session.scalar(since.limit(1)) is not None:
            move_to(unit, case, Status.OPEN, me)
        if into.version == merged.versions[into.id]:
            _stand_as_before(into, merged)
        _changed(unit, case, into)
        for each, other in ((case, into), (into, case)):
            after = as_json({name: getattr(each, name) for name in FIELDS}) | {"unmerged": other.id}
            unit.record(
                EventKind.CASE_PUT_BACK,
                case_id=each.id,
                agent_id=me.id,
                before={},
                after=after,
                messages=list(merged.messages),
            )


def link(desk: Desk, me: AgentRow, case_id: int, other_id: int) -> None:
    """Note that two cases have to do with each other; a second time changes nothing.

    Raises `LinkError` for the case itself, `CaseNotFoundError`.
    """
    require(me, Permission.WORK_CASES)
    if case_id == other_id:
        raise LinkError(f"#{case_id} cannot be linked with itself. Choose another case.")
    with desk.database.write() as unit:
        both(unit, case_id, other_id)
        if unit.session.scalar(select(CaseLink.case_id).where(*_related(case_id, other_id))) is not None:
            return
        add_link(unit, me, case_id, other_id, LinkKind.RELATED)
        for one, other in ((case_id, other_id), (other_id, case_id)):
            unit.record(EventKind.CASE_LINKED, case_id=one, agent_id=me.id, after={"other": other})


def unlink(desk: Desk, me: AgentRow, case_id: int, other_id: int) -> None:
    """Take that note off, whichever case it was made on. Raises `LinkError` when there is none."""
    require(me, Permission.WORK_CASES)
    with desk.database.write() as unit:
        both(unit, case_id, other_id)
        gone = delete(CaseLink).where(*_related(case_id, other_id)).returning(CaseLink.case_id)
        if not unit.session.scalars(gone.execution_options(synchronize_session=False)).all():
            raise LinkError(f"#{case_id} and #{other_id} are not linked by hand, so there is nothing to take off.")
        for one, other in ((case_id, other_id), (other_id, case_id)):
            unit.record(EventKind.CASE_UNLINKED, case_id=one, agent_id=me.id, before={"other": other})


def _require_mergeable(unit: UnitOfWork, me: AgentRow, case: Case, into: Case) -> None:
    for each in (case, into):
        require_not_merged(unit, each.id)
        require_mine_or_leave(unit, each, me)
    if into.status is Status.CLOSED:
        raise CaseError(f"#{into.id} is closed. Merge it into the case that is open, not the other way round.")
    if case.customer_id != into.customer_id:
        require(me, Permission.MERGE_CUSTOMERS)
        _require_one_playbook(unit, case, into)


def _require_one_playbook(unit: UnitOfWork, case: Case, into: Case) -> None:
    """A case shows one playbook: of two that are open, one could be reached no more."""
    query = select(SafetyRun.id).where(
        SafetyRun.case_id.in_((case.id, into.id)), SafetyRun.state != SafetyRunState.CLOSED
    )
    if len(unit.session.scalars(query).all()) > 1:
        raise CaseError(
            f"#{case.id} and #{into.id} both have an open playbook for a stolen account. End one, or link the cases."
        )


def _take_over_need(unit: UnitOfWork, case: Case, into: Case, me: AgentRow) -> None:
    """Whoever waits for an answer on the one case waits for it on the other, no longer than before."""
    if case.status not in NEEDS_SOMEBODY:
        return
    due = [each.due_at for each in (case, into) if each.due_at is not None]
    if into.status not in NEEDS_SOMEBODY:
        move_to(unit, into, Status.OPEN, me)
    into.due_at = min(due, default=into.due_at)


def _waits(unit: UnitOfWork, case: Case) -> dict[str, str]:
    """Since when somebody waits for an answer on a case, and until when they are to; empty when nobody does."""
    if case.status not in NEEDS_SOMEBODY or case.due_at is None:
        return {}
    responses = (ClockKind.FIRST_RESPONSE, ClockKind.NEXT_RESPONSE)
    query = select(CaseClock.started_at, CaseClock.due_at).where(
        CaseClock.case_id == case.id, CaseClock.kind.in_(responses), CaseClock.state == ClockState.RUNNING
    )
    found = unit.session.execute(query).first()
    since, due = (found.started_at, found.due_at or case.due_at) if found else (case.created_at, case.due_at)
    due = min(due, case.due_at)  # what the customer was told may be before the clock breaks
    return {"since": since.isoformat(), "due": due.isoformat()}


def _tags_and_people_back(unit: UnitOfWork, merged: Merged) -> None:
    of_case = (CaseTag.case_id == merged.into_id, CaseTag.tag_id.in_(merged.new_tags))
    unit.session.execute(delete(CaseTag).where(*of_case))
    unit.session.add_all(CaseTag(case_id=merged.case_id, tag_id=tag_id) for tag_id in merged.tags)
    new = (Participant.case_id == merged.into_id, Participant.folded.in_(merged.new_people))
    unit.session.execute(delete(Participant).where(*new))


def _stand_as_before(case: Case, merged: Merged) -> None:
    for name in FIELDS:
        setattr(case, name, merged.before[case.id][name])


def _changed(unit: UnitOfWork, *cases: Case) -> None:
    for case in cases:
        touch(unit, case)
    unit.session.flush()
    for case in cases:
        index_again(unit, case.id)


def _related(case_id: int, other_id: int) -> tuple[Any, ...]:
    one_way = (CaseLink.case_id == case_id) & (CaseLink.other_id == other_id)
    other_way = (CaseLink.case_id == other_id) & (CaseLink.other_id == case_id)
    return CaseLink.kind == LinkKind.RELATED, or_(one_way, other_way)


def _ids(unit: UnitOfWork, query: Any) -> list[int]:
    return sorted(unit.session.scalars(query))
