"""What canned answers do on their case when they are sent: status, topic, tags, sleep, and features that join here."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, delete, select

from db.folding import fold_tag
from db.kinds import EventKind, Status
from db.models import AnswerVersion, Case, CaseTag, GuideVersion, Tag, Topic
from db.rows import AgentRow
from db.uow import UnitOfWork
from desk.rules.lifecycle import StatusChangeError, check_change
from desk.services.changes import put_tag, put_topic
from desk.services.desk import Desk

SPANS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


@dataclass(frozen=True, slots=True)
class Hook:
    """A feature that an answer can start on its case.

    `start` is called in the transaction that sends the answer, with what the answer says of it; what it raises keeps
    the answer from being sent. `known` gives what may be said, for the review of answers; None for no particular word.
    """

    start: Callable[[Desk, UnitOfWork, Case, AgentRow, str], None]
    known: Callable[[Connection], Collection[str]] | None = None


def _begin_guide(_desk: Desk, unit: UnitOfWork, case: Case, me: AgentRow, key: str) -> None:
    from desk.services.guides import begin_on  # few answers start one

    begin_on(unit, case, me, key)


def _guides(connection: Connection) -> Collection[str]:
    return set(connection.scalars(select(GuideVersion.key).where(GuideVersion.retired_at.is_(None))))


def _send_refund(desk: Desk, unit: UnitOfWork, case: Case, me: AgentRow, _said: str) -> None:
    from desk.services.refunds.answering import send_draft  # as above

    send_draft(desk, unit, case, me)


HOOKS: Mapping[str, Hook] = {"guide": Hook(_begin_guide, _guides), "refund": Hook(_send_refund)}
"""By the name of the action (`guide`, `refund`): what the other parts of the desk let an answer start."""


def status_after(versions: Iterable[AnswerVersion]) -> tuple[Status | None, timedelta | None]:
    """The status in which these answers leave their case, and for how long it sleeps; the last one that says it."""
    status: Status | None = None
    sleep: timedelta | None = None
    for version in versions:
        if said := version.actions.get("status"):
            status = Status(said)
        if said := version.actions.get("snooze"):
            sleep = span(said)
    return status, sleep


def act(
    desk: Desk,
    unit: UnitOfWork,
    case: Case,
    me: AgentRow,
    versions: Iterable[AnswerVersion],
    hooks: Mapping[str, Hook] = HOOKS,
) -> dict[str, Any]:
    """Set topic and tags and start what the answers start; what taking the answer back needs, as plain data."""
    before: dict[str, Any] = {}
    for version in versions:
        actions = version.actions
        topic = actions.get("topic")
        if topic and case.topic_key != topic and unit.session.get(Topic, topic) is not None:
            before.setdefault("topic", case.topic_key)
            put_topic(unit, case, topic, me)
            before["topic_after"] = topic
        added = [name for name in actions.get("tags", ()) if put_tag(unit, case, me, name)]
        if added:
            before.setdefault("tags", []).extend(added)
        for name in ("guide", "refund"):
            if (said := actions.get(name)) and name in hooks:
                hooks[name].start(desk, unit, case, me, said if isinstance(said, str) else "")
    return before


def leave(unit: UnitOfWork, case: Case, me: AgentRow, sleep: timedelta) -> None:
    """Let a case sleep, as `changes.snooze` does. Raises `StatusChangeError`."""
    check_change(case.status, Status.ON_HOLD)
    before = {"status": case.status.value, "until": None}
    case.snoozed_until = unit.now + sleep
    case.status = Status.ON_HOLD
    case.due_at = None
    after = {"status": Status.ON_HOLD.value, "until": case.snoozed_until.isoformat()}
    unit.record(EventKind.CASE_SNOOZED, case_id=case.id, agent_id=me.id, before=before, after=after)


def take_back(unit: UnitOfWork, case: Case, me: AgentRow, before: Mapping[str, Any]) -> None:
    """Undo what `act` did, where nobody has changed it since; what an answer started goes on."""
    if "topic" in before and case.topic_key == before.get("topic_after"):
        put_topic(unit, case, before["topic"], me)
    for name in before.get("tags", ()):
        tag_id = unit.session.scalar(select(Tag.id).where(Tag.folded == fold_tag(name)))
        if tag_id is not None:
            unit.session.execute(delete(CaseTag).where(CaseTag.case_id == case.id, CaseTag.tag_id == tag_id))
            unit.record(EventKind.CASE_UNTAGGED, case_id=case.id, agent_id=me.id, before={"tag": name})


def may_follow(status: Status, after: Status) -> bool:
    """Whether an answer may leave a case that way."""
    try:
        check_change(status, after)
    except StatusChangeError:
        return False
    return True


def span(text: str) -> timedelta:
    """`4h`, `2d`, `1w`. Raises `ValueError`."""
    number, unit = text[:-1], text[-1:]
    if unit not in SPANS or not number.isdecimal() or not 0 < int(number) <= 999:
        raise ValueError(f"{text!r} is no span of time; write 4h, 2d or 1w")
    return int(number) * SPANS[unit]
