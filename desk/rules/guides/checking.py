"""Whether a guide is sound: it leads somewhere from everywhere, in every language, and asks nobody for a secret."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from desk.rules.answers import DESK_VARIABLES, variables_in
from desk.rules.guides.asking_secrets import asks_for_secret, names_secret
from desk.rules.guides.facts import NO_ACCOUNT, outcomes_of
from desk.rules.guides.fields import MOST_OPTIONS, FieldKind
from desk.rules.guides.guide import LANGUAGES, USUAL_OUTCOMES, EndKind, Guide, Words

MOST_OUTCOMES = 9
"""One key each, 1 to 9."""
LONGEST_SAID = 1_000
"""Characters that a step may send: it has to be read in a chat window."""


def problems(guide: Guide) -> tuple[str, ...]:
    """What is wrong with a guide, each as `where: what, and what would do`; empty when it is sound."""
    return (*_places(guide), *_facts(guide), *_ways(guide), *_collected(guide), *_words(guide))


def leads_to(guide: Guide, place: str) -> tuple[str, ...]:
    """The places to which a step's outcomes lead; none for an end."""
    step = guide.steps.get(place)
    return tuple(dict.fromkeys(to for _, to in step.outcomes)) if step is not None else ()


def _places(guide: Guide) -> Iterator[str]:
    if guide.start not in guide.steps:
        yield f"start: {guide.start!r} is no step; there are {_listed(guide.steps)}"
    for key in sorted(guide.steps.keys() & guide.ends.keys()):
        yield f"ends.{key}: a step has the same name; call one of them otherwise"
    for step in guide.steps.values():
        if not step.outcomes:
            yield f"steps.{step.key}: nothing can come of it; give it at least one outcome"
        if len(step.outcomes) > MOST_OUTCOMES:
            yield f"steps.{step.key}: {len(step.outcomes)} outcomes; there are keys for {MOST_OUTCOMES}"
        for outcome, to in step.outcomes:
            if to not in guide.steps and to not in guide.ends:
                yield f"steps.{step.key}.to.{outcome}: {to!r} is no step and no end"
            if outcome not in USUAL_OUTCOMES and outcome not in guide.outcomes:
                yield f"steps.{step.key}.to.{outcome}: has no words; add it under [outcomes]"
    for end in guide.ends.values():
        if end.kind is EndKind.ESCALATE and not end.queue:
            yield f"ends.{end.key}: an escalation needs its queue"
        if end.kind is EndKind.SOLVED and end.queue:
            yield f"ends.{end.key}: what is solved goes into no queue; take it out"
    for outcome in sorted(guide.outcomes.keys() - {outcome for s in guide.steps.values() for outcome, _ in s.outcomes}):
        yield f"outcomes.{outcome}: no step has it; remove it"


def _facts(guide: Guide) -> Iterator[str]:
    for step in guide.steps.values():
        outcomes = {outcome for outcome, _ in step.outcomes}
        if step.fact is not None and outcomes != outcomes_of(step.fact):
            wanted = ", ".join(sorted(outcomes_of(step.fact)))
            yield f"steps.{step.key}.to: what {step.fact.value!r} decides leads on by {wanted}, and by nothing else"
        if step.fact is None and NO_ACCOUNT in outcomes:
            yield f"steps.{step.key}.to.{NO_ACCOUNT}: only what the wallet decides has it; name the step's fact"


def _ways(guide: Guide) -> Iterator[str]:
    reached = _reached(guide)
    for key in (*guide.steps, *guide.ends):
        if guide.start in guide.steps and key not in reached:
            yield f"{'steps' if key in guide.steps else 'ends'}.{key}: no way leads there; remove it or lead there"
    leaving = _leaving(guide)
    for key in guide.steps:
        if key in reached and key not in leaving:
            yield f"steps.{key}: from here no way leads to an end; let an outcome lead out of the circle"


def _reached(guide: Guide) -> set[str]:
    seen, waiting = set[str](), [guide.start]
    while waiting:
        place = waiting.pop()
        if place not in seen:
            seen.add(place)
            waiting += leads_to(guide, place)
    return seen


def _leaving(guide: Guide) -> set[str]:
    """The places from which an end can be reached."""
    leaving = set(guide.ends)
    while more := {key for key in guide.steps if key not in leaving and leaving & set(leads_to(guide, key))}:
        leaving |= more
    return leaving


def _collected(guide: Guide) -> Iterator[str]:
    used = {name for step in guide.steps.values() for name in step.collect}
    for step in guide.steps.values():
        for name in step.collect:
            if name not in guide.fields:
                yield f"steps.{step.key}.collect: {name!r} is no field; add it under [fields]"
    for key, field in guide.fields.items():
        if key not in used:
            yield f"fields.{key}: no step collects it; remove it"
        if names_secret(key.replace("_", " ")) or any(names_secret(text) for text in field.ask.values()):
            yield f"fields.{key}: collects a PIN, a code or a password; nobody is ever asked for one"
        if (field.kind is FieldKind.CHOICE) != bool(field.options):
            yield f"fields.{key}: a choice, and nothing else, has options"
        if len(field.options) > MOST_OPTIONS:
            yield f"fields.{key}: {len(field.options)} options; there are keys for {MOST_OPTIONS}"


def _words(guide: Guide) -> Iterator[str]:
    for where, words, is_said in _texts(guide):
        for language in LANGUAGES:
            text = words.get(language, "")
            if not text.strip():
                yield f"{where}.{language}: is missing"
            if asking := asks_for_secret(text):
                yield f"{where}.{language}: asks for a PIN, a code or a password ({asking[:60]!r}); never do"
            if is_said and len(text) > LONGEST_SAID:
                yield f"{where}.{language}: {len(text)} characters; a step sends at most {LONGEST_SAID}"
            if unknown := sorted(set(variables_in(text)) - (DESK_VARIABLES if is_said else set())):
                yield f"{where}.{language}: {{{unknown[0]}}} is not known here"
        if is_said and len({frozenset(variables_in(text)) for text in words.values()}) > 1:
            yield f"{where}: the languages use different variables"
    for kind, places in (("steps", guide.steps), ("ends", guide.ends)):
        for place in places.values():
            if place.say is not None and place.answer:
                yield f"{kind}.{place.key}: has words of its own and a canned answer; choose one"


def _texts(guide: Guide) -> Iterator[tuple[str, Words, bool]]:
    """Every text with where it stands, and whether a customer gets it."""
    yield "title", guide.title, False
    for outcome, words in guide.outcomes.items():
        yield f"outcomes.{outcome}", words, False
    for field in guide.fields.values():
        yield f"fields.{field.key}.ask", field.ask, False
        for option, words in field.options.items():
            yield f"fields.{field.key}.options.{option}", words, False
    for step in guide.steps.values():
        yield f"steps.{step.key}.title", step.title, False
        yield f"steps.{step.key}.ask", step.ask, False
        if step.say is not None:
            yield f"steps.{step.key}.say", step.say, True
    for end in guide.ends.values():
        yield f"ends.{end.key}.title", end.title, False
        if end.say is not None:
            yield f"ends.{end.key}.say", end.say, True


def _listed(names: Mapping[str, object]) -> str:
    return ", ".join(names) or "none"
