"""What can be done to a case, on the queue and on its own page alike."""

from __future__ import annotations

from desk.tui.actions import Action

HERE = ("queue", "case")

ACTIONS = (
    Action("case.take", "t", "take", "Take the case: it is mine from now on.", HERE, does="act('take')", footer=4),
    Action("case.release", "u", "release", "Give the case back to the queue.", HERE, does="act('release')"),
    Action("case.transfer", "T", "transfer", "Hand the case to a colleague.", HERE, does="act('transfer')"),
    Action("case.priority", "p", "priority", "Set the priority, 1 (urgent) to 4 (low).", HERE, does="act('priority')"),
    Action("case.topic", "e", "topic", "Say what the case is about.", HERE, does="act('topic')"),
    Action("case.status", "s", "status", "Set the status: waiting, on hold, solved.", HERE, does="act('status')"),
    Action("case.snooze", "z", "snooze", "Put the case aside until later.", HERE, does="act('snooze')"),
    Action("case.tags", "number_sign", "tags", "Put tags on the case, or take them off.", HERE, does="act('tags')"),
    Action("case.note", "i", "note", "Write an internal note that the customer never sees.", HERE, does="act('note')"),
    Action("case.undo", "U", "undo", "Undo the last change of priority, status, tags or time.", HERE),
)
