"""The command palette's commands: every action that works here, each with its key, so that people learn it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

from desk.tui import actions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from desk.tui.app import DeskApp

SILENT = ("down", "up", "page down", "page up", "half down", "half up")
"""Nobody looks for these by name."""


class ActionCommands(Provider):
    """Finds actions by their title and help."""

    async def discover(self) -> Hits:
        """All of them, before anything is typed."""
        for action in self._here():
            yield DiscoveryHit(self._shown(action), partial(self._do, action), action.title, help=action.help)

    async def search(self, query: str) -> Hits:
        """Those that match what is typed."""
        matcher = self.matcher(query)
        for action in self._here():
            words = f"{action.title} {action.help}"
            score = matcher.match(words)
            if score > 0:
                yield Hit(score, self._shown(action), partial(self._do, action), action.title, help=action.help)

    def _here(self) -> Iterator[actions.Action]:
        app: DeskApp = self.app  # type: ignore[assignment]
        name = getattr(self.screen, "NAME", "")
        me = app.gateway.me
        for action in (*actions.on_screen(name), *actions.table("desk")):
            if action.title not in SILENT and actions.allowed(action, me):
                yield action

    def _shown(self, action: actions.Action) -> Content:
        app: DeskApp = self.app  # type: ignore[assignment]
        return Content.assemble(action.title, "  ", (actions.all_written(action, app.keys), "bold $accent"))

    async def _do(self, action: actions.Action) -> Any:
        where = self.app if "desk" in action.where else self.screen
        await where.run_action(action.textual)
