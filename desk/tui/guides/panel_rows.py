"""A guide's panel as rows: where it stands, what to ask, what the customer is sent, and what may come of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING

from rich.cells import cell_len

from db.kinds import Language
from desk.rules.guides import EndKind, in_language
from desk.tui import format as words
from desk.tui import safety
from desk.tui.case.wrapping import rows as wrapped

if TYPE_CHECKING:
    from desk.rules.guides import End, Guide, Step
    from desk.services.guides import Walk
    from desk.tui.guides.wording import Wording

Pieces = list[tuple[str, str]]
"""One row: the names of styles, and text fit to be shown."""

MOST_ASKED, MOST_SAID, MOST_NOTED, MOST_OUTCOMES = 3, 3, 2, 3
DOES = {
    EndKind.SOLVED: "the case is solved",
    EndKind.ESCALATE: "the case goes to the queue",
    EndKind.INCIDENT: "the case stays yours, for an incident",
}


@dataclass(frozen=True, slots=True)
class Look:
    """How the panel is looked at: cells across, the present moment, the agent's language, and the keys it names."""

    width: int
    now: datetime
    language: Language
    keys: Mapping[str, str]
    """By the ids of actions, as people read them."""


def closed_row(walk: Walk, look: Look) -> Pieces:
    """One row while nobody walks: which guide, at which step, and the key that goes on."""
    guide = in_language(walk.guide.title, look.language)
    step = in_language(walk.guide.title_of(walk.run.step), look.language)
    end = f"  {look.keys['case.guide']} goes on"
    said = words.cut(safety.line(f"{guide} · {step}"), max(look.width - cell_len(end) - 4, 10))
    return [("accent", " ▸ "), ("plain", said), ("quiet", end)]


def open_rows(walk: Walk, wording: Wording | None, look: Look) -> list[Pieces]:
    """All rows of the panel while it is walked, at most fourteen."""
    guide, place = walk.guide, walk.run.step
    rows = [_head(walk, look)]
    step, end = guide.steps.get(place), guide.ends.get(place)
    if step is not None:
        rows += [[("plain", f"  {row}")] for row in _wrapped(in_language(step.ask, look.language), look, MOST_ASKED)]
    elif end is not None:
        rows.append([("plain", words.cut(f"  {_end_does(end, look)}", look.width))])
    rows += _said(wording, place in walk.run.sent, look)
    rows += _noted(walk, step, look)
    if step is not None and step.fact is not None:
        said = f"  {safety.line(walk.waits_for)}  "
        again = f"{look.keys['guide.finish']} asks again"
        rows.append([("soon", words.cut(said, look.width - cell_len(again) - 1)), ("accent", again)])
    elif step is not None:
        rows += _outcomes(guide, step, look)
    return rows


def _head(walk: Walk, look: Look) -> Pieces:
    guide = safety.line(in_language(walk.guide.title, look.language))
    title = safety.line(in_language(walk.guide.title_of(walk.run.step), look.language))
    last = f" {safety.line(walk.run.agent_name)} {words.age(walk.run.updated_at, look.now)} "
    left = f" {len(walk.run.turns) + 1}. {words.cut(title, max(look.width // 2 - 6, 10))} "
    room = look.width - cell_len(left) - cell_len(last) - 2
    shown = words.cut(guide, max(room - 2, 8))
    gap = "─" * max(look.width - cell_len(left) - cell_len(shown) - cell_len(last) - 6, 0)
    return [("rule", "──"), ("accent", left), ("quiet", f"· {shown} "), ("rule", gap), ("quiet", last)]


def _end_does(end: End, look: Look) -> str:
    said = DOES[end.kind]
    where = f" {safety.line(end.queue)}, with a note of everything" if end.kind is EndKind.ESCALATE else ""
    topic = f" · topic {safety.line(end.topic)}" if end.topic else ""
    return f"The end: {look.keys['guide.finish']} and {said}{where}{topic}"


def _said(wording: Wording | None, is_sent: bool, look: Look) -> Iterator[Pieces]:
    if wording is None:
        return
    came = f", {wording.answer.rpartition('@')[0]}" if wording.answer else ""
    then = "sent" if is_sent else f"{look.keys['guide.send']} sends"
    label = f"  customer ({wording.language.value}{came}; {then}): "
    style = "quiet" if is_sent else "side"
    body = " ".join(wording.text.split())
    rows = list(islice(wrapped(safety.line(label + body), look.width - 3), MOST_SAID + 1))
    for number, row in enumerate(rows[:MOST_SAID]):
        cut = len(rows) > MOST_SAID and number == MOST_SAID - 1
        yield [(style, words.cut(f"{row} …" if cut else f"{row}" if not number else f"  {row}", look.width))]


def _noted(walk: Walk, step: Step | None, look: Look) -> Iterator[Pieces]:
    """What this step collects, noted or not, and what else is noted."""
    wanted = step.collect if step is not None else ()
    keys = [*wanted, *(key for key in walk.run.collected if key not in wanted)]
    if not keys:
        return
    parts = []
    for key in keys:
        field, value = walk.guide.fields.get(key), walk.run.collected.get(key)
        option = field.options.get(value) if field is not None and value is not None else None
        shown = in_language(option, look.language) if option else (value if value is not None else "–")
        name = in_language(field.ask, look.language).split(" (")[0] if field is not None else key
        parts.append(f"{words.cut(safety.line(name), 28)}: {words.cut(safety.line(shown), 30)}")
    label = f"{look.keys['guide.details']} details  "
    for number, row in enumerate(islice(wrapped(label + " · ".join(parts), look.width - 3), MOST_NOTED)):
        yield [("quiet", f"  {row}" if not number else f"    {row}")]


def _outcomes(guide: Guide, step: Step, look: Look) -> Iterator[Pieces]:
    """`1 Worked → The app works again`, as many to a row as there is room for; alone their words where it is tight."""
    named = [
        (str(number), in_language(guide.outcome_words(outcome), look.language), to)
        for number, (outcome, to) in enumerate(step.outcomes, start=1)
    ]
    full = [(n, said, f" → {in_language(guide.title_of(to), look.language)}") for n, said, to in named]
    rows = list(_flowed(full, look.width))
    yield from rows if len(rows) <= MOST_OUTCOMES else _flowed([(n, said, "") for n, said, _ in named], look.width)


def _flowed(items: list[tuple[str, str, str]], width: int) -> Iterator[Pieces]:
    row: Pieces = []
    used = 0
    for key, said, to in items:
        shown, leads = words.cut(safety.line(said), 34), words.cut(safety.line(to), 36)
        cells = 2 + cell_len(key) + 1 + cell_len(shown) + cell_len(leads)
        if row and used + cells > width - 1:
            yield row
            row, used = [], 0
        row += [("accent", f"  {key} "), ("strong", shown), ("quiet", leads)]
        used += cells
    if row:
        yield row


def _wrapped(text: str, look: Look, most: int) -> Iterator[str]:
    return islice(wrapped(safety.line(" ".join(text.split())), look.width - 4), most)
