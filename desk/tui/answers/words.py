"""What an answer does besides saying something, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from db.rows import AnswerRow


def with_it(answer: AnswerRow) -> str:
    """What goes along with an answer and what is done when it is sent; empty for nothing."""
    actions = answer.actions
    said = [f"file {name}" for name in answer.files]
    if status := actions.get("status"):
        said.append(f"case {str(status).replace('_', ' ')}")
    if topic := actions.get("topic"):
        said.append(f"topic {topic}")
    said += [f"tag {name}" for name in actions.get("tags", ())]
    if snooze := actions.get("snooze"):
        said.append(f"asleep for {snooze}")
    if guide := actions.get("guide"):
        said.append(f"guide {guide}")
    if actions.get("refund"):
        said.append("the refund's draft is sent")
    return "with it: " + " · ".join(said) if said else ""
