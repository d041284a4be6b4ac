"""Who may do what: one table, asked by every service before it acts."""

from __future__ import annotations

from enum import StrEnum

from db.kinds import Role
from db.rows import AgentRow

RANK = {role: rank for rank, role in enumerate(Role)}


class Permission(StrEnum):
    """A kind of act that needs leave."""

    WORK_CASES = "work cases"
    TAKE_FROM_OTHERS = "take a case that somebody else has"
    MANAGE_AGENTS = "add or change agents"
    MERGE_CUSTOMERS = "merge cases of two customers"
    IMPORT = "take messages in by hand"
    WRITE_ANSWERS = "write canned answers"
    APPROVE_ANSWERS = "approve canned answers"
    MANAGE_HOURS = "change service hours"
    MANAGE_QUALITY = "change how answers are checked"
    MANAGE_ROUTING = "change queues, routing, or what agents are handed"
    MANAGE_INCIDENTS = "open or change incidents"
    SEE_FIGURES = "see the figures of channels"
    DECIDE_REFUNDS = "decide about refunds"
    MANAGE_REFUNDS = "change refund policies, or compare refunds with the wallet's books"
    AGREE_TO_RISKS = "be the second person for what is risky about an account"
    SEE_SECRETS = "open the original of a message in which something was masked"
    MASK_STORED = "mask what is stored"


LEAST = {
    Permission.WORK_CASES: Role.AGENT,
    Permission.IMPORT: Role.AGENT,
    Permission.TAKE_FROM_OTHERS: Role.SENIOR,
    Permission.MERGE_CUSTOMERS: Role.SENIOR,
    Permission.WRITE_ANSWERS: Role.AGENT,
    Permission.DECIDE_REFUNDS: Role.SENIOR,
    Permission.AGREE_TO_RISKS: Role.SENIOR,
    Permission.MANAGE_REFUNDS: Role.SUPERVISOR,
    Permission.APPROVE_ANSWERS: Role.SUPERVISOR,
    Permission.MANAGE_HOURS: Role.SUPERVISOR,
    Permission.MANAGE_QUALITY: Role.SUPERVISOR,
    Permission.MANAGE_ROUTING: Role.SUPERVISOR,
    Permission.MANAGE_INCIDENTS: Role.SUPERVISOR,
    Permission.SEE_FIGURES: Role.SUPERVISOR,
    Permission.SEE_SECRETS: Role.SUPERVISOR,
    Permission.MASK_STORED: Role.ADMINISTRATOR,
    Permission.MANAGE_AGENTS: Role.ADMINISTRATOR,
}
"""The least role that may; every role after it may too."""


class NotAllowedError(Exception):
    """The acting agent's role is not enough; the message says which one is."""


def may(me: AgentRow, permission: Permission) -> bool:
    """Whether this agent may do that."""
    return RANK[me.role] >= RANK[LEAST[permission]]


def require(me: AgentRow, permission: Permission) -> None:
    """Raise `NotAllowedError` unless this agent may do that."""
    if not may(me, permission):
        raise NotAllowedError(
            f"{me.name} ({me.role}) may not {permission}: that takes the role {LEAST[permission]} or a higher one."
        )
