"""What became of clocks and promises, in words."""

from __future__ import annotations

from datetime import datetime

from db.kinds import EventKind
from db.rows import EventRow
from desk.tui import format as words
from desk.tui import safety


def clock_words(event: EventRow) -> dict[EventKind, str]:
    """Sentences without their subject, as `event_words` has them."""
    clock = words.cut(safety.line(str(event.data.get("clock", ""))).replace("_", " "), 30)
    until = _moment(event.data.get("until"))
    return {
        EventKind.CLOCK_MET: f"noted {clock}: {'late' if event.data.get('late') else 'in time'}{_taken(event)}",
        EventKind.CLOCK_REOPENED: f"let the clock of the {clock} go on",
        EventKind.CLOCK_WARNED: f"warned: {event.data.get('share', '?')} % of the time for the {clock} is over",
        EventKind.CLOCK_BREACHED: f"noted that the {clock} is late: it was due {_moment(event.data.get('due'))}",
        EventKind.PROMISE_MADE: f"promised an answer by {until}",
        EventKind.PROMISE_KEPT: f"kept the promise of an answer by {until}",
        EventKind.PROMISE_BROKEN: f"broke the promise of an answer by {until}",
    }


def _taken(event: EventRow) -> str:
    seconds = event.data.get("seconds")
    return f", {words.service(seconds)}" if isinstance(seconds, int) else ""


def _moment(value: object) -> str:
    try:
        return words.coming(datetime.fromisoformat(str(value)))
    except ValueError:
        return "?"
