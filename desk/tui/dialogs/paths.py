"""Choosing a file of this machine: by typing its path, completed from what lies there."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from desk.tui import safety
from desk.tui.case.attachments import size_text
from desk.tui.dialogs.choice import WIDEST
from desk.tui.format import cut, middle

MOST_LOOKED_AT, MOST_SHOWN = 5000, 60


@dataclass(frozen=True, slots=True)
class Entry:
    """What lies in a folder; `size` in bytes, -1 for a folder."""

    path: str
    name: str
    size: int
    changed: float

    @property
    def is_folder(self) -> bool:
        """Whether there may be files in it."""
        return self.size < 0


def entries(typed: str) -> tuple[Entry, ...]:
    """What a typed path may become, newest first; hidden files only where a dot was typed. Reads the disk."""
    folder, _, begun = _spread(typed).rpartition("/")
    found: list[Entry] = []
    try:
        with os.scandir(folder or "/") as listing:
            for number, each in enumerate(listing):
                if number > MOST_LOOKED_AT:
                    break
                if _fits(each.name, begun) and (entry := _entry(each)) is not None:
                    found.append(entry)
    except OSError:
        return ()
    found.sort(key=lambda entry: (not entry.name.casefold().startswith(begun.casefold()), -entry.changed))
    return tuple(found[:MOST_SHOWN])


def path_problem(typed: str) -> str:
    """Why what was typed is no file to take, or nothing. Reads the disk."""
    path = Path(_spread(typed))
    if not typed.strip():
        return "Type the path of a file; tab completes it."
    if not path.is_absolute():
        return "Begin with / or ~."
    try:
        if path.is_dir():
            return f"{path} is a folder: go on typing, or choose a file in it."
        if not path.is_file():
            return f"There is no file {path}."
    except OSError as error:
        return f"{path}: {error.strerror or error}."
    return "" if os.access(path, os.R_OK) else f"{path} may not be read by you."


def _spread(typed: str) -> str:
    return os.path.expanduser(typed.strip())  # noqa: PTH111  (a Path would drop the slash at the end)


def _fits(name: str, begun: str) -> bool:
    if name.startswith(".") and not begun.startswith("."):
        return False
    return begun.casefold() in name.casefold()


def _entry(each: os.DirEntry[str]) -> Entry | None:
    try:
        facts = each.stat()
        is_folder = each.is_dir()
    except OSError:
        return None
    return Entry(each.path, each.name, -1 if is_folder else facts.st_size, facts.st_mtime)


class PathDialog(ModalScreen[Path | None]):
    """Gives back the path of a file that is there and may be read, or None."""

    CSS_PATH = "dialogs.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "back", show=False),
        Binding("tab", "complete", "complete", show=False, priority=True),
        Binding("up", "move(-1)", "up", show=False),
        Binding("down", "move(1)", "down", show=False),
    ]

    def __init__(self, title: str, *, folder: Path) -> None:
        super().__init__()
        self._title = title
        self._begin = f"{folder}/"
        self._shown: Sequence[Entry] = ()
        self._generation = 0
        self._chosen = False
        """Whether the list was moved in: then ⏎ means what is selected there, not what is typed."""

    def compose(self) -> ComposeResult:
        """The path, what lies there, and what is wrong with it."""
        with Vertical(id="dialog"):
            yield Static(safety.shown(cut(self._title, WIDEST), "bold"), id="dialog-title", markup=False)
            yield Input(self._begin, id="dialog-text", compact=True, select_on_focus=False)
            yield OptionList(id="dialog-list", compact=True, markup=False)
            yield Static("", id="dialog-problem", markup=False)
            hint = "↑ ↓ choose   tab completes   ⏎ attach   esc back"
            yield Static(Content(hint), id="dialog-hint", markup=False)

    def on_mount(self) -> None:
        """Type at once."""
        self.query_one("#dialog-list", OptionList).can_focus = False
        self._input.focus()

    @property
    def _input(self) -> Input:
        return self.query_one(Input)

    @property
    def _list(self) -> OptionList:
        return self.query_one("#dialog-list", OptionList)

    @on(Input.Changed)
    async def _typed(self, event: Input.Changed) -> None:
        self._generation += 1
        mine = self._generation
        self._chosen = False
        found = await asyncio.to_thread(entries, event.value)
        if mine == self._generation and self.is_attached:
            self._show(found)

    def _show(self, found: Sequence[Entry]) -> None:
        self._shown = found
        self._list.clear_options()
        self._list.add_options(Option(_row(entry)) for entry in found)
        self._list.highlighted = 0 if found else None
        self._say("")

    def action_move(self, step: int) -> None:
        """The next one, or the one before."""
        if self._shown:
            self._list.highlighted = ((self._list.highlighted or 0) + step) % len(self._shown)
            self._chosen = True

    def action_complete(self) -> None:
        """Take the selected name into the path."""
        entry = self._selected
        if entry is not None and entry.path.isprintable():  # others are chosen in the list, never typed
            self._input.value = entry.path + ("/" if entry.is_folder else "")
            self._input.cursor_position = len(self._input.value)

    @on(Input.Submitted)
    async def _submitted(self) -> None:
        """Take what was chosen in the list, or the file that was typed; else go on with what is selected."""
        typed = self._input.value
        entry = self._selected
        if self._chosen or await asyncio.to_thread(path_problem, typed) != "":
            if entry is not None and entry.is_folder and entry.path.isprintable():
                self.action_complete()
                return
            typed = entry.path if entry is not None and not entry.is_folder else typed
        problem = await asyncio.to_thread(path_problem, typed)
        if problem:
            self._say(problem)
        elif self.is_attached:
            self.dismiss(Path(_spread(typed)))

    def action_leave(self) -> None:
        """Nothing was chosen."""
        self.dismiss(None)

    @property
    def _selected(self) -> Entry | None:
        at = self._list.highlighted
        return self._shown[at] if at is not None and at < len(self._shown) else None

    def _say(self, problem: str) -> None:
        self.query_one("#dialog-problem", Static).update(safety.shown(problem))


def _row(entry: Entry) -> Content:
    name = middle(safety.line(entry.name), WIDEST - 14)
    if entry.is_folder:
        return Content(f"{name}/")
    return Content.assemble(name, (f"  {size_text(entry.size)}", "dim"))
