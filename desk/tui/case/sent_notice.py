"""The line that says for how long an answer can still be taken back, on whatever screen is on top."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar
from weakref import WeakKeyDictionary

from textual.content import Content
from textual.timer import Timer
from textual.widgets import Static

from db.kinds import DraftKind
from desk.tui import safety
from desk.tui.actions import key_of
from desk.tui.format import cut
from desk.tui.undo import undo_of

if TYPE_CHECKING:
    from desk.tui.app import DeskApp

_TIMERS: WeakKeyDictionary[DeskApp, Timer] = WeakKeyDictionary()


class SentNotice(Static, can_focus=False):
    """Counts down; takes neither place nor focus from anything."""

    DEFAULT_CSS: ClassVar[str] = """
    SentNotice {
        layer: _toastrack;
        dock: bottom;
        width: 1fr;
        height: 1;
        margin-bottom: 1;
        padding: 0 1;
        text-align: right;
        color: $foreground;
        background: $panel;
    }
    """

    def __init__(self) -> None:
        super().__init__("", markup=False)


def show_sent_notice(app: DeskApp) -> None:
    """Say that an answer is on its way, until it can no longer be taken back."""
    hide_sent_notice(app)
    _TIMERS[app] = app.set_interval(0.25, lambda: _count_down(app))
    _count_down(app)


def hide_sent_notice(app: DeskApp) -> None:
    """Say nothing more."""
    timer = _TIMERS.pop(app, None)
    if timer is not None:
        timer.stop()
    for screen in app.screen_stack:
        screen.query(SentNotice).remove()


def _count_down(app: DeskApp) -> None:
    last = undo_of(app).sent
    left = last.seconds_left(app.gateway.now()) if last is not None else 0
    if last is None or last.later or left <= 0:
        hide_sent_notice(app)
        return
    to = safety.line(cut(last.to, 40))
    what = "mail" if last.kind is DraftKind.SIDE else "answer"
    said = f"#{last.sent.case_id} {what} to {to} leaves in {math.ceil(left)} s   "
    content = Content.assemble(said, (key_of("desk.take-back", app.keys), "bold"), " takes it back")
    shown = app.screen.query(SentNotice)
    if shown:
        shown.first().update(content)
        return
    notice = SentNotice()
    app.screen.mount(notice)
    notice.update(content)
