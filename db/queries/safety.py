"""Reads of account safety: what is known of an account, a playbook with its acts and transactions, the watch list."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

import msgspec
from sqlalchemy import Connection, Integer, Select, bindparam, func, select
from sqlalchemy.orm import aliased

from db.kinds_safety import SafetyRunState
from db.models.agent import Agent
from db.models.answer import AnswerVersion, CannedAnswer, MessageAnswer
from db.models.case import Case
from db.models.customer import Customer
from db.models.message import Message
from db.models.safety import AccountFacts, SafetyAct, SafetyPayment, SafetyRun
from db.queries.direct import DirectQuery
from db.rows_safety import Facts, FactsRow, Movement, SafetyActRow, SafetyPaymentRow, SafetyRunRow

MOST_LISTED = 100


def facts_of(connection: Connection, customer_id: int) -> FactsRow | None:
    """What is known of a customer's account; None when it was never wanted."""
    found = _facts().run(connection, {"customer": customer_id})
    return found[0] if found else None


@cache
def _facts() -> DirectQuery[FactsRow]:
    query = select(
        AccountFacts.customer_id, AccountFacts.account_id, AccountFacts.sought, AccountFacts.matches,
        AccountFacts.data, AccountFacts.wanted_at, AccountFacts.read_at, AccountFacts.said,
    )  # fmt: skip
    return DirectQuery(query.where(AccountFacts.customer_id == bindparam("customer", type_=Integer)), _facts_row)


def _facts_row(customer_id: int, account_id: str, sought: str, matches: Any, data: Any, *rest: Any) -> FactsRow:
    found = tuple((each["id"], each["name"]) for each in matches)
    return FactsRow(customer_id, account_id, sought, found, msgspec.convert(data, Facts) if data else None, *rest)


def run_of(connection: Connection, run_id: int) -> SafetyRunRow | None:
    """One playbook, or None."""
    return _one(connection, _runs().where(SafetyRun.id == run_id))


def run_of_case(connection: Connection, case_id: int) -> SafetyRunRow | None:
    """The playbook on a case, the newest unless an older one is open; None when there is none."""
    found = _newest_run().run(connection, {"case": case_id})
    return found[0] if found else None


@cache
def _newest_run() -> DirectQuery[SafetyRunRow]:
    of_case = _runs().where(SafetyRun.case_id == bindparam("case", type_=Integer))
    return DirectQuery(
        of_case.order_by(SafetyRun.state == SafetyRunState.CLOSED, SafetyRun.id.desc()).limit(1), SafetyRunRow
    )


def customer_of(connection: Connection, case_id: int) -> int | None:
    """Whose account a case is about: its open playbook's customer, else its own; None when there is no such case."""
    run = run_of_case(connection, case_id)
    if run is not None and run.state is not SafetyRunState.CLOSED:
        return run.customer_id
    return connection.scalar(select(Case.customer_id).where(Case.id == case_id))


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
