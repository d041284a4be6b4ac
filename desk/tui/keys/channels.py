"""What can be done on the channels' screen, and among the cases behind a number."""

from __future__ import annotations

from desk.tui.actions import Action

HERE = ("channels",)
BEHIND = ("behind",)
MAY = "SEE_FIGURES"

ACTIONS = (
    Action("queue.channels", "C", "channels", "Look at every channel: load, promises, figures.", ("queue",), may=MAY),
    Action("channels.open", "enter", "cases behind it", "Open the cases behind the marked number.", HERE, footer=1),
    Action("channels.shorter", "left_square_bracket", "shorter", "A shorter range.", HERE, does="range(-1)", footer=2),
    Action("channels.longer", "right_square_bracket", "longer", "A longer range.", HERE, does="range(1)", footer=3),
    Action("channels.down", "j,down", "down", "Mark the number below.", HERE, does="move(1, 0)"),
    Action("channels.up", "k,up", "up", "Mark the number above.", HERE, does="move(-1, 0)"),
    Action("channels.right", "l,right,tab", "right", "Mark the next number.", HERE, does="move(0, 1)"),
    Action("channels.left", "h,left,shift+tab", "left", "Mark the number before.", HERE, does="move(0, -1)"),
    Action("channels.back", "escape,q,1", "back", "Back to the queue.", HERE, footer=4),
    Action("behind.open", "enter", "open", "Open the selected case.", BEHIND, footer=1),
    Action("behind.down", "j,down", "down", "Select the next case.", BEHIND, does="move(1)"),
    Action("behind.up", "k,up", "up", "Select the case before.", BEHIND, does="move(-1)"),
    Action("behind.page-down", "pagedown,ctrl+d", "page down", "Go a screen down.", BEHIND, does="pages(1)"),
    Action("behind.page-up", "pageup,ctrl+u", "page up", "Go a screen up.", BEHIND, does="pages(-1)"),
    Action("behind.back", "escape,q", "back", "Back to the numbers.", BEHIND, footer=2),
)
