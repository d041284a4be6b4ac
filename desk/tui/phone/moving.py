"""Asking from when on a call-back may get another slot."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from desk.tui import safety
from desk.tui.dialogs.asking import ask
from desk.tui.dialogs.form import FormDialog, Line
from desk.tui.dialogs.moments import read

if TYPE_CHECKING:
    from db.rows_phone import CallbackRow
    from desk.tui.app import DeskApp

ABOUT = "the first free slot from then on; nothing means as early as can be"


async def ask_since(app: DeskApp, row: CallbackRow) -> tuple[datetime | None] | None:
    """From when on, or None for now; None instead of the answer when the agent left the dialog."""
    now = app.gateway.now()

    def problem(text: str) -> str:
        return "" if not text.strip() or read(text, now) else "No moment to come: write 14:00, 2h, or fri 09:00."

    line = Line("from", hint="14:00, 2h, fri 09:00 (your clock)", problem=problem)
    name = safety.line(row.case.customer_name)
    answer = await ask(app, FormDialog(f"ring {name} in another slot", [line], about=ABOUT))
    if answer is None:
        return None
    return (read(answer["from"], now) if answer["from"].strip() else None,)
