"""Files of a case: saving them in a folder of the agent's choice, and opening what was saved."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from desk import services
from desk.tui import safety
from desk.tui.case.attachments import shown_name, size_text
from desk.tui.dialogs.asking import ask, report
from desk.tui.dialogs.choice import Choice, ChoiceDialog
from desk.tui.dialogs.text import TextDialog

if TYPE_CHECKING:
    from db.rows import AttachmentRow, MessageRow
    from desk.tui.app import DeskApp

SAVE, ELSEWHERE, OPEN = "save", "elsewhere", "open"
# fmt: off
PROGRAMS = frozenset((
    ".app", ".appimage", ".bat", ".cmd", ".com", ".command", ".desktop", ".exe", ".hta", ".htm", ".html",
    ".jar", ".js", ".jse", ".lnk", ".msi", ".pl", ".ps1", ".py", ".rb", ".reg", ".run", ".scr", ".sh", ".svg",
    ".url", ".vbs", ".webloc", ".wsf", ".xhtml",
))
# fmt: on
"""Endings of files that do something when they are opened; these are only saved."""

_FOLDERS: WeakKeyDictionary[DeskApp, Path] = WeakKeyDictionary()


class CaseFiles:
    """Asks which file and what to do with it."""

    def __init__(self, app: DeskApp) -> None:
        self._app = app

    async def choose(self, messages: Sequence[MessageRow], current: MessageRow | None) -> None:
        """Offer the current message's files first, then all the others."""
        files = list(current.attachments) if current else []
        files += [file for message in reversed(messages) if message is not current for file in message.attachments]
        if not files:
            self._app.notify("This case has no files.", timeout=3)
            return
        choices = [
            Choice(file, shown_name(file, 44), size_text(file.size), str(number) if number < 10 else "")
            for number, file in enumerate(files, 1)
        ]
        file = await ask(self._app, ChoiceDialog("Files of this case", lambda _typed: choices))
        if file is not None:
            await self._act_on(file)

    async def save_original(self, message: MessageRow) -> None:
        """Save the bytes of a message as they were received."""
        message_id, folder = message.id, self.folder
        try:
            data = await self._app.gateway.run(lambda desk, me: services.cases.raw(desk, me, message_id))
            path = folder / f"message-{message_id}.eml"
            folder.mkdir(parents=True, exist_ok=True)
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(data)
        except FileExistsError:
            self._app.notify(f"It is there already: {path}", timeout=6)
        except Exception as error:  # noqa: BLE001  (`report` raises again what nobody expected)
            report(self._app, error)
        else:
            self._app.notify(f"Saved as received: {path}", timeout=6)

    @property
    def folder(self) -> Path:
        """Where files go until the agent names another folder."""
        return _FOLDERS.get(self._app, Path.home() / "Downloads")

    async def _act_on(self, file: AttachmentRow) -> None:
        ending = Path(safety.line(file.filename)).suffix or "no ending"
        title = f"{shown_name(file, 50)} · {ending}"
        choices = [
            Choice(SAVE, f"save in {self.folder}", key="s"),
            Choice(ELSEWHERE, "save in another folder", key="f"),
            Choice(OPEN, f"save and open ({ending}, {size_text(file.size)})", key="o"),
        ]
        what = await ask(self._app, ChoiceDialog(title, lambda _typed: choices))
        if what == ELSEWHERE:
            named = await ask(self._app, TextDialog("Folder", text=str(self.folder), problem=folder_problem))
            if named is None:
                return
            _FOLDERS[self._app] = folder_named(named)
        if what is not None:
            await self._save(file, then_open=what == OPEN)

    async def _save(self, file: AttachmentRow, *, then_open: bool) -> None:
        folder, attachment_id = self.folder, file.id
        try:
            path = await self._app.gateway.run(
                lambda desk, me: services.attachments.save(desk, me, attachment_id, folder)
            )
        except Exception as error:  # noqa: BLE001  (`report` raises again what nobody expected)
            report(self._app, error)
            return
        if then_open and path.suffix.lower() in PROGRAMS:
            said = f"Saved as {path}. Files that end in {path.suffix} can run programs, so it is not opened."
            self._app.notify(said, severity="warning", timeout=8)
        elif then_open and not opened(path):
            self._app.notify(f"Saved as {path}. Nothing on this machine opens it from here.", timeout=8)
        else:
            self._app.notify(f"Saved as {path}", timeout=6)


def folder_problem(text: str) -> str:
    """What is wrong with a folder's name, or nothing."""
    if not text.strip():
        return "Name a folder."
    path = folder_named(text)
    if not path.is_absolute():
        return "Begin with / or ~."
    return f"{path} is a file." if path.is_file() else ""


def folder_named(text: str) -> Path:
    """The folder that was typed; `~` is the agent's home."""
    return Path(text.strip()).expanduser()


def opened(path: Path) -> bool:
    """Whether the machine's own program for this kind of file was started."""
    program = shutil.which("open" if sys.platform == "darwin" else "xdg-open")
    if program is None:
        return False
    with Path(os.devnull).open("r+b") as nothing:
        subprocess.Popen([program, str(path)], stdin=nothing, stdout=nothing, stderr=nothing, start_new_session=True)
    return True
