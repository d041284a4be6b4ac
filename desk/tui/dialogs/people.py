"""Choosing a colleague."""

from __future__ import annotations

from collections.abc import Sequence

from db.rows import AgentRow
from desk.tui.dialogs.choice import Choice


def colleague_choices(people: Sequence[AgentRow], typed: str) -> list[Choice[AgentRow]]:
    """Colleagues whose name, login or role contains what was typed; those whose name begins with it first."""
    said = typed.strip().casefold()
    fitting = [
        person
        for person in people
        if said in f"{person.name} {person.login} {person.role} {' '.join(person.languages)}".casefold()
    ]
    fitting.sort(key=lambda person: not person.name.casefold().startswith(said))
    return [
        Choice(
            person,
            person.name,
            " · ".join(part for part in (person.login, person.role, ", ".join(person.languages)) if part),
        )
        for person in fitting
    ]
