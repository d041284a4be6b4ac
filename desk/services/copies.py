"""People who get a copy of an answer: seen ones have part in the case from then on, unseen ones are named nowhere."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import delete
from sqlalchemy.dialects import postgresql, sqlite

from db.folding import fold_email
from db.kinds import Channel, EventKind
from db.models import Case, Participant
from db.rows import AgentRow
from db.uow import UnitOfWork
from desk.rules.recipients import NotAnAddressError, Recipient, read_recipient
from desk.services.desk import Desk
from desk.services.errors import CaseError, RecipientError
from desk.services.own_addresses import own_addresses

MOST_COPIES = 20
"""Of one answer, seen and unseen together: more is a mailing, which support does not send."""


def read_copies(desk: Desk, written: Iterable[str]) -> tuple[Recipient, ...]:
    """Who gets a copy, each once, as `dewi@example.org` or `Dewi <dewi@example.org>`.

    Raises `RecipientError` for what is no address, and for the desk's own: its answer would come back as a question.
    """
    found: dict[str, Recipient] = {}
    ours = own_addresses(desk.settings)
    for text in written:
        try:
            recipient = read_recipient(text)
        except NotAnAddressError as error:
            raise RecipientError(text) from error
        folded = fold_email(recipient.address)
        if ours.has(folded):
            raise RecipientError(text, "is the desk's own address; what goes there comes back as a new message")
        found.setdefault(folded, recipient)
    return tuple(found.values())


def require_copies_possible(case: Case, cc: Sequence[Recipient], bcc: Sequence[Recipient]) -> None:
    """Raise `CaseError` where there can be no copies: on other channels than mail, and for too many."""
    if (cc or bcc) and case.channel is not Channel.EMAIL:
        raise CaseError(f"Only mail has copies; #{case.id} is a case by {case.channel}. Leave cc and bcc empty.")
    if len(cc) + len(bcc) > MOST_COPIES:
        raise CaseError(f"An answer goes to {MOST_COPIES} people in copy at most. Take some off.")


def copies_of(
    unit: UnitOfWork, case: Case, me: AgentRow, cc: Sequence[Recipient], bcc: Sequence[Recipient]
) -> dict[str, Any]:
    """What a message's details say of its copies; `people` are those who have part in the case only since."""
    written = {
        "cc": [[each.name, each.address] for each in cc],
        "bcc": [[each.name, each.address] for each in bcc],
        "people": add_people(unit, case, me, cc),
    }
    return {name: value for name, value in written.items() if value}


def add_people(unit: UnitOfWork, case: Case, me: AgentRow, people: Sequence[Recipient]) -> list[str]:
    """Give people in copy part in the case, so that their answers join it; those who had none, as they are compared."""
    insert = sqlite.insert if unit.connection.dialect.name == "sqlite" else postgresql.insert
    added = []
    for person in people:
        folded = fold_email(person.address)
        row = insert(Participant).values(
            case_id=case.id,
            folded=folded,
            address=person.address,
            name=person.name,
            agent_id=me.id,
            added_at=unit.now,
        )
        done = unit.session.execute(row.on_conflict_do_nothing().returning(Participant.folded))
        if done.scalar() is not None:
            added.append(folded)
            unit.record(
                EventKind.PERSON_ADDED, case_id=case.id, agent_id=me.id, address=person.address, name=person.name
            )
    return added


def remove_people(unit: UnitOfWork, case_id: int, added: Sequence[str]) -> None:
    """Take back the part in the case of those whom an answer gave it that never left, unless they have written."""
    of_answer = delete(Participant).where(
        Participant.case_id == case_id, Participant.folded.in_(added), Participant.joined_at.is_(None)
    )
    unit.session.execute(of_answer)
