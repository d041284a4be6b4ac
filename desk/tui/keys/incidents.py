"""What can be done with incidents, on their screen."""

from __future__ import annotations

from desk.tui.actions import Action

HERE = ("incidents",)
MAY = "MANAGE_INCIDENTS"

ACTIONS = (
    Action("incidents.open", "a", "open one", "Open an incident, or make one of the marked rise.", HERE, footer=1,
           may=MAY),
    Action("incidents.plan", "p", "plan work", "Announce maintenance that begins and ends by itself.", HERE, may=MAY),
    Action("incidents.time", "t", "new time", "Say when it is expected to be over.", HERE, footer=2, may=MAY),
    Action("incidents.text", "e", "new text", "Write another public text; it can be told at once.", HERE, footer=3,
           may=MAY),
    Action("incidents.tell", "l", "tell all", "Tell all linked cases the text in force; each customer once.", HERE,
           footer=4, may=MAY),
    Action("incidents.stop", "x", "stop", "Stop what is being told.", HERE, may=MAY),
    Action("incidents.recovering", "w", "recovering", "Say that it is getting better, or not after all.", HERE,
           may=MAY),
    Action("incidents.resolve", "R", "resolve", "Say that it is over, and tell all linked cases.", HERE, footer=5,
           may=MAY),
    Action("incidents.cancel", "X", "call off", "It was a mistake, or the work does not happen; put a rise aside.",
           HERE, may=MAY),
    Action("incidents.down", "j,down", "down", "Select the next one.", HERE, does="move(1)"),
    Action("incidents.up", "k,up", "up", "Select the one before.", HERE, does="move(-1)"),
    Action("incidents.back", "escape,q", "back", "Back to where you came from.", HERE, footer=6),
)  # fmt: skip
