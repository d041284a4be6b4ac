"""What the demo's customers are promised when they write, and what became of it."""

from __future__ import annotations

import json

from db.kinds import Channel, ClockKind, EventKind, PromiseState
from desk.rules.promises import outlook
from desk.services.demo.moments import iso, moment, seconds, stored
from desk.services.demo.plots import Plot, Step
from desk.services.demo.tables import Rows
from desk.services.demo.terms import ShippedTerms
from desk.services.promises import OUTDOORS, sentences

MADE, KEPT, BROKEN = (each.value for each in (EventKind.PROMISE_MADE, EventKind.PROMISE_KEPT, EventKind.PROMISE_BROKEN))
PROMISED = frozenset({Channel.EMAIL, Channel.CHAT, Channel.SOCIAL})
"""The channels on which a new case is confirmed."""


class Promises:
    """Promises the first response that the shipped policies owe, in the shipped hours; settled when its moment comes.

    `until` is the end of the world, in seconds.
    """

    def __init__(self, rows: Rows, terms: ShippedTerms, until: int) -> None:
        self._rows = rows
        self._terms = terms
        self._until = until

    def promise(self, plot: Plot) -> None:
        """Write what is promised on a case that came in writing, and its events."""
        if plot.channel not in PROMISED:
            return
        created = moment(plot.created)
        plans = self._terms.plans
        plan = plans[plot.channel]
        seen = outlook(plan, created, self._terms.policy(plot).target(ClockKind.FIRST_RESPONSE, plot.priority))
        if seen is None:
            return
        others = (each for each in OUTDOORS if each is not plot.channel and plans[each].hours.is_open(created))
        told = sentences(seen, created, plan.zone, plot.person.language, others)
        number, until = self._rows.next_id("promise"), seconds(seen.until)
        ends = f'"until":"{iso(until)}"}}'
        self._note(plot.created, MADE, plot, f'{{"promise":{number},"told":{json.dumps(told)},{ends}')
        state = PromiseState.OPEN
        if until <= self._until:
            is_kept = any(step is Step.ANSWERED and at <= until for step, at in plot.steps)
            state = PromiseState.KEPT if is_kept else PromiseState.BROKEN
            self._note(until, KEPT if is_kept else BROKEN, plot, f'{{"promise":{number},{ends}')
        row = (
            number, plot.case_id, plot.channel.value, stored(plot.created), stored(until), told, state.value,
            None if state is PromiseState.OPEN else stored(until),
        )  # fmt: skip
        self._rows.of("promise").append(row)

    def _note(self, at: int, kind: str, plot: Plot, data: str) -> None:
        self._rows.events.append((at, kind, None, plot.case_id, data))
