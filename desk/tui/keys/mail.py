"""What can be done about mail: on a case's page, in the composer, and in the lanes of messages."""

from __future__ import annotations

from desk.tui.actions import Action

CASE = ("case",)
COMPOSE = ("compose",)
CASES = ("queue", "case")
MESSAGES = ("case", "undelivered", "scheduled")
UNDELIVERED = ("case", "undelivered")
SCHEDULED = ("case", "scheduled")
LANES = ("undelivered", "scheduled")

FILING = (
    Action("case.spam", "exclamation_mark", "spam", "Mark the case as spam and block who wrote it, or take it out.",
           CASES, does="act('spam')"),
    Action("case.block", "B", "block", "Block who wrote the case, or let them write again.", CASES,
           does="act('block')"),
    Action("case.merge", "M", "merge", "Merge the case into another one.", CASE),
    Action("case.split", "S", "split off", "Make the marked message a case of its own.", CASE),
    Action("case.link", "L", "link", "Link the case with another one, or take a link off.", CASE),
    Action("case.forward", "F", "forward", "Write to a third party about the case; the customer sees nothing of it.",
           CASE),
    Action("case.answer-side", "A", "answer third party", "Answer the third party of the marked message (↳).", CASE),
)  # fmt: skip

SETTLING = (
    Action("message.retry", "R", "send again", "Send the message again that failed or may not have arrived.",
           UNDELIVERED,
           does="message('retry')", footer=2, foot_of=LANES),
    Action("message.arrived", "Y", "it arrived", "Note that the message did arrive, where nobody knew.", UNDELIVERED,
           does="message('arrived')", footer=3, foot_of=LANES),
    Action("message.give-up", "X", "give up", "Leave the message undelivered; nobody is asked about it any more.",
           UNDELIVERED,
           does="message('give_up')", footer=4, foot_of=LANES),
    Action("message.release", "y", "let go", "Let the held answer go at its time.", SCHEDULED,
           does="message('release')", footer=2, foot_of=LANES),
    Action("message.when", "w", "when", "Change when the waiting answer goes.", SCHEDULED, does="message('when')",
           footer=3, foot_of=LANES),
)  # fmt: skip

COMPOSING = (
    Action("compose.people", "f3", "copies", "Choose who gets copies (cc, bcc), or to which third party it goes.",
           COMPOSE, does="want('people')"),
    Action("compose.files", "f4", "attach", "Attach a file, or take one off.", COMPOSE, does="want('files')"),
    Action("compose.later", "f5", "send later", "Send it at a later moment, by the customer's clock.", COMPOSE,
           does="want('later')"),
)  # fmt: skip

LISTS = (
    Action("queue.lane-undelivered", "6", "undelivered", "Show messages that did not arrive, or may not have.",
           ("queue", *LANES), does="messages('undelivered')"),
    Action("queue.lane-scheduled", "7", "scheduled", "Show what waits for a later moment.",
           ("queue", *LANES), does="messages('scheduled')"),
    Action("messages.open", "enter", "open", "Open the case at the selected message.", LANES, footer=1),
    Action("messages.down", "j,down", "down", "Select the next message.", LANES, does="move(1)"),
    Action("messages.up", "k,up", "up", "Select the message before.", LANES, does="move(-1)"),
    Action("messages.page-down", "pagedown,ctrl+d", "page down", "Go a screen down.", LANES, does="pages(1)"),
    Action("messages.page-up", "pageup,ctrl+u", "page up", "Go a screen up.", LANES, does="pages(-1)"),
    Action("messages.back", "escape,q,1", "back", "Back to the queue.", LANES, footer=5),
)  # fmt: skip

ACTIONS = (*FILING, *SETTLING, *COMPOSING, *LISTS)
