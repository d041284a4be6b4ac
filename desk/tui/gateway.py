"""The only bridge between screens and services: use cases run in threads, screens get frozen rows."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar

from db.errors import DatabaseUnavailableError
from desk import services
from desk.spare_memory import give_back
from desk.tui.read_ahead import ReadAhead

if TYPE_CHECKING:
    from db.clock import Clock
    from db.rows import AgentRow, CaseDetail, GivenCase, LateClock
    from db.rows_start import FirstLook
    from desk.bootstrap import Opened
    from desk.head_start import HeadStart
    from desk.rules.hours import ServiceTime
    from desk.rules.staffed import Staffed
    from desk.services.desk import Desk
    from desk.settings import Settings

T = TypeVar("T")
READERS = 3


class ConnectionLostError(Exception):
    """The database does not answer; the message says why in its own words, `short` in two or three of them."""

    def __init__(self, why: str, short: str = DatabaseUnavailableError.short) -> None:
        super().__init__(why)
        self.short = short


class CannotOpenError(Exception):
    """The desk cannot be opened; the message is one sentence for the person who tried."""


class Gateway:
    """Runs use cases for the screens. All methods but `run`'s callables belong to the event loop's thread.

    The desk is opened by the first use case, in its thread, so that the first frame never waits for it.
    """

    def __init__(
        self,
        *,
        url: str | None = None,
        login: str | None = None,
        clock: Clock | None = None,
        head_start: HeadStart | None = None,
    ) -> None:
        self._url, self._login, self._clock = url, login, clock
        self._head_start = head_start
        self._looking = asyncio.Lock()
        self._look: FirstLook | None = None
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="desk-read")
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="desk-write")
        self._thinker = ThreadPoolExecutor(1, thread_name_prefix="desk-think")
        self._opening = threading.Lock()
        self._opened: Opened | None = None
        self._cursor = 0
        self._catching_up = asyncio.Lock()
        self._ahead = ReadAhead(self._load_detail)
        self._worker_stop = threading.Event()
        self.last_answer = self.now()
        """When the database last answered."""
        self.hours: Staffed[ServiceTime] | None = None
        """When each channel is open; None until that was read."""
        self.on_changed: Callable[[frozenset[int]], None] = lambda _ids: None
        self.on_late: Callable[[tuple[LateClock, ...]], None] = lambda _late: None
        self.on_given: Callable[[tuple[GivenCase, ...]], None] = lambda _given: None
        """Told about changed cases, in the event loop's thread."""
        self.on_incidents: Callable[[], None] = lambda: None
        """Told that something about incidents was changed, likewise."""

    async def first_look(self) -> FirstLook | None:
        """The top of the queue as another process has read it meanwhile, if one was started and could."""
        async with self._looking:
            if self._head_start is not None:
                self._look = await asyncio.to_thread(self._head_start.result)
                self._head_start = None
        return self._look

    async def open(self) -> None:
        """Open the desk, unless a use case has done so. Raises `CannotOpenError`."""
        await self.run(lambda _desk, _me: None)

    async def run(self, use_case: Callable[[Desk, AgentRow], T]) -> T:
        """The result of a reading use case; up to three run side by side.

        Raises what the use case raises, and `ConnectionLostError` when the database does not answer.
        """
        return await self._submit(self._readers, use_case)

    async def think(self, use_case: Callable[[Desk, AgentRow], T]) -> T:
        """The result of a reading use case that may take its time, such as learning; no other reading waits for it.

        Raises as `run` does.
        """
        return await self._submit(self._thinker, use_case)

    async def ask_outside(self, use_case: Callable[[Desk, AgentRow], T]) -> T:
        """The result of a use case that asks the wallet, which may take many seconds; nothing waits for it.

        Not even leaving the desk: it has a thread of its own that ends with the program. Raises as `run` does.
        """
        answer: Future[T] = Future()

        def ask() -> None:
            try:
                answer.set_result(self._call(use_case))
            except BaseException as error:  # noqa: BLE001  (raised where it is waited for)
                answer.set_exception(error)

        threading.Thread(target=ask, name="desk-outside", daemon=True).start()
        return await asyncio.wrap_future(answer)

    async def write(self, use_case: Callable[[Desk, AgentRow], T]) -> T:
        """The result of a changing use case; they run one after the other, in the order of the calls.

        When it returns, what it changed is already known here: `detail` and `peek` give nothing older.
        """
        result = await self._submit(self._writer, use_case)
        try:
            await self.catch_up()
        except ConnectionLostError:
            self._ahead.clear()
        return result

    async def detail(self, case_id: int) -> CaseDetail:
        """All about a case, at once when it was read ahead. Raises as `run` does, `CaseNotFoundError` too."""
        return await self._ahead.get(case_id)

    def peek(self, case_id: int) -> CaseDetail | None:
        """What is known about a case without asking."""
        return self._ahead.peek(case_id)

    def forget(self, case_id: int) -> None:
        """Have `detail` read this case anew, though no event tells of a change."""
        self._ahead.drop([case_id])

    def read_ahead(self, case_ids: list[int]) -> None:
        """Have these cases ready, the first ones first; what was asked for before and not begun is forgotten."""
        self._ahead.want(case_ids)

    async def catch_up(self) -> None:
        """Learn what was changed since the last time, and tell. Raises `ConnectionLostError`."""
        async with self._catching_up:
            cursor = self._cursor
            changes = await self.run(lambda desk, me: services.events.since(desk, me, cursor))
            self._cursor = changes.cursor
        if changes.case_ids:
            self._ahead.drop(changes.case_ids)
            self.on_changed(changes.case_ids)
        if changes.late:
            self.on_late(changes.late)
        if changes.given:
            self.on_given(changes.given)
        if changes.incidents:
            self._ahead.clear()  # which incidents a case may belong to stands on its page
            self.on_incidents()

    async def learn_hours(self) -> None:
        """Read when the channels are open. Raises as `run` does."""
        plans = await self.run(services.hours.plans)
        hours = plans.each(lambda plan: plan.hours)
        if hours != self.hours:
            self.hours = hours

    @property
    def is_open(self) -> bool:
        """Whether the desk has been opened."""
        return self._opened is not None

    @property
    def me(self) -> AgentRow | None:
        """Who acts; None until that is known."""
        known = self._opened or self._look
        return known.me if known else None

    @property
    def settings(self) -> Settings | None:
        """The settings in force; None until the desk is open."""
        return self._opened.desk.settings if self._opened else None

    def now(self) -> datetime:
        """The desk's clock, aware UTC."""
        if self._clock is not None:
            return self._clock()
        return datetime.now(UTC)

    async def start_worker(self) -> None:
        """Send what is due, beside the screens."""
        await self.run(lambda desk, _me: _start_worker(desk, self._worker_stop))

    def close(self) -> None:
        """Stop the worker, finish what is being written, and give the connections back; may take a moment."""
        self._worker_stop.set()
        self._ahead.clear()
        self._readers.shutdown(wait=False, cancel_futures=True)
        self._thinker.shutdown(wait=False, cancel_futures=True)
        self._writer.shutdown()
        if self._opened is not None:
            self._opened.desk.database.close()

    async def _load_detail(self, case_id: int) -> CaseDetail:
        return await self.run(lambda desk, me: services.cases.open_case(desk, me, case_id))

    async def _submit(self, executor: Executor, use_case: Callable[[Desk, AgentRow], T]) -> T:
        result = await asyncio.wrap_future(executor.submit(self._call, use_case))
        self.last_answer = self.now()
        return result

    def _call(self, use_case: Callable[[Desk, AgentRow], T]) -> T:
        opened = self._opened or self._open()
        try:
            return use_case(opened.desk, opened.me)
        except DatabaseUnavailableError as error:
            raise ConnectionLostError(str(error), error.short) from error

    def _open(self) -> Opened:
        with self._opening:
            if self._opened is None:
                give_back()
                opened = _open_desk(self._url, self._login, self._clock)
                self._cursor = services.events.latest(opened.desk, opened.me)  # before anything is read
                self._opened = opened
            return self._opened


def _open_desk(url: str | None, login: str | None, clock: Clock | None) -> Opened:
    from db.clock import now
    from desk.bootstrap import open_desk

    try:
        return open_desk(url=url, login=login, clock=clock or now)
    except Exception as error:
        words = str(error).strip() or type(error).__name__
        raise CannotOpenError(words if words[-1] in ".!?" else f"The desk cannot be opened: {words}.") from error


def _start_worker(desk: Desk, stop: threading.Event) -> None:
    from desk import worker

    worker.run_in_thread(desk, stop)
