"""What can be done with guides and error codes: on a case's page, in a guide's panel, and for supervisors."""

from __future__ import annotations

from desk.tui.actions import Action

CASE = ("case",)
GUIDE = ("guide",)
STATS = ("guide-figures",)

ACTIONS = (
    Action("case.guide", "W", "guide", "Walk a guide with the customer: pick one, or go on with the one begun.", CASE),
    Action("case.code", "K", "error code", "Take the next step for the error code in the marked message.", CASE),
    Action("guide.outcome", "1,2,3,4,5,6,7,8,9", "came of it", "Record what came of the step, by its number.", GUIDE,
           shown="1…9", footer=1),
    Action("guide.send", "ctrl+g,ctrl+enter", "send step",
           "Send the step's words: in a chat at once, else through the composer.", GUIDE, footer=2),
    Action("guide.details", "d", "details", "Note what the customer said: device, version, error code.", GUIDE,
           footer=3),
    Action("guide.before", "b,backspace", "step back", "Take the last outcome back.", GUIDE, footer=4),
    Action("guide.finish", "enter", "do the end", "Do what the end says; where the wallet decides, ask it again.",
           GUIDE, footer=5),
    Action("guide.write", "r", "reply", "Put the step's words into the composer.", GUIDE),
    Action("guide.stop", "x", "stop", "Stop the guide; beginning it again goes on at this step.", GUIDE),
    Action("guide.leave", "escape", "conversation", "Back to the conversation; the guide stays where it is.", GUIDE,
           footer=6),
    Action("channels.guides", "W", "guides", "See how far customers come in each guide, and where they drop.",
           ("channels",), may="SEE_FIGURES"),
    Action("guide-figures.next", "tab,right,l,n", "next guide", "Show the next guide.", STATS, does="show(1)",
           footer=1),
    Action("guide-figures.previous", "shift+tab,left,h", "guide before", "Show the guide before.", STATS,
           does="show(-1)", footer=2),
    Action("guide-figures.shorter", "left_square_bracket", "shorter", "Fewer days.", STATS, does="days(-1)", footer=3),
    Action("guide-figures.longer", "right_square_bracket", "longer", "More days.", STATS, does="days(1)", footer=4),
    Action("guide-figures.down", "j,down", "down", "Scroll down.", STATS, does="move(1)"),
    Action("guide-figures.up", "k,up", "up", "Scroll up.", STATS, does="move(-1)"),
    Action("guide-figures.back", "escape,q", "back", "Back to the channels.", STATS, footer=5),
)  # fmt: skip
