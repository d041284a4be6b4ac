"""The desk's words on the phone in `seeds/phone`: the agent's script, and what customers are told about call-backs."""

from __future__ import annotations

from functools import lru_cache

import msgspec

from db.kinds import Language
from desk.services.seed_files import Words, read_seed_file, seeds_folder


class Script(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an agent says, step by step, in one language."""

    title: Words
    steps: tuple[Words, ...]


class CallbackWords(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a customer is told: when a call-back is booked, moved, not answered, or cannot be made any more."""

    booked: Words
    moved: Words
    missed: Words
    ended: Words


class _Scripts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: Script
    en: Script
    zh: Script


class _Callbacks(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: CallbackWords
    en: CallbackWords
    zh: CallbackWords


def spoken(language: Language | None, fallback: str) -> str:
    """The language (`id`, `en` or `zh`) in which somebody is spoken to."""
    return fallback if language in {None, Language.OTHER} else str(language)


def script(language: str) -> Script:
    """The script in `id`, `en` or `zh`. Raises `SeedError`."""
    found: Script = getattr(_scripts(), language)
    return found


def callback_words(language: str) -> CallbackWords:
    """The words about call-backs in `id`, `en` or `zh`. Raises `SeedError`."""
    found: CallbackWords = getattr(_callbacks(), language)
    return found


@lru_cache(maxsize=1)
def _scripts() -> _Scripts:
    return read_seed_file(seeds_folder() / "phone" / "script.toml", _Scripts)


@lru_cache(maxsize=1)
def _callbacks() -> _Callbacks:
    return read_seed_file(seeds_folder() / "phone" / "callback.toml", _Callbacks)
