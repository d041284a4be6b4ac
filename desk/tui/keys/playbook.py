"""What can be done about a stolen account: from a case, in its playbook, and in the list of its transactions."""

from __future__ import annotations

from desk.tui.actions import Action

HERE = ("playbook",)
PAYMENTS = ("playbook-payments",)

ACTIONS = (
    Action("case.playbook", "P", "stolen account",
           "The account is stolen: freeze it at once, with a reason, and go through the playbook.", ("case",)),
    Action("playbook.do", "enter", "do it", "Do the selected step, or do it again.", HERE, footer=1),
    Action("playbook.answer", "c", "answer", "Put the step's canned answer into the composer.", HERE, footer=2),
    Action("playbook.payments", "o", "whose", "Go through the transactions with the customer: whose are they.", HERE,
           footer=3),
    Action("playbook.agree", "y", "agree", "Be the second person for what waits for one.", HERE,
           may="AGREE_TO_RISKS", footer=4),
    Action("playbook.withdraw", "x", "take back", "Take back what waits for a second person.", HERE),
    Action("playbook.renew", "g", "ask anew", "Have the wallet asked about the account again.", HERE),
    Action("playbook.look-for", "l", "look for it",
           "Look for the account by the number or address on file at the wallet.", HERE),
    Action("playbook.choose", "m", "which account", "Say which of several accounts it is.", HERE),
    Action("playbook.close", "X", "close", "Close the playbook without a watch, with a reason.", HERE,
           may="AGREE_TO_RISKS"),
    Action("playbook.down", "j,down", "down", "Select the next step.", HERE, does="move(1)"),
    Action("playbook.up", "k,up", "up", "Select the step before.", HERE, does="move(-1)"),
    Action("playbook.back", "escape,q", "back", "Back to the case; what was asked goes on.", HERE, footer=5),
    Action("playbook-payments.disown", "d", "not theirs", "The customer did not make it.", PAYMENTS,
           does="whose('disowned')", footer=1),
    Action("playbook-payments.own", "o", "theirs", "The customer made it.", PAYMENTS, does="whose('owned')", footer=2),
    Action("playbook-payments.unsure", "u", "not sure", "The customer does not know yet.", PAYMENTS,
           does="whose('unsure')", footer=3),
    Action("playbook-payments.dispute", "D", "dispute all", "Dispute all that is disowned, together.", PAYMENTS,
           footer=4),
    Action("playbook-payments.down", "j,down", "down", "Select the next transaction.", PAYMENTS, does="move(1)"),
    Action("playbook-payments.up", "k,up", "up", "Select the transaction before.", PAYMENTS, does="move(-1)"),
    Action("playbook-payments.page-down", "pagedown,ctrl+d", "page down", "Go a screen down.", PAYMENTS,
           does="move(10)"),
    Action("playbook-payments.page-up", "pageup,ctrl+u", "page up", "Go a screen up.", PAYMENTS, does="move(-10)"),
    Action("playbook-payments.back", "escape,q", "back", "Back to the playbook.", PAYMENTS, footer=5),
)  # fmt: skip
