"""The seed files in `seeds/`: where they are, what shape they have, and whether they are sound."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, TypeVar

import msgspec

import desk
from db.kinds import Channel, Language
from desk.rules.answers import DESK_VARIABLES

_BRACES = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
_NAME = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*")

Key = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9-]*(\.[a-z0-9-]+)*$", max_length=64)]
Words = Annotated[str, msgspec.Meta(min_length=1)]
T = TypeVar("T")


class SeedError(Exception):
    """A seed file cannot be used; the message names the file, the key and what would be right."""

    def __init__(self, path: Path, key: str, fix: str) -> None:
        self.path = path
        self.key = key
        super().__init__(f"{path.name}, {key}: {fix}")


class InEachLanguage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The same few words in the desk's languages."""

    id: Words
    en: Words
    zh: Words


class Variable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the agent is asked for when an answer needs it."""

    required: bool
    ask: InEachLanguage


class AnswerWords(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An answer in one language."""

    title: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    text: Words


class AnswerSeed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file of `seeds/answers`; its name is its key."""

    key: Key
    topic: Key
    id: AnswerWords
    en: AnswerWords
    zh: AnswerWords
    channels: tuple[Channel, ...] = ()
    variables: dict[str, Variable] = {}

    @property
    def texts(self) -> dict[Language, AnswerWords]:
        """The words by language."""
        return {Language.INDONESIAN: self.id, Language.ENGLISH: self.en, Language.CHINESE: self.zh}


class TopicSeed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One entry of `seeds/topics.toml`; its place there is its position."""

    key: Key
    titles: InEachLanguage


class _Topics(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    topic: tuple[TopicSeed, ...]


@dataclass(frozen=True, slots=True)
class Seeds:
    """All that a new desk starts with, checked; `digest` changes when any of it does."""

    topics: tuple[TopicSeed, ...]
    answers: tuple[AnswerSeed, ...]
    digest: str
    folder: Path


def seeds_folder() -> Path:
    """Where the seed files are: inside the installed package, or at the top of the repository."""
    home = Path(desk.__file__).parent
    inside = home / "seeds"
    return inside if inside.is_dir() else home.parent / "seeds"


def read_seed_file(path: Path, shape: type[T]) -> T:
    """One TOML file as `shape`. Raises `SeedError`."""
    try:
        return msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), shape)
    except OSError as error:
        raise SeedError(path, "the file", f"cannot be read ({error.strerror}); restore it") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SeedError(path, "the file", f"is not valid TOML ({error}); correct that line") from error
    except msgspec.ValidationError as error:
        what, _, where = str(error).partition(" - at ")
        raise SeedError(path, where.strip("`$.") or "the top level", what) from error


def placeholders(words: str) -> list[str]:
    """The names between braces, in order, repeated as often as they stand there; `{{` and `}}` are literal braces.

    Raises `ValueError` on a lone brace and on a name that is none.
    """
    names = []
    for match in _BRACES.finditer(words):
        name = match[1]
        if match[0] in {"{{", "}}"}:
            continue
        if name is None or not _NAME.fullmatch(name):
            raise ValueError(f"{match[0]} is not a variable; write {{name}}, or {{{{ for a literal brace")
        names.append(name)
    return names


def read_seeds(folder: Path | None = None) -> Seeds:
    """Every topic and answer in `folder` (by default the shipped ones), checked. Raises `SeedError`."""
    folder = folder or seeds_folder()
    paths = sorted((folder / "answers").glob("*.toml"))
    topics = read_seed_file(folder / "topics.toml", _Topics).topic
    keys = {topic.key for topic in topics}
    answers = []
    for path in paths:
        answer = read_seed_file(path, AnswerSeed)
        _check(path, answer, keys)
        answers.append(answer)
    folders = ("hours", "merchants", "policies", "refund-paths", "routing")
    reviewed = [path for name in folders for path in sorted((folder / name).glob("*.toml"))]
    texts = [path.read_text(encoding="utf-8") for path in reviewed]
    digest = hashlib.sha256(msgspec.json.encode([topics, answers, texts])).hexdigest()
    return Seeds(topics, tuple(answers), digest, folder)


def _check(path: Path, answer: AnswerSeed, topics: set[str]) -> None:
    if path.stem != answer.key:
        raise SeedError(path, "key", f"is {answer.key!r}; name the file {answer.key}.toml")
    if answer.topic not in topics:
        raise SeedError(path, "topic", f"{answer.topic!r} is not in topics.toml; add it there or choose another")
    used = {code: _used(path, code, words) for code, words in answer.texts.items()}
    everywhere: set[str] = set().union(*used.values())
    for code, names in used.items():
        if missing := everywhere - names:
            raise SeedError(path, f"{code}.text", f"lacks {_listed(missing)}, which another language has")
    if undeclared := everywhere - DESK_VARIABLES - answer.variables.keys():
        raise SeedError(path, "variables", f"{_listed(undeclared)} is used but not declared; add who asks for it")
    if unused := answer.variables.keys() - everywhere:
        raise SeedError(path, "variables", f"{_listed(unused)} is declared but in no text; remove it")


def _used(path: Path, language: Language, words: AnswerWords) -> set[str]:
    try:
        return set(placeholders(words.text))
    except ValueError as error:
        raise SeedError(path, f"{language}.text", str(error)) from error


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"{{{name}}}" for name in sorted(names))
