"""The incidents: everybody may look; supervisors open, tell, and end them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from textual import on

from db.kinds import IncidentKind, IncidentState, Status
from db.rows_incidents import IncidentProposalRow, IncidentRow
from desk import services
from desk.tui import actions, safety
from desk.tui import format as words
from desk.tui.dialogs.asking import ask, expected_errors, report
from desk.tui.dialogs.choice import Choice, ChoiceDialog
from desk.tui.dialogs.form import FormDialog
from desk.tui.dialogs.moments import read
from desk.tui.footer import KeyFooter
from desk.tui.incidents import forms
from desk.tui.incidents.listing import IncidentList
from desk.tui.messages import Changed, Fresh
from desk.tui.screen import DeskScreen

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from db.rows import AgentRow
    from desk.services.desk import Desk

    Act = Callable[[Desk, AgentRow], object]

TICK_SECONDS = 5.0


class IncidentsScreen(DeskScreen):
    """Incidents that have not ended, and rises that nobody has judged."""

    NAME = "incidents"
    CSS_PATH = "incidents.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*actions.bindings("incidents")]

    def __init__(self) -> None:
        super().__init__()
        self._list = IncidentList()

    def compose(self) -> ComposeResult:
        """The list with what is selected, the keys."""
        yield self._list
        yield KeyFooter("incidents")

    def on_mount(self) -> None:
        """Read them, and follow them."""
        self.app.begin(self._load(), holds_keys=True)
        self.watch(self.app, "banner", self.reread, init=False)
        self.set_interval(TICK_SECONDS, self.reread)

    @on(Changed)
    @on(Fresh)
    def reread(self) -> None:
        """Read everything again."""
        self.app.begin(self._load())

    async def _load(self) -> None:
        try:
            rows = await self.app.gateway.run(services.incidents.every)
            rises = self.app.banner.proposals if self.app.banner else ()
            self._list.show((*rises, *rows))
            await self._look()
        except Exception as error:
            if not isinstance(error, expected_errors()):
                raise
            self._list.said = words.cut(str(error), 200)
            self._list.refresh()

    async def _look(self) -> None:
        row = self._list.current
        if isinstance(row, IncidentRow):
            incident_id = row.id
            self._list.about = await self.app.gateway.run(
                lambda desk, me: services.incidents.show(desk, me, incident_id)
            )
            self._list.refresh()

    def action_move(self, step: int) -> None:
        """Select another one."""
        self._list.move(step)
        self.app.begin(self._look())

    def action_back(self) -> None:
        """Back to where we came from."""
        self.dismiss(None)

    def action_open(self) -> None:
        """Open one, of the marked rise if there is one."""
        self.app.begin(self._open(IncidentKind.OUTAGE), holds_keys=True)

    def action_plan(self) -> None:
        """Announce work to come."""
        self.app.begin(self._open(IncidentKind.MAINTENANCE), holds_keys=True)

    def action_time(self) -> None:
        """Another time."""
        self.app.begin(self._time(), holds_keys=True)

    def action_text(self) -> None:
        """Another text."""
        self.app.begin(self._text(), holds_keys=True)

    def action_tell(self) -> None:
        """Tell all linked cases."""
        row = self._incident()
        if row is not None:
            said = f"{words.count(row.linked, 'linked case')} of {safety.line(row.title)}: who has not read it is told."
            self._do(lambda desk, me: services.incidents.tell(desk, me, row.id), f"{said} x stops it.")

    def action_stop(self) -> None:
        """Stop telling."""
        row = self._incident()
        if row is not None:
            self._do(lambda desk, me: services.incidents.stop_telling(desk, me, row.id), "Stopped.")

    def action_recovering(self) -> None:
        """It is getting better, or it is not."""
        row = self._incident()
        if row is not None:
            act = (
                services.incidents.set_open if row.state is IncidentState.RECOVERING
                else services.incidents.set_recovering
            )  # fmt: skip
            self._do(lambda desk, me: act(desk, me, row.id), "Noted.")

    def action_resolve(self) -> None:
        """It is over."""
        self.app.begin(self._resolve(), holds_keys=True)

    def action_cancel(self) -> None:
        """Call it off, or put a rise aside."""
        self.app.begin(self._cancel(), holds_keys=True)

    async def _open(self, kind: IncidentKind) -> None:
        if not self._may("incidents.open"):
            return
        item, now = self._list.current, self.app.gateway.now()
        rise = item if isinstance(item, IncidentProposalRow) and kind is IncidentKind.OUTAGE else None
        answer = await ask(self.app, forms.new_form(now, kind, self._fallback, rise))
        if answer is None:
            return
        draft = forms.draft_of(answer, kind, now)
        proposal = rise.id if rise else None
        await self._write(
            lambda desk, me: services.incidents.open_incident(desk, me, draft, proposal_id=proposal),
            "Every screen says it from now on. Cases that match are proposed for linking.",
        )

    async def _time(self) -> None:
        row, now = self._incident(), self.app.gateway.now()
        if row is None or not self._may("incidents.time"):
            return
        form = FormDialog(
            f"expected to be over: {words.cut(safety.line(row.title), 40)}",
            [forms.moment_line("until", now, required=row.kind is IncidentKind.MAINTENANCE)],
            about="nothing means that nobody knows",
        )
        answer = await ask(self.app, form)
        if answer is not None:
            until = read(answer["until"], now) if answer["until"] else None
            await self._write(lambda desk, me: services.incidents.set_expected(desk, me, row.id, until), "Noted.")

    async def _text(self) -> None:
        row = self._incident()
        if row is None or not self._may("incidents.text"):
            return
        answer = await ask(self.app, forms.text_form(row.texts, self._fallback))
        if answer is not None:
            texts, tell = forms.texts_of(answer), answer["tell"] == "yes"
            await self._write(
                lambda desk, me: services.incidents.update(desk, me, row.id, texts, tell=tell),
                f"{words.count(row.linked, 'linked case')}: told from now on." if tell else "Written; nobody is told.",
            )

    async def _resolve(self) -> None:
        row = self._incident()
        if row is None or not self._may("incidents.resolve"):
            return
        cases = words.count(row.linked, "linked case")
        choices: list[Choice[tuple[Status | None, bool]]] = [
            Choice((Status.SOLVED, True), f"tell {cases}, and set them solved", key="s"),
            Choice((Status.WAITING_CUSTOMER, True), f"tell {cases}; they wait for the customer", key="w"),
            Choice((None, True), f"tell {cases}, and leave them as they are", key="t"),
            Choice((None, False), "tell nobody", key="n"),
        ]
        dialog: ChoiceDialog[tuple[Status | None, bool]] = ChoiceDialog(
            f"{words.cut(safety.line(row.title), 40)} is over", lambda _typed: choices
        )
        chosen = await ask(self.app, dialog)
        if chosen is not None:
            then, tell = chosen
            await self._write(
                lambda desk, me: services.incidents.resolve(desk, me, row.id, tell=tell, then=then), "It is over."
            )

    async def _cancel(self) -> None:
        item = self._list.current
        if item is None or not self._may("incidents.cancel"):
            return
        if isinstance(item, IncidentProposalRow):
            rise_id = item.id
            await self._write(lambda desk, me: services.incidents.put_aside(desk, me, rise_id), "Put aside.")
            return
        choices = [Choice(value=True, label="call it off; nobody is told", key="y")]
        choices.append(Choice(value=False, label="keep it", key="n"))
        dialog: ChoiceDialog[bool] = ChoiceDialog(
            f"{words.cut(safety.line(item.title), 40)} was a mistake?", lambda _typed: choices
        )
        if await ask(self.app, dialog):
            incident_id = item.id
            await self._write(lambda desk, me: services.incidents.cancel(desk, me, incident_id), "Called off.")

    @property
    def _fallback(self) -> str:
        settings = self.app.gateway.settings
        return settings.fallback_language if settings else "en"

    def _incident(self) -> IncidentRow | None:
        item = self._list.current
        if isinstance(item, IncidentRow):
            return item
        self.app.notify("Select an incident first.", timeout=3)
        return None

    def _may(self, name: str) -> bool:
        action = next(each for each in actions.every() if each.id == name)
        if actions.allowed(action, self.app.gateway.me):
            return True
        self.app.notify("You may look at incidents; changing them takes a supervisor.", timeout=5)
        return False

    def _do(self, act: Act, said: str) -> None:
        self.app.begin(self._write(act, said))

    async def _write(self, act: Act, said: str) -> None:
        try:
            await self.app.gateway.write(act)
        except Exception as error:  # noqa: BLE001  (`report` raises again what nobody expected)
            report(self.app, error)
            return
        self.app.notify(said, timeout=6)
        await self._load()
