"""The error codes in a message, shown below its head: what each means, and by which key its next step is taken."""

from __future__ import annotations

from rich.cells import cell_len

from db.kinds import MessageKind
from db.rows import MessageRow
from desk.rules.guides import in_language
from desk.tui import format as words
from desk.tui import safety
from desk.tui.case.row import INDENT, Row, View


def code_rows(message: MessageRow, view: View) -> list[Row]:
    """A row for each code that the customer named; none for what we or a third party wrote."""
    if view.codes is None or message.kind is not MessageKind.INBOUND or message.side_id is not None:
        return []
    rows: list[Row] = []
    for code in view.codes.found(f"{message.subject}\n{message.new_text}"):
        head = f"{INDENT}⚑ {code.code} "
        then = f"  {view.code_key} {code.guide or code.answer or 'tells the customer'}"
        room = max(view.width - cell_len(head) - cell_len(then), 12)
        meaning = words.cut(safety.line(in_language(code.meaning, view.language)), room)
        rows.append((("soon", head), ("text", meaning), ("quiet", then)))
    return rows
