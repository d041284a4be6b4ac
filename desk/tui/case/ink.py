"""The styles that a conversation's rows are drawn in, made from the theme's variables."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

from rich.style import Style

if TYPE_CHECKING:
    from textual.app import App

VARIABLES = (
    "foreground",
    "background",
    "panel",
    "primary",
    "accent",
    "desk-quiet",
    "desk-rule",
    "desk-late",
    "desk-soon",
    "desk-side",
)


def inks(app: App[None]) -> Mapping[str, Style]:
    """Styles by the names that rows use; the same object until the theme changes."""
    variables = app.theme_variables
    return _inks(*(variables[name] for name in VARIABLES))


@lru_cache(maxsize=4)
def _inks(
    foreground: str,
    background: str,
    panel: str,
    primary: str,
    accent: str,
    quiet: str,
    rule: str,
    late: str,
    soon: str,
    side: str,
) -> Mapping[str, Style]:
    ground = Style(bgcolor=background)
    return {
        "text": ground + Style(color=foreground),
        "name": ground + Style(color=foreground, bold=True),
        "quiet": ground + Style(color=quiet),
        "quote": ground + Style(color=quiet, italic=True),
        "rule": ground + Style(color=rule),
        "mark": ground + Style(color=accent, bold=True),
        "ours": ground + Style(color=primary, bold=True),
        "fold": ground + Style(color=primary),
        "file": ground + Style(color=primary),
        "late": ground + Style(color=late, bold=True),
        "soon": ground + Style(color=soon),
        "side": ground + Style(color=side, bold=True),
        "note": Style(color=foreground, bgcolor=panel),
        "notemark": Style(color=background, bgcolor=accent, bold=True),
    }
