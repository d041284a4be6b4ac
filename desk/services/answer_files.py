"""Files of canned answers, as a desk exports and imports them: their shape, reading a folder, writing one."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Annotated

import msgspec

from db.kinds import Channel, Language, Status
from desk.services.seed_text import InEachLanguage, Key, Words

FILES = "files"
"""The folder beside the answers in which what goes along with them lies."""

MOST_BYTES = 10_000_000
"""Of one file that goes along."""


class Variable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the agent is asked for when an answer needs it."""

    required: bool
    ask: InEachLanguage


class AnswerWords(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An answer in one language."""

    title: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    text: Words


class Actions(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What is done on the case when the answer is sent."""

    status: Status | None = None
    topic: Key | None = None
    tags: tuple[Words, ...] = ()
    snooze: Annotated[str, msgspec.Meta(pattern=r"^([1-9][0-9]{0,2}[hdw])?$")] = ""
    """How long the case sleeps: `4h`, `2d`, `1w`."""
    guide: str = ""
    refund: bool = False


class Valid(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The first and the last day on which it is offered."""

    start: date | None = msgspec.field(default=None, name="from")
    until: date | None = None


class AnswerFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file; its name is its key."""

    key: Key
    topic: Key | None = None
    channels: tuple[Channel, ...] = ()
    files: tuple[Annotated[str, msgspec.Meta(pattern=r"^[^/\\\x00-\x1f]{1,200}$")], ...] = ()
    valid: Valid = Valid()
    actions: Actions = Actions()
    variables: dict[str, Variable] = {}
    id: AnswerWords | None = None
    en: AnswerWords | None = None
    zh: AnswerWords | None = None

    @property
    def texts(self) -> dict[Language, AnswerWords]:
        """The words by language, for the languages that it has."""
        every = ((Language.INDONESIAN, self.id), (Language.ENGLISH, self.en), (Language.CHINESE, self.zh))
        return {language: words for language, words in every if words is not None}


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong with a file, where, and what would be right; `line` is counted from 1."""

    path: Path
    line: int
    what: str
    is_error: bool = True

    def __str__(self) -> str:
        """As a compiler says it."""
        return f"{self.path.name}:{self.line}: {'' if self.is_error else 'hint: '}{self.what}"


@dataclass(frozen=True, slots=True)
class Read:
    """A file that could be read, with its text and the bytes of what goes along, by name."""

    path: Path
    source: str
    file: AnswerFile
    contents: Mapping[str, bytes] = field(default_factory=dict)


class AnswerFilesError(Exception):
    """Files of answers cannot be used; the message lists every finding that is in the way."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__("Nothing was changed. " + " ".join(f"{each}." for each in self.findings))


def read_answers(folder: Path) -> tuple[list[Read], list[Finding]]:
    """The answers of a folder, by key, and what kept others from being read."""
    found: list[Read] = []
    problems: list[Finding] = []
    for path in sorted(folder.glob("*.toml")):
        try:
            source = path.read_text(encoding="utf-8")
            file = msgspec.convert(tomllib.loads(source), AnswerFile)
        except OSError as error:
            problems.append(Finding(path, 1, f"cannot be read ({error.strerror})"))
        except UnicodeDecodeError:
            problems.append(Finding(path, 1, "is not UTF-8; save it as that"))
        except tomllib.TOMLDecodeError as error:
            line = re.search(r"line (\d+)", str(error))
            problems.append(Finding(path, int(line[1]) if line else 1, f"is not valid TOML: {error}; correct it"))
        except msgspec.ValidationError as error:
            what, _, where = str(error).partition(" - at ")
            name = where.strip("`$.")
            problems.append(Finding(path, line_of(source, name), f"{name or 'the file'}: {what}"))
        else:
            contents, missing = _contents(folder, path, source, file)
            problems += missing
            found.append(Read(path, source, file, contents))
    return found, problems


def line_of(source: str, name: str) -> int:
    """Where a key like `id.text` or `valid.from` begins, counted from 1; 1 where it is not found."""
    section, _, last = name.rpartition(".")
    inside = ""
    for number, line in enumerate(source.splitlines(), 1):
        if head := re.match(r'\s*\[+\s*([\w."-]+)', line):
            inside = head[1].replace('"', "")
            if inside in {name, name.replace('"', "")}:
                return number
        elif (key := re.match(r'\s*([\w."-]+)\s*=', line)) and key[1].replace('"', "") == last and inside == section:
            return number
    return line_of(source, section) if section else 1


def as_toml(file: AnswerFile) -> str:
    """A file as text; reading it gives the same answer."""
    return "\n".join(_rows(file)) + "\n"


def _contents(folder: Path, path: Path, source: str, file: AnswerFile) -> tuple[dict[str, bytes], list[Finding]]:
    found: dict[str, bytes] = {}
    problems: list[Finding] = []
    for name in file.files:
        try:
            content = (folder / FILES / name).read_bytes()
        except OSError as error:
            problems.append(Finding(path, line_of(source, "files"), f"{FILES}/{name} cannot be read: {error.strerror}"))
            continue
        if len(content) > MOST_BYTES:
            problems.append(
                Finding(path, line_of(source, "files"), f"{name} is larger than {MOST_BYTES // 1_000_000} MB")
            )
        found[name] = content
    return found, problems


def _rows(file: AnswerFile) -> Iterator[str]:
    yield f"key = {_text(file.key)}"
    if file.topic is not None:
        yield f"topic = {_text(file.topic)}"
    yield f"channels = {_list(each.value for each in file.channels)}"
    if file.files:
        yield f"files = {_list(file.files)}"
    if file.valid != Valid():
        yield from ("", "[valid]")
        yield from (f"from = {file.valid.start}",) if file.valid.start else ()
        yield from (f"until = {file.valid.until}",) if file.valid.until else ()
    if file.actions != Actions():
        yield from ("", "[actions]")
        for name, value in msgspec.to_builtins(file.actions).items():
            yield f"{name} = {_list(value) if isinstance(value, list | tuple) else _text(value)}"
    for name, variable in file.variables.items():
        yield from ("", f"[variables.{name if '.' not in name else _text(name)}]")
        yield f"required = {_text(variable.required)}"
        ask = ", ".join(f"{code} = {_text(getattr(variable.ask, code))}" for code in ("id", "en", "zh"))
        yield f"ask = {{ {ask} }}"
    for language, words in file.texts.items():
        yield from ("", f"[{language.value}]", f"title = {_text(words.title)}", 'text = """')
        yield words.text.strip().replace("\\", "\\\\").replace('"""', '""\\"')
        yield '"""'


def _list(words: Iterable[str]) -> str:
    return f"[{', '.join(map(_text, words))}]"


def _text(words: object) -> str:
    return json.dumps(words, ensure_ascii=False).replace("\x7f", "\\u007f")
