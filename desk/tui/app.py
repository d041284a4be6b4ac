"""The application: the shell around the screens, and what holds on all of them."""

from __future__ import annotations

import asyncio
import gc
from contextlib import suppress
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import App
from textual.events import Event, Key
from textual.notifications import Notify
from textual.reactive import Reactive, reactive
from textual.worker import WorkerFailed

from desk.tui import actions, themes
from desk.tui.driver import desk_driver
from desk.tui.following import follow
from desk.tui.gateway import CannotOpenError, ConnectionLostError, Gateway
from desk.tui.leaving import Leaving
from desk.tui.letting_go import let_go
from desk.tui.messages import Changed, Fresh, Opened, Stale
from desk.tui.safety import LastNet, line
from desk.tui.telling import tell_given, tell_late
from desk.tui.type_ahead import Turn, TypeAhead, holding

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from textual.binding import BindingType
    from textual.command import Provider
    from textual.driver import Driver
    from textual.filter import LineFilter
    from textual.message import Message
    from textual.message_pump import MessagePump
    from textual.notifications import SeverityLevel
    from textual.screen import Screen
    from textual.theme import Theme

    from db.rows_routing import AgentWorkRow
    from desk.services.incidents import Banner

PRELOADED = (
    "desk.tui.case_acts",
    "desk.tui.case.screen",
    "desk.tui.case.clocks",
    "desk.tui.help",
    "desk.tui.palette",
    "desk.tui.lanes.screen",
    "desk.tui.channels.screen",
    "desk.tui.dialogs.paths",
    "desk.tui.dialogs.recipients",
    "desk.tui.answers.picker",
)
"""Imported in idle time, so that the first key press does not wait for them."""

COLLECT_AT = (20_000, 10, 100)
"""Thresholds of garbage collection: looking through everything takes as long as a key may, so it waits for a rest."""

REST_SECONDS = 3.0
"""Nobody typed for so long: hands rest."""

DEALING_SECONDS = 0.5
"""A key typed ahead waits so long for what the one before it does."""

HOURS_SECONDS = 30.0
"""So often the hours are read by which time left is counted."""

MOST_NOTICES = 3
STATE_SECONDS = 30.0
"""How often it is looked whether somebody else said that I am away."""
WALLET_SECONDS = 2.0


async def _rest(node: MessagePump) -> None:
    """Until it has dealt with every message that it has, or that takes too long."""
    rests = asyncio.Event()
    if node.call_later(rests.set):
        with suppress(TimeoutError):
            await asyncio.wait_for(rests.wait(), DEALING_SECONDS)


def _commands() -> type[Provider]:
    from desk.tui.palette import ActionCommands

    return ActionCommands


class DeskApp(App[None], inherit_bindings=False):
    """The desk in a terminal. Give it a gateway; run it; `failure` says afterwards what ended it."""

    TITLE = "desk"
    CSS_PATH = "desk.tcss"
    COMMANDS: ClassVar[set[type[Provider] | Callable[[], type[Provider]]]] = {_commands}
    BINDINGS: ClassVar[list[BindingType]] = [*actions.bindings("desk")]
    ENABLE_COMMAND_PALETTE = True
    AUTO_FOCUS = None

    theme: Reactive[str] = Reactive(themes.DARK.name)
    """The theme in force; ours from the first frame on, without a change of colours in between."""

    my_state: reactive[AgentWorkRow | None] = reactive(None)
    """How I stand and what I may be handed; None until it was read."""

    banner: reactive[Banner | None] = reactive(None)
    """What every screen says of incidents; None until it was read."""

    wallet_warning = reactive("")
    """Since when the wallet has not been answering, in words; empty while it answers."""

    stale: reactive[Stale | None] = reactive(None)
    """Why and since when the database does not answer; None while it does."""

    def __init__(self, gateway: Gateway, *, with_worker: bool = True) -> None:
        super().__init__()
        self.gateway = gateway
        self.failure: BaseException | None = None
        """Why the desk could not be opened, or the fault that nobody expected, once it has ended because of it."""
        self._with_worker = with_worker
        self.leaving = Leaving(self)
        self._typed_at = 0.0
        self._net = LastNet()
        self._type_ahead = TypeAhead(self._deliver, lambda: self.focused, self._handle_exception)

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Our own colour names, for themes that do not have them."""
        return themes.DEFAULTS

    def get_driver_class(self) -> type[Driver]:
        """The platform's driver, with columns that stay in place and a window that may be closed."""
        return desk_driver(super().get_driver_class())

    @property
    def available_themes(self) -> dict[str, Theme]:
        """Textual's themes and our two."""
        return {**super().available_themes, themes.DARK.name: themes.DARK, themes.LIGHT.name: themes.LIGHT}

    def get_line_filters(self) -> list[LineFilter]:
        """The filters in force, with the last net behind them all."""
        return [*super().get_line_filters(), self._net]

    def get_default_screen(self) -> Screen[Any]:
        """The queue is what lies under every other screen."""
        from desk.tui.queue.screen import QueueScreen

        return QueueScreen()

    def on_mount(self) -> None:
        """Let the first frame be painted, and open the desk behind it."""
        self.screen_change_signal.subscribe(self, self._screen_changed, immediate=True)
        self.gateway.on_changed = lambda ids: self.tell(lambda: Changed(ids))
        self.gateway.on_late = partial(tell_late, self)
        self.gateway.on_given = partial(tell_given, self)
        self.gateway.on_incidents = self._read_banner
        self.call_after_refresh(lambda: self.begin(self._open()))
        if not self.is_headless:
            self.leaving.heed_signals()

    def monotonic(self) -> float:
        """Seconds on the event loop's clock, for the time between two key presses."""
        return asyncio.get_running_loop().time()

    def begin(self, work: Coroutine[Any, Any, object], *, holds_keys: bool = False) -> None:
        """Run a coroutine beside the screens until it ends or the desk is left; what it raises ends the program.

        With `holds_keys`, what is typed meanwhile is meant for what it opens, and waits until that is there.
        """
        if holds_keys:
            turn = Turn(self._type_ahead)
            turn.hold()
            work = holding(turn, work)
        self.run_worker(work)

    async def _deliver(self, event: Event) -> None:
        """Handle an event as if it came now, until all that it passes on its way up has dealt with it."""
        await _rest(self)  # a widget that asked for the focus gets it in a message to the app
        target = self.focused or self.screen
        await super().on_event(event)
        for node in target.ancestors_with_self:
            await _rest(node)

    def _screen_changed(self, screen: Screen[Any]) -> None:
        let_go(self)
        if not screen.is_mounted:
            screen.call_after_refresh(self._type_ahead.hold().let_go)

    def _fatal_error(self) -> None:
        # Textual prints a traceback with every local variable here: customers' names and words on the terminal.
        error = self._exception
        self.failure = error.error if isinstance(error, WorkerFailed) else error
        self._close_messages_no_wait()

    async def _open(self) -> None:
        await self.gateway.first_look()  # importing the database would hold up the painting of what comes in
        try:
            await self.gateway.open()
        except CannotOpenError as error:
            self.failure = error.__cause__ or error
            self.exit(return_code=1)
            return
        settings = self.gateway.settings
        if settings is not None:
            self.set_keymap(self.keys)
            if settings.screen.theme != self.theme and settings.screen.theme in self.available_themes:
                self.theme = settings.screen.theme
        self.tell(Opened)

    async def settle_in(self) -> None:
        """What can wait until the first rows are shown: following changes, the worker, screens not yet needed."""
        self.begin(follow(self.gateway, self))
        self._read_state()
        self._read_banner()
        self._read_wallet_warning()
        self.set_interval(STATE_SECONDS, self._read_state)
        self.set_interval(WALLET_SECONDS, self._read_wallet_warning)
        if self._with_worker:
            with suppress(ConnectionLostError):
                await self.gateway.start_worker()
        self.set_interval(HOURS_SECONDS, self._learn_hours)
        for name in PRELOADED:
            await asyncio.to_thread(import_module, name)
        self._preload_styles()
        self.begin(self._offer_call())
        if not gc.isenabled():  # whoever started the program put collecting off until now
            gc.freeze()
            gc.set_threshold(*COLLECT_AT)
            gc.enable()
            self.set_interval(REST_SECONDS, self._collect_at_rest)

    async def _offer_call(self) -> None:
        from desk.tui.phone.opening import offer_call

        await offer_call(self)

    async def on_event(self, event: Event) -> None:
        """Remember when somebody last typed; what was typed ahead waits for its turn."""
        if isinstance(event, Key):
            self._typed_at = self.monotonic()
        if not self._type_ahead.keeps(event):
            await super().on_event(event)

    def _learn_hours(self) -> None:
        self.begin(self.learn_hours())

    async def learn_hours(self) -> None:
        """Read when the channels are open, and tell the time that is left anew by it."""
        with suppress(ConnectionLostError, CannotOpenError):  # time left is told by the hours known before
            await self.gateway.learn_hours()
            for lines in self.screen.query("QueueTable, Preview, FoundCases, CaseHeader"):
                lines.refresh()

    def _collect_at_rest(self) -> None:
        if self.monotonic() - self._typed_at > REST_SECONDS and gc.get_count()[2]:
            gc.collect()

    def _preload_styles(self) -> None:
        """Read the styles of screens not yet shown: reading one later parses all of them while somebody waits."""
        here = Path(__file__).parent
        self.stylesheet.read_all([path for path in sorted(here.rglob("*.tcss")) if path.parent != here])
        self.stylesheet.reparse()

    @property
    def keys(self) -> dict[str, str]:
        """Keys changed by hand: an action's id to its keys."""
        settings = self.gateway.settings
        return settings.screen.keys if settings else {}

    def tell(self, message: Callable[[], Message]) -> None:
        """Give each screen on the stack a message of its own."""
        for screen in self.screen_stack:
            screen.post_message(message())

    def lost(self, stale: Stale) -> None:
        """The database does not answer."""
        if self.stale is None:
            self.stale = stale
            self.tell(lambda: Stale(stale.since, stale.why))

    def found(self) -> None:
        """The database answers again."""
        if self.stale is not None:
            self.stale = None
            self.tell(Fresh)

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: SeverityLevel = "information",
        timeout: float | None = None,
        markup: bool = False,  # noqa: ARG002  (a notice may quote a customer, so none is ever markup)
    ) -> None:
        """A notice; never markup, whatever is asked for."""
        super().notify(line(message), title=line(title), severity=severity, timeout=timeout, markup=False)

    def on_notify(self, event: Notify) -> None:
        """The same notice stands once, and the newest few stand: they cover what is below."""
        standing = sorted(self._notifications, key=lambda each: each.severity == "error")  # the oldest first
        same = [each for each in standing if each.message == event.notification.message]
        for notice in same or standing[: 1 - MOST_NOTICES]:
            self._unnotify(notice)

    def action_phone(self, what: str) -> None:
        """Take a call (or go on with mine), show call-backs, or the week of service hours."""
        from desk.tui.phone.opening import open_phone

        self.begin(open_phone(self, what), holds_keys=True)

    def action_review(self) -> None:
        """Canned answers by their state, to be read and decided on."""
        from desk.tui.review.screen import ReviewScreen

        if not isinstance(self.screen, ReviewScreen):
            self.push_screen(ReviewScreen())

    def show_refunds(self) -> None:
        """Show the refunds that wait."""
        from desk.tui.refunds.screen import RefundsScreen

        if not isinstance(self.screen, RefundsScreen):
            self.push_screen(RefundsScreen())

    def action_clear_notices(self) -> None:
        """Take all notices away."""
        self.clear_notifications()

    def forget_notices(self, over: Callable[[str], bool]) -> None:
        """Take away the notices on screen whose words are over."""
        for notice in [each for each in self._notifications if over(each.message)]:
            self._unnotify(notice)

    async def action_leave(self) -> None:
        """Leave on the second press."""
        await self.leaving.pressed()

    def action_help(self) -> None:
        """Every key of this screen."""
        from desk.tui.help import HelpScreen

        self.push_screen(HelpScreen.of(self.screen))

    def _read_state(self) -> None:
        from desk.tui.my_state import read_state

        self.begin(read_state(self))

    def _read_banner(self) -> None:
        from desk.tui.incidents.following import read_banner

        self.begin(read_banner(self))

    def _read_wallet_warning(self) -> None:
        from desk.tui.wallet_warning import read_warning

        self.begin(read_warning(self))

    def action_incidents(self) -> None:
        """Show the incidents; nothing when they are shown already or a dialog is."""
        from textual.screen import ModalScreen

        from desk.tui.incidents.screen import IncidentsScreen

        if not isinstance(self.screen, ModalScreen | IncidentsScreen):
            self.push_screen(IncidentsScreen())

    def action_state(self) -> None:
        """Say how I stand."""
        from desk.tui.my_state import choose_state

        self.begin(choose_state(self), holds_keys=True)

    def action_theme(self) -> None:
        """The other of our two themes."""
        self.theme = themes.DARK.name if self.theme == themes.LIGHT.name else themes.LIGHT.name

    def action_take_back(self) -> None:
        """Take the last answer back while it leaves; else what is marked on screen and waits for later, or the last."""
        from desk.tui.taking_back import is_leaving, take_back

        marked = getattr(self.screen, "take_back_marked", None)
        if marked is None or is_leaving(self) or not marked():
            self.begin(take_back(self))
