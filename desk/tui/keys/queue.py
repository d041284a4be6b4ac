"""What can be done on the queue."""

from __future__ import annotations

from desk.tui.actions import Action

HERE = ("queue",)

ACTIONS = (
    Action("queue.next", "n", "next", "Take the case that most needs an answer, and open it.", HERE, footer=1),
    Action("queue.open", "enter", "open", "Open the selected case.", HERE, footer=2),
    Action("queue.reply", "r", "reply", "Open the selected case with the composer.", HERE, footer=3),
    Action("queue.answers", "c", "answers", "Open the selected case with the canned answers.", HERE),
    Action("queue.search", "slash", "search", "Search all cases.", HERE, footer=5),
    Action("queue.mark", "x", "mark", "Mark the case; what you do next is done to all marked ones.", HERE),
    Action("queue.unmark", "escape", "unmark", "Take all marks off.", HERE),
    Action("queue.down", "j,down", "down", "Select the next case.", HERE, does="move(1)"),
    Action("queue.up", "k,up", "up", "Select the case before.", HERE, does="move(-1)"),
    Action("queue.page-down", "pagedown", "page down", "Go a screen down.", HERE, does="move_pages(2)"),
    Action("queue.page-up", "pageup", "page up", "Go a screen up.", HERE, does="move_pages(-2)"),
    Action("queue.half-down", "ctrl+d", "half down", "Go half a screen down.", HERE, does="move_pages(1)"),
    Action("queue.half-up", "ctrl+u", "half up", "Go half a screen up.", HERE, does="move_pages(-1)"),
    Action("queue.first", "g", "top", "Go to the most urgent case; shows what is new above.", HERE, shown="g g"),
    Action("queue.home", "home", "top", "Go to the most urgent case.", HERE, does="top"),
    Action("queue.bottom", "G,end", "bottom", "Go to the last case.", HERE),
    Action("queue.lane-all", "1", "all", "Show all cases.", HERE, does="lane('all')"),
    Action("queue.lane-phone", "2", "phone", "Show calls.", HERE, does="lane('phone')"),
    Action("queue.lane-email", "3", "e-mail", "Show e-mail.", HERE, does="lane('email')"),
    Action("queue.lane-chat", "4", "chat", "Show chats.", HERE, does="lane('chat')"),
    Action("queue.lane-social", "5", "social", "Show social media.", HERE, does="lane('social')"),
    Action("queue.lane-mine", "m,0", "mine", "Show what I have.", HERE, does="lane('mine')"),
    Action("queue.preview", "v", "preview", "Show or hide the preview.", HERE),
    Action("queue.leave", "q", "leave", "Leave the desk; drafts are kept.", HERE),
)
