"""What filing writes: cases, messages, attachments, events and search words, many rows in few statements."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, insert, update

from db.kinds import Channel, EventKind, Language, MessageKind, Status
from db.models import Attachment, Case, Message
from db.queries.search_index import NewWords, add_words
from db.rows import AgentRow
from db.uow import UnitOfWork
from desk.rules.due import NORMAL_PRIORITY, answer_due
from desk.rules.incoming import Incoming
from desk.rules.text import clean_line, clean_text
from desk.services.blobs import keep_blobs, sha256
from desk.services.joining import Entry
from desk.services.places import Place
from desk.services.routing import NOT_ROUTED, Routed

MOST_TEXT = 1_000_000
"""Characters of a message's text that are kept for reading; the original is whole."""


@dataclass(frozen=True, slots=True)
class _NewCase:
    place: Place
    row: dict[str, Any]
    review: Place | None
    routed: Routed


@dataclass(frozen=True, slots=True)
class _NewMessage:
    entry: Entry
    row: dict[str, Any]
    attachments: list[dict[str, Any]]


class FiledRows:
    """Collects what one unit of work files, and writes it at the end; entries and places have their ids then."""

    def __init__(self, unit: UnitOfWork, me: AgentRow | None) -> None:
        self._unit = unit
        self._me = me
        self._cases: list[_NewCase] = []
        self._messages: list[_NewMessage] = []
        self._files: list[bytes] = []

    def add_case(
        self,
        place: Place,
        incoming: Incoming,
        *,
        follows: Place | None = None,
        review: Place | None = None,
        is_spam: bool = False,
        routed: Routed = NOT_ROUTED,
    ) -> None:
        """A new case, opened by a message; spam is closed from the beginning and never stands in the queue."""
        now = self._unit.now
        channel = routed.channel or incoming.channel
        priority = routed.priority or NORMAL_PRIORITY
        subject = clean_line(incoming.subject)
        if not subject:
            lines = clean_text(incoming.new_text[:MOST_TEXT]).splitlines()
            subject = clean_line(next((line for line in lines if line.strip()), ""), 120)
        row = {
            "channel": channel,
            "status": Status.CLOSED if is_spam else Status.NEW,
            "priority": priority,
            "topic_key": None,
            "language": incoming.language or Language.OTHER,
            "subject": subject,
            "assignee_id": None,
            "created_at": now,
            "updated_at": now,
            "due_at": None if is_spam else answer_due(channel, priority, routed.call_from or incoming.at or now),
            "closed_at": now if is_spam else None,
            "spam_at": now if is_spam else None,
            "follows_id": follows.id if follows else None,
            "review_id": (review.id or None) if review else None,
            "mailbox": incoming.mailbox,
            "queue": routed.queue if routed.rule else incoming.queue,
            "skill": routed.skill,
            "call_from": routed.call_from,
            "version": 1,
        }
        self._cases.append(_NewCase(place, row, review, routed))

    def add_message(
        self,
        entry: Entry,
        name: str,
        incoming: Incoming,
        raw_sha256: str,
        raw_size: int,
        *,
        details: Mapping[str, Any],
        is_automatic: bool,
    ) -> None:
        """A message, on a case on file or on one of `add_case`; `details` are what filing found out about it."""
        row = {
            "kind": MessageKind.INBOUND,
            "channel": incoming.channel,
            "external_id": name,
            "at": incoming.at or self._unit.now,
            "sent_at": incoming.sent_at,
            "agent_id": None,
            "sender_name": clean_line(incoming.sender_name, 200),
            "sender_address": clean_line(incoming.sender_address, 320),
            "subject": clean_line(incoming.subject),
            "text": clean_text(incoming.text[:MOST_TEXT]),
            "new_text": clean_text(incoming.new_text[:MOST_TEXT]),
            "stable_digest": incoming.digest,
            "is_automatic": is_automatic,
            "error": clean_text(incoming.error) if incoming.error else None,
            "details": {**incoming.details, **details},
            "raw_sha256": raw_sha256,
            "side_id": entry.side_id,
        }
        attachments = self._attachments(incoming)
        if incoming.error:
            attachments.append(_original(incoming, len(attachments), raw_sha256, raw_size))
        self._messages.append(_NewMessage(entry, row, attachments))

    def write(self) -> None:
        """Write everything; customers have to be written before."""
        keep_blobs(self._unit.connection, self._files)
        self._write_cases()
        self._write_messages()
        self._write_words()

    def _write_cases(self) -> None:
        if not self._cases:
            return
        connection = self._unit.connection
        rows = [new.row | {"customer_id": new.place.who.id if new.place.who else 0} for new in self._cases]
        added = insert(Case).returning(Case.id, sort_by_parameter_order=True)
        for new, case_id in zip(self._cases, connection.scalars(added, rows), strict=True):
            new.place.id = case_id
        # A stranger may quote a case that came with the same mailbox: it has its number only now.
        late = [
            {"of": new.place.id, "other": new.review.id}
            for new in self._cases
            if new.review is not None and new.row["review_id"] is None
        ]
        if late:
            link = update(Case).where(Case.id == bindparam("of")).values(review_id=bindparam("other"))
            connection.execute(link, late)

    def _write_messages(self) -> None:
        if not self._messages:
            return
        connection = self._unit.connection
        rows = [new.row | {"case_id": new.entry.place.id} for new in self._messages]
        added = insert(Message).returning(Message.id, sort_by_parameter_order=True)
        new_cases = {new.place.id: new for new in self._cases}
        opened = set(new_cases)
        spam = {new.place.id for new in self._cases if new.row["spam_at"] is not None}
        for new, message_id in zip(self._messages, connection.scalars(added, rows), strict=True):
            new.entry.id = message_id
            case_id, agent_id = new.entry.place.id, self._me.id if self._me else None
            channel, error = new.row["channel"].value, new.row["error"]
            if case_id in opened:
                opened.remove(case_id)
                self._unit.record(EventKind.CASE_OPENED, case_id=case_id, agent_id=agent_id, channel=channel)
                if routed := new_cases[case_id].routed.told:
                    self._unit.record(EventKind.CASE_ROUTED, case_id=case_id, **routed)
                if case_id in spam:
                    self._unit.record(
                        EventKind.CASE_SPAM, case_id=case_id, after={"spam": True}, why="the sender is blocked"
                    )
            self._unit.record(
                EventKind.MESSAGE_RECEIVED,
                case_id=case_id,
                agent_id=agent_id,
                message=message_id,
                channel=channel,
                **({"error": error} if error else {}),
            )
        attachments = [each | {"message_id": new.entry.id} for new in self._messages for each in new.attachments]
        if attachments:
            connection.execute(insert(Attachment), attachments)

    def _write_words(self) -> None:
        words: dict[int, NewWords] = {}
        for new in self._messages:
            case_id, row = new.entry.place.id, new.row
            of_case = words.setdefault(case_id, NewWords([], []))
            of_case.texts.extend([row["subject"], row["text"], *(each["filename"] for each in new.attachments)])
            of_case.senders.extend([row["sender_name"], row["sender_address"]])
        add_words(self._unit.connection, words)

    def _attachments(self, incoming: Incoming) -> list[dict[str, Any]]:
        self._files += (each.content for each in incoming.files)
        return [
            {
                "position": position,
                "filename": clean_line(each.filename, 4000),
                "content_type": clean_line(each.content_type, 255),
                "size": len(each.content),
                "sha256": sha256(each.content),
            }
            for position, each in enumerate(incoming.files)
        ]


def _original(incoming: Incoming, position: int, raw_sha256: str, raw_size: int) -> dict[str, Any]:
    is_mail = incoming.channel is Channel.EMAIL
    return {
        "position": position,
        "filename": "message.eml" if is_mail else "message.json",
        "content_type": "message/rfc822" if is_mail else "application/json",
        "size": raw_size,
        "sha256": raw_sha256,
    }
