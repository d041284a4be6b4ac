"""What can be done about refunds: from a case, and in the lanes in which they wait."""

from __future__ import annotations

from desk.tui.actions import Action

REFUNDS = ("refunds", "merchant")
LANES = ("refunds",)

ACTIONS = (
    Action("case.refund", "dollar_sign", "refund", "Open a refund: find the payment, say why and how much, send it.",
           ("case",)),
    Action("queue.refunds", "dollar_sign", "refunds", "Show the refunds that wait: for merchants, support, the wallet.",
           ("queue",)),
    Action("refunds.open", "enter", "open", "Open the case of the selected refund.", REFUNDS, footer=1),
    Action("refunds.lane", "tab", "lane", "Show the next lane.", LANES, does="lane(1)", footer=2),
    Action("refunds.lane-before", "shift+tab", "lane before", "Show the lane before.", LANES, does="lane(-1)"),
    Action("refunds.remind", "r", "remind", "Remind the merchant now, with a new link.", REFUNDS, does="act('remind')",
           footer=3),
    Action("refunds.remind-late", "R", "remind late", "Remind late merchants, after a look at whom.", REFUNDS),
    Action("refunds.take-up", "t", "take up", "Look at it in support's name.", REFUNDS, does="act('take_up')",
           may="DECIDE_REFUNDS", footer=4),
    Action("refunds.approve", "y", "approve", "Approve in support's name; above the limit it takes two.", REFUNDS,
           does="act('approve')", may="DECIDE_REFUNDS", footer=5),
    Action("refunds.decline", "X", "decline", "Decline with a reason that the customer reads.", REFUNDS,
           does="say('decline')", may="DECIDE_REFUNDS"),
    Action("refunds.ask-again", "A", "ask again", "Ask the merchant once more, with a new deadline.", REFUNDS,
           does="act('ask_again')", may="DECIDE_REFUNDS"),
    Action("refunds.answer", "a", "answer merchant", "Answer what the merchant asked.", REFUNDS,
           does="say('answer_merchant')"),
    Action("refunds.cancel", "C", "cancel", "Stop it with a reason that the customer reads.", REFUNDS,
           does="say('cancel')"),
    Action("refunds.send", "s", "send draft", "Send a draft on its way.", REFUNDS),
    Action("refunds.merchant", "m", "merchant", "Show the merchant: what it owes, how it answers, whom to write to.",
           LANES),
    Action("refunds.merchants", "M", "merchants", "Pick a merchant by its name, and show it.", LANES),
    Action("refunds.down", "j,down", "down", "Select the next refund.", REFUNDS, does="move(1)"),
    Action("refunds.up", "k,up", "up", "Select the refund before.", REFUNDS, does="move(-1)"),
    Action("refunds.page-down", "pagedown,ctrl+d", "page down", "Go a screen down.", REFUNDS, does="pages(1)"),
    Action("refunds.page-up", "pageup,ctrl+u", "page up", "Go a screen up.", REFUNDS, does="pages(-1)"),
    Action("refunds.top", "g,home", "top", "Go to the first refund.", REFUNDS, does="ends(-1)"),
    Action("refunds.end", "G,end", "end", "Go to the last refund that is loaded; more come.", REFUNDS, does="ends(1)"),
    Action("refunds.back", "escape,q", "back", "Back to where you came from.", REFUNDS, footer=6),
)  # fmt: skip
