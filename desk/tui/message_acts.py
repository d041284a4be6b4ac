"""What can be done to one message of ours that did not arrive or waits, from any screen that shows it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING

from db.kinds import Channel, DraftKind, OutboxState
from desk import services
from desk.tui import format as words
from desk.tui.dialogs.asking import ask, report
from desk.tui.dialogs.choice import Choice, ChoiceDialog
from desk.tui.taking_back import take_back_message

if TYPE_CHECKING:
    from db.rows import AgentRow, CaseRow
    from desk.rules.hours import ServiceTime
    from desk.services.desk import Desk
    from desk.tui.app import DeskApp

AGAIN, ARRIVED, GIVE_UP = "again", "arrived", "give up"


@dataclass(frozen=True, slots=True)
class Acted:
    """The message that keys act on."""

    message_id: int
    case_id: int
    to: str
    state: OutboxState
    is_later: bool = False
    is_side: bool = False


class MessageActs:
    """Asks what is missing, does it, and says what became of it."""

    def __init__(self, app: DeskApp) -> None:
        self._app = app

    async def act(self, what: str, message: Acted) -> None:
        """Do what an action of `desk.tui.keys.mail` names: `retry`, `arrived`, `give_up`, `when`, `release`."""
        doing = {
            "retry": self.retry,
            "arrived": self.arrived,
            "give_up": self.give_up,
            "when": self.when,
            "release": self.release,
        }
        try:
            await doing[what](message)
        except Exception as error:  # noqa: BLE001  (`report` raises again what nobody expected)
            report(self._app, error)

    async def retry(self, message: Acted) -> None:
        """Send it again; one that may have arrived only after asking, because it may arrive twice."""
        if message.state is not OutboxState.UNKNOWN:
            await self._do(lambda desk, me: services.replies.retry(desk, me, message.message_id), "It is sent again.")
            return
        choices = [
            Choice(AGAIN, "send it again: they may get it twice", key="s"),
            Choice(ARRIVED, "it did arrive", key="y"),
            Choice(GIVE_UP, "give it up", key="x"),
        ]
        dialog = ChoiceDialog(f"Nobody knows whether {message.to} got it", lambda _typed: choices)
        chosen = await ask(self._app, dialog)
        if chosen == AGAIN:
            await self._do(lambda desk, me: services.replies.retry(desk, me, message.message_id), "It is sent again.")
        elif chosen == ARRIVED:
            await self.arrived(message)
        elif chosen == GIVE_UP:
            await self._give_up(message)

    async def arrived(self, message: Acted) -> None:
        """A person knows that it arrived."""
        await self._do(
            lambda desk, me: services.delivery.mark_sent(desk, me, message.message_id), "Noted: it did arrive."
        )

    async def give_up(self, message: Acted) -> None:
        """Leave it undelivered; asks first, because nothing brings it back."""
        choices = [
            Choice(value=True, label="give it up: nobody is asked about it any more", key="x"),
            Choice(value=False, label="keep it among the undelivered", key="k"),
        ]
        if await ask(self._app, ChoiceDialog(f"Give up the mail to {message.to}", lambda _typed: choices)):
            await self._give_up(message)

    async def when(self, message: Acted) -> None:
        """Ask for another moment, and let it go then."""
        at = await self.ask_when(message.case_id, message.to if message.is_side else "")
        if at is not None:
            await self._do(
                lambda desk, me: services.scheduling.reschedule(desk, me, message.message_id, at),
                f"#{message.case_id}: the {'mail' if message.is_side else 'answer'} goes {words.coming(at)}.",
            )

    async def ask_when(self, case_id: int, third_party: str = "") -> datetime | None:
        """Ask for a moment by the customer's clock; for mail to a third party by the desk's."""
        from desk.rules.later import zone_of

        detail = await self._app.gateway.detail(case_id)
        settings = self._app.gateway.settings
        zone = zone_of(() if third_party else detail.customer.contacts, settings.country if settings else "ID")
        hours = await hours_for(self._app, None if third_party else detail.case)
        whose = "the desk" if third_party else words.middle(detail.case.customer_name, 24)
        return await ask(self._app, later_dialog(whose, self._app.gateway.now(), zone, hours))

    async def release(self, message: Acted) -> None:
        """Let a held one go."""
        await self._do(
            lambda desk, me: services.scheduling.release(desk, me, message.message_id),
            "Nothing holds it any more: it goes at its time.",
        )

    async def take_back(self, message: Acted) -> None:
        """Make it the draft again."""
        kind = DraftKind.SIDE if message.is_side else DraftKind.REPLY
        await take_back_message(self._app, message.message_id, message.case_id, kind)

    async def _give_up(self, message: Acted) -> None:
        await self._do(
            lambda desk, me: services.delivery.give_up(desk, me, message.message_id),
            "Given up. What went wrong can still be read on the case.",
        )

    async def _do(self, use_case: Callable[[Desk, AgentRow], None], said: str) -> None:
        await self._app.gateway.write(use_case)
        self._app.notify(said, timeout=4)


async def hours_for(app: DeskApp, case: CaseRow | None) -> ServiceTime | None:
    """The service hours that a case goes by, or (None) mail of ours; None where nothing says them."""
    plans = await app.gateway.run(services.hours.plans)
    plan = plans.get(Channel.EMAIL) if case is None else plans.of_case(case.channel, case.language, case.queue)
    return plan.hours if plan is not None else None


def later_dialog(whose: str, now: datetime, zone: tzinfo, hours: ServiceTime | None) -> ChoiceDialog[datetime]:
    """Asks when a message is to go: typed or chosen, by the clock of whom it names, with ours beside it."""
    from desk.rules.later import later_choices, why_none

    def choices(typed: str) -> list[Choice[datetime]]:
        return [
            Choice(later.moment, later.label, f"{later.local} · here {_here(later.moment, later.local)}")
            for later in later_choices(typed, now, zone, hours)
        ]

    there = words.clock(now, zone)
    return ChoiceDialog(
        f"Send later, by the clock of {whose} (now {there})",
        choices,
        typed=True,
        hint="tomorrow 09:00 · besok 9 · in 2h   ⏎ choose   esc back",
        nothing=lambda typed: why_none(typed, now, zone, hours),
    )


def _here(moment: datetime, there: str) -> str:
    """The same moment by this machine's clock; with its day where that is another one."""
    here = words.coming(moment)
    return here.rpartition(" ")[2] if here.rpartition(" ")[0] == there.rpartition(" ")[0] else here
