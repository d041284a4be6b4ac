"""What a customer was told, in words for agents."""

from __future__ import annotations

from datetime import datetime

from db.kinds import PromiseState
from db.rows import PromiseRow
from desk.tui import format as words


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


def _length(minutes: int) -> str:
    if minutes < 60:
        return f"{max(minutes, 0)} min"
    return f"{minutes // 60} h" if minutes < 48 * 60 else f"{minutes // (24 * 60)} d"
