"""Which case a message belongs to: what is on file already, what it answers, and whose that is."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, select

from db.kinds import Channel, MessageKind
from db.models import Message
from db.uow import UnitOfWork
from desk.rules.addressing import NamedCase
from desk.rules.incoming import Incoming
from desk.rules.text import clean_line
from desk.services.case_tokens import token_key
from desk.services.places import Place, Places, slices

MOST_SENT = 20
"""Answers of a case among which the one is looked for that a report without its Message-ID is about."""

LONGEST_NAME = 900
"""Bytes of a name in UTF-8 that is kept as it is: PostgreSQL's indexes take no more than 2,700."""

_ENTRIES = select(
    Message.id,
    Message.case_id,
    Message.channel,
    Message.external_id,
    Message.kind,
    Message.stable_digest,
    Message.side_id,
    Message.is_automatic,
)


@dataclass(slots=True, eq=False)
class Entry:
    """A message on file, or about to be: then its `id` is 0."""

    id: int
    place: Place
    kind: MessageKind
    digest: str | None
    side_id: int | None = None
    is_automatic: bool = False
    name: str = ""


class Threads:
    """What the messages of one unit of work may belong to, looked up once for all of them; its cases are locked."""

    def __init__(self, unit: UnitOfWork, messages: Sequence[Incoming]) -> None:
        self._unit = unit
        self._places = Places(unit)
        signed = any(named.signature for each in messages for named in _all_named(each))
        self._key = token_key(unit.connection) if signed else b""
        self._entries: dict[tuple[Channel, str], Entry] = {}
        names: defaultdict[Channel, set[str]] = defaultdict(set)
        for each in messages:
            answered = (fitting(name) for name in (*each.quoted_ids, each.report and each.report.about) if name)
            names[each.channel] |= {_own_name(each), _twin_name(each), *answered}
        found = [row for channel, wanted in names.items() for row in self._named(channel, sorted(wanted))]
        self._places.ask(
            {row.case_id for row in found} | {named.number for each in messages for named in _all_named(each)}
        )
        for row in found:
            place = self._places.get(row.case_id)
            if place is not None:
                self._entries[(row.channel, row.external_id)] = _entry(row, place)

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

    def reported(self, incoming: Incoming) -> Iterator[Entry]:
        """Our messages that a report may be about, the surest first: by its name, then the cases that it names."""
        if incoming.report is None:
            return
        name = fitting(incoming.report.about or "")
        known = self._entries.get((incoming.channel, name)) if name else None
        if known is not None and known.kind is MessageKind.OUTBOUND:
            yield known
        for place in self._signed(incoming, incoming.report.named_cases):
            yield from self._sent_on(place)

    def named(self, incoming: Incoming) -> Iterator[Place]:
        """The cases that a message names, the surest first: by what it answers, then by number.

        Anybody can write a case's number into a mail, so there it counts only with our signature.
        """
        yield from (known.place for known in self.answered(incoming))
        yield from self._signed(incoming, incoming.named_cases)

    def answered(self, incoming: Incoming) -> Iterator[Entry]:
        """The messages on file that this one answers, the nearest first."""
        for name in incoming.quoted_ids:
            known = self._entries.get((incoming.channel, fitting(name)))
            if known is not None:
                yield known

    def side(self, incoming: Incoming, folded: str) -> tuple[Place, int] | None:
        """The side conversation that a message goes on with, and its case: only who is at its other end can.

        It answers a message of that conversation, or names the case with our signature.
        """
        for entry in self.answered(incoming):
            if entry.side_id is not None and folded and entry.place.sides.get(entry.side_id) == folded:
                return entry.place, entry.side_id
        for place in self._signed(incoming, incoming.named_cases):
            if (side_id := place.side_with(folded)) is not None:
                return place, side_id
        return None

    def guessed(self, incoming: Incoming) -> Iterator[Place]:
        """The cases whose number a message names, whoever signed it."""
        places = (self._places.get(named.number) for named in incoming.named_cases)
        return (place for place in places if place is not None)

    def place(self, case_id: int) -> Place | None:
        """A case that was found otherwise, locked like those that messages name."""
        self._places.ask([case_id])
        return self._places.get(case_id)

    def add(self, incoming: Incoming, name: str, place: Place) -> Entry:
        """A message about to be filed: later ones may answer it."""
        entry = self._entries[(incoming.channel, name)] = Entry(0, place, MessageKind.INBOUND, incoming.digest)
        return entry

    def _signed(self, incoming: Incoming, named: Sequence[NamedCase]) -> Iterator[Place]:
        for each in named:
            place = self._places.get(each.number)
            if place is not None and (incoming.channel is not Channel.EMAIL or each.is_ours(self._key)):
                yield place

    def _sent_on(self, place: Place) -> list[Entry]:
        query = _ENTRIES.where(Message.case_id == place.id, Message.kind == MessageKind.OUTBOUND)
        rows = self._unit.session.execute(query.order_by(Message.id.desc()).limit(MOST_SENT)).all()
        return [_entry(row, place) for row in rows]

    def _named(self, channel: Channel, names: Sequence[str]) -> Iterator[Row[*tuple[Any, ...]]]:
        for some in slices(names):
            query = _ENTRIES.where(Message.channel == channel, Message.external_id.in_(some))
            yield from self._unit.session.execute(query)


def _entry(row: Row[*tuple[Any, ...]], place: Place) -> Entry:
    return Entry(row.id, place, row.kind, row.stable_digest, row.side_id, row.is_automatic, row.external_id or "")


def _all_named(incoming: Incoming) -> tuple[NamedCase, ...]:
    return incoming.named_cases + (incoming.report.named_cases if incoming.report else ())


def fitting(name: str) -> str:
    """A name as it fits its column: NUL-free, and hashed when it is longer than a Message-ID may be."""
    name = clean_line(name, 100_000)
    as_bytes = name.encode("utf-8", "replace")
    return name if len(as_bytes) <= LONGEST_NAME else "sha256:" + hashlib.sha256(as_bytes).hexdigest()


def _own_name(incoming: Incoming) -> str:
    return fitting(incoming.external_id or "") or incoming.digest


def _twin_name(incoming: Incoming) -> str:
    return f"{fitting(incoming.external_id or '')}#{incoming.digest[:32]}"
