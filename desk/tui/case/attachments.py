"""Files of a message as people read them: a number, the name with its true ending, and the size."""

from __future__ import annotations

from rich.cells import cell_len

from db.rows import AttachmentRow
from desk.tui import format as words
from desk.tui import safety

UNITS = ("B", "kB", "MB", "GB", "TB")


def size_text(size: int) -> str:
    """A size in bytes as people read it: `240 kB`, `1.4 MB`."""
    amount = float(max(size, 0))
    for unit in UNITS:
        if amount < 999.5 or unit == UNITS[-1]:
            break
        amount /= 1000
    return f"{amount:.0f} {unit}" if unit == "B" or amount >= 9.95 else f"{amount:.1f} {unit}"


def shown_name(attachment: AttachmentRow, width: int) -> str:
    """A file's name in at most `width` cells, cut in the middle: its ending is always seen."""
    name = safety.line(attachment.filename).strip()
    return words.middle(name, width) if name else "file without a name"


def attachment_line(number: int, attachment: AttachmentRow, width: int) -> str:
    """`[1] bukti.jpg  240 kB` in at most `width` cells."""
    before, after = f"[{number}] ", f"  {size_text(attachment.size)}"
    return before + shown_name(attachment, max(width - cell_len(before + after), 8)) + after
