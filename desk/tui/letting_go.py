"""Letting go of what was left: an agent opens hundreds of screens a day, and Textual would keep them for long."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from textual.app import App


def let_go(app: App[None]) -> None:
    """Have nothing kept of widgets that are closed by now, with all that they have drawn.

    Textual forgets who watched a value of the application only when that value changes, and some never do: text
    fields watch the theme, our lines watch the connection. And it remembers sizes of lines together with the last
    1,024 widgets that had them, which is 70 MB after 150 cases.
    """
    every: dict[str, list[tuple[Any, Any]]] = getattr(app, "__watchers", {})
    for watchers in every.values():
        watchers[:] = [(widget, act) for widget, act in watchers if not widget._closing]  # noqa: SLF001  (its own test)
    with suppress(ImportError, AttributeError):  # a Textual that has no such memory needs no help
        from textual._styles_cache import StylesCache

        StylesCache.get_inner_outer.cache_clear()
