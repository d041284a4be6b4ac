"""Reads of account safety: what is known of an account, a playbook with its acts and transactions, the watch list."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Select, func, select
from sqlalchemy.orm import aliased

from db.kinds_safety import SafetyRunState
from db.models.agent import Agent
from db.models.answer import AnswerVersion, CannedAnswer, MessageAnswer
from db.models.customer import Customer
from db.models.message import Message
from db.models.safety import AccountFacts, SafetyAct, SafetyPayment, SafetyRun
from db.rows_safety import Facts, FactsRow, Movement, SafetyActRow, SafetyPaymentRow, SafetyRunRow

MOST_LISTED = 100


def facts_of(connection: Connection, customer_id: int) -> FactsRow | None:
    """What is known of a customer's account; None when it was never wanted."""
    table = AccountFacts.__table__
    row = connection.execute(select(table).where(table.c.customer_id == customer_id)).one_or_none()
    return None if row is None else facts_row(row)


def facts_row(row: Any) -> FactsRow:
    """A row of the table, or a mapped object, as everybody else reads it."""
    return FactsRow(
        row.customer_id, row.account_id, row.sought, tuple((each["id"], each["name"]) for each in row.matches),
        msgspec.convert(row.data, Facts) if row.data else None, row.wanted_at, row.read_at, row.said,
    )  # fmt: skip


def run_of(connection: Connection, run_id: int) -> SafetyRunRow | None:
    """One playbook, or None."""
    return _one(connection, _runs().where(SafetyRun.id == run_id))


def run_of_case(connection: Connection, case_id: int) -> SafetyRunRow | None:
    """The newest playbook on a case, or None."""
    return _one(connection, _runs().where(SafetyRun.case_id == case_id).order_by(SafetyRun.id.desc()).limit(1))


def runs_in(connection: Connection, *states: SafetyRunState) -> tuple[SafetyRunRow, ...]:
    """Playbooks in these states, the oldest first; at most 100."""
    query = _runs().where(SafetyRun.state.in_(states)).order_by(SafetyRun.begun_at, SafetyRun.id).limit(MOST_LISTED)
    return tuple(SafetyRunRow(*row) for row in connection.execute(query))


def acts_of(connection: Connection, run_id: int) -> tuple[SafetyActRow, ...]:
    """The acts of a playbook, oldest first."""
    return _acts(connection, _act_rows().where(SafetyAct.run_id == run_id).order_by(SafetyAct.id))


def act_of(connection: Connection, act_id: int) -> SafetyActRow | None:
    """One act, or None."""
    found = _acts(connection, _act_rows().where(SafetyAct.id == act_id))
    return found[0] if found else None


def payments_of(connection: Connection, run_id: int) -> tuple[SafetyPaymentRow, ...]:
    """The transactions of a playbook, newest first."""
    query = (
        select(SafetyPayment.data, SafetyPayment.verdict, SafetyPayment.refund_id, SafetyPayment.said)
        .where(SafetyPayment.run_id == run_id)
        .order_by(SafetyPayment.at.desc(), SafetyPayment.transaction_id.desc())
    )
    return tuple(
        SafetyPaymentRow(msgspec.convert(row.data, Movement), row.verdict, row.refund_id, row.said)
        for row in connection.execute(query)
    )


def answered_at(connection: Connection, run: SafetyRunRow, keys: Sequence[str]) -> datetime | None:
    """When the customer was first sent one of these canned answers since the playbook began."""
    query = (
        select(func.min(Message.at))
        .join(MessageAnswer, MessageAnswer.message_id == Message.id)
        .join(AnswerVersion, AnswerVersion.id == MessageAnswer.version_id)
        .join(CannedAnswer, CannedAnswer.id == AnswerVersion.answer_id)
        .where(Message.case_id == run.case_id, Message.at >= run.begun_at, CannedAnswer.key.in_(keys))
    )
    return connection.scalar(query)


def _one(connection: Connection, query: Select[*tuple[Any, ...]]) -> SafetyRunRow | None:
    row = connection.execute(query).one_or_none()
    return None if row is None else SafetyRunRow(*row)


def _runs() -> Select[*tuple[Any, ...]]:
    return (
        select(
            SafetyRun.id, SafetyRun.case_id, SafetyRun.customer_id, Customer.name, SafetyRun.account_id,
            SafetyRun.state, SafetyRun.reason, SafetyRun.report, Agent.name, SafetyRun.begun_at, SafetyRun.told_at,
            SafetyRun.watch_until, SafetyRun.closed_at,
        )
        .join(Customer, Customer.id == SafetyRun.customer_id)
        .join(Agent, Agent.id == SafetyRun.begun_by)
    )  # fmt: skip


def _act_rows() -> Select[*tuple[Any, ...]]:
    asker, second = aliased(Agent), aliased(Agent)
    return (
        select(
            SafetyAct.id, SafetyAct.run_id, SafetyAct.kind, SafetyAct.state, SafetyAct.key, SafetyAct.reason,
            SafetyAct.asked_by, asker.name, SafetyAct.asked_at, SafetyAct.needs_second, second.name,
            SafetyAct.approved_at, SafetyAct.outcome, SafetyAct.outcome_at, SafetyAct.said, SafetyAct.done_at,
            SafetyAct.next_at, SafetyAct.tries,
        )
        .join(asker, asker.id == SafetyAct.asked_by)
        .outerjoin(second, second.id == SafetyAct.approved_by)
    )  # fmt: skip


def _acts(connection: Connection, query: Select[*tuple[Any, ...]]) -> tuple[SafetyActRow, ...]:
    return tuple(SafetyActRow(*row) for row in connection.execute(query))
