"""What can be done about the phone, and with the hours of every channel."""

from __future__ import annotations

from desk.tui.actions import Action

CALL = ("call",)
CALLBACKS = ("callbacks",)
HOURS = ("hours",)

ACTIONS = (
    Action("call.wrap-up", "ctrl+g,ctrl+enter", "wrap up", "End the call: how it ended, and what comes then.", CALL,
           footer=1, priority=True),
    Action("call.case", "f2", "which case", "Go through the customer's cases; the first is a new one.", CALL,
           does="next_case", footer=2, priority=True),
    Action("call.who", "f4", "who", "Say which customer is on the line; another time corrects it.", CALL, footer=4,
           priority=True),
    Action("call.name", "f3", "name", "Note who a caller is whom nobody knows.", CALL, footer=3, priority=True),
    Action("call.script-down", "pagedown,ctrl+d", "script down", "Read on in the script.", CALL, does="script(1)",
           priority=True),
    Action("call.script-up", "pageup", "script up", "Read back in the script.", CALL, does="script(-1)",
           priority=True),
    Action("call.back", "escape", "back", "Leave the call open, its notes kept; the key for calls comes back.", CALL,
           footer=5, priority=True),
    Action("callbacks.ring", "enter", "ring", "Ring the customer: the case is mine, and the clock runs.", CALLBACKS,
           footer=1),
    Action("callbacks.open", "o", "open", "Open the case of the selected call-back.", CALLBACKS, footer=2),
    Action("callbacks.give-up", "X", "not needed", "Ring nobody for this; the case stands in the queue.", CALLBACKS,
           footer=3),
    Action("callbacks.other-slot", "m", "other slot", "Promise the first free slot, or the first from a moment on.",
           CALLBACKS, footer=4),
    Action("callbacks.down", "j,down", "down", "Select the next call-back.", CALLBACKS, does="move(1)"),
    Action("callbacks.up", "k,up", "up", "Select the call-back before.", CALLBACKS, does="move(-1)"),
    Action("callbacks.back", "escape,q,1", "back", "Back to where you came from.", CALLBACKS, footer=5),
    Action("hours.paint", "space", "open or closed", "Paint the marked hour open, or closed.", HOURS, footer=1,
           may="MANAGE_HOURS"),
    Action("hours.apply", "enter", "preview", "See what the painted hours change, and apply them.", HOURS, footer=2,
           may="MANAGE_HOURS"),
    Action("hours.close", "c", "close now", "Close the channel on the spot, with a reason, until a time.", HOURS,
           footer=3, may="MANAGE_HOURS"),
    Action("hours.reopen", "o", "reopen", "End what closes the channel beside its hours.", HOURS, may="MANAGE_HOURS"),
    Action("hours.day", "d", "special day", "Give a date hours of its own, or close it, with a name.", HOURS, footer=4,
           may="MANAGE_HOURS"),
    Action("hours.weekday", "w", "weekday", "Say the hours of the marked weekday as text, half hours too, every week.",
           HOURS, may="MANAGE_HOURS"),
    Action("hours.undo", "U", "undo", "Put the hours back as they were before your last change.", HOURS,
           may="MANAGE_HOURS"),
    Action(
        "hours.channel", "tab", "next", "Show the next channel, then the hours of languages and queues.", HOURS,
        does="next_place",
    ),
    Action("hours.week-next", "right_square_bracket,n", "next week", "Show the week after.", HOURS, does="week(1)"),
    Action("hours.week-before", "left_square_bracket,p", "week before", "Show the week before.", HOURS,
           does="week(-1)"),
    Action("hours.this-week", "t", "this week", "Show the week with this day.", HOURS, does="week(0)"),
    Action("hours.down", "j,down", "day down", "Mark the next day.", HOURS, does="mark(1, 0)"),
    Action("hours.up", "k,up", "day up", "Mark the day before.", HOURS, does="mark(-1, 0)"),
    Action("hours.left", "h,left", "hour back", "Mark the hour before.", HOURS, does="mark(0, -1)"),
    Action("hours.right", "l,right", "hour on", "Mark the next hour.", HOURS, does="mark(0, 1)"),
    Action("hours.back", "escape,q", "back", "Drop what is painted and not applied, or go back.", HOURS, footer=5),
)  # fmt: skip
