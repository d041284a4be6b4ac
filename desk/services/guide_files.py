"""Files of guides in `seeds/guides` or a folder of the desk's own: their shape, and the guides they make."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any

import msgspec

from db.kinds import Language
from desk.rules.guides import End, EndKind, Field, FieldKind, Guide, Step, Words, problems
from desk.rules.guides.facts import Fact
from desk.services.seed_files import Key, SeedError, read_seed_file, seeds_folder

Name = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)]


class Said(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The same words in the desk's languages; what is missing is told with everything else that is wrong."""

    id: str = ""
    en: str = ""
    zh: str = ""


class FieldPart(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What is collected."""

    ask: Said
    kind: FieldKind = FieldKind.TEXT
    options: dict[Name, Said] = {}


class StepPart(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One step; `to` names what may come of it and where that leads."""

    title: Said
    ask: Said
    to: dict[Name, Name]
    say: Said | None = None
    answer: str = ""
    collect: tuple[Name, ...] = ()
    fact: Fact | None = None


class EndPart(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One end."""

    kind: EndKind
    title: Said
    say: Said | None = None
    answer: str = ""
    queue: str = ""
    topic: str = ""


class GuideFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One file; its name is its key."""

    key: Key
    title: Said
    start: Name
    steps: dict[Name, StepPart]
    ends: dict[Name, EndPart]
    topics: tuple[Key, ...] = ()
    fields: dict[Name, FieldPart] = {}
    outcomes: dict[Name, Said] = {}


def read_guide(path: Path) -> GuideFile:
    """One file, whatever `desk.rules.guides.problems` says of it. Raises `SeedError`."""
    file = read_seed_file(path, GuideFile)
    if path.stem != file.key:
        raise SeedError(path, "key", f"is {file.key!r}; name the file {file.key}.toml")
    return file


def read_guides(folder: Path | None = None) -> dict[str, GuideFile]:
    """All files of a folder, by default the shipped ones, checked. Raises `SeedError`."""
    found = {}
    for path in guide_paths(folder):
        file = read_guide(path)
        if wrong := problems(guide_of(file)):
            where, _, what = wrong[0].partition(": ")
            raise SeedError(path, where, what)
        found[file.key] = file
    return found


def guide_paths(folder: Path | None = None) -> list[Path]:
    """The files of guides in a folder, by default the shipped ones."""
    return sorted((folder or seeds_folder() / "guides").glob("*.toml"))


def guide_of(file: GuideFile, version: int = 1) -> Guide:
    """The guide that a file describes, sound or not."""
    return Guide(
        key=file.key,
        title=_words(file.title),
        start=file.start,
        topics=file.topics,
        version=version,
        fields={
            key: Field(key, each.kind, _words(each.ask), {name: _words(o) for name, o in each.options.items()})
            for key, each in file.fields.items()
        },
        outcomes={key: _words(said) for key, said in file.outcomes.items()},
        steps={
            key: Step(
                key, _words(each.title), _words(each.ask), tuple(each.to.items()), _maybe(each.say), each.answer,
                each.collect, each.fact,
            )
            for key, each in file.steps.items()
        },
        ends={
            key: End(key, each.kind, _words(each.title), _maybe(each.say), each.answer, each.queue, each.topic)
            for key, each in file.ends.items()
        },
    )  # fmt: skip


def as_data(file: GuideFile) -> dict[str, Any]:
    """A file as plain data, the same for the same guide."""
    data: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(file))
    return data


def guide_from(data: Mapping[str, Any], version: int) -> Guide:
    """The guide of what `as_data` made."""
    return _known(msgspec.json.encode(data), version)


@lru_cache(maxsize=128)
def _known(data: bytes, version: int) -> Guide:
    return guide_of(msgspec.json.decode(data, type=GuideFile), version)


def _words(said: Said) -> Words:
    return {
        language: text.strip()
        for language, text in (
            (Language.INDONESIAN, said.id), (Language.ENGLISH, said.en), (Language.CHINESE, said.zh)
        )
        if text.strip()
    }  # fmt: skip


def _maybe(said: Said | None) -> Words | None:
    return None if said is None else _words(said)
