"""Where a case belongs: spam and blocked senders, cases that are one matter, and one that is two."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from db.kinds import LinkKind, Status
from desk import services
from desk.tui import format as words
from desk.tui.dialogs.asking import ask
from desk.tui.dialogs.choice import Choice, ChoiceDialog
from desk.tui.undo import LastChange, undo_of, undo_words

if TYPE_CHECKING:
    from db.rows import AgentRow, CaseDetail, CaseRow, MessageRow
    from desk.services.desk import Desk
    from desk.tui.app import DeskApp

LONGEST_NUMBER = 18


class FilingActs:
    """Each asks what is missing, does it, and says how to undo it. Raises what services raise."""

    def __init__(self, app: DeskApp) -> None:
        self._app = app

    async def spam(self, cases: Sequence[CaseRow]) -> None:
        """Mark cases as spam; one that is spam already is taken out again."""
        ids = tuple(case.id for case in cases)
        which = cases[0].reference if len(cases) == 1 else words.count(len(cases), "case")
        is_spam = len(ids) == 1 and (await self._app.gateway.detail(ids[0])).spam_at is not None
        there, what = (services.spam.unmark, "no spam") if is_spam else (services.spam.mark, "spam, sender blocked")
        done = await self._app.gateway.write(lambda desk, me: there(desk, me, ids))
        if done.changed:
            self._did(f"{which}: {what}", lambda desk, me: services.changes.undo(desk, me, done))
        for case_id, reason in done.refused[:3]:
            self._app.notify(f"#{case_id} {reason}", severity="warning", timeout=8)

    async def block(self, case: CaseRow) -> None:
        """Block who wrote a case; one who is blocked already is unblocked."""
        detail = await self._app.gateway.detail(case.id)
        is_blocked = any(contact.blocked_at is not None for contact in detail.customer.contacts)
        there, back, what = services.spam.block, services.spam.unblock, "sender blocked"
        if is_blocked:
            there, back, what = back, there, "sender no longer blocked"
        await self._app.gateway.write(lambda desk, me: there(desk, me, case.id))
        self._did(f"{case.reference}: {what}", lambda desk, me: back(desk, me, case.id))

    async def merge(self, detail: CaseDetail) -> int | None:
        """Ask for the case that this one is merged into, and do it; that case's number."""
        into = await ask(self._app, other_case_dialog(f"Merge {detail.case.reference} into", detail, closed=False))
        if into is None or not await self._is_meant(detail, into):
            return None
        case_id = detail.case.id
        merged = await self._app.gateway.write(lambda desk, me: services.merging.merge(desk, me, case_id, into))
        self._did(f"#{case_id}: merged into #{into}", lambda desk, me: services.merging.unmerge(desk, me, merged))
        return into

    async def split(self, detail: CaseDetail, message: MessageRow) -> None:
        """Make the marked message a case of its own."""
        case_id, ids = detail.case.id, (message.id,)
        made = await self._app.gateway.write(lambda desk, me: services.merging.split(desk, me, case_id, ids))
        self._did(
            f"#{case_id}: the message is {made.reference} now",
            lambda desk, me: services.merging.merge(desk, me, made.id, case_id),
        )

    async def link(self, detail: CaseDetail) -> None:
        """Ask for a case that has to do with this one, and link them; a linked one is taken off."""
        linked = {link.other.id for link in detail.links if link.kind is LinkKind.RELATED}
        other = await ask(self._app, other_case_dialog(f"Link {detail.case.reference} with", detail, linked))
        if other is None:
            return
        case_id = detail.case.id
        there, back, what = services.merging.link, services.merging.unlink, f"linked with #{other}"
        if other in linked:
            there, back, what = back, there, f"no longer linked with #{other}"
        await self._app.gateway.write(lambda desk, me: there(desk, me, case_id, other))
        self._did(f"#{case_id}: {what}", lambda desk, me: back(desk, me, case_id, other))

    async def _is_meant(self, detail: CaseDetail, into: int) -> bool:
        """Ask again where the other case is somebody else's: answers to both would go to that customer."""
        other = (await self._app.gateway.detail(into)).case
        if other.customer_id == detail.case.customer_id:
            return True
        choices = [
            Choice(value=False, label="leave them apart", key="n"),
            Choice(
                value=True, label=f"they are one person: answers go to {words.middle(other.customer_name, 30)}", key="m"
            ),
        ]
        title = f"#{into} is of {words.middle(other.customer_name, 24)}, another customer"
        dialog: ChoiceDialog[bool] = ChoiceDialog(title, lambda _typed: choices)
        meant = await ask(self._app, dialog)
        return meant is True

    def _did(self, what: str, back: Callable[[Desk, AgentRow], object]) -> None:
        undo_of(self._app).change = LastChange(what, back)
        self._app.notify(f"{what}.{undo_words(self._app)}", timeout=6)


def other_case_dialog(
    title: str, detail: CaseDetail, linked: set[int] | None = None, *, closed: bool = True
) -> ChoiceDialog[int]:
    """Asks for another case: the customer's others are offered, closed ones where they will do; any by its number."""
    around = (*(link.other for link in detail.links), *detail.other_cases)
    known = {case.id: case for case in around if closed or case.status is not Status.CLOSED}

    def choices(typed: str) -> list[Choice[int]]:
        said = typed.strip().casefold().lstrip("#")
        found = [_choice(case, case.id in (linked or ())) for case in known.values() if _names(case, said)]
        if said.isdecimal() and said.isascii() and len(said) < LONGEST_NUMBER and int(said) not in known:
            number = int(said)
            if number and number != detail.case.id:
                found.append(Choice(number, f"#{number}", "by its number"))
        exact = [choice for choice in found if str(choice.value) == said]
        return exact + [choice for choice in found if choice not in exact]

    return ChoiceDialog(title, choices, typed=True, hint="a number, or part of the subject   ⏎ choose   esc back")


def _names(case: CaseRow, said: str) -> bool:
    return str(case.id).startswith(said) or said in case.subject.casefold()


def _choice(case: CaseRow, is_linked: bool) -> Choice[int]:
    note = "linked: takes it off" if is_linked else f"{case.customer_name} · {case.status}".replace("_", " ")
    return Choice(case.id, words.cut(f"{case.reference} {words.glyph(case.channel)} {case.subject}", 36), note)
