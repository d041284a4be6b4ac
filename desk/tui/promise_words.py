"""What a customer was told, and what became of an agent's cases, in words for agents."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from db.kinds import PromiseState
from db.rows import AgentRow, GivenCase, LateClock, PromiseRow
from desk.tui import format as words
from desk.tui import safety

MOST_NAMED = 3
YOURS = "(yours)"


def promise_words(promise: PromiseRow, now: datetime) -> tuple[str, str]:
    """The name of a style, and `told: answer by Mon 20:02 (broken 12 min)`."""
    said = f"told: answer by {words.coming(promise.until)}"
    if promise.state is PromiseState.KEPT:
        return "quiet", f"{said} (kept)"
    if promise.state is PromiseState.VOID:
        return "quiet", f"{said} (not owed any more)"
    late = now - promise.until
    if promise.state is PromiseState.BROKEN or late.total_seconds() > 0:
        return "late", f"{said} (broken {_length(int(late.total_seconds() // 60))})"
    return "quiet", said


def late_words(late: Sequence[LateClock], me: AgentRow | None) -> str:
    """`#12 (yours) first response, #14 resolution and 3 more`: which clocks broke, mine first."""
    mine = me.id if me else None
    first = sorted(late, key=lambda each: each.assignee_id != mine)
    named = [
        f"#{each.case_id}{f' {YOURS}' if each.assignee_id == mine else ''} {safety.line(each.clock).replace('_', ' ')}"
        for each in first[:MOST_NAMED]
    ]
    more = len(first) - len(named)
    return f"{', '.join(named)}{f' and {more} more' if more else ''}."


def given_words(given: Sequence[GivenCase]) -> str:
    """`Yours now: #12 (handed out), #14 (from Rio) and 3 more`."""
    named = [
        f"#{each.case_id} ({f'from {safety.line(each.by)}' if each.by else 'handed out'})"
        for each in given[:MOST_NAMED]
    ]
    more = len(given) - len(named)
    return f"Yours now: {', '.join(named)}{f' and {more} more' if more else ''}."


def _length(minutes: int) -> str:
    if minutes < 60:
        return f"{max(minutes, 0)} min"
    return f"{minutes // 60} h" if minutes < 48 * 60 else f"{minutes // (24 * 60)} d"
