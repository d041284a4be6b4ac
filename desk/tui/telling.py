"""Telling an agent, wherever they are, what has become of cases."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from db.rows import GivenCase, LateClock
    from desk.tui.app import DeskApp

READING_SECONDS = 12.0
LATE = "Late: "


def tell_late(app: DeskApp, late: tuple[LateClock, ...]) -> None:
    """Name clocks that broke, in place of what was told before of other people's cases."""
    from desk.tui.promise_words import YOURS, late_words

    app.forget_notices(lambda said: said.startswith(LATE) and YOURS not in said)
    app.notify(f"{LATE}{late_words(late, app.gateway.me)}", severity="warning", timeout=READING_SECONDS)


def tell_given(app: DeskApp, given: tuple[GivenCase, ...]) -> None:
    """Name cases that somebody was handed, or given by a colleague."""
    from desk.tui.promise_words import given_words

    app.notify(given_words(given), timeout=READING_SECONDS)
