"""The lines that a call's screen draws itself: the head with its clock, the customer's cases, and what is kept."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from textual.geometry import Region
from textual.strip import Strip

from db.kinds import CallDirection, Channel
from desk.tui import format as form
from desk.tui import safety
from desk.tui.actions import key_of
from desk.tui.lines import Lines
from desk.tui.strips import strip, two_ends

if TYPE_CHECKING:
    from datetime import datetime

    from db.rows_phone import CallRow
    from desk.services.callers import Caller
    from desk.tui.app import DeskApp
    from desk.tui.phone.notes import CallNotes


def lasted(length: timedelta) -> str:
    """How long a call has lasted: `0:42`, `1:02:03`."""
    seconds = max(0, int(length.total_seconds()))
    hours, rest = divmod(seconds, 3600)
    minutes = f"{rest // 60:02}" if hours else str(rest // 60)
    return f"{hours}:{minutes}:{rest % 60:02}" if hours else f"{minutes}:{rest % 60:02}"


class CallHead(Lines):
    """Who is on the line and for how long, whether the phone is open, and a rule; `tick` draws the clock alone."""

    app: DeskApp

    def __init__(self, call: CallRow, left_at: datetime | None) -> None:
        super().__init__(id="call-head")
        self.call, self._left_at = call, left_at
        self.caller: Caller | None = None
        self.caller_name = ""

    def line(self, y: int) -> Strip:
        """The caller with the clock, the hours, the rule."""
        width, plain = self.size.width, self.look("plain")
        if y == 0:
            clock = lasted((self._left_at or self.app.gateway.now()) - self.call.started_at)
            running = "■ ended" if self._left_at else "●"
            right = [(f"{clock} {running} ", self.look("strong"))]
            sign = "☏ call" if self.call.direction is CallDirection.INBOUND else "☏ calling back"
            room = width - form.cells(sign) - form.cells(right[0][0]) - 4
            return two_ends(
                [(f" {sign}  ", self.look("accent")), (self._who(room), self.look("strong"))], right, width, plain
            )
        if y == 1:
            return strip([(f" {self._hours()}", self.look("quiet"))], width, plain)
        return strip([("─" * width, self.look("rule"))], width, plain)

    def tick(self) -> None:
        """Another second has passed."""
        self.refresh(Region(0, 0, self.size.width, 1))

    def _who(self, room: int) -> str:
        number = safety.line(self.call.number) or "number withheld"
        known, number_of = (self.caller.name, self.caller.number_of) if self.caller else ("", "")
        find, note = (key_of(each, self.app.keys) for each in ("call.who", "call.name"))
        nobody = "…" if self.caller is None else f"nobody known: {find} finds them, {note} notes a name"
        name = safety.line(known or self.caller_name) or nobody
        whose = f"  (number of {safety.line(number_of)})" if number_of else ""
        return form.cut(f"{number}  {name}{whose}", max(room, 0))

    def _hours(self) -> str:
        caller = self.caller
        if caller is None:
            return "…"
        if caller.standing is None:
            said = "nothing says when the phone is open"
        else:
            until = form.coming(caller.standing.until) if caller.standing.until else "further notice"
            said = f"phone open until {until}" if caller.standing.is_open else f"phone CLOSED, opens {until}"
            said += f" ({safety.line(caller.standing.why)})"
        language = form.LANGUAGE_NAMES[caller.language] if caller.language else "language unknown"
        return f"{language} · {said}"


class CallCases(Lines):
    """The customer's cases and a new one; the chosen one is marked by a bar."""

    app: DeskApp

    def __init__(self, notes: CallNotes) -> None:
        super().__init__(id="call-cases")
        self._notes = notes
        self.caller: Caller | None = None

    def get_content_height(self, *_: object) -> int:
        """A line each, a head and a rule."""
        return len(self._ids) + 2

    @property
    def _ids(self) -> list[int | None]:
        return [None, *(row.id for row in (self.caller.cases if self.caller else ()))]

    def show(self, caller: Caller | None) -> None:
        """These are theirs; None while nobody knows whose they are."""
        self.caller = caller
        self.refresh(layout=True)

    def following(self) -> int | None:
        """The one after the chosen one, round and round."""
        ids = self._ids
        at = ids.index(self._notes.case_id) if self._notes.case_id in ids else 0
        return ids[(at + 1) % len(ids)]

    def line(self, y: int) -> Strip:
        """The head, the cases, the rule."""
        width, plain = self.size.width, self.look("plain")
        if y == 0:
            return strip([("about (F2 changes)", self.look("quiet"))], width, plain)
        if y > len(self._ids):
            return strip([("─" * width, self.look("rule"))], width, plain)
        chosen = self._ids[y - 1] == self._notes.case_id
        bar, look = ("▌ ", "strong") if chosen else ("  ", "plain")
        return strip(
            [(bar, self.look("accent")), (form.cut(self._said(y - 1), width - 2), self.look(look))], width, plain
        )

    def _said(self, place: int) -> str:
        if place == 0 or self.caller is None:
            return "a new case"
        row = self.caller.cases[place - 1]
        status = row.status.value.replace("_", " ")
        return f"{row.reference} {form.glyph(Channel(row.channel))} {safety.line(row.subject)} · {status}"


class KeptLine(Lines):
    """Whether the notes are kept, and where."""

    app: DeskApp

    def __init__(self, notes: CallNotes) -> None:
        super().__init__(id="call-kept")
        self._notes = notes

    def line(self, y: int) -> Strip:  # noqa: ARG002  (there is one)
        """The only line."""
        kept = self._notes.kept_at
        where = "on this machine only" if self._notes.is_here else ""
        said = f"notes kept {form.clock(kept)} {where}".rstrip() if kept else "notes"
        return strip([(f" {said}", self.look("quiet"))], self.size.width, self.look("plain"))
