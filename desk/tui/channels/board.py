"""The board of the Channels screen: every channel's numbers, one of them marked, and the week's picture."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from textual.strip import Strip

from db.kinds import Channel
from desk.rules.ranges import Range, early
from desk.tui import format as form
from desk.tui.channels.columns import NOW, WIDE, Now, Over, behind_at, over_at
from desk.tui.channels.week import number_rows, week_rows
from desk.tui.channels.words import STYLES, stands
from desk.tui.lines import Lines
from desk.tui.strips import strip, two_ends

if TYPE_CHECKING:
    from rich.style import Style

    from desk.services.figures import Overview
    from desk.tui.app import DeskApp

NAME, STANDS, ON_IT = 10, 18, 8
TALL = 32
"""From so many lines on a wide board tells the arrivals of each hour in numbers, too."""
CHANNELS = tuple(Channel)
ALL = len(CHANNELS)
"""The place of the row that sums them up."""

Pieces = list[tuple[str, "Style"]]


class Board(Lines):
    """Draws an overview; `place` is the marked number: the channel's place (the last is all), and the number's."""

    app: DeskApp

    def __init__(self) -> None:
        super().__init__(id="board")
        self.shown: Overview | None = None
        self.range = Range.TODAY
        self.said: tuple[str, ...] = ("Reading the figures …",)
        self.place = (0, 0)
        self._drawn: list[Strip] = []

    @property
    def channel(self) -> Channel | None:
        """The channel of the marked number; None where it is that of all."""
        return CHANNELS[self.place[0]] if self.place[0] < ALL else None

    @property
    def column(self) -> Now | Over:
        """The marked number's column."""
        return self._columns[min(self.place[1], len(self._columns) - 1)]

    def show(self, shown: Overview) -> None:
        """Show other figures."""
        self.shown = shown
        self.redraw()

    def move(self, rows: int, columns: int) -> None:
        """Mark another number."""
        at = self._columns
        row = max(0, min(self.place[0] + rows, ALL))
        column = max(0, min(self.place[1] + columns, len(at) - 1))
        if row == ALL and isinstance(at[column], Now):  # what stands now has no sum
            row, column = (ALL - 1, column) if rows else (row, sum(isinstance(each, Now) for each in at))
        self.place = (row, column)
        self.redraw()

    def redraw(self) -> None:
        """Draw everything again."""
        self._drawn = []
        self.refresh()

    def on_resize(self) -> None:
        """Another width, other columns."""
        self.move(0, 0)

    def notify_style_update(self) -> None:
        """Another theme, other colours."""
        super().notify_style_update()
        self._drawn = []

    def line(self, y: int) -> Strip:
        """A line of the board."""
        if not self._drawn:
            self._drawn = self._draw()
        return self._drawn[y] if y < len(self._drawn) else strip([], self.size.width, self.look("plain"))

    @property
    def _columns(self) -> tuple[Now | Over, ...]:
        return behind_at(self.size.width)

    def _draw(self) -> list[Strip]:
        width, plain = self.size.width, self.look("plain")
        rule = strip([("─" * width, self.look("rule"))], width, plain)
        lines = [self._head(), rule]
        if self.shown is None:
            quiet = self.look("quiet")
            return [*lines, *(strip([(f" {words}", quiet)], width, plain) for words in self.said)]
        is_wide = width >= WIDE
        rows = self._wide_rows() if is_wide else self._narrow_rows()
        if is_wide:
            rows += [[], *self._means()]
        week = week_rows(self.shown, CHANNELS[min(self.place[0], ALL - 1)], width, self.look)
        if is_wide and self.size.height >= TALL:
            week += [[], *number_rows(self.shown, self.look)]
        return [*lines, *(strip(row, width, plain) for row in rows), rule, *(strip(row, width, plain) for row in week)]

    def _head(self) -> Strip:
        left: Pieces = [(" channels  ", self.look("strong"))]
        for each in Range:
            left.append((f"{each.value}", self.look("accent" if each is self.range else "quiet")))
            left.append(("  ", self.look("plain")))
        right: Pieces = []
        if self.shown is not None:
            local = self.shown.at.astimezone(self.shown.picture.zone)
            ago = max(0, int((self.app.gateway.now() - self.shown.at).total_seconds()))
            stale = f"{local:%a} {local.day} {local:%b %H:%M %Z} · {_ago(ago)} ago "
            right = [(stale, self.look("quiet"))]
        return two_ends(left, right, self.size.width, self.look("plain"))

    def _narrow_rows(self) -> list[Pieces]:
        assert self.shown is not None  # noqa: S101  (the caller asked)
        over = over_at(self.size.width)
        quiet = self.look("quiet")
        rows: list[Pieces] = [[(self._now_heads(), quiet)]]
        rows += [[*self._label(place), *self._now_cells(place)] for place in range(len(CHANNELS))]
        rows.append([(form.fit(f" {self.range.value}", NAME), self.look("strong")), (self._heads(over), quiet)])
        rows += [[*self._label(place), *self._over_cells(place, over)] for place in range(len(CHANNELS))]
        rows.append([(form.fit(" all", NAME), self.look("strong")), *self._over_cells(ALL, over)])
        return rows

    def _wide_rows(self) -> list[Pieces]:
        assert self.shown is not None  # noqa: S101  (the caller asked)
        over = over_at(self.size.width)
        bar = (" │ ", self.look("rule"))
        blank = NAME + STANDS + ON_IT + sum(column.width for column in NOW)
        return [
            [(form.fit(self._now_heads(), blank), self.look("quiet")), bar, (self._heads(over), self.look("quiet"))],
            *(
                [*self._label(place), *self._now_cells(place), bar, *self._over_cells(place, over)]
                for place in range(len(CHANNELS))
            ),
            [(form.fit(" all", blank), self.look("strong")), bar, *self._over_cells(ALL, over)],
        ]

    def _means(self) -> list[Pieces]:
        ahead = early(self.shown.picture.zone, self.shown.start) if self.shown is not None else timedelta()
        begin = f" · days begin {ahead // timedelta(minutes=1)} minutes early" if ahead else ""
        said = (
            " broken: cases with a broken promise · SLA: cases of which a clock ran out · kept: promises kept",
            " median and p90: service time to the first answer, within 5 % · on it: acted within 15 minutes" + begin,
        )
        return [[(words, self.look("quiet"))] for words in said]

    def _now_heads(self) -> str:
        heads = "".join(_right(column.head, column.width) for column in NOW)
        return form.fit(" now", NAME) + form.fit("stands", STANDS) + heads + _right("on it", ON_IT)

    def _heads(self, over: tuple[Over, ...]) -> str:
        return "".join(_right(column.head, column.width) for column in over)

    def _label(self, place: int) -> Pieces:
        channel = CHANNELS[place]
        words = f" {form.glyph(channel)} {form.CHANNEL_NAMES[channel]}"
        return [(form.fit(words, NAME), self.look("strong" if place == self.place[0] else "plain"))]

    def _now_cells(self, place: int) -> Pieces:
        assert self.shown is not None  # noqa: S101  (the caller asked)
        now = self.shown.now[CHANNELS[place]]
        words = stands(now, self.shown.at, self.shown.picture.zone)
        cells: Pieces = [(form.fit(words, STANDS), self.look(STYLES[now.load]))]
        for column in NOW:
            cells += self._cell(column.shows(now, self.shown.at), column, place)
        return [*cells, (_right(str(now.agents), ON_IT), self.look("plain"))]

    def _over_cells(self, place: int, over: tuple[Over, ...]) -> Pieces:
        assert self.shown is not None  # noqa: S101  (the caller asked)
        figures = self.shown.total if place == ALL else self.shown.over[CHANNELS[place]]
        return [piece for column in over for piece in self._cell(column.shows(figures), column, place)]

    def _cell(self, shown: str, column: Now | Over, place: int) -> Pieces:
        """A number at the right of its column; the marked one between brackets, so that no colour is needed."""
        is_marked = column is self.column and place == self.place[0]
        if is_marked:
            text = f"[{shown}]"
            return [
                (" " * (column.width - form.cells(text)), self.look("plain")),
                (text, self.look("accent")),
            ]
        alarms = isinstance(column, Over) and column.alarms and shown != "0"
        look = "late" if alarms else "plain" if column.behind else "quiet"
        return [(_right(shown, column.width), self.look(look))]


def _right(text: str, width: int) -> str:
    """A text at the right of a column, with a blank behind it for the bracket that marks it."""
    return form.fit(text, width - 1, right=True) + " "


def _ago(seconds: int) -> str:
    return f"{seconds} s" if seconds < 60 else f"{seconds // 60} m"
