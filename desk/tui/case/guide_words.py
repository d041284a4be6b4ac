"""What happened to a guide on a case, as sentences of its history."""

from __future__ import annotations

from db.kinds import EventKind
from db.rows import EventRow
from desk.tui import format as words
from desk.tui import safety


def guide_words(event: EventRow) -> dict[EventKind, str]:
    """A sentence for each kind of event about guides, without its subject."""
    guide, step = _said(event, "guide"), _said(event, "step")
    value = _said(event, "value") or "forgotten"
    return {
        EventKind.GUIDE_BEGUN: f"{'went on with' if event.data.get('was') else 'began'} the guide {guide} at {step}",
        EventKind.GUIDE_OUTCOME: f"recorded {_said(event, 'outcome')} for {step} in the guide {guide}",
        EventKind.GUIDE_BACK: f"took back {_said(event, 'outcome')} for {step} in the guide {guide}",
        EventKind.GUIDE_COLLECTED: f"noted {_said(event, 'field')}: {value}",
        EventKind.GUIDE_SENT: f"sent the customer the step {step} of the guide {guide}",
        EventKind.GUIDE_ENDED: f"ended the guide {guide} at {step}: {_said(event, 'state')}",
    }


def _said(event: EventRow, name: str) -> str:
    value = event.data.get(name)
    if value is None:
        return ""
    return words.cut(safety.line(str(value)) if name in {"guide", "value"} else _plain(str(value)), 60)


def _plain(text: str) -> str:
    return safety.line(text).replace("_", " ")
