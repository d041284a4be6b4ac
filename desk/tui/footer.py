"""The foot of a screen: the keys that matter here and now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.strip import Strip

from desk.tui import actions
from desk.tui import format as form
from desk.tui.lines import Lines
from desk.tui.strips import strip, two_ends

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.style import Style

    from desk.tui.app import DeskApp

EVERYWHERE = 8
"""Actions whose `footer` is this or more stand at the right."""


class KeyFooter(Lines):
    """A rule and a line of keys, from the registry; `screen_name` is one of `actions.SCREENS`.

    Its class is `-` and that name.
    """

    app: DeskApp

    def __init__(self, screen_name: str, *, says_stale: bool = True) -> None:
        # A class that is added later has Textual go through every style again, also of what is on no screen yet.
        super().__init__(classes=f"-{screen_name}")
        self._screen_name = screen_name
        self._says_stale = says_stale
        self._titles: Mapping[str, str] = {}
        self._reminder = ""

    def say(self, titles: Mapping[str, str]) -> None:
        """Call actions so, by their ids, until told otherwise; those called nothing are left out."""
        if titles != self._titles:
            self._titles = titles
            self.refresh()

    def remind(self, of: str) -> None:
        """Say in the rule what is not to be forgotten here, until told otherwise."""
        if of != self._reminder:
            self._reminder = of
            self.refresh()

    def on_mount(self) -> None:
        """Follow the connection, where no other line of the screen does."""
        self.watch(self.app, "stale", self._redraw, init=False)
        self.watch(self.app, "banner", self._redraw, init=False)
        self.watch(self.app, "wallet_warning", self._redraw, init=False)

    def _redraw(self) -> None:
        self.refresh()

    def line(self, y: int) -> Strip:
        """The rule, then the keys."""
        width = self.size.width
        if y == 0:
            return self._rule(width)
        stale = self.app.stale
        if stale is not None and self._says_stale:
            words = f" ! {stale.short} since {form.clock(stale.since)}; showing what was known"
            return strip([(words, self.look("soon"))], width, self.look("plain"))
        everywhere = self._pieces([action for action in actions.table("desk") if action.footer >= EVERYWHERE])
        here = self._pieces(self._here())
        while len(here) > 4 and sum(form.cells(text) for text, _ in here + everywhere) >= width:
            del here[-2:]
        return two_ends([(" ", self.look("plain")), *here], everywhere, width, self.look("plain"))

    def _rule(self, width: int) -> Strip:
        """The rule, in which every screen says what is out of order: nothing moves when that comes or goes."""
        rule, warning = self.look("rule"), self.app.wallet_warning
        forms = [f" ! {words} " for words in (warning, warning.partition(";")[0], "wallet silent")] if warning else []
        said = [(f" {self._reminder} ", self.look("soon"))] if self._reminder else []
        taken = sum(form.cells(text) + 2 for text, _ in said)
        incidents = self._incidents(width - 4 - taken - (form.cells(forms[1]) if forms else 0))
        said += [("──", rule), *incidents] if said and incidents else incidents
        if forms:
            said += [("──", rule)] if said else []
            room = width - 2 - sum(form.cells(text) for text, _ in said)
            said.append((next((each for each in forms if form.cells(each) <= room), forms[-1]), self.look("soon")))
        if not said:
            return strip([("─" * width, rule)], width, self.look("plain"))
        taken = 2 + sum(form.cells(text) for text, _ in said)
        return strip([("──", rule), *said, ("─" * max(width - taken, 0), rule)], width, rule)

    def _incidents(self, width: int) -> list[tuple[str, Style]]:
        """Which incidents there are, in so many cells; nothing when there are none."""
        banner = self.app.banner
        if banner is None or not (banner.incidents or banner.proposals):
            return []
        from desk.tui.incidents.words import banner_pieces

        key = actions.key_of("desk.incidents", self.app.keys)
        pieces = banner_pieces(banner, self.app.gateway.now(), key, width)
        return [(text, self.look(look)) for text, look in pieces]

    def _here(self) -> list[actions.Action]:
        name = self._screen_name
        shown = [action for action in actions.on_screen(name) if 0 < action.at_foot(name) < EVERYWHERE]
        shown = [action for action in shown if self._titles.get(action.id, action.title)]
        me = self.app.gateway.me
        return sorted((action for action in shown if actions.allowed(action, me)), key=lambda each: each.footer)

    def _pieces(self, shown: list[actions.Action]) -> list[tuple[str, Style]]:
        pieces = []
        for action in shown:
            pieces.append((actions.written(action, self.app.keys), self.look("accent")))
            pieces.append((f" {self._titles.get(action.id, action.title)}  ", self.look("quiet")))
        return pieces
