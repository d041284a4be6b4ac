"""Refund policies in force: kept as data, changed by reviewed files, and found for a payment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import msgspec
from sqlalchemy import Connection, select

from db.kinds import EventKind
from db.models import RefundPolicy
from db.rows import AgentRow
from db.rows_refunds import PaymentRow
from db.uow import UnitOfWork
from desk.rules.permissions import Permission, require
from desk.rules.refunds.policy import Asked, MerchantPolicy, PathPolicy, Verdict, decide
from desk.rules.words import folded
from desk.services.desk import Desk
from desk.services.refunds.errors import RefundError
from desk.services.refunds.policy_files import (
    DEFAULT,
    MerchantFile,
    PathFile,
    PolicyFiles,
    as_data,
    merchant_policy,
    path_policy,
)

MERCHANT, PATH = "merchant", "path"


@dataclass(frozen=True, slots=True)
class PolicyChange:
    """What applying files does to one policy: before and after as plain data, None where there is none."""

    kind: str
    key: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None


@dataclass(frozen=True)
class Policies:
    """All refund policies in force around a year."""

    merchants: Mapping[str, tuple[MerchantFile, int]]
    """The file and its version, by key."""
    paths: Mapping[str, tuple[PathFile, int]]
    year: int

    def merchant(self, key: str) -> MerchantPolicy | None:
        """The policy of a key; None where there is none."""
        found = self.merchants.get(key)
        return None if found is None else _merchant(key, msgspec.json.encode(found[0]), self.year, found[1])

    def merchant_of(self, payment: PaymentRow) -> MerchantPolicy | None:
        """The policy of the merchant that was paid: by its id, else by its name, else the one for any merchant."""
        for key, (file, _version) in self.merchants.items():
            if payment.merchant_id and payment.merchant_id in file.merchant_ids:
                return self.merchant(key)
        name = folded(payment.merchant_name)
        for key, (file, _version) in self.merchants.items():
            if name.strip() and any(folded(each) == name for each in file.names):
                return self.merchant(key)
        return self.merchant(DEFAULT)

    def required(self, payment: PaymentRow) -> MerchantPolicy:
        """As `merchant_of`. Raises `RefundError` where no policy counts for the merchant."""
        merchant = self.merchant_of(payment)
        if merchant is None:
            raise RefundError(
                "No refund policy counts for this merchant. Write one, or `default.toml`, then: "
                "desk refunds policy apply."
            )
        return merchant

    def path(self, key: str) -> PathPolicy | None:
        """The policy of a payment path; None where there is none."""
        found = self.paths.get(key)
        return None if found is None else path_policy(key, found[0])

    def versions(self, merchant: str, path: str) -> dict[str, int]:
        """Which versions of the files a decision was made by."""
        return {
            name: known[key][1]
            for name, known, key in ((MERCHANT, self.merchants, merchant), (PATH, self.paths, path))
            if key in known
        }


def in_force(desk: Desk, me: AgentRow) -> Policies:
    """The policies in force."""
    require(me, Permission.WORK_CASES)
    with desk.database.read() as connection:
        return policies_of(connection, desk.clock().year)


def policies_of(connection: Connection, year: int) -> Policies:
    """As `in_force`, on a connection."""
    merchants: dict[str, tuple[MerchantFile, int]] = {}
    paths: dict[str, tuple[PathFile, int]] = {}
    query = select(RefundPolicy.kind, RefundPolicy.key, RefundPolicy.data, RefundPolicy.version)
    for kind, key, data, version in connection.execute(query.order_by(RefundPolicy.kind, RefundPolicy.key)):
        if kind == MERCHANT:
            merchants[key] = (msgspec.convert(data, MerchantFile), version)
        else:
            paths[key] = (msgspec.convert(data, PathFile), version)
    return Policies(merchants, paths, year)


def explain(desk: Desk, me: AgentRow, payment: PaymentRow, asked: Asked) -> tuple[Verdict, MerchantPolicy]:
    """What the policies say about a payment now, beside what is taken of it already; and its merchant's policy.

    Raises `RefundError` where no policy counts for the merchant.
    """
    from desk.services.refunds.payments import taken_of

    require(me, Permission.WORK_CASES)
    with desk.database.read() as connection:
        policies = policies_of(connection, desk.clock().year)
        taken = taken_of(connection, payment.id)
    merchant = policies.required(payment)
    return decide(payment, asked, merchant, policies.path(payment.path), desk.clock(), taken=taken), merchant


def changes(desk: Desk, me: AgentRow, files: PolicyFiles) -> tuple[PolicyChange, ...]:
    """What `apply` would change; nothing is changed."""
    require(me, Permission.WORK_CASES)
    with desk.database.read() as connection:
        return _compared(_known(connection), files)


def apply(desk: Desk, me: AgentRow, files: PolicyFiles) -> tuple[PolicyChange, ...]:
    """Bring the policies in line with files; those that no file describes stay. What was changed.

    Refunds that are under way keep their deadlines. Raises `NotAllowedError`.
    """
    require(me, Permission.MANAGE_REFUNDS)
    with desk.database.write() as unit:
        done = _compared(_known(unit.connection), files)
        for each in done:
            put(unit, each.kind, each.key, each.after or {})
            unit.record(
                EventKind.REFUND_POLICY, agent_id=me.id, policy=f"{each.kind} {each.key}", before=each.before,
                after=each.after,
            )  # fmt: skip
        return done


def put(unit: UnitOfWork, kind: str, key: str, data: Mapping[str, Any]) -> None:
    """Make plain data the policy of its key, inside a unit of work."""
    known = unit.session.get(RefundPolicy, (kind, key))
    version = known.version + 1 if known is not None else 1
    unit.session.merge(RefundPolicy(kind=kind, key=key, data=dict(data), version=version, updated_at=unit.now))


def put_new(unit: UnitOfWork, files: PolicyFiles) -> None:
    """Policies that the desk does not have yet, inside a unit of work."""
    for each in _compared(_known(unit.connection), files):
        if each.before is None:
            put(unit, each.kind, each.key, each.after or {})


def _known(connection: Connection) -> dict[tuple[str, str], Mapping[str, Any]]:
    rows = connection.execute(select(RefundPolicy.kind, RefundPolicy.key, RefundPolicy.data))
    return {(kind, key): data for kind, key, data in rows}


def _compared(known: Mapping[tuple[str, str], Mapping[str, Any]], files: PolicyFiles) -> tuple[PolicyChange, ...]:
    wanted = [(MERCHANT, key, as_data(file)) for key, file in files.merchants.items()]
    wanted += [(PATH, key, as_data(path)) for key, path in files.paths.items()]
    found = (PolicyChange(kind, key, known.get((kind, key)), after) for kind, key, after in wanted)
    return tuple(each for each in found if each.before != each.after)


@lru_cache(maxsize=256)
def _merchant(key: str, data: bytes, year: int, version: int) -> MerchantPolicy:
    """Laying out a calendar takes a millisecond, and the worker asks for it at every step."""
    return merchant_policy(key, msgspec.json.decode(data, type=MerchantFile), year, version)
