"""What follows when a message held a secret: the original is closed, the case says so, the customer is warned once."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import select, update

from db.kinds import EventKind, Language, MessageKind
from db.models import AnswerVersion, Blob, CannedAnswer, Case, Message, MessageAnswer
from db.rows import AgentRow
from db.uow import UnitOfWork
from desk.rules.addressing import OwnAddresses
from desk.rules.incoming import Incoming
from desk.rules.masking import Found
from desk.services.acknowledging import is_somebody
from desk.services.customers import Contact
from desk.services.desk import Desk
from desk.services.errors import UnreachableCustomerError
from desk.services.filed_rows import MOST_TEXT
from desk.services.joining import Entry
from desk.services.originals import KeyUnusableError, Original, encrypted, require_key
from desk.services.places import Place
from desk.services.routing_answers import AutomaticText, automatic_text
from desk.services.writing import outbound, owe, remember_answers
from desk.settings import Safety
from desk.templates.engine import TemplateError

log = logging.getLogger(__name__)

ANSWER = "safety.never-share-code"
OLD_AFTER = timedelta(hours=1)
"""A message of another system that is older came with a file of old ones: nobody waits for an answer to it."""


@dataclass(frozen=True, slots=True)
class _Noted:
    entry: Entry
    raw_sha256: str
    described: dict[str, Any]


class Masking:
    """Collects the messages of one unit of work in which something was masked."""

    def __init__(self, desk: Desk, unit: UnitOfWork, ours: OwnAddresses) -> None:
        self._desk = desk
        self._unit = unit
        self._ours = ours
        self._noted: list[_Noted] = []
        self._owed: dict[int, Place] = {}

    def described(self, incoming: Incoming, found: Found) -> dict[str, Any]:
        """What a message's details say of it: how many of each kind, and what becomes of the original."""
        is_whole = incoming.error is None and len(incoming.text) <= MOST_TEXT
        return describe(self._desk.settings.safety, found, is_whole=is_whole)

    def note(self, entry: Entry, raw_sha256: str, described: dict[str, Any]) -> None:
        """A message whose secrets were masked."""
        self._noted.append(_Noted(entry, raw_sha256, described))

    def consider(self, place: Place, incoming: Incoming, sender: Contact) -> None:
        """Warn the customer who sent it, if they read what we write and it arrived just now."""
        is_now = incoming.is_live or (incoming.at is not None and self._unit.now - incoming.at < OLD_AFTER)
        if self._desk.settings.safety.warn and is_now and is_somebody(incoming, sender, self._ours):
            self._owed[id(place)] = place

    def write(self) -> None:
        """Close the originals and record what was masked; messages have to be written before."""
        for each in self._noted:
            close_original(self._desk.settings.safety, self._unit, each.raw_sha256, each.described)
            record_masked(self._unit, each.entry.place.id, each.entry.id, each.described)

    def warn(self) -> None:
        """Write the warnings that are owed; nothing that goes wrong with one costs a case."""
        for case_id in sorted(place.id for place in self._owed.values()):
            self._warn(self._unit.session.get_one(Case, case_id, with_for_update={"key_share": True}))

    def _warn(self, case: Case) -> None:
        if _has_heard(self._unit, case.id):
            return
        answer = self._words_for(case)
        if answer is None:
            log.warning("#%d is not warned: there is no approved answer %s that can be filled in", case.id, ANSWER)
            return
        try:
            message = outbound(self._desk, self._unit, case, None, answer.text, {"automatic": True})
        except UnreachableCustomerError:
            return
        remember_answers(self._unit, message.id, [answer.name])
        owe(self._unit, message, self._unit.now)
        self._unit.record(EventKind.MESSAGE_WARNED, case_id=case.id, message=message.id, answer=answer.name)

    def _words_for(self, case: Case) -> AutomaticText | None:
        fallback = Language(self._desk.settings.fallback_language)
        wanted = case.language if case.language is not Language.OTHER else fallback
        try:
            found = automatic_text(self._unit, case, ANSWER, wanted)
            return found or automatic_text(self._unit, case, ANSWER, fallback)
        except TemplateError:
            log.exception("the answer %s can't be filled in", ANSWER)
            return None


def describe(safety: Safety, found: Found, *, is_whole: bool) -> dict[str, Any]:
    """What a message's details say of its secrets: how many of each kind, and what becomes of the original.

    What could not be read in full is nowhere but in its original, which is then never dropped; and no mail waits for a
    key that is not there: such originals are encrypted by `desk safety mask` once it is.
    """
    became = Original.DROPPED if is_whole else Original.KEPT
    if safety.originals == "encrypt":
        try:
            require_key(safety)
            became = Original.ENCRYPTED
        except KeyUnusableError:
            log.exception("an original is kept as it came")
            became = Original.KEPT
    return {"found": dict(found), "original": became.value}


def close_original(safety: Safety, unit: UnitOfWork, sha256: str, described: Mapping[str, Any]) -> None:
    """Drop or encrypt the stored original, as `describe` says; its name stays, so that it is known when it comes again.

    What is encrypted already stays as it is.
    """
    blob = Blob.sha256 == sha256
    became = described.get("original")
    if became == Original.DROPPED:
        unit.session.execute(update(Blob).where(blob).values(data=b""))
    elif became == Original.ENCRYPTED:
        data = unit.session.scalar(select(Blob.data).where(blob)) or b""
        unit.session.execute(update(Blob).where(blob).values(data=encrypted(safety, data)))


def record_masked(
    unit: UnitOfWork, case_id: int, message_id: int, described: Mapping[str, Any], me: AgentRow | None = None
) -> None:
    """Note on the case that something was masked: kinds and numbers, never a value; `me` is who had it done later."""
    agent_id = me.id if me else None
    unit.record(EventKind.MESSAGE_MASKED, case_id=case_id, agent_id=agent_id, message=message_id, **described)


def _has_heard(unit: UnitOfWork, case_id: int) -> bool:
    """Whether the answer went out on this case, by itself or by somebody's hand."""
    query = (
        select(MessageAnswer.message_id)
        .join(Message, Message.id == MessageAnswer.message_id)
        .join(AnswerVersion, AnswerVersion.id == MessageAnswer.version_id)
        .join(CannedAnswer, CannedAnswer.id == AnswerVersion.answer_id)
        .where(Message.case_id == case_id, Message.kind == MessageKind.OUTBOUND, CannedAnswer.key == ANSWER)
    )
    return unit.session.scalar(query.limit(1)) is not None
