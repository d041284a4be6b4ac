"""Which case a message belongs to: what is on file already, what it answers, and whose that is."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import select

from db.kinds import Channel, MessageKind
from db.models import Case, Message
from db.uow import UnitOfWork
from desk.rules.incoming import Incoming
from desk.rules.text import clean_line
from desk.services.case_tokens import token_key
from desk.services.customers import Who

MOST_AT_ONCE = 400
LONGEST_NAME = 900
"""Bytes of a name in UTF-8 that is kept as it is: PostgreSQL's indexes take no more than 2,700."""

Item = TypeVar("Item")


@dataclass(slots=True, eq=False)
class Place:
    """A case that messages are filed on: `case` when it is on file, else a new one whose `id` is 0 until written."""

    id: int = 0
    case: Case | None = None
    who: Who | None = None

    def belongs_to(self, who: Who) -> bool:
        """Whether it is this customer's case."""
        return self.who is who if self.case is None else self.case.customer_id == who.id


@dataclass(slots=True, eq=False)
class Entry:
    """A message on file, or about to be: then its `id` is 0."""

    id: int
    place: Place
    kind: MessageKind
    digest: str | None


class Threads:
    """What the messages of one unit of work may belong to, looked up once for all of them; its cases are locked."""

    def __init__(self, unit: UnitOfWork, messages: Sequence[Incoming]) -> None:
        self._unit = unit
        self._places: dict[int, Place] = {}
        signed = any(named.signature for each in messages for named in each.named_cases)
        self._key = token_key(unit.session.connection()) if signed else b""
        self._entries: dict[tuple[Channel, str], Entry] = {}
        names: defaultdict[Channel, set[str]] = defaultdict(set)
        for each in messages:
            answered = (fitting(name) for name in (*each.quoted_ids, each.bounced_id) if name)
            names[each.channel] |= {_own_name(each), _twin_name(each), *answered}
        found = [row for channel, wanted in names.items() for row in self._named(channel, sorted(wanted))]
        self._lock({row[1] for row in found} | {named.number for each in messages for named in each.named_cases})
        for message_id, case_id, channel, name, kind, digest in found:
            self._entries[(channel, name)] = Entry(message_id, self._places[case_id], kind, digest)

    def own(self, incoming: Incoming) -> tuple[str, Entry | None]:
        """The name under which a message is filed, and the message itself when it is on file.

        Two different messages may carry one Message-ID (broken programs, forgers): the second gets its digest
        added, so that it is neither lost nor taken for the first.
        """
        name = _own_name(incoming)
        known = self._entries.get((incoming.channel, name))
        if known is None or known.digest == incoming.digest:
            return name, known
        twin = _twin_name(incoming)
        return twin, self._entries.get((incoming.channel, twin))

    def bounced(self, incoming: Incoming) -> Entry | None:
        """Our message that this one says could not be delivered."""
        name = fitting(incoming.bounced_id or "")
        known = self._entries.get((incoming.channel, name)) if name else None
        return known if known is not None and known.kind is MessageKind.OUTBOUND else None

    def named(self, incoming: Incoming) -> Iterator[Place]:
        """The cases that a message names, the surest first: by what it answers, then by number.

        Anybody can write a case's number into a mail, so there it counts only with our signature.
        """
        for name in incoming.quoted_ids:
            known = self._entries.get((incoming.channel, fitting(name)))
            if known is not None:
                yield known.place
        for named in incoming.named_cases:
            place = self._places.get(named.number)
            if place is not None and (incoming.channel is not Channel.EMAIL or named.is_ours(self._key)):
                yield place

    def guessed(self, incoming: Incoming) -> Iterator[Place]:
        """The cases whose number a message names, whoever signed it."""
        return (self._places[named.number] for named in incoming.named_cases if named.number in self._places)

    def add(self, incoming: Incoming, name: str, place: Place) -> Entry:
        """A message about to be filed: later ones may answer it."""
        entry = self._entries[(incoming.channel, name)] = Entry(0, place, MessageKind.INBOUND, incoming.digest)
        return entry

    def _named(
        self, channel: Channel, names: Sequence[str]
    ) -> Iterator[tuple[int, int, Channel, str, MessageKind, str]]:
        for some in _slices(names):
            query = select(
                Message.id, Message.case_id, Message.channel, Message.external_id, Message.kind, Message.stable_digest
            ).where(Message.channel == channel, Message.external_id.in_(some))
            yield from self._unit.session.execute(query)  # type: ignore[misc]

    def _lock(self, case_ids: set[int]) -> None:
        for some in _slices(sorted(case_ids)):
            locked = select(Case).where(Case.id.in_(some)).order_by(Case.id).with_for_update(key_share=True)
            self._places |= {case.id: Place(case.id, case) for case in self._unit.session.scalars(locked)}


def fitting(name: str) -> str:
    """A name as it fits its column: NUL-free, and hashed when it is longer than a Message-ID may be."""
    name = clean_line(name, 100_000)
    as_bytes = name.encode("utf-8", "replace")
    return name if len(as_bytes) <= LONGEST_NAME else "sha256:" + hashlib.sha256(as_bytes).hexdigest()


def _own_name(incoming: Incoming) -> str:
    return fitting(incoming.external_id or "") or incoming.digest


def _twin_name(incoming: Incoming) -> str:
    return f"{fitting(incoming.external_id or '')}#{incoming.digest[:32]}"


def _slices(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    return (items[start : start + MOST_AT_ONCE] for start in range(0, len(items), MOST_AT_ONCE))
