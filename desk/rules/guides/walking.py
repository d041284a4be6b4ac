"""Walking a guide: from a step by an outcome to the next one, back again, and what was collected as one text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from db.kinds import Language
from desk.rules.guides.guide import Guide, in_language


class WalkError(ValueError):
    """This cannot come of that step; the message says what can."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One step that was done: what came of it, and who said so (their name, for people)."""

    step: str
    outcome: str
    who: str = ""


def after(guide: Guide, step: str, outcome: str) -> str:
    """The place to which an outcome leads. Raises `WalkError`."""
    here = guide.steps.get(step)
    if here is None:
        raise WalkError("The guide has come to its end; end it, or go back a step.")
    to = dict(here.outcomes).get(outcome)
    if to is None:
        raise WalkError(
            f"{outcome!r} cannot come of this step; there are {', '.join(key for key, _ in here.outcomes)}."
        )
    return to


def before(turns: Sequence[Turn]) -> tuple[Turn, tuple[Turn, ...]]:
    """The last turn, to be taken back, and those that stay. Raises `WalkError` at the first step."""
    if not turns:
        raise WalkError("This is the first step of the guide.")
    return turns[-1], tuple(turns[:-1])


def collected_text(
    guide: Guide, turns: Sequence[Turn], collected: Mapping[str, str], place: str, language: Language
) -> str:
    """All that was done and noted in a guide, as one tidy note; `place` is where it stands."""
    title = in_language(guide.title, language)
    lines = [f"{title} ({guide.key}, v{guide.version}) → {in_language(guide.title_of(place), language)}"]
    if collected:
        lines.append("")
        known = [*(key for key in guide.fields if key in collected), *(sorted(collected.keys() - guide.fields.keys()))]
        lines += [f"{_asked(guide, key, language)}: {_said(guide, key, collected[key], language)}" for key in known]
    if turns:
        lines.append("")
        for number, turn in enumerate(turns, start=1):
            step = in_language(guide.title_of(turn.step), language)
            outcome = in_language(guide.outcome_words(turn.outcome), language)
            lines.append(f"{number}. {step}: {outcome}" + (f" ({turn.who})" if turn.who else ""))
    return "\n".join(lines)


def _asked(guide: Guide, key: str, language: Language) -> str:
    field = guide.fields.get(key)
    return in_language(field.ask, language).rstrip("?？: ") if field is not None else key.replace("_", " ")


def _said(guide: Guide, key: str, value: str, language: Language) -> str:
    field = guide.fields.get(key)
    options = field.options.get(value) if field is not None else None
    return in_language(options, language) if options else value
