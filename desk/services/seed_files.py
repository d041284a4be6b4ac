"""The seed files in `seeds/`: where they are, what shape they have, and whether they are sound."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import msgspec

import desk
from desk.services.seed_text import InEachLanguage, Key, Words

if TYPE_CHECKING:
    from desk.services.answer_files import AnswerFile

__all__ = [
    "InEachLanguage",
    "Key",
    "SeedError",
    "Seeds",
    "TopicSeed",
    "Words",
    "none_such",
    "read_seed_file",
    "read_seeds",
    "seeds_folder",
]

T = TypeVar("T")


class SeedError(Exception):
    """A seed file cannot be used; the message names the file, the key and what would be right."""

    def __init__(self, path: Path, key: str, fix: str) -> None:
        self.path = path
        self.key = key
        super().__init__(f"{path.name}, {key}: {fix}")


def none_such(what: str, name: str, known: Iterable[str]) -> str:
    """What to say of a name in a file that the desk does not know, with those that it knows."""
    return f"there is no {what} {name!r}; there are {', '.join(sorted(known)) or 'none'}"


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
    answers: tuple[AnswerFile, ...]
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


def read_seeds(folder: Path | None = None) -> Seeds:
    """Every topic and answer in `folder` (by default the shipped ones), checked. Raises `SeedError`."""
    folder = folder or seeds_folder()
    from desk.services.answer_files import read_answers
    from desk.services.answer_lint import Known, findings  # only a new desk needs the template language for its seeds

    topics = read_seed_file(folder / "topics.toml", _Topics).topic
    keys = {topic.key for topic in topics}
    answers, found = read_answers(folder / "answers")
    found += [each for each in findings(answers, Known(topics=keys)) if each.is_error]
    for each in found:
        raise SeedError(each.path, f"line {each.line}", each.what)
    folders = ("guides", "hours", "merchants", "policies", "refund-paths", "routing")
    reviewed = [path for name in folders for path in sorted((folder / name).glob("*.toml"))]
    reviewed += [path for path in (folder / "error-codes.toml",) if path.is_file()]
    texts = [path.read_text(encoding="utf-8") for path in reviewed]
    digest = hashlib.sha256(msgspec.json.encode([topics, [each.file for each in answers], texts])).hexdigest()
    return Seeds(topics, tuple(each.file for each in answers), digest, folder)
