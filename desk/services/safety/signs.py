"""Signs of a takeover or an impostor on a case: from what the wallet said last, and from what the customer wrote."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from msgspec.structs import replace
from sqlalchemy import Connection, select

from db.folding import UnusableContactError, fold_email, fold_phone
from db.kinds import Channel, MessageKind
from db.kinds_safety import SafetyRunState
from db.models import Message
from db.queries import safety as queries
from db.rows import AgentRow, CaseDetail
from db.rows_safety import FactsRow, SignRow
from desk.rules.permissions import Permission, require
from desk.rules.safety import signs as rules
from desk.services.desk import Desk
from desk.services.errors import CaseNotFoundError

MOST_MESSAGES = 20


@dataclass(frozen=True, slots=True)
class Signs:
    """The signs on a case, and what is not known of the account or is old, in words; empty when it is fresh."""

    signs: tuple[SignRow, ...]
    gap: str
    facts: FactsRow | None

    @property
    def is_risky(self) -> bool:
        """Whether what is risky takes a second person."""
        return bool(self.signs)


def of_case(desk: Desk, me: AgentRow, case_id: int) -> Signs:
    """The signs on a case. The wallet is not asked. Raises `CaseNotFoundError`."""
    require(me, Permission.WORK_CASES)
    with desk.database.read() as connection:
        return in_case(connection, case_id, desk.clock())


def in_case(connection: Connection, case_id: int, now: datetime, customer_id: int | None = None) -> Signs:
    """As `of_case`, on a connection. Raises `CaseNotFoundError`.

    `customer_id` is whose account it is about, where that is known: a refund or playbook may have come with a merge to
    another customer's case. Else it is the customer of the case's open playbook, or its own.
    """
    customer_id = customer_id or queries.customer_of(connection, case_id)
    if customer_id is None:
        raise CaseNotFoundError(case_id)
    facts = queries.facts_of(connection, customer_id)
    heard = (
        select(Message.channel, Message.sender_address, Message.subject, Message.new_text, Message.text)
        .where(Message.case_id == case_id, Message.kind == MessageKind.INBOUND, Message.side_id.is_(None))
        .where(Message.is_automatic.is_(False))
        .order_by(Message.id.desc())
        .limit(MOST_MESSAGES)
    )
    request = _request(connection.execute(heard))
    return Signs(rules.signs_of(facts, request, now), rules.gap(facts, now), facts)


def with_safety(connection: Connection, detail: CaseDetail, now: datetime) -> CaseDetail:
    """A case's page with its signs, what is known of the account, and its playbook."""
    run = queries.run_of_case(connection, detail.case.id)
    own = run.customer_id if run is not None and run.state is not SafetyRunState.CLOSED else detail.case.customer_id
    facts = queries.facts_of(connection, own)
    heard = [
        each
        for each in detail.messages
        if each.kind is MessageKind.INBOUND and each.side_id is None and not each.is_automatic
    ]
    signs = rules.signs_of(facts, _request(heard[: -MOST_MESSAGES - 1 : -1]), now)
    return replace(detail, signs=signs, facts=facts, facts_gap=rules.gap(facts, now), safety_run=run)


def _request(heard: Iterable[Any]) -> rules.Request:
    """What messages ask and from where, the newest first."""
    emails, phones, texts = set[str](), set[str](), list[str]()
    for row in heard:
        texts.append(f"{row.subject}\n{row.new_text or row.text}")
        _add_address(row.channel, row.sender_address or "", emails, phones)
    return rules.Request(frozenset(emails), frozenset(phones), "\n".join(texts))


def _add_address(channel: Channel, address: str, emails: set[str], phones: set[str]) -> None:
    try:
        if channel is Channel.EMAIL and address:
            emails.add(fold_email(address))
        elif channel is Channel.PHONE and address:
            phones.add(fold_phone(address))
    except UnusableContactError:
        return
