"""One message as rows of text: who and when, new words first, quoted ones folded, files, and how far it has come."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from rich.cells import cell_len

from db.kinds import MessageKind, OutboxState
from db.rows import MessageRow
from desk.rules.lookalikes import mark, marks_in
from desk.tui import format as words
from desk.tui import safety
from desk.tui.case.addresses import address_rows, automatic_words, has_more_addresses, listed, via, warning_rows
from desk.tui.case.attachments import attachment_line
from desk.tui.case.call_words import call_line
from desk.tui.case.code_rows import code_rows
from desk.tui.case.delivery import delivery_rows, has_more_words
from desk.tui.case.row import INDENT, Row, View
from desk.tui.case.wrapping import rows as wrapped

LIMITS: tuple[int, ...] = (40, 1500, 1_000_000)
"""Rows of text shown when folded, unfolded, and unfolded once more."""


SIDE = "  ┊ "
"""What stands before every row of a side conversation."""


def message_rows(message: MessageRow, view: View, level: int = 0) -> list[Row]:
    """A message's rows, the last one blank; `level` is how far it is unfolded (an index into `LIMITS`)."""
    inner = _room(message, view)
    head, has_via = _head(message, inner)
    rows = [head, *address_rows(message, inner, whole=bool(level), has_via=has_via)]
    rows += [*warning_rows(message, inner), *_marks(message, inner, level)]
    if not is_taken_back(message):
        rows += _unfolded(message, inner, level) if level else _folded(message, inner)
        for number, attachment in enumerate(message.attachments, 1):
            rows.append((("file", INDENT + attachment_line(number, attachment, inner.width - 2)),))
        rows += delivery_rows(message, inner, whole=bool(level))
    if message.side_id is not None:
        rows = [(("side", SIDE), *row) for row in rows]
    return [*rows, ()]


def is_taken_back(message: MessageRow) -> bool:
    """Whether this answer was taken back before it left; one that was given up after all tries was not."""
    delivery = message.delivery
    if delivery is None or delivery.state is not OutboxState.CANCELLED:
        return False
    return not delivery.attempts and delivery.error is None


def is_by_the_desk(message: MessageRow) -> bool:
    """Whether the desk wrote it to the customer by itself: what it says is folded away."""
    return message.kind is MessageKind.OUTBOUND and bool(message.details.get("automatic"))


def is_foldable(message: MessageRow, view: View) -> bool:
    """Whether unfolding shows more than is shown folded."""
    if is_by_the_desk(message) or quoted_lines(message) > 0 or has_more_addresses(message):
        return True
    inner = _room(message, view)
    return has_more_words(message, inner) or len(_folded_text(message, inner)[0]) > LIMITS[0]


def is_complete(message: MessageRow, view: View, level: int) -> bool:
    """Whether everything of the message is on screen at this level."""
    width = _room(message, view).width - 2
    return level >= len(LIMITS) - 1 or _fits(safety.block(message.text), width, LIMITS[level])


def _room(message: MessageRow, view: View) -> View:
    """What of the view a message has: those of a side conversation stand further in, and are not the customer's."""
    if message.side_id is None:
        return view
    return replace(view, width=max(view.width - cell_len(SIDE), 10), their_zone=None)


def quoted_lines(message: MessageRow) -> int:
    """How many lines with words on them are not the writer's own new ones."""
    if message.new_text == message.text:
        return 0
    return max(0, _inked(message.text) - _inked(message.new_text))


def _inked(text: str) -> int:
    return sum(1 for line in text.splitlines() if line.strip())


def _head(message: MessageRow, view: View) -> tuple[Row, bool]:
    """When and who, at the right the address that decides; and whether there was room for all of that."""
    when = words.moment(message.at, view.now)
    nobody = "the desk" if message.kind is MessageKind.OUTBOUND else "unknown"
    who = message.agent_name or message.sender_name or message.sender_address or nobody
    name = words.cut(safety.line(who), max(view.width // 2, 12))
    left: Row = (("quiet", f"{when}  "), ("name", name))
    if message.kind is MessageKind.NOTE:
        left = (("quiet", f"{when}  "), ("notemark", " NOTE "), ("name", f" {name}"))
    elif message.kind is MessageKind.OUTBOUND:
        left = (("quiet", f"{when}  "), ("ours", f"→ {name}"))
    right = safety.line(via(message))
    used = sum(cell_len(text) for _, text in left)
    room = view.width - used - 3
    if len(right) > room or cell_len(right) > room:
        return left, False
    return (*left, ("quiet", " " * (view.width - used - cell_len(right)) + right)), True


def _marks(message: MessageRow, view: View, level: int) -> list[Row]:
    rows: list[Row] = []
    if call := call_line(message.details):
        rows.append((("quiet", INDENT + call),))
    if message.side_id is not None:
        rows.append(_side_mark(message, view))
    if is_taken_back(message):
        rows.append((("quiet", INDENT + "taken back before it was sent"),))
    if automatic := automatic_words(message):
        fold = f"  ▸ {view.unfold_key} unfolds" if is_by_the_desk(message) and not level else ""
        rows.append((("quiet", f"{INDENT}⚙ {automatic}"), ("fold", fold)))
    rows += code_rows(message, view)
    for warning in _lookalikes(message):
        rows += [(("late", INDENT + row),) for row in wrapped(warning, view.width - 2)]
    if message.error:
        for number, row in enumerate(wrapped(f"not readable: {safety.line(message.error)}", view.width - 6)):
            rows.append((("late", f"{INDENT}{' ' if number else '⚠'} {row}"),))
    return rows


def _lookalikes(message: MessageRow) -> list[str]:
    """Whose letters are not what they seem: the sender's, those of who else gets it, those of links in the text."""
    people = (message.sender_name, message.sender_address, *listed(message.details, "to"))
    said = [f"{safety.line(each)} {warning}" for each in dict.fromkeys(people) if (warning := mark(each))]
    return said + [f"in the text: {link}" for link in marks_in(message.text)]


def _side_mark(message: MessageRow, view: View) -> Row:
    """With whom this was spoken: the customer has no part in it."""
    if message.kind is MessageKind.INBOUND:
        who, then = f"↳ from {message.sender_address}", f"  {view.answer_key} answers"
    else:
        who, then = f"↳ to {', '.join(listed(message.details, 'to'))}", ""
    shown = words.middle(safety.line(who), max(view.width - cell_len(then) - 2, 12))
    return (("side", INDENT + shown), ("quiet", then))


def _folded_text(message: MessageRow, view: View) -> tuple[list[str], int]:
    """The first rows of the new text, one more than are shown if there are more; how many characters stay unseen."""
    most = LIMITS[0] + 1
    text = message.new_text.strip("\n")
    looked_at = text[: most * view.width * 4]
    rows: list[str] = []
    seen = 0
    for row in wrapped(safety.block(looked_at), view.width - 2):
        rows.append(row)
        if len(rows) == most:
            break
        seen += len(row)
    return rows, max(0, len(text) - seen)


def _folded(message: MessageRow, view: View) -> list[Row]:
    if is_by_the_desk(message):
        return []
    found, unseen = _folded_text(message, view)
    style = "note" if message.kind is MessageKind.NOTE else "text"
    if message.new_text.strip():
        rows: list[Row] = [((style, INDENT + row),) for row in found[: LIMITS[0]]]
    else:
        rows = [(("quiet", INDENT + ("no new words" if message.text.strip() else "no text")),)]
    if len(found) > LIMITS[0]:
        rows.append(_fold(f"about {unseen:,} more characters", view))
    quoted = quoted_lines(message)
    if quoted:
        rows.append(_fold(words.count(quoted, "quoted line"), view))
    return rows


def _fold(what: str, view: View) -> Row:
    return (("fold", f"{INDENT}▸ {what}"), ("quiet", f"  {view.unfold_key} unfolds"))


def _unfolded(message: MessageRow, view: View, level: int) -> list[Row]:
    own = "note" if message.kind is MessageKind.NOTE else "text"
    rows: list[Row] = []
    if message.subject:
        rows += [
            (("quiet", INDENT + row),) for row in wrapped("Subject: " + safety.line(message.subject), view.width - 2)
        ]
    seen = 0
    for line, is_new in _with_origin(message):
        style = own if is_new else "quote"
        for row in wrapped(safety.block(line), view.width - 2):
            if len(rows) >= LIMITS[level]:
                return [*rows, _fold(f"about {len(message.text) - seen:,} more characters", view)]
            rows.append(((style, INDENT + row),))
        seen += len(line) + 1
    return rows


def _with_origin(message: MessageRow) -> Iterator[tuple[str, bool]]:
    """The lines of the whole text, each with whether it is new: the new text's lines come in their order."""
    new = [line.strip() for line in message.new_text.splitlines() if line.strip()]
    place = 0
    for line in message.text.strip("\n").split("\n"):
        stripped = line.strip()
        is_new = message.new_text == message.text or (place < len(new) and stripped == new[place])
        if stripped and is_new:
            place += 1
        yield line, is_new


def _fits(text: str, width: int, most: int) -> bool:
    return all(number < most for number, _ in enumerate(wrapped(text, width)))
