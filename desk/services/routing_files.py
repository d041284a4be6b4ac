"""Files of routing in `seeds/routing` or of the desk's own: their shape, and whether they are sound."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec

from db.kinds import Channel, Language, WorkMode
from desk.rules import routing
from desk.rules.proposing import Lexicon, TopicWords, Urgency
from desk.rules.words import MOST_WORDS, is_findable
from desk.services.seed_files import InEachLanguage, Key, SeedError, read_seed_file, seeds_folder

MOST_RULES = 500
RULES, TOPICS = "rules", "topics"
"""Under which keys the files in force are kept."""

Priority = Annotated[int, msgspec.Meta(ge=1, le=4)]
Word = Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
Words = Annotated[tuple[Word, ...], msgspec.Meta(max_length=MOST_WORDS)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]


class QueueEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One `[[queue]]`."""

    key: Key
    titles: InEachLanguage
    mode: WorkMode = WorkMode.PULL
    calendar: str = ""
    reserved: Annotated[int, msgspec.Meta(ge=0, le=50)] = 0


class AgentEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One `[[agent]]`: what somebody who works here already may be handed."""

    login: Name
    languages: tuple[Language, ...] = ()
    skills: tuple[Key, ...] = ()
    queues: tuple[Key, ...] = ()
    limits: dict[Channel, Annotated[int, msgspec.Meta(ge=1, le=1000)]] = {}


class QueuesFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """`queues.toml`."""

    queue: tuple[QueueEntry, ...]
    agent: tuple[AgentEntry, ...] = ()


class LoadEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`load = { queue = "money", at_least = 50 }`."""

    queue: Key
    at_least: Annotated[int, msgspec.Meta(ge=1, le=10_000)]


class WhenEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """`[rule.when]`; what is left out is not asked."""

    channels: tuple[Channel, ...] = ()
    hours: Annotated[str, msgspec.Meta(pattern="^(open|closed)?$")] = ""
    hours_of: str = ""
    languages: tuple[Language, ...] = ()
    topics: tuple[Key, ...] = ()
    words: Words = ()
    tiers: tuple[Name, ...] = ()
    queues: tuple[Key, ...] = ()
    incident: str = ""
    load: LoadEntry | None = None


class DoEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """`[rule.do]`; what is left out stays as it is."""

    queue: Annotated[str, msgspec.Meta(max_length=64)] = ""
    priority: Priority | None = None
    skill: Annotated[str, msgspec.Meta(max_length=64)] = ""
    answer: Annotated[str, msgspec.Meta(max_length=80)] = ""
    channel: Annotated[str, msgspec.Meta(pattern="^(call-back|email)?$")] = ""


class RuleEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One `[[rule]]`."""

    name: Key
    do: DoEntry
    when: WhenEntry = WhenEntry()
    why: str = ""


class Example(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One `[[example]]`: a case as it may come in, and what has to become of it; what is left out is not compared.

    `rule` empty means that no rule fits. `at` is a moment with its offset; now by default.
    """

    text: str
    channel: Channel = Channel.EMAIL
    language: Language = Language.INDONESIAN
    topic: str = ""
    tier: str = ""
    from_queue: str = ""
    incidents: tuple[str, ...] = ()
    waiting: dict[str, int] = {}
    at: datetime | None = None
    rule: str | None = None
    queue: str | None = None
    priority: int | None = None


class RulesFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """`rules.toml`."""

    rule: Annotated[tuple[RuleEntry, ...], msgspec.Meta(max_length=MOST_RULES)]
    example: tuple[Example, ...] = ()


class TopicEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One `[[topic]]` with the words by which it is known."""

    topic: Key
    sure: Words = ()
    words: Words = ()
    hints: Words = ()


class UrgencyEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One `[[urgency]]`."""

    priority: Priority
    words: Words


class TopicsFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """`topics.toml`."""

    topic: tuple[TopicEntry, ...]
    urgency: tuple[UrgencyEntry, ...] = ()


RoutingFiles = QueuesFile | RulesFile | TopicsFile
SHAPES: Mapping[str, type[QueuesFile] | type[RulesFile] | type[TopicsFile]] = {
    "queue": QueuesFile,
    "rule": RulesFile,
    "topic": TopicsFile,
}


def read_routing(path: Path) -> RoutingFiles:
    """A file of queues, of rules or of topics' words, whichever it holds. Raises `SeedError` with the line."""
    raw = read_seed_file(path, dict[str, Any])
    shape = next((SHAPES[name] for name in SHAPES if name in raw), None)
    if shape is None:
        raise SeedError(path, "the top level", "has neither [[queue]] nor [[rule]] nor [[topic]]; begin with one")
    try:
        file: RoutingFiles = read_seed_file(path, shape)
    except SeedError as error:
        raise _with_line(path, error) from error
    _check(path, file)
    return file


def shipped_files(folder: Path | None = None) -> tuple[RoutingFiles, ...]:
    """The files that a new desk starts with; queues first. Raises `SeedError`."""
    home = (folder or seeds_folder()) / "routing"
    return tuple(
        read_routing(path) for name in ("queues", "topics", "rules") if (path := home / f"{name}.toml").exists()
    )


def rules_of(file: RulesFile) -> tuple[routing.Rule, ...]:
    """The rules of a file, in its order."""
    return tuple(_rule(each) for each in file.rule)


def lexicon_of(file: TopicsFile) -> Lexicon:
    """The words of a file."""
    return Lexicon(
        tuple(TopicWords(each.topic, each.sure, each.words, each.hints) for each in file.topic),
        tuple(Urgency(each.priority, each.words) for each in file.urgency),
    )


def as_data(file: RoutingFiles) -> dict[str, Any]:
    """A file as plain data, the same for the same content."""
    data: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(file))
    return data


def line_of(path: Path, entry: str, name: str = "") -> int | None:
    """On which line an entry stands that is given as `rule[2].when.hours`, or in it a name between quotes."""
    table, _, rest = entry.partition("[")
    number, closed, inner = rest.partition("]")
    if table not in {"queue", "agent", "rule", "example", "topic", "urgency"} or not (closed and number.isdecimal()):
        return None
    lines = path.read_text(encoding="utf-8").splitlines()
    heads = [place for place, line in enumerate(lines, 1) if line.strip() == f"[[{table}]]"]
    if int(number) >= len(heads):
        return None
    start = heads[int(number)]
    stop = heads[int(number) + 1] if int(number) + 1 < len(heads) else len(lines) + 1
    word = inner.rpartition(".")[2].partition("[")[0]
    inside = [place for place in range(start, stop) if word and lines[place - 1].strip().startswith(word)]
    naming = [place for place in range(start, stop) if name and f'"{name}"' in lines[place - 1]]
    return next((place for place in inside if place in naming), [*naming, *inside, start][0])


def _rule(entry: RuleEntry) -> routing.Rule:
    when, do = entry.when, entry.do
    conditions = routing.Conditions(
        channels=when.channels,
        hours=when.hours,
        hours_of=when.hours_of,
        languages=when.languages,
        topics=when.topics,
        words=when.words,
        tiers=when.tiers,
        queues=when.queues,
        incident=when.incident,
    )
    if when.load is not None:
        conditions = replace(conditions, load=routing.Load(when.load.queue, when.load.at_least))
    outcome = routing.Outcome(do.queue, do.priority, do.skill, do.answer, do.channel)
    return routing.Rule(entry.name, conditions, outcome, entry.why)


def _check(path: Path, file: RoutingFiles) -> None:
    """What the shape alone does not say. Raises `SeedError`."""
    if isinstance(file, QueuesFile):
        _unlike(path, "queue", "key", [each.key for each in file.queue])
        _unlike(path, "agent", "login", [each.login for each in file.agent])
    elif isinstance(file, TopicsFile):
        _unlike(path, "topic", "topic", [each.topic for each in file.topic])
        for topic in file.topic:
            _findable(path, "topic", topic.topic, (*topic.sure, *topic.words, *topic.hints))
        for urgency in file.urgency:
            _findable(path, "urgency", "", urgency.words)
    else:
        _unlike(path, "rule", "name", [each.name for each in file.rule])
        names = {each.name for each in file.rule}
        for rule in file.rule:
            _findable(path, "rule", rule.name, rule.when.words)
            if rule.when.hours_of and not rule.when.hours:
                raise _at(path, rule.name, f"rule {rule.name}, when.hours_of", 'needs hours = "open" or "closed" too')
            if rule.do == DoEntry():
                raise _at(
                    path, rule.name, f"rule {rule.name}, do", "does nothing; set queue, priority, skill or answer"
                )
        for place, example in enumerate(file.example, 1):
            if example.rule and example.rule not in names:
                raise _at(path, example.rule, f"example {place}, rule", f"{example.rule!r} is none of the file's rules")
            if example.at is not None and example.at.tzinfo is None:
                raise _at(path, "", f"example {place}, at", "has no offset; write 2026-11-25T23:30:00+07:00")


def _unlike(path: Path, table: str, key: str, names: list[str]) -> None:
    twice = next((name for place, name in enumerate(names) if name in names[:place]), None)
    if twice is not None:
        raise _at(path, twice, f"{table}.{key}", f"{twice!r} stands there twice; name one of them otherwise", last=True)


def _findable(path: Path, table: str, name: str, words: tuple[str, ...]) -> None:
    bad = next((word for word in words if not is_findable(word)), None)
    if bad is not None:
        raise _at(path, bad, f"{table} {name}, words".replace(" ,", ","), f"{bad!r} has no letters; take it out")


def _at(path: Path, text: str, where: str, fix: str, *, last: bool = False) -> SeedError:
    """An error that names the line on which a text stands between quotes."""
    lines = path.read_text(encoding="utf-8").splitlines()
    found = [number for number, line in enumerate(lines, 1) if text and f'"{text}"' in line]
    return SeedError(path, f"line {found[-1 if last else 0]}, {where}" if found else where, fix)


def _with_line(path: Path, error: SeedError) -> SeedError:
    """The same error with the line of the entry that it is about."""
    line = line_of(path, error.key)
    where = f"line {line}, {error.key}" if line else error.key
    return SeedError(path, where, str(error).partition(": ")[2])
