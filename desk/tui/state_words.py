"""How an agent's state is said."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from db.kinds import AgentState
from desk.tui import format as words

if TYPE_CHECKING:
    from db.rows_routing import AgentWorkRow

SAID = {
    AgentState.AVAILABLE: "available",
    AgentState.BUSY: "busy",
    AgentState.BREAK: "on a break",
    AgentState.AWAY: "away",
}


def standing(work: AgentWorkRow | None, now: datetime) -> str:
    """`available 12m`; empty while it is not known."""
    if work is None:
        return ""
    since = f" {words.age(work.state_since, now)}" if work.state_since is not None else ""
    return f"{SAID[work.state]}{since}"
