"""What can be done everywhere."""

from __future__ import annotations

from desk.tui.actions import Action

HERE = ("desk",)

ACTIONS = (
    Action("desk.help", "question_mark,f1", "keys", "Show every key of this screen.", HERE, footer=8),
    Action(
        "desk.commands",
        "ctrl+p",
        "commands",
        "Find any command by its name.",
        HERE,
        does="command_palette",
        footer=9,
        priority=True,
    ),
    Action(
        "desk.take-back",
        "ctrl+t",
        "take back",
        "Take the last answer back within its undo time, or the marked one that waits for later.",
        HERE,
        priority=True,  # ten seconds are too short to close a dialog first
    ),
    Action("desk.notices", "minus", "notices away", "Take the notices on screen away.", HERE, does="clear_notices"),
    Action("desk.state", "f6", "my state", "Say whether you take cases: available, busy, on a break or away.", HERE),
    Action(
        "desk.callbacks", "f7", "call-backs", "Show who is to be called back, and when.", HERE,
        does="phone('callbacks')", priority=True,
    ),
    Action(
        "desk.call", "f8", "incoming call", "Take a call by its number, or go on with the one that is open.", HERE,
        does="phone('call')", priority=True,
    ),
    Action(
        "desk.hours", "f9", "service hours", "Show the week of each channel's hours.", HERE, does="phone('hours')",
        priority=True,
    ),
    Action("desk.incidents", "f10", "incidents", "Show known outages, planned work, and what rises.", HERE),
    Action("desk.theme", "f12", "light or dark", "Change between the dark and the light theme.", HERE),
    Action(
        "desk.leave",
        "ctrl+c",
        "leave",
        "Leave the desk: press it twice; drafts are kept.",
        HERE,
        priority=True,
    ),
)  # fmt: skip
