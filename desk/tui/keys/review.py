"""What can be done with canned answers: in their review, and with one's own snippets."""

from __future__ import annotations

from desk.tui.actions import Action

HERE = ("desk",)
REVIEW = ("review",)

ACTIONS = (
    Action("desk.review", "f11", "answers in review", "Read canned answers by state; supervisors decide.", HERE,
           priority=True),
    Action("compose.snippet", "alt+k", "keep as mine", "Keep this text as a snippet of mine, under a title.",
           ("compose",), does="want('snippet')"),
    Action("answers.remove", "alt+x", "remove mine", "Remove the selected snippet of mine.", ("answers",)),
    Action("review.approve", "a", "approve", "Let agents use it; somebody else has to have written it.", REVIEW,
           footer=1, may="APPROVE_ANSWERS"),
    Action("review.send-back", "b", "send back", "Make it a draft again, with a reason.", REVIEW, footer=2,
           may="APPROVE_ANSWERS"),
    Action("review.retire", "X", "retire", "Take the answer out of use.", REVIEW, footer=3, may="APPROVE_ANSWERS"),
    Action("review.submit", "s", "submit", "Put a draft, or a retired answer, into review.", REVIEW, footer=4),
    Action("review.state", "tab", "next state", "Show the versions in the next state.", REVIEW, does="state(1)",
           footer=5),
    Action("review.state-before", "shift+tab", "state before", "Show those in the state before.", REVIEW,
           does="state(-1)"),
    Action("review.down", "j,down", "down", "Select the next one.", REVIEW, does="move(1)"),
    Action("review.up", "k,up", "up", "Select the one before.", REVIEW, does="move(-1)"),
    Action("review.page-down", "pagedown,space", "read on", "Read on in its text.", REVIEW, does="read(1)"),
    Action("review.page-up", "pageup", "read back", "Read back in its text.", REVIEW, does="read(-1)"),
    Action("review.back", "escape,q", "back", "Back to where you came from.", REVIEW, footer=6),
)  # fmt: skip
