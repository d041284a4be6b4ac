"""The screen of service hours: everybody may look, supervisors paint, close, and see first what that moves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, ClassVar

from textual import on

from db.kinds import Channel, Language
from desk import services
from desk.tui import actions, safety
from desk.tui import format as form
from desk.tui.dialogs.asking import ask, expected_errors, report
from desk.tui.dialogs.choice import WIDEST, Choice, ChoiceDialog
from desk.tui.footer import KeyFooter
from desk.tui.hours.week import DAYS, Week
from desk.tui.messages import Fresh
from desk.tui.screen import DeskScreen
from desk.tui.undo import LastChange, undo_of

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from db.rows import AgentRow
    from desk.services.desk import Desk
    from desk.services.hour_edits import Calendar, Preview
    from desk.services.hour_files import HoursFile
    from desk.services.hours import Place


class HoursScreen(DeskScreen):
    """A week of the hours of one channel, of one of its languages, or of a queue."""

    NAME = "hours"
    CSS_PATH = "hours.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*actions.bindings("hours")]

    def __init__(self) -> None:
        super().__init__()
        self._place = services.hours.Place(Channel.PHONE, Language.OTHER, "")
        self._week = Week()
        self._calendar: Calendar | None = None
        self._painted: HoursFile | None = None

    def compose(self) -> ComposeResult:
        """The week and the keys."""
        yield self._week
        yield KeyFooter("hours")

    def on_mount(self) -> None:
        """Read the hours of this place."""
        self._week.focus()
        self.app.begin(self._load(), holds_keys=True)
        self.set_interval(30.0, self._week.refresh)

    @on(Fresh)
    def _fresh(self) -> None:
        if self._painted is None:
            self.app.begin(self._load())

    async def _load(self, *, monday: date | None = None) -> None:
        place = self._place
        try:
            found = await self.app.gateway.run(
                lambda desk, me: services.hour_edits.calendar(desk, me, place.whose, place.language)
            )
        except Exception as error:  # noqa: BLE001  (`_report` raises again what nobody expected)
            self._report(error)
            if isinstance(error, services.hours.HoursError) and place.key and place is self._place:
                self._place = services.hours.Place(Channel.PHONE, Language.OTHER, "")  # this one is gone
                await self._load()
            return
        if not self.is_attached or place is not self._place:
            return
        if place.language is not Language.OTHER and place.language not in found.file.languages:
            self._place = services.hours.Place(place.whose, Language.OTHER, found.key)
            self.app.notify(f"There are no hours of {name_of(place)} any more; these are for all languages.", timeout=8)
        self._calendar, self._painted = found, None
        self._week.said = ""
        self._week.show(found, found.plan, monday=monday)

    def _may(self) -> bool:
        me = self.app.gateway.me
        from desk.rules.permissions import Permission, may

        if me is not None and may(me, Permission.MANAGE_HOURS):
            return True
        self.app.notify("You may look at the hours; changing them takes a supervisor.", timeout=5)
        return False

    def action_mark(self, days: int, hours: int) -> None:
        """Move the mark."""
        self._week.mark(days, hours)

    async def action_next_place(self) -> None:
        """The next channel, language or queue with hours; what is painted and not applied holds this one."""
        if self._painted is not None:
            self.app.notify("Apply what you painted with ⏎, or drop it with esc, first.", timeout=5)
            return
        try:
            every = await self.app.gateway.run(services.hours.places)
        except Exception as error:  # noqa: BLE001  (`_report` raises again what nobody expected)
            self._report(error)
            return
        here = [(each.whose, each.language) for each in every]
        now = (self._place.whose, self._place.language)
        if every:
            self._place = every[(here.index(now) + 1) % len(every) if now in here else 0]
        await self._load()

    def action_week(self, way: int) -> None:
        """Another week."""
        calendar, week = self._calendar, self._week
        if calendar is None or week.monday is None:
            return
        monday = week.monday + timedelta(days=DAYS * way)
        if not way:
            today = self.app.gateway.now().astimezone(calendar.plan.zone).date()
            monday = today - timedelta(days=today.weekday())
        week.show(calendar, week.plan or calendar.plan, monday=monday)

    def action_paint(self) -> None:
        """Paint the marked hour open or closed, on that weekday of every week."""
        calendar, week = self._calendar, self._week
        if calendar is None or week.plan is None or not self._may():
            return
        if week.plan.day(week.marked).name:
            self.app.notify(
                "That date has hours of its own: d changes them, another week shows the usual ones.", timeout=6
            )
            return
        file = services.hour_edits.with_hour(
            self._painted or calendar.file, week.marked.weekday(), week.hour, is_open=not week.is_open
        )
        self._try(file)

    def _try(self, file: HoursFile) -> None:
        """Show the hours as they would be."""
        calendar = self._calendar
        if calendar is None:
            return
        try:
            plan = services.hour_edits.edited_plan(calendar, file, self.app.gateway.now())
        except services.hours.HoursError as error:
            self._report(error)
            return
        self._painted = None if file == calendar.file else file
        days = services.hour_edits.days_changed(calendar.file, file) or "words alone"
        self._week.said = f"{days} painted, not applied: ⏎ shows what it moves, esc drops it" if self._painted else ""
        self._week.show(calendar, plan)

    def action_apply(self) -> None:
        """See what changes, and apply it."""
        if self._painted is not None and self._may():
            self.app.begin(self._apply(), holds_keys=True)

    async def _apply(self) -> None:
        calendar, file, place = self._calendar, self._painted, self._place
        if calendar is None or file is None:
            return
        preview = await self._previewed(
            lambda desk, me: services.hour_edits.preview(desk, me, place.whose, file, place.language)
        )
        days = services.hour_edits.days_changed(calendar.file, file) or "in words alone"
        asked, more = f"change the hours of {name_of(place)} {days}?", ""
        if form.cells(asked) > WIDEST:
            asked, more = f"change the hours of {name_of(place)}?", days
        if preview is None or not await self._agreed(asked, preview, more):
            return
        try:
            version = await self.app.gateway.write(
                lambda desk, me: services.hour_edits.change(desk, me, calendar.key, calendar.version, file)
            )
        except services.hour_edits.HoursChangedError as error:
            self.app.notify(f"{error} What you painted is dropped.", severity="warning", timeout=10)
            await self._load()
            return
        except Exception as error:  # noqa: BLE001  (`_report` raises again what nobody expected)
            self._report(error)
            return
        undo_of(self.app).change = LastChange(
            f"hours of {name_of(place)}",
            lambda desk, me: services.hour_edits.change(desk, me, calendar.key, version, calendar.file),
        )
        self.app.notify("Hours changed; U undoes it. `desk hours show --toml` prints them as a file.", timeout=6)
        await self._load()

    def action_day(self) -> None:
        """Give the marked date hours of its own."""
        if self._calendar is not None and self._may():
            self.app.begin(self._day(), holds_keys=True)

    async def _day(self) -> None:
        from desk.tui.hours.asking import ask_day

        calendar, week = self._calendar, self._week
        if calendar is None or week.plan is None:
            return
        day, known = week.marked, week.plan.day(week.marked)
        answer = await ask_day(self.app, day, known.name, services.hour_edits.written(known.intervals))
        if answer is not None and self._is_still(calendar):
            self._try(services.hour_edits.with_day(self._painted or calendar.file, day, *answer))

    def _is_still(self, calendar: Calendar) -> bool:
        """Whether what an answer was about is still what was read last: else somebody's change would be undone."""
        if self._calendar is calendar:
            return True
        self.app.notify("The hours were read again meanwhile. Look at them, then say yours again.", timeout=8)
        return False

    def action_weekday(self) -> None:
        """Say the hours that the marked weekday has every week."""
        if self._calendar is not None and self._may():
            self.app.begin(self._weekday(), holds_keys=True)

    async def _weekday(self) -> None:
        from desk.tui.hours.asking import ask_weekday

        calendar, day = self._calendar, self._week.marked
        if calendar is None:
            return
        file, weekday = self._painted or calendar.file, day.weekday()
        hours = await ask_weekday(self.app, day, services.hour_edits.hours_of(file, weekday))
        if hours is not None and self._is_still(calendar):
            self._try(services.hour_edits.with_weekday(file, weekday, hours))
            if calendar.plan.day(day).name:
                self.app.notify(f"{day.day} {day:%b} keeps its own hours; every other {day:%A} changes.", timeout=6)

    def action_close(self) -> None:
        """Close the channel or the queue on the spot."""
        if self._calendar is not None and self._may():
            self.app.begin(self._close(), holds_keys=True)

    async def _close(self) -> None:
        from desk.tui.dialogs.form import FormDialog, Line
        from desk.tui.dialogs.moments import read
        from desk.tui.hours.asking import named

        now, whose = self.app.gateway.now(), self._place.whose
        name = name_of(self._place, in_all=True)

        def until_problem(text: str) -> str:
            if read(text, now):
                return ""
            return "No moment to come within a year: write 14:00, 2h, fri 09:00. For longer: w, other hours."

        answer = await ask(
            self.app,
            FormDialog(
                f"close {name} now",
                [
                    Line("until", hint="14:00, 2h, fri 09:00 (your clock)", problem=until_problem),
                    Line("reason", problem=named),
                ],
            ),
        )
        until = read(answer["until"], now) if answer else None
        if answer is None or until is None:
            return
        preview = await self._previewed(lambda desk, me: services.hour_edits.preview_closing(desk, me, whose, until))
        before = self._calendar.plan.closure_at(now) if self._calendar is not None else None
        instead = f" and no longer until {form.coming(before.ends_at)}" if before is not None else ""
        said = f"close {name} until {form.coming(until)}{instead}?"
        if preview is None or not await self._agreed(said, preview):
            return
        await self._write(lambda desk, me: services.hours.close(desk, me, whose, until, answer["reason"]))
        undo_of(self.app).change = LastChange(
            f"closing {name}",
            lambda desk, me: (
                services.hours.reopen(desk, me, whose)
                if before is None
                else services.hours.close(desk, me, whose, before.ends_at, before.reason)
            ),
        )

    def action_reopen(self) -> None:
        """End what closes the channel or the queue beside its hours."""
        whose = self._place.whose
        if self._may():
            self.app.begin(self._put_back(lambda desk, me: services.hours.reopen(desk, me, whose)))

    def action_undo(self) -> None:
        """Put back what the last change changed."""
        last = undo_of(self.app).change
        if last is None:
            self.app.notify("There is nothing to undo.", timeout=3)
        elif self._may():
            undo_of(self.app).change = None
            self.app.begin(self._put_back(last.back))

    def action_back(self) -> None:
        """Drop what is painted, or go back."""
        if self._painted is not None and self._calendar is not None:
            self._try(self._calendar.file)
        else:
            self.dismiss(None)

    async def _put_back(self, act: Callable[[Desk, AgentRow], object]) -> None:
        """Undo; what customers have been told of call-backs meanwhile stays, and is named."""
        await self._write(act)
        if self._place.whose is not Channel.PHONE:
            return
        waiting = len(await self.app.gateway.run(services.callbacks.waiting))
        if waiting:
            self.app.notify(
                f"{form.count(waiting, 'call-back')} stay in the slots that their customers were told. F7 shows them, "
                "and m there gives one an earlier slot.",
                timeout=8,
            )

    async def _write(self, act: Callable[[Desk, AgentRow], object]) -> None:
        try:
            await self.app.gateway.write(act)
        except Exception as error:  # noqa: BLE001  (`_report` raises again what nobody expected)
            self._report(error)
        await self._load()

    async def _previewed(self, look: Callable[[Desk, AgentRow], Preview]) -> Preview | None:
        try:
            return await self.app.gateway.run(look)
        except Exception as error:  # noqa: BLE001  (`_report` raises again what nobody expected)
            self._report(error)
            return None

    async def _agreed(self, title: str, preview: Preview, more: str = "") -> bool:
        """Whether the agent says so to the title, with what else it is about and what it moves below."""
        slots = [
            Choice(value=False, label=f"#{case_id} call-back {form.coming(start)} moves")
            for case_id, start in preview.slots[:5]
        ]
        choices: Sequence[Choice[bool]] = (
            Choice(value=True, label="apply", key="a"),
            Choice(value=False, label="not now", key="n"),
            *slots,
        )
        hint = "\n".join((*([more] if more else []), *preview.lines, "a key or ⏎ chooses   esc back"))
        dialog: ChoiceDialog[bool] = ChoiceDialog(title, lambda _text: choices, hint=hint)
        return await ask(self.app, dialog) is True

    def _report(self, error: Exception) -> None:
        if isinstance(error, services.hours.HoursError):
            self.app.notify(str(error), severity="warning", timeout=8)
        elif isinstance(error, expected_errors()):
            report(self.app, error)
        else:
            raise error


def name_of(place: Place, *, in_all: bool = False) -> str:
    """What a place is called; `in_all` without its language, because what is closed is closed in all of them."""
    whose = place.whose.value if isinstance(place.whose, Channel) else f"queue {safety.line(place.whose)}"
    is_for_all = in_all or place.language is Language.OTHER
    return whose if is_for_all else f"{whose} in {form.LANGUAGE_NAMES[place.language]}"
