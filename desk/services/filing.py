"""Filing messages from outside: whose they are, which case they join, and what that does to the case."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import select, tuple_

from db.kinds import Channel, EventKind, Language, MessageKind, OutboxState, Status
from db.models import Attachment, Case, Customer, Message, OutboxItem
from db.queries.search_index import add_terms
from db.rows import AgentRow
from db.uow import UnitOfWork
from desk.rules.due import NORMAL_PRIORITY, answer_due
from desk.rules.incoming import Incoming
from desk.rules.lifecycle import after_customer_message
from desk.rules.text import clean_line, clean_text
from desk.services.blobs import keep_blobs
from desk.services.customers import Customers

Item = TypeVar("Item")

MOST_TEXT = 1_000_000
"""Characters of a message's text that are kept for reading; the original is whole."""


@dataclass(slots=True)
class Filed:
    """What became of a message: filed as `message`, or known already as `known_id`."""

    message: Message | None = None
    known_id: int | None = None
    is_new_case: bool = False


@dataclass(frozen=True, slots=True)
class _Known:
    """A message on file, as threading needs it."""

    case: Case
    message: Message


class Filing:
    """Files the messages of one unit of work; what it has to look up, it looks up once for all of them."""

    def __init__(self, unit: UnitOfWork, me: AgentRow | None, country: str, messages: Sequence[Incoming]) -> None:
        self._unit = unit
        self._me = me
        self._customers = Customers(unit, country, messages)
        self._cases: dict[int, Case] = {}
        self._known: dict[tuple[Channel, str], _Known] = {}
        self._look_up(messages)
        self._written: list[tuple[Message, Case, Incoming]] = []

    def file(self, incoming: Incoming, raw_sha256: str, raw_size: int) -> Filed:
        """File one message, or find that it is on file already."""
        external_id = self._own_id(incoming)
        if external_id is None:
            known = self._known.get((incoming.channel, _fitting(incoming.external_id or incoming.digest)))
            return Filed(known_id=known.message.id if known else None)
        customer = self._customers.of(incoming)
        case, is_new = self._case_for(incoming, customer)
        if is_new:
            case.customer = customer
        message = self._message(incoming, external_id, raw_sha256)
        message.case = case
        message.attachments = self._attachments(incoming, raw_sha256, raw_size)
        self._unit.session.add(message)
        self._known[(incoming.channel, external_id)] = _Known(case, message)
        self._written.append((message, case, incoming))
        return Filed(message=message, is_new_case=is_new)

    def finish(self) -> None:
        """Write everything, and what follows from it: events, and the words that search finds."""
        self._unit.session.flush()
        terms: dict[int, tuple[list[str], list[str]]] = {}
        for message, case, incoming in self._written:
            self._unit.record(
                EventKind.MESSAGE_RECEIVED,
                case_id=case.id,
                agent_id=self._me.id if self._me else None,
                message=message.id,
                channel=incoming.channel.value,
                **({"error": message.error} if message.error else {}),
            )
            texts, senders = terms.setdefault(case.id, ([], []))
            texts += [message.subject, message.text, *(each.filename for each in message.attachments)]
            senders += [message.sender_name, message.sender_address]
        connection = self._unit.session.connection()
        for case_id, (texts, senders) in terms.items():
            add_terms(connection, case_id, f"#{case_id}", *texts, senders=senders)

    def _look_up(self, messages: Sequence[Incoming]) -> None:
        wanted = {
            (each.channel, _fitting(name))
            for each in messages
            for name in (each.external_id, each.digest, _twin(each), *each.quoted_ids, each.bounced_id)
            if name
        }
        quoted = {case_id for each in messages for case_id in each.quoted_cases}
        found: list[Message] = []
        for part in _slices(sorted(wanted), 400):
            query = select(Message).where(tuple_(Message.channel, Message.external_id).in_(part))
            found += self._unit.session.scalars(query)
        ids = quoted | {message.case_id for message in found}
        for some in _slices(sorted(ids), 400):
            locked = select(Case).where(Case.id.in_(some)).order_by(Case.id).with_for_update(key_share=True)
            self._cases |= {case.id: case for case in self._unit.session.scalars(locked)}
        for message in found:
            if message.external_id is not None:
                key = (message.channel, message.external_id)
                self._known[key] = _Known(self._cases[message.case_id], message)

    def _own_id(self, incoming: Incoming) -> str | None:
        """The name under which the message is filed, or None when it is on file.

        Two different messages may carry one Message-ID (broken programs, forgers): the second gets its digest
        added, so that it is neither lost nor taken for the first.
        """
        name = _fitting(incoming.external_id or incoming.digest)
        known = self._known.get((incoming.channel, name))
        if known is None:
            return name
        if known.message.stable_digest == incoming.digest:
            return None
        twin = _twin(incoming)
        return None if (incoming.channel, twin) in self._known else twin

    def _case_for(self, incoming: Incoming, customer: Customer) -> tuple[Case, bool]:
        bounced = self._known.get((incoming.channel, incoming.bounced_id or ""))
        if bounced is not None and bounced.message.kind is MessageKind.OUTBOUND:
            self._bounced(bounced, incoming)
            return bounced.case, False
        named = self._named_case(incoming)
        belongs = named is not None and _is_of(named, customer)
        if named is not None and belongs and self._customer_spoke(named, incoming):
            return named, False
        return self._new_case(incoming, follows=named if belongs else None, review=None if belongs else named), True

    def _named_case(self, incoming: Incoming) -> Case | None:
        for name in incoming.quoted_ids:
            known = self._known.get((incoming.channel, _fitting(name)))
            if known is not None:
                return known.case
        return next((self._cases[number] for number in incoming.quoted_cases if number in self._cases), None)

    def _customer_spoke(self, case: Case, incoming: Incoming) -> bool:
        """What a message does to the case it joins; False when the case is closed and a follow-up is due."""
        if case.status is Status.CLOSED:
            return False
        if not incoming.is_automatic:
            self._reopen(case)
        return True

    def _reopen(self, case: Case) -> None:
        before = case.status
        after = after_customer_message(before) or before
        case.updated_at = self._unit.now
        case.snoozed_until = None
        case.solved_at = None
        if case.due_at is None:
            case.due_at = answer_due(case.channel, case.priority, self._unit.now)
        if after is not before:
            case.status = after
            self._unit.record(
                EventKind.CASE_STATUS,
                case_id=case.id,
                before={"status": before.value},
                after={"status": after.value},
                why="the customer wrote",
            )

    def _bounced(self, bounced: _Known, incoming: Incoming) -> None:
        item = self._unit.session.scalar(select(OutboxItem).where(OutboxItem.message_id == bounced.message.id))
        if item is not None and item.state is OutboxState.SENT:
            item.state = OutboxState.FAILED
            item.error = clean_line(str(incoming.details.get("bounce") or incoming.subject), 2000)
            self._unit.record(
                EventKind.MESSAGE_FAILED, case_id=bounced.case.id, message=bounced.message.id, error=item.error
            )
        if bounced.case.status is not Status.CLOSED:
            self._reopen(bounced.case)

    def _new_case(self, incoming: Incoming, *, follows: Case | None, review: Case | None) -> Case:
        now = self._unit.now
        first_line = next((line for line in clean_text(incoming.new_text).splitlines() if line.strip()), "")
        case = Case(
            channel=incoming.channel,
            status=Status.NEW,
            priority=NORMAL_PRIORITY,
            language=incoming.language or Language.OTHER,
            subject=clean_line(incoming.subject) or clean_line(first_line, 120),
            created_at=now,
            updated_at=now,
            due_at=answer_due(incoming.channel, NORMAL_PRIORITY, incoming.at or now),
            follows_id=follows.id if follows else None,
            review_id=review.id if review else None,
        )
        self._unit.session.add(case)
        return case

    def _message(self, incoming: Incoming, external_id: str, raw_sha256: str) -> Message:
        return Message(
            kind=MessageKind.INBOUND,
            channel=incoming.channel,
            external_id=external_id,
            at=incoming.at or self._unit.now,
            sent_at=incoming.sent_at,
            sender_name=clean_line(incoming.sender_name, 200),
            sender_address=clean_line(incoming.sender_address, 320),
            subject=clean_line(incoming.subject),
            text=clean_text(incoming.text[:MOST_TEXT]),
            new_text=clean_text(incoming.new_text[:MOST_TEXT]),
            stable_digest=incoming.digest,
            is_automatic=incoming.is_automatic,
            error=incoming.error,
            details=incoming.details,
            raw_sha256=raw_sha256,
        )

    def _attachments(self, incoming: Incoming, raw_sha256: str, raw_size: int) -> list[Attachment]:
        shas = keep_blobs(self._unit, [each.content for each in incoming.files])
        attachments = [
            Attachment(
                position=position,
                filename=clean_line(each.filename, 4000),
                content_type=clean_line(each.content_type, 255),
                size=len(each.content),
                sha256=sha,
            )
            for position, (each, sha) in enumerate(zip(incoming.files, shas, strict=True))
        ]
        if incoming.error:
            original = Attachment(
                position=len(attachments),
                filename="message.eml" if incoming.channel is Channel.EMAIL else "message.json",
                content_type="message/rfc822" if incoming.channel is Channel.EMAIL else "application/json",
                size=raw_size,
                sha256=raw_sha256,
            )
            attachments.append(original)
        return attachments


def _is_of(case: Case, customer: Customer) -> bool:
    # Cases and customers of this unit of work have no ids yet; they are compared as what they are.
    return case.customer is customer if case.customer_id is None else case.customer_id == customer.id


def _fitting(name: str) -> str:
    """A name as it fits its column: NUL-free, and hashed when it is longer than a Message-ID may be."""
    name = clean_line(name, 100_000)
    return name if len(name) <= 900 else "sha256:" + hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()


def _twin(incoming: Incoming) -> str:
    return f"{_fitting(incoming.external_id or '')}#{incoming.digest[:32]}"


def _slices(items: Sequence[Item], size: int) -> list[Sequence[Item]]:
    return [items[start : start + size] for start in range(0, len(items), size)]
