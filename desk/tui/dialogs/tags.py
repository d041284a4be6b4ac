"""Choosing a tag to put on a case, or to take off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from db.folding import UnusableContactError, fold_tag
from desk.tui.dialogs.choice import Choice


@dataclass(frozen=True, slots=True)
class TagChange:
    """A tag, and whether it is put on or taken off."""

    name: str
    add: bool


def tag_choices(known: Sequence[str], here: Sequence[str], typed: str) -> list[Choice[TagChange]]:
    """The case's own tags first, then the others that contain what was typed, then what was typed as a new one."""
    said = _folded(typed)
    taken = {_folded(name) for name in here}
    choices = [Choice(TagChange(name, add=False), name, "takes it off") for name in here if said in _folded(name)]
    others = [name for name in known if _folded(name) not in taken and said in _folded(name)]
    others.sort(key=lambda name: not _folded(name).startswith(said))
    choices += [Choice(TagChange(name, add=True), name) for name in others]
    if said and said not in taken | {_folded(name) for name in known}:
        choices.append(Choice(TagChange(typed.strip().lstrip("#"), add=True), typed.strip().lstrip("#"), "a new tag"))
    exact = [choice for choice in choices if _folded(choice.value.name) == said]
    return exact + [choice for choice in choices if choice not in exact]


def _folded(name: str) -> str:
    try:
        return fold_tag(name)
    except UnusableContactError:
        return ""
