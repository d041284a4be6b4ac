"""The review of canned answers: a list by state, what a version changes, and the supervisor's decision."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from textual.content import Content
from textual.widgets import Static

from db.kinds import AnswerState
from desk import services
from desk.rules.permissions import Permission, may
from desk.tui import actions, safety
from desk.tui.answers.preview import AnswerPreview
from desk.tui.dialogs.asking import ask, expected_errors, report
from desk.tui.dialogs.text import TextDialog
from desk.tui.footer import KeyFooter
from desk.tui.review.listing import VersionList, by_language
from desk.tui.screen import DeskScreen

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from db.rows import AgentRow
    from desk.services.answer_review import Outcome, VersionRow
    from desk.services.desk import Desk

STATES = (AnswerState.IN_REVIEW, AnswerState.DRAFT, AnswerState.APPROVED, AnswerState.RETIRED)
EMPTY = {
    AnswerState.IN_REVIEW: "Nothing waits for review. `desk answers import` brings texts here.",
    AnswerState.DRAFT: "No drafts. What is sent back stands here with its reason.",
    AnswerState.APPROVED: "No answer is in force yet.",
    AnswerState.RETIRED: "Nothing is retired.",
}


class ReviewScreen(DeskScreen):
    """Everybody may look; deciding takes a supervisor who did not write it."""

    NAME = "review"
    CSS_PATH = "review.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*actions.bindings("review")]

    def __init__(self) -> None:
        super().__init__()
        self._state = AnswerState.IN_REVIEW

    def compose(self) -> ComposeResult:
        """The states, the list, what is said of the selected version, and its text."""
        yield Static("", id="review-head", markup=False)
        yield VersionList()
        yield Static("", id="review-about", markup=False)
        yield AnswerPreview()
        yield KeyFooter("review")

    def on_mount(self) -> None:
        """Read what waits."""
        self.app.begin(self._load(), holds_keys=True)

    async def _load(self) -> None:
        state = self._state
        try:
            rows, outcomes = await self.app.gateway.run(lambda desk, me: _read(desk, me, state))
        except Exception as error:
            if not isinstance(error, expected_errors()):
                raise
            self.query_one(VersionList).show((), {}, str(error))
            return
        if self.is_attached and state is self._state:
            self.query_one(VersionList).show(rows, outcomes, EMPTY[state])
            self._draw()

    def _draw(self) -> None:
        names = [(each.value.replace("_", " "), each is self._state) for each in STATES]
        tabs = [(f" {name} ", "reverse" if is_shown else "") for name, is_shown in names]
        self.query_one("#review-head", Static).update(Content.assemble((" answers ", "bold"), *tabs))
        versions = self.query_one(VersionList)
        row = versions.current
        if row is None:
            self.query_one("#review-about", Static).update("")
            self.query_one(AnswerPreview).show("")
            return
        said = [f"{row.key} v{row.number}, written by {row.owner or 'the shipped files'}"]
        said += [f"decided by {row.approver}"] if row.approver else []
        said += [f"sent back: {row.reason}"] if row.reason else []
        said += [by_language((versions.outcomes or {}).get(row.key, ()))]
        self.query_one("#review-about", Static).update(safety.shown(" " + "   ".join(filter(None, said)), "dim"))
        self.query_one(AnswerPreview).show(_shown(row))

    def action_move(self, step: int) -> None:
        """Select another version."""
        self.query_one(VersionList).move(step)
        self._draw()

    def action_read(self, pages: int) -> None:
        """Read on in the text, or back."""
        self.query_one(AnswerPreview).move(pages)

    def action_state(self, step: int) -> None:
        """The next state, or the one before."""
        self._state = STATES[(STATES.index(self._state) + step) % len(STATES)]
        self.app.begin(self._load(), holds_keys=True)

    def action_approve(self) -> None:
        """Let agents use the selected version."""
        self._decide(lambda row: lambda desk, me: services.answer_review.approve(desk, me, row.key, row.number))

    def action_retire(self) -> None:
        """Take the selected answer out of use."""
        self._decide(lambda row: lambda desk, me: services.answer_review.retire(desk, me, row.key))

    def action_submit(self) -> None:
        """Put the selected draft, or retired answer, into review."""
        self._decide(lambda row: lambda desk, me: services.answer_review.submit(desk, me, row.key), everybody=True)

    def action_send_back(self) -> None:
        """Make the selected version a draft again, with a reason."""
        row = self.query_one(VersionList).current
        if row is not None and self._may():
            self.app.begin(self._send_back(row), holds_keys=True)

    async def _send_back(self, row: VersionRow) -> None:
        reason = await ask(
            self.app,
            TextDialog(
                f"send {row.key} back: what has to be changed?",
                problem=lambda text: "" if text.strip() else "Say it in a few words: its writer reads that.",
            ),
        )
        if reason:
            await self._write(lambda desk, me: services.answer_review.send_back(desk, me, row.key, reason, row.number))

    def action_back(self) -> None:
        """Back to where one came from."""
        self.dismiss(None)

    def _may(self) -> bool:
        me = self.app.gateway.me
        if me is not None and may(me, Permission.APPROVE_ANSWERS):
            return True
        self.app.notify("You may read what is in review; deciding takes a supervisor.", timeout=5)
        return False

    def _decide(
        self, act: Callable[[VersionRow], Callable[[Desk, AgentRow], object]], *, everybody: bool = False
    ) -> None:
        row = self.query_one(VersionList).current
        if row is not None and (everybody or self._may()):
            self.app.begin(self._write(act(row)), holds_keys=True)

    async def _write(self, act: Callable[[Desk, AgentRow], object]) -> None:
        try:
            await self.app.gateway.write(act)
        except Exception as error:  # noqa: BLE001  (`report` raises again what nobody expected)
            if isinstance(error, services.answer_review.AnswersError):
                self.app.notify(str(error), severity="warning", timeout=8)
            else:
                report(self.app, error)
        await self._load()


def _read(
    desk: Desk, me: AgentRow, state: AnswerState
) -> tuple[tuple[VersionRow, ...], dict[str, tuple[Outcome, ...]] | None]:
    rows = services.answer_review.versions(desk, me, state)
    if not may(me, Permission.SEE_FIGURES):
        return rows, None
    found: dict[str, tuple[Outcome, ...]] = {}
    for each in services.answer_review.outcomes(desk, me):
        found[each.key] = (*found.get(each.key, ()), each)
    if state is AnswerState.APPROVED:
        rows = tuple(sorted(rows, key=lambda row: (-sum(each.messages for each in found.get(row.key, ())), row.key)))
    return rows, found


def _shown(row: VersionRow) -> str:
    """What a version changes of the one in force; all of its text where there is none."""
    if not row.before:
        return row.text
    return "\n".join(services.answer_folders.difference(row.before, row.text)) or "Nothing differs."
