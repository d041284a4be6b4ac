"""The phrase bank: what people in the demo world are called, what they write, and how often what happens."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from db.kinds import Channel, Language, Role
from desk.services.answer_files import AnswerFile
from desk.services.demo.pieces import Template
from desk.services.seed_files import SeedError, Seeds, read_seed_file, read_seeds, seeds_folder

Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
Lines = Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]


class Agent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody who works at the demo's desk."""

    login: str
    name: str
    role: Role
    languages: tuple[Language, ...]


class _Agents(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    agent: tuple[Agent, ...]


class Shares(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How often things happen."""

    language: dict[Language, int]
    channel: dict[Channel, int]
    canned: Share
    emoji: Share
    typo: Share
    attachment: Share
    note: Share
    second_round: Share
    thanks: Share
    several: Share
    late: Share


class Arrivals(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When cases come in: weights by hour of the day and day of the week, at `offset_hours` from UTC."""

    offset_hours: int
    hours: Annotated[tuple[int, ...], msgspec.Meta(min_length=24, max_length=24)]
    weekdays: Annotated[tuple[int, ...], msgspec.Meta(min_length=7, max_length=7)]


class Queue(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How much of the world needs somebody."""

    share: Share
    at_least: int
    channel: dict[Channel, int]
    overdue: Share


class Problem(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One matter that customers write about."""

    key: str
    topic: str
    weight: int
    answers: Lines
    tags: tuple[str, ...]
    priorities: Annotated[tuple[int, ...], msgspec.Meta(min_length=4, max_length=4)]
    kind: Literal["money", "access", "app", "talk"]
    merchant: bool = False


class Things(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the slots are filled with; amounts are whole rupiah."""

    merchants: Lines
    amounts: tuple[int, ...]
    devices: Lines
    errors: Lines
    banks: Lines
    files: Lines
    emoji: Lines


class World(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`seeds/demo/world.toml`."""

    shares: Shares
    arrivals: Arrivals
    queue: Queue
    problem: tuple[Problem, ...]
    things: Things


class SpacedNames(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """First and last names; shops are called after a person."""

    first: Lines
    last: Lines
    shops: tuple[str, ...] = ()


class ChineseNames(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Family and given names, each with its spelling in addresses."""

    surname: tuple[tuple[str, str], ...]
    given: tuple[tuple[str, str], ...]


class Names(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`seeds/demo/names.toml`."""

    id: SpacedNames
    en: SpacedNames
    zh: ChineseNames


class _Lines(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    any: tuple[str, ...]
    money: tuple[str, ...]
    access: tuple[str, ...]
    talk: tuple[str, ...] = ()


class _Matter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    subjects: Lines
    openings: Lines


class _Phrases(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    hello_mail: Lines
    hello_chat: Lines
    bye_mail: Lines
    bye_chat: Lines
    call: Lines
    thanks: Lines
    detail: _Lines
    second: _Lines
    reply: _Lines
    note: _Lines
    quoted: str
    problem: dict[str, _Matter]


Templates = tuple[Template, ...]


@dataclass(frozen=True, slots=True)
class Speech:
    """One language's phrases, ready to be filled; `subjects`, `openings` by problem and `answers` by key."""

    hello: dict[bool, Templates]
    bye: dict[bool, Templates]
    """Greetings and endings: of mail (True) and of quick messages (False)."""
    call: Templates
    thanks: Templates
    detail: dict[str, Templates]
    second: dict[str, Templates]
    reply: dict[str, Templates]
    note: dict[str, Templates]
    """What fits any case of a problem's `kind`."""
    quoted: Template
    subjects: dict[str, Templates]
    openings: dict[str, Templates]
    answers: dict[str, Template]


SOLVED, PRIVATE = "case.solved", "ask.private"
"""The answers with which the demo's cases end, and by which somebody is asked to write privately."""


@dataclass(frozen=True, slots=True)
class Bank:
    """All that the demo world is made from."""

    world: World
    names: Names
    agents: tuple[Agent, ...]
    speech: dict[Language, Speech]
    seeds: Seeds


def read_bank() -> Bank:
    """The shipped phrase bank. Raises `SeedError`."""
    folder = seeds_folder()
    seeds = read_seeds(folder)
    demo = folder / "demo"
    world = read_seed_file(demo / "world.toml", World)
    languages = (Language.INDONESIAN, Language.ENGLISH, Language.CHINESE)
    return Bank(
        world=world,
        names=read_seed_file(demo / "names.toml", Names),
        agents=read_seed_file(folder / "agents.toml", _Agents).agent,
        speech={code: _speech(demo / f"{code}.toml", code, world, seeds.answers) for code in languages},
        seeds=seeds,
    )


def _speech(path: Path, language: Language, world: World, answers: tuple[AnswerFile, ...]) -> Speech:
    phrases = read_seed_file(path, _Phrases)
    if missing := {problem.key for problem in world.problem} - phrases.problem.keys():
        raise SeedError(path, "problem", f"lacks {', '.join(sorted(missing))}")

    def ready(lines: tuple[str, ...]) -> Templates:
        try:
            return tuple(Template(line) for line in lines)
        except ValueError as error:
            raise SeedError(path, "a phrase", str(error)) from error

    plain: dict[str, Any] = {
        field: {
            "app": ready(lines.any),
            "talk": ready(lines.talk or lines.any),
            "money": ready(lines.any + lines.money),
            "access": ready(lines.any + lines.access),
        }
        for field in ("detail", "second", "reply", "note")
        for lines in [getattr(phrases, field)]
    }
    said = {SOLVED, PRIVATE, *(key for problem in world.problem for key in problem.answers)}
    return Speech(
        hello={True: ready(phrases.hello_mail), False: ready(phrases.hello_chat)},
        bye={True: ready(phrases.bye_mail), False: ready(phrases.bye_chat)},
        call=ready(phrases.call),
        thanks=ready(phrases.thanks),
        quoted=ready((phrases.quoted,))[0],
        subjects={key: ready(matter.subjects) for key, matter in phrases.problem.items()},
        openings={key: ready(matter.openings) for key, matter in phrases.problem.items()},
        answers={
            answer.key: ready((_slots(answer.texts[language].text.strip()),))[0]
            for answer in answers
            if answer.key in said
        },
        **plain,
    )


def _slots(text: str) -> str:
    """An answer with the slots of phrases in the places of its variables; the demo uses none with conditions."""
    return re.sub(r"\{\{\s*([\w.]+)\s*\}\}", r"{\1}", text)
