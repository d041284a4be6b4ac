"""What can be done on a case's page."""

from __future__ import annotations

from desk.tui.actions import Action

HERE = ("case",)

ACTIONS: tuple[Action, ...] = ()
