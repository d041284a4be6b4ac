"""How far an answer has come, in one row."""

from __future__ import annotations

import math

from db.kinds import OutboxState
from db.rows import DeliveryRow
from desk.tui import format as words
from desk.tui import safety
from desk.tui.case.row import INDENT, Row, View


def delivery_row(delivery: DeliveryRow, view: View) -> Row:
    """The state of an outbound message; what the other side said about it is shown in its own words."""
    error = words.cut(safety.line(delivery.error), max(view.width - 34, 20)) if delivery.error else ""
    because = f": {error}" if error else ""
    rows: dict[OutboxState, Row] = {
        OutboxState.QUEUED: _queued(delivery, view, because),
        OutboxState.SENDING: (("soon", f"{INDENT}→ being sent"),),
        OutboxState.SENT: (("quiet", f"{INDENT}✓ sent {_when_sent(delivery, view)}".rstrip()), ("late", because)),
        OutboxState.FAILED: (
            ("late", f"{INDENT}✗ not sent"),
            ("text", because),
            ("quiet", f"  {view.retry_key} sends it again"),
        ),
        OutboxState.UNKNOWN: (("late", f"{INDENT}? nobody knows whether it arrived"), ("text", because)),
        OutboxState.CANCELLED: (("quiet", f"{INDENT}given up{because}" if because else f"{INDENT}taken back"),),
    }
    return rows[delivery.state]


def seconds_left(delivery: DeliveryRow, view: View) -> int:
    """Whole seconds in which a queued answer can still be taken back; 0 when it no longer waits."""
    if delivery.state is not OutboxState.QUEUED or delivery.attempts:
        return 0
    return max(0, math.ceil((delivery.not_before - view.now).total_seconds()))


def _queued(delivery: DeliveryRow, view: View, because: str) -> Row:
    if delivery.attempts:
        again = words.clock(delivery.not_before)
        return (("soon", f"{INDENT}◷ will be tried again at {again}"), ("text", because))
    left = seconds_left(delivery, view)
    if left:
        return (("soon", f"{INDENT}◷ leaves in {left} s"), ("quiet", f"  {view.back_key} takes it back"))
    return (("soon", f"{INDENT}◷ queued"),)


def _when_sent(delivery: DeliveryRow, view: View) -> str:
    return words.moment(delivery.sent_at, view.now) if delivery.sent_at else ""
