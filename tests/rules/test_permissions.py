"""Who may do what."""

from __future__ import annotations

import pytest

from db.kinds import Role
from db.rows import AgentRow
from desk.rules.permissions import NotAllowedError, Permission, may, require


@pytest.mark.parametrize(
    ("permission", "least"),
    [
        (Permission.WORK_CASES, Role.AGENT),
        (Permission.IMPORT, Role.AGENT),
        (Permission.TAKE_FROM_OTHERS, Role.SENIOR),
        (Permission.MERGE_CUSTOMERS, Role.SENIOR),
        (Permission.APPROVE_ANSWERS, Role.SUPERVISOR),
        (Permission.MANAGE_HOURS, Role.SUPERVISOR),
        (Permission.MANAGE_AGENTS, Role.ADMINISTRATOR),
    ],
)
def test_a_role_and_every_one_above_it_may(permission: Permission, least: Role) -> None:
    ranks = list(Role)
    for role in Role:
        assert may(AgentRow(1, "a", "A", role), permission) == (ranks.index(role) >= ranks.index(least))


def test_every_permission_has_its_role() -> None:
    for permission in Permission:
        assert may(AgentRow(1, "a", "A", Role.ADMINISTRATOR), permission)


def test_the_refusal_says_whom_to_ask() -> None:
    with pytest.raises(
        NotAllowedError, match="Ana \\(agent\\) may not add or change agents: that takes the role administrator"
    ):
        require(AgentRow(1, "a", "Ana", Role.AGENT), Permission.MANAGE_AGENTS)
