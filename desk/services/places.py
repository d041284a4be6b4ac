"""The cases that messages may join: locked, merged ones followed, with everybody who has part in them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from sqlalchemy import select

from db.kinds import LinkKind
from db.models import Case, CaseLink, Participant, SideConversation
from db.uow import UnitOfWork
from desk.services.customers import Contact, Who

MOST_AT_ONCE = 400
MOST_MERGES = 10
"""How far merged cases are followed; nobody merges further, and a ring ends there."""

Item = TypeVar("Item")


@dataclass(slots=True, eq=False)
class Person:
    """Somebody in copy; `joined_at` is when they first wrote."""

    folded: str
    address: str
    name: str
    joined_at: datetime | None = None
    is_new: bool = False


@dataclass(slots=True, eq=False)
class Place:
    """A case that messages are filed on: `case` when it is on file, else a new one whose `id` is 0 until written.

    `merged` are the customers of cases that were merged into it, `people` those in copy and `sides` the side
    conversations (by id, the oldest first), both by folded address.
    """

    id: int = 0
    case: Case | None = None
    who: Who | None = None
    merged: set[int] = field(default_factory=set)
    people: dict[str, Person] = field(default_factory=dict)
    sides: dict[int, str] = field(default_factory=dict)

    def belongs_to(self, who: Who) -> bool:
        """Whether it is this customer's case."""
        if self.case is None:
            return self.who is who
        return self.case.customer_id == who.id or (who.id != 0 and who.id in self.merged)

    def has_part(self, contact: Contact) -> bool:
        """Whether who writes from there may write on it: its customer, or somebody in copy."""
        return self.belongs_to(contact.who) or contact.folded in self.people

    def side_with(self, folded: str) -> int | None:
        """The newest side conversation with that address."""
        return next((side for side, address in reversed(self.sides.items()) if folded and address == folded), None)


class Places:
    """Cases by their numbers; one that was merged stands for the case that it was merged into."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._places: dict[int, Place] = {}

    def get(self, case_id: int) -> Place | None:
        """Where messages of that case belong; None when it was not asked for, or is none."""
        return self._places.get(case_id)

    def ask(self, case_ids: Iterable[int]) -> None:
        """Lock these cases and those that they were merged into, until the unit of work ends."""
        wanted = set(case_ids) - self._places.keys()
        if not wanted:
            return
        self._lock(wanted)
        into = self._merged(wanted)  # only now: who merges a case holds its lock
        self._lock(set(into.values()) - self._places.keys())
        for case_id in wanted & into.keys():
            if (last := self._places.get(_end(case_id, into))) is not None:
                self._places[case_id] = last

    def _merged(self, case_ids: set[int]) -> dict[int, int]:
        into: dict[int, int] = {}
        asked = case_ids
        for _ in range(MOST_MERGES):
            found: dict[int, int] = {}
            for some in slices(sorted(asked)):
                query = select(CaseLink.case_id, CaseLink.other_id).where(
                    CaseLink.case_id.in_(some), CaseLink.kind == LinkKind.MERGED_INTO
                )
                found |= {row.case_id: row.other_id for row in self._unit.session.execute(query)}
            into |= found
            asked = set(found.values()) - into.keys()
            if not asked:
                break
        return into

    def _lock(self, case_ids: set[int]) -> None:
        for some in slices(sorted(case_ids)):
            locked = select(Case).where(Case.id.in_(some)).order_by(Case.id).with_for_update(key_share=True)
            own = {case.id: Place(case.id, case) for case in self._unit.session.scalars(locked)}
            self._add_people(own)
            self._places |= own

    def _add_people(self, own: dict[int, Place]) -> None:
        session = self._unit.session
        merged = select(CaseLink.other_id, Case.customer_id).join(Case, Case.id == CaseLink.case_id)
        merged = merged.where(CaseLink.other_id.in_(own), CaseLink.kind == LinkKind.MERGED_INTO)
        for case_id, customer_id in session.execute(merged):
            own[case_id].merged.add(customer_id)
        for each in session.scalars(select(Participant).where(Participant.case_id.in_(own))):
            own[each.case_id].people[each.folded] = Person(each.folded, each.address, each.name, each.joined_at)
        sides = select(SideConversation.case_id, SideConversation.id, SideConversation.folded)
        sides = sides.where(SideConversation.case_id.in_(own)).order_by(SideConversation.id)
        for case_id, side_id, folded in session.execute(sides):
            own[case_id].sides[side_id] = folded


def _end(case_id: int, into: dict[int, int]) -> int:
    """Where a chain of merges ends; in a ring, with the case that was asked for."""
    seen = {case_id}
    last = case_id
    while last in into:
        last = into[last]
        if last in seen:
            return case_id
        seen.add(last)
    return last


def slices(items: Sequence[Item], size: int = MOST_AT_ONCE) -> Iterator[Sequence[Item]]:
    """The items in pieces that one statement takes."""
    return (items[start : start + size] for start in range(0, len(items), size))
