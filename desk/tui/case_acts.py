"""What can be done to cases from any screen: ask what is missing, do it, say what changed and how to undo it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from db.kinds import Lane, Status
from db.rows import CaseRow
from desk import services
from desk.rules.later import why_none
from desk.rules.lifecycle import BY_HAND
from desk.services.errors import CaseError
from desk.tui.dialogs import moments
from desk.tui.dialogs.asking import ask, report
from desk.tui.dialogs.choice import Choice, ChoiceDialog
from desk.tui.dialogs.people import colleague_choices
from desk.tui.dialogs.tags import TagChange, tag_choices
from desk.tui.dialogs.topics import topic_choices
from desk.tui.filing_acts import FilingActs
from desk.tui.format import count
from desk.tui.message_acts import hours_for
from desk.tui.undo import LastChange, forget_undo_notice, undo_of, undo_words

if TYPE_CHECKING:
    from textual.screen import ModalScreen

    from db.rows import AgentRow
    from desk.services.changing import Done
    from desk.services.desk import Desk
    from desk.tui.app import DeskApp

T = TypeVar("T")
Change = Callable[["Desk", "AgentRow"], "Done"]

PRIORITIES = ("urgent", "high", "normal", "low")
STATUS_WORDS = {
    Status.NEW: "new",
    Status.OPEN: "open",
    Status.WAITING_CUSTOMER: "waiting for the customer",
    Status.WAITING_MERCHANT: "waiting for the merchant",
    Status.ON_HOLD: "on hold",
    Status.SOLVED: "solved",
    Status.CLOSED: "closed",
}


MOST_REFUSED = 3
STATUS_KEYS = {status: str(place) for place, status in enumerate(STATUS_WORDS, 1)}
"""The same key for a status whatever may follow, so that hands can learn it."""


class CaseActs:
    """Acts on the cases given; what went wrong is said in a notice, and nothing is half done in silence."""

    def __init__(self, app: DeskApp, lane: Lane = Lane.ALL) -> None:
        self._app = app
        self._lane = lane
        """Where the next case comes from on a page that is opened here."""
        self._is_left = False
        """Whether the agent left a dialog without saying anything."""

    async def act(self, what: str, cases: Sequence[CaseRow]) -> bool:
        """Do what an action of `desk.tui.keys.acts` names (`take`, `priority`, …) to these cases.

        Whether it was done or refused; it was neither when the agent left the dialog that asks for more.
        """
        doing: dict[str, Callable[[Sequence[CaseRow]], Awaitable[None]]] = {
            "take": self.take,
            "release": self.release,
            "transfer": self.transfer,
            "priority": self.priority,
            "topic": self.topic,
            "accept": self.accept,
            "status": self.status,
            "snooze": self.snooze,
            "tags": self.tags,
            "note": self.note,
            "spam": FilingActs(self._app).spam,
            "block": self.block,
        }
        self._is_left = False
        try:
            await doing[what](cases)
        except Exception as error:  # noqa: BLE001  (`report` raises again what nobody expected)
            report(self._app, error)
        return not self._is_left

    async def _ask(self, dialog: ModalScreen[T | None]) -> T | None:
        answer = await ask(self._app, dialog)
        self._is_left = answer is None
        return answer

    async def take(self, cases: Sequence[CaseRow]) -> None:
        """They are mine from now on."""
        await self._each(cases, services.claims.take, "yours now")

    async def release(self, cases: Sequence[CaseRow]) -> None:
        """Nobody has them any more."""
        free = [case for case in cases if case.assignee_id is None]
        await self._each([case for case in cases if case not in free], services.claims.release, "released")
        if free:
            self._app.notify(f"{named(free)} {'is' if len(free) == 1 else 'are'} nobody's already.", timeout=4)

    async def transfer(self, cases: Sequence[CaseRow]) -> None:
        """Ask for a colleague, and hand the cases over."""
        people = await self._app.gateway.run(services.agents.colleagues)
        me = self._app.gateway.me
        others = [person for person in people if me is None or person.id != me.id]
        title = f"Transfer {named(cases)} to"
        to = await self._ask(ChoiceDialog(title, lambda typed: colleague_choices(others, typed), typed=True))
        if to is not None:
            login, name = to.login, to.name
            await self._each(
                cases,
                lambda desk, me, case_id: services.claims.transfer(desk, me, case_id, login),
                f"handed to {name}",
            )

    async def priority(self, cases: Sequence[CaseRow]) -> None:
        """Ask for a priority, and set it."""
        choices = [Choice(number, word, key=str(number)) for number, word in enumerate(PRIORITIES, 1)]
        dialog = ChoiceDialog(f"Priority of {named(cases)}", lambda _typed: choices, selected=cases[0].priority)
        chosen = await self._ask(dialog)
        if chosen is not None:
            ids = ids_of(cases)
            await self._change(
                lambda desk, me: services.changes.set_priority(desk, me, ids, chosen), f"priority {chosen}"
            )

    async def topic(self, cases: Sequence[CaseRow]) -> None:
        """Ask what the cases are about, what is proposed first, and set it."""
        known = await self._app.gateway.run(services.answers.topics)
        detail = await self._app.gateway.detail(cases[0].id) if len(cases) == 1 else None
        proposed = detail.proposal.topic_key if detail is not None and detail.proposal is not None else None
        dialog = ChoiceDialog(
            f"Topic of {named(cases)}", lambda typed: topic_choices(known, proposed, typed), typed=True
        )
        chosen = await self._ask(dialog)
        if chosen is not None:
            ids = ids_of(cases)
            await self._change(lambda desk, me: services.changes.set_topic(desk, me, ids, chosen), f"topic {chosen}")

    async def accept(self, cases: Sequence[CaseRow]) -> None:
        """Keep what is proposed for the case."""
        case_id = cases[0].id
        await self._change(lambda desk, me: services.changes.accept_proposal(desk, me, case_id), "proposal kept")

    async def status(self, cases: Sequence[CaseRow]) -> None:
        """Ask for a status that may follow, and set it."""
        allowed = [status for status in Status if any(status in BY_HAND[case.status] for case in cases)]
        if not allowed:
            self._app.notify("A closed case stays closed; the customer's next message opens a new one.")
            return
        choices = [Choice(status, STATUS_WORDS[status], key=STATUS_KEYS[status]) for status in allowed]
        chosen = await self._ask(ChoiceDialog(f"Status of {named(cases)}", lambda _typed: choices))
        if chosen is not None:
            await self.set_status(cases, chosen)

    async def set_status(self, cases: Sequence[CaseRow], status: Status) -> None:
        """Set a status that was chosen already."""
        ids = ids_of(cases)
        await self._change(lambda desk, me: services.changes.set_status(desk, me, ids, status), STATUS_WORDS[status])

    async def snooze(self, cases: Sequence[CaseRow]) -> None:
        """Ask until when, and put the cases aside."""
        now, hours = self._app.gateway.now(), await hours_for(self._app, cases[0])
        dialog = ChoiceDialog(
            f"Put {named(cases)} aside until",
            lambda typed: moments.choices(typed, now, hours),
            typed=True,
            hint="2h · fri 14:00 · tomorrow · 2026-12-24   ⏎ choose   esc back",
            nothing=lambda typed: why_none(typed, now, None, hours),
        )
        until = await self._ask(dialog)
        if until is not None:
            ids, local = ids_of(cases), until.astimezone(UTC).astimezone()
            what = f"put aside until {local:%a} {local.day} {local:%b %H:%M}"
            await self._change(lambda desk, me: services.changes.snooze(desk, me, ids, until), what)

    async def tags(self, cases: Sequence[CaseRow]) -> None:
        """Ask for a tag to put on or take off, and do it."""
        known = await self._app.gateway.run(services.changes.known_tags)
        here = (await self._app.gateway.detail(cases[0].id)).tags if len(cases) == 1 else ()
        dialog = ChoiceDialog(
            f"Tags of {named(cases)}",
            lambda typed: tag_choices(known, here, typed),
            typed=True,
            hint="⏎ puts it on, or takes it off   esc back",
        )
        chosen: TagChange | None = await self._ask(dialog)
        if chosen is None:
            return
        ids, name = ids_of(cases), chosen.name
        if chosen.add:
            await self._change(lambda desk, me: services.changes.tag(desk, me, ids, name), f"tagged {name}")
        else:
            await self._change(lambda desk, me: services.changes.untag(desk, me, ids, name), f"no longer tagged {name}")

    async def note(self, cases: Sequence[CaseRow]) -> None:
        """Open the first case with the composer for a note."""
        from desk.tui.case.screen import CaseScreen

        await self._app.push_screen(CaseScreen(cases[0].id, note=True, lane=self._lane))

    async def block(self, cases: Sequence[CaseRow]) -> None:
        """Block who wrote the case."""
        if len(cases) > 1:
            self._app.notify(
                "Senders are blocked one by one; marking several cases as spam blocks them all.", timeout=5
            )
        else:
            await FilingActs(self._app).block(cases[0])

    async def undo(self) -> None:
        """Put back what the last change changed."""
        memory = undo_of(self._app)
        if memory.change is None:
            self._app.notify("There is no change to undo.")
            return
        last, memory.change = memory.change, None
        try:
            done = await self._app.gateway.write(last.back)
        except Exception as error:  # noqa: BLE001  (`report` raises again what nobody expected)
            report(self._app, error)
            return
        from desk.services.changing import Done

        forget_undo_notice(self._app)
        if isinstance(done, Done):
            self._say(done, f"{last.what}: undone", undo=False)
        else:
            self._app.notify(f"{last.what}: undone.", timeout=5)

    async def _each(
        self, cases: Sequence[CaseRow], use_case: Callable[[Desk, AgentRow, int], CaseRow], what: str
    ) -> None:
        done, refused = [], []
        try:
            for case in cases:
                try:
                    await self._app.gateway.write(partial(_on_one, use_case, case.id))
                except CaseError as error:
                    refused.append((case.id, str(error)))
                else:
                    done.append(case)
        finally:
            if done:
                self._app.notify(f"{named(done)} {'is' if len(done) == 1 else 'are'} {what}.", timeout=4)
            self._say_refused(refused)

    async def _change(self, change: Change, what: str) -> None:
        done = await self._app.gateway.write(change)
        if done.changed:
            undo_of(self._app).change = LastChange(what, lambda desk, me: services.changes.undo(desk, me, done))
        self._say(done, what, undo=bool(done.changed))

    def _say(self, done: Done, what: str, *, undo: bool) -> None:
        if done.changed:
            which = f"#{done.changed[0]}" if len(done.changed) == 1 else count(len(done.changed), "case")
            self._app.notify(f"{which}: {what}." + (undo_words(self._app) if undo else ""), timeout=5)
        elif not done.refused:
            self._app.notify("Nothing to change: it is so already.", timeout=3)
        self._say_refused(done.refused)

    def _say_refused(self, refused: Sequence[tuple[int, str]]) -> None:
        """Name what was refused in one notice: more would cover what was done, and its way back."""
        said = [
            reason if f"#{case_id}" in reason else f"#{case_id} {reason}" for case_id, reason in refused[:MOST_REFUSED]
        ]
        if more := len(refused) - len(said):
            said.append(f"… and {more} more")
        if said:
            self._app.notify("\n".join(said), severity="warning", timeout=8)


def _on_one(use_case: Callable[[Desk, AgentRow, int], CaseRow], case_id: int, desk: Desk, me: AgentRow) -> CaseRow:
    return use_case(desk, me, case_id)


def named(cases: Sequence[CaseRow]) -> str:
    """`#10422`, or `3 cases`."""
    return cases[0].reference if len(cases) == 1 else count(len(cases), "case")


def ids_of(cases: Sequence[CaseRow]) -> tuple[int, ...]:
    """The ids of cases."""
    return tuple(case.id for case in cases)
