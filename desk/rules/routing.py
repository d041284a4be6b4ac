"""Routing: which rule fits a new case, and why; pure, and told in words.

The first rule all of whose conditions hold decides. Within a condition one of its values is enough.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from db.kinds import Channel, Language
from desk.rules.words import found

COMMON = "common"
"""How the queue of cases that nobody put into one is called."""

PARTS = ("channels", "hours", "languages", "topics", "words", "tiers", "queues", "incident", "load")


@dataclass(frozen=True, slots=True)
class Load:
    """How many cases wait in a queue, at least."""

    queue: str
    at_least: int


@dataclass(frozen=True, slots=True)
class Conditions:
    """What has to hold of a case; what is empty is not asked."""

    channels: tuple[Channel, ...] = ()
    hours: str = ""
    """`open` or `closed`."""
    hours_of: str = ""
    """Whose hours: a queue or a channel; the case's own channel when empty."""
    languages: tuple[Language, ...] = ()
    topics: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    tiers: tuple[str, ...] = ()
    queues: tuple[str, ...] = ()
    """Where its mailbox has put it."""
    incident: str = ""
    load: Load | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a rule does with a case; what is empty stays as it is."""

    queue: str = ""
    priority: int | None = None
    skill: str = ""
    answer: str = ""
    """The key of a canned answer that is sent by itself."""
    channel: str = ""
    """`call-back` for a call when phone opens next, `email` for going on by mail."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of the file; `why` is for people."""

    name: str
    when: Conditions
    do: Outcome
    why: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a case when it comes in; `text` is `words.folded`.

    `is_open` answers for a channel or a queue, None where nothing says; `waiting` counts cases in a queue, as far as
    it is asked to. Both are called only when a rule asks.
    """

    channel: Channel
    language: Language
    text: str = " "
    topic: str = ""
    tier: str = ""
    queue: str = ""
    incidents: frozenset[str] = frozenset()
    is_open: Callable[[str], bool | None] = field(default=lambda _whose: None)
    waiting: Callable[[str, int], int] = field(default=lambda _queue, _most: 0)


@dataclass(frozen=True, slots=True)
class Check:
    """One condition of a rule, whether it holds, and how that is said."""

    part: str
    holds: bool
    words: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a rule fits, and each of its conditions as far as they were looked at."""

    rule: Rule
    checks: tuple[Check, ...]

    @property
    def fits(self) -> bool:
        """Whether all conditions hold; a rule without any always fits."""
        return all(check.holds for check in self.checks)

    @property
    def why(self) -> str:
        """What held, or the first thing that did not."""
        if self.fits:
            return "; ".join(check.words for check in self.checks) or "fits every case"
        return next(check.words for check in self.checks if not check.holds)


def decide(rules: Sequence[Rule], facts: Facts) -> Verdict | None:
    """The first rule that fits; None when none does."""
    return next((verdict for rule in rules if (verdict := judge(rule, facts)).fits), None)


def judge(rule: Rule, facts: Facts, *, in_full: bool = False) -> Verdict:
    """How a rule stands to a case. Without `in_full` it stops at the first condition that does not hold."""
    checks: list[Check] = []
    for part in PARTS:
        asked = CHECKS[part](rule.when, facts)
        if asked is None:
            continue
        holds, words = asked
        checks.append(Check(part, holds, words))
        if not holds and not in_full:
            break
    return Verdict(rule, tuple(checks))


Asked = tuple[bool, str] | None
"""Whether a condition holds, and that in words; None when it is not asked."""


def _channels(when: Conditions, facts: Facts) -> Asked:
    return _one_of("the channel", tuple(each.value for each in when.channels), facts.channel.value)


def _hours(when: Conditions, facts: Facts) -> Asked:
    if not when.hours:
        return None
    whose = when.hours_of or facts.channel.value
    is_open = facts.is_open(whose)
    if is_open is None:
        return False, f"nothing says when {whose} is open"
    return is_open == (when.hours == "open"), f"{whose} is {'open' if is_open else 'closed'}"


def _languages(when: Conditions, facts: Facts) -> Asked:
    return _one_of("the language", tuple(each.value for each in when.languages), facts.language.value)


def _topics(when: Conditions, facts: Facts) -> Asked:
    return _one_of("the topic", when.topics, facts.topic)


def _words(when: Conditions, facts: Facts) -> Asked:
    if not when.words:
        return None
    said = found(when.words, facts.text)
    if not said:
        return False, "none of its words is said"
    return True, "says " + ", ".join(f"“{word}”" for word in said[:3])


def _tiers(when: Conditions, facts: Facts) -> Asked:
    return _one_of("the customer's tier", when.tiers, facts.tier)


def _queues(when: Conditions, facts: Facts) -> Asked:
    return _one_of("the mailbox's queue", when.queues, facts.queue or COMMON)


def _incident(when: Conditions, facts: Facts) -> Asked:
    if not when.incident:
        return None
    is_on = when.incident in facts.incidents
    return is_on, f"the incident {when.incident} is {'on' if is_on else 'not on'}"


def _load(when: Conditions, facts: Facts) -> Asked:
    if when.load is None:
        return None
    waiting = facts.waiting(when.load.queue, when.load.at_least)
    holds = waiting >= when.load.at_least
    number = f"{waiting} or more" if holds else str(waiting)
    return holds, f"{number} wait in {when.load.queue}, {when.load.at_least} are asked"


def named(queue: str) -> str | None:
    """A queue as cases carry it: none for the common one."""
    return None if queue == COMMON else queue


def _one_of(what: str, wanted: tuple[str, ...], given: str) -> Asked:
    if not wanted:
        return None
    holds = given in wanted
    return holds, f"{what} is {given or 'not known'}" + ("" if holds else f", not {' or '.join(wanted)}")


CHECKS: Mapping[str, Callable[[Conditions, Facts], Asked]] = {
    "channels": _channels,
    "hours": _hours,
    "languages": _languages,
    "topics": _topics,
    "words": _words,
    "tiers": _tiers,
    "queues": _queues,
    "incident": _incident,
    "load": _load,
}
