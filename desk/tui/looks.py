"""The few styles that lines are drawn in, made from the theme's variables."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

from rich.style import Style

if TYPE_CHECKING:
    from textual.app import App

Looks = Mapping[str, Style]
"""The grounds `ground`, `selected`; over them `plain`, `strong`, `quiet`, `rule`, `accent`, `late`, `soon`, `side`."""


def looks(app: App[None]) -> Looks:
    """The styles of the theme in force; the same object until the theme changes."""
    variables = app.theme_variables
    return _looks(*(variables[name] for name in NAMES))


NAMES = (
    "foreground",
    "background",
    "accent",
    "desk-quiet",
    "desk-rule",
    "desk-selected",
    "desk-late",
    "desk-soon",
    "desk-side",
)


@lru_cache(maxsize=4)
def _looks(
    foreground: str,
    background: str,
    accent: str,
    quiet: str,
    rule: str,
    selected: str,
    late: str,
    soon: str,
    side: str,
) -> Looks:
    return {
        "ground": Style(color=foreground, bgcolor=background),
        "selected": Style(color=foreground, bgcolor=selected, bold=True),
        "plain": Style(),
        "strong": Style(bold=True),
        "quiet": Style(color=quiet),
        "rule": Style(color=rule),
        "accent": Style(color=accent, bold=True),
        "late": Style(color=late, bold=True),
        "soon": Style(color=soon),
        "side": Style(color=side, bold=True),
    }
