"""Files that go along with what is being written: put beside it, listed, taken off."""

from __future__ import annotations

import mimetypes
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from db.kinds import DraftKind
from db.rows_delivery import DraftFileRow
from desk import services
from desk.tui.case.attachments import size_text
from desk.tui.dialogs.asking import ask, report
from desk.tui.dialogs.choice import Choice, ChoiceDialog
from desk.tui.format import count, middle

if TYPE_CHECKING:
    from db.rows import AgentRow
    from desk.services.desk import Desk
    from desk.tui.app import DeskApp

_FOLDERS: WeakKeyDictionary[DeskApp, Path] = WeakKeyDictionary()


class DraftFiles:
    """Asks which file, and keeps it with the draft at once, so that it outlives a crash as the words do."""

    def __init__(self, app: DeskApp) -> None:
        self._app = app

    async def of(self, case_id: int, kind: DraftKind) -> tuple[DraftFileRow, ...] | None:
        """The files beside my draft; None where that cannot be known now, which was said in a notice."""
        try:
            return await self._app.gateway.run(lambda desk, me: services.draft_files.listed(desk, me, case_id, kind))
        except Exception as error:  # noqa: BLE001  (`report` raises again what nobody expected)
            report(self._app, error)
            return None

    async def of_answer(self, case_id: int, kind: DraftKind, name: str) -> tuple[DraftFileRow, ...] | None:
        """Put the files of a canned answer (`key@version:language`) beside my draft; the files that there are then."""
        try:
            await self._app.gateway.write(
                lambda desk, me: services.draft_files.add_of_answer(desk, me, case_id, kind, name)
            )
        except Exception as error:  # noqa: BLE001  (`report` raises again what nobody expected)
            report(self._app, error)
        return await self.of(case_id, kind)

    async def change(
        self, case_id: int, kind: DraftKind, files: Sequence[DraftFileRow] | None
    ) -> tuple[DraftFileRow, ...] | None:
        """Ask for one more file, or for one to take off; the files that there are then."""
        try:
            if files is None and (files := await self.of(case_id, kind)) is None:
                return None
            chosen = await self._choose(files) if files else -1
            if chosen is not None and chosen >= 0:
                await self._app.gateway.write(
                    lambda desk, me: services.draft_files.remove(desk, me, case_id, kind, chosen)
                )
            elif chosen is not None:
                await self._add(case_id, kind)
        except Exception as error:  # noqa: BLE001  (`report` raises again what nobody expected)
            report(self._app, error)
        return await self.of(case_id, kind)

    async def _choose(self, files: Sequence[DraftFileRow]) -> int | None:
        """The position of a file to take off, -1 for one more."""
        choices = [Choice(-1, "attach another file", key="a")]
        choices += [
            Choice(file.position, middle(file.filename, 36), f"{size_text(file.size)} · takes it off", str(number))
            for number, file in enumerate(files, 1)
        ]
        title = f"{count(len(files), 'file')} with {size_text(sum(file.size for file in files))}"
        return await ask(self._app, ChoiceDialog(title, lambda _typed: choices))

    async def _add(self, case_id: int, kind: DraftKind) -> None:
        from desk.tui.dialogs.paths import PathDialog

        folder = _FOLDERS.get(self._app, Path.home())
        path = await ask(self._app, PathDialog("Attach a file", folder=folder))
        if path is None:
            return
        _FOLDERS[self._app] = path.parent
        await self._app.gateway.write(lambda desk, me: _add(desk, me, case_id, kind, path))


def _add(desk: Desk, me: AgentRow, case_id: int, kind: DraftKind, path: Path) -> DraftFileRow:
    """Read a file, no further than a message may be large, and put it beside the draft."""
    with path.open("rb") as file:
        content = file.read(services.draft_files.MOST_BYTES + 1)
    guessed = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return services.draft_files.add(desk, me, case_id, kind, path.name, guessed, content)
