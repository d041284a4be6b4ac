"""Walking a guide on a case's page, and the next step for an error code in a message."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from textual import on

from db.kinds import Channel, DraftKind
from desk import services
from desk.rules.guides import EndKind
from desk.tui.case.drafts import drafts_of
from desk.tui.case.fitting import CaseFitting
from desk.tui.case.letter import Letter
from desk.tui.case.sending import Sending
from desk.tui.dialogs.asking import ask, expected_errors, report
from desk.tui.footer import KeyFooter
from desk.tui.guides.choosing import CodeStep, code_dialog, field_dialog, guide_dialog, value_dialog
from desk.tui.guides.known import codes_of, my_language
from desk.tui.guides.panel import GuidePanel
from desk.tui.guides.wording import Wording, answer_wording, said_wording, wording_of
from desk.tui.undo import undo_of

if TYPE_CHECKING:
    from db.kinds import Lane
    from db.rows import AgentRow, CaseDetail
    from desk.rules.error_codes import ErrorCode
    from desk.services.desk import Desk
    from desk.services.guides import Walk

AT_ONCE = (Channel.CHAT, Channel.SOCIAL)
"""Where a step's words are sent as they stand; a letter, and what is said on the phone, go through the composer."""


class CaseGuideKeys(CaseFitting):
    """The part of a case's page that walks guides."""

    def __init__(self, case_id: int, lane: Lane) -> None:
        super().__init__(case_id, lane)
        self._panel = GuidePanel()
        self._guide_foot = KeyFooter("guide")
        self._walk: Walk | None = None
        self._wording: Wording | None = None
        self._in_composer: tuple[int, str] | None = None
        """The run and the step whose words stand in the composer, until they are sent."""
        self._times_shown = 0

    @property
    def key_tables(self) -> tuple[str, ...]:
        """The tables of keys that apply: those of the guide first while it is walked."""
        return ("guide", "case") if self.has_class("-walking") else ("case",)

    def show_guide(self, detail: CaseDetail) -> None:
        """Show the guide of the case as it is, where there is one; read it when somebody went on."""
        known = (self._walk.run.id, self._walk.run.version) if self._walk is not None else None
        if detail.guide_run != known or (self._walk is not None and self._walk.waits_for):
            self.app.begin(self._read_guide())

    def waits_for_answer(self) -> bool:
        """Whether a guide is walked and the newest message is marked: what the customer answers is then shown whole."""
        messages = self.conversation.messages
        return self.has_class("-walking") and bool(messages) and self.conversation.current == messages[-1].id

    async def learn_codes(self) -> None:
        """Mark the wallet's error codes in messages."""
        known = await codes_of(self.app).learn(self.app)
        if known is not None and self.is_attached:
            self.conversation.know_codes(known, my_language(self.app.gateway.me))

    def action_guide(self) -> None:
        """Go on with the guide, or pick one."""
        self.app.begin(self._trying(self._go_on()), holds_keys=True)

    def action_code(self) -> None:
        """The next step for the error code in the marked message, or in the newest one that has any."""
        self.app.begin(self._trying(self._code_step()), holds_keys=True)

    @on(GuidePanel.Wanted)
    def _wanted_of_guide(self, event: GuidePanel.Wanted) -> None:
        acts: dict[str, Callable[[], Awaitable[None]]] = {
            "outcome": lambda: self._outcome(event.number),
            "send": self._send_step,
            "write": self._write_step,
            "details": self._details,
            "before": self._step_back,
            "finish": self._finish,
            "stop": self._stop,
            "leave": self._leave_guide,
        }
        self.app.begin(self._trying(acts[event.what]()), holds_keys=True)

    async def _read_guide(self) -> None:
        case_id, times_shown = self.case_id, self._times_shown
        try:
            walk = await self.app.gateway.run(lambda desk, me: services.guides.of_case(desk, me, case_id))
            if times_shown == self._times_shown:  # else it was changed by a key meanwhile, and this may be older
                await self._show_walk(walk)
        except Exception as error:
            if not isinstance(error, expected_errors()):
                raise

    async def _show_walk(self, walk: Walk | None) -> None:
        """Show this as the guide of the case; the panel is made when it is first needed."""
        if not self.is_attached or self.detail is None:
            return
        self._times_shown += 1
        self._walk = walk
        self.set_class(walk is not None, "-guided")
        if walk is None:
            if self._panel.has_focus:
                self.conversation.focus()
            self.remove_class("-walking")
            return
        place = walk.guide.steps.get(walk.run.step) or walk.guide.ends.get(walk.run.step)
        self._wording = await wording_of(self.app, self.detail, place) if place is not None else None
        if not self._panel.is_attached:
            await self.mount(self._panel, self._guide_foot, after="#case-main")
        self._panel.show(walk, self._wording)

    async def _go_on(self) -> None:
        detail = self.detail
        if detail is None:
            return
        if self._walk is None and detail.guide_run is not None:
            await self._read_guide()
        if self._walk is None:
            guides = await self.app.gateway.run(services.guide_store.catalogue)
            key = await ask(self.app, guide_dialog(guides, detail, self._codes(), my_language(self.app.gateway.me)))
            if key is None:
                return
            await self._begin(key)
        self._walk_on()

    async def _begin(self, key: str) -> None:
        case_id = self.case_id
        await self._change(lambda desk, me: services.guides.begin(desk, me, case_id, key))

    def _walk_on(self) -> None:
        if self._walk is not None and self.is_attached:
            self.add_class("-walking")
            self._panel.focus()

    async def _leave_guide(self) -> None:
        self.remove_class("-walking")
        self.conversation.focus()

    async def _change(self, use_case: Callable[[Desk, AgentRow], Walk]) -> None:
        """Change the guide and show it; after a race show what the other one made of it, then raise."""
        try:
            walk = await self.app.gateway.write(use_case)
        except services.guides.GuideMovedError:
            await self._read_guide()
            raise
        await self._show_walk(walk)

    async def _outcome(self, number: int) -> None:
        walk = self._walk
        step = walk.guide.steps.get(walk.run.step) if walk is not None else None
        if walk is None:
            return
        if step is None or not 0 < number <= len(step.outcomes):
            self.app.notify(
                "The step has no outcome of that number." if step else "This is the end: ⏎ does it.", timeout=4
            )
            return
        if step.fact is not None:
            await self._ask_again()
            return
        run_id, seen, outcome = walk.run.id, walk.run.version, step.outcomes[number - 1][0]
        await self._change(lambda desk, me: services.guides.record_outcome(desk, me, run_id, outcome, seen=seen))

    async def _ask_again(self) -> None:
        """The wallet decides this step: have it asked again."""
        if self._walk is not None:
            run_id, seen = self._walk.run.id, self._walk.run.version
            await self._change(lambda desk, me: services.guides.ask_again(desk, me, run_id, seen=seen))
            if self._walk is not None and self._walk.waits_for:
                self.app.notify("The wallet is asked; the guide goes on by itself when it answers.", timeout=4)

    async def _step_back(self) -> None:
        if self._walk is not None:
            run_id, seen = self._walk.run.id, self._walk.run.version
            await self._change(lambda desk, me: services.guides.go_back(desk, me, run_id, seen=seen))

    async def _details(self) -> None:
        walk, language = self._walk, my_language(self.app.gateway.me)
        if walk is None or not walk.guide.fields:
            self.app.notify("This guide collects nothing.", timeout=3)
            return
        step = walk.guide.steps.get(walk.run.step)
        key = await ask(self.app, field_dialog(walk.guide, step, walk.run.collected, language))
        if key is None:
            return
        typed = await ask(self.app, value_dialog(walk.guide.fields[key], walk.run.collected.get(key, ""), language))
        if typed is not None:
            run_id, seen = walk.run.id, walk.run.version
            await self._change(lambda desk, me: services.guides.collect(desk, me, run_id, key, typed, seen=seen))
            self._walk_on()

    async def _stop(self) -> None:
        if self._walk is not None:
            run_id, seen = self._walk.run.id, self._walk.run.version
            try:
                await self.app.gateway.write(lambda desk, me: services.guides.stop(desk, me, run_id, seen=seen))
            finally:
                await self._read_guide()
            self.app.notify("The guide is stopped; beginning it again goes on at this step.", timeout=5)

    async def _finish(self) -> None:
        walk = self._walk
        if walk is None:
            return
        if walk.waits_for:
            await self._ask_again()
            return
        run_id, seen = walk.run.id, walk.run.version
        try:
            ended = await self.app.gateway.write(
                lambda desk, me: services.guide_ends.finish(desk, me, run_id, seen=seen)
            )
        finally:
            await self._read_guide()
        said = {
            EndKind.SOLVED: "solved",
            EndKind.ESCALATE: f"handed to {ended.queue}, with a note of everything",
            EndKind.INCIDENT: "yours still; link it with the incident",
        }
        self.app.notify(f"{ended.case.reference}: {said[ended.kind]}.", timeout=5)
        if ended.kind is EndKind.INCIDENT:
            self.propose_incident()

    def propose_incident(self) -> None:
        """A guide has come to an incident: link the case with the one that it seems to belong to, or ask which."""
        self.action_incident()

    async def _send_step(self) -> None:
        detail, walk, wording = self.detail, self._walk, self._wording
        if detail is None or walk is None:
            return
        if wording is None:
            self.app.notify("This step has no words for the customer.", timeout=3)
            return
        drafts = drafts_of(self.app)
        begun = drafts.of(detail, DraftKind.REPLY).text.strip()
        if detail.case.channel not in AT_ONCE or begun or wording.missing:
            await self._write_step()
            return
        if walk.run.step in walk.run.sent:
            self.app.notify("These words were sent already; r writes them again.", severity="warning", timeout=5)
            return
        answers = (wording.answer,) if wording.answer else ()
        drafts.typed(self.case_id, DraftKind.REPLY, wording.text, answers, {})
        self.conversation.follow()
        letter = Letter(DraftKind.REPLY, wording.text)
        kept_back = await Sending(self.app).send(detail, letter, seen=self.conversation.seen, files=[])
        if kept_back is not None:
            await self.reload()
            return
        await self._note_sent(walk.run.id, walk.run.step)

    async def _write_step(self) -> None:
        """The step's words into the composer, below what is begun there."""
        if self._wording is None or self._walk is None:
            self.app.notify("This step has no words for the customer.", timeout=3)
            return
        self._in_composer = (self._walk.run.id, self._walk.run.step)
        await self._insert(self._wording)

    async def insert_answer(self, key: str) -> None:
        """Put the canned answer of that key into the answer that is being written, below what is begun there."""
        detail = self.detail
        wording = await answer_wording(self.app, detail, key) if detail is not None else None
        if wording is None:
            self.app.notify(f"There is no approved answer {key}.", severity="warning", timeout=5)
            return
        await self._insert(wording)

    async def _insert(self, wording: Wording) -> None:
        """Put words into the answer that is being written."""
        detail = self.detail
        if detail is None:
            return
        self.remove_class("-walking")
        await self._write(detail, DraftKind.REPLY)
        drafts = drafts_of(self.app)
        if wording.answer:
            known = drafts.of(detail, DraftKind.REPLY).answers
            answers = tuple(dict.fromkeys((*known, wording.answer)))
            drafts.typed(self.case_id, DraftKind.REPLY, self._composer.text, answers, self._composer.details)
        self._composer.insert(wording.text)

    def _sent(self) -> None:
        """What was written is on its way: of a guide's step, that is noted, and an end is done."""
        is_reply = self._composer.kind is DraftKind.REPLY
        super()._sent()
        told, self._in_composer = self._in_composer, None
        if told is not None and is_reply:
            self.app.begin(self._trying(self._note_sent(*told)))

    async def _note_sent(self, run_id: int, step: str) -> None:
        last = undo_of(self.app).sent
        if last is None or self._walk is None or self._walk.run.id != run_id:
            return
        message_id = last.sent.message_id
        await self._change(lambda desk, me: services.guides.note_sent(desk, me, run_id, step, message_id))
        walk = self._walk
        if walk is not None and step == walk.run.step and step in walk.guide.ends:
            await self._finish()
        else:
            self._walk_on()

    def _codes(self) -> tuple[ErrorCode, ...]:
        """The codes in the marked message, else in the newest one that has any."""
        known = codes_of(self.app).recogniser
        marked = self.conversation.message
        if known is None:
            return ()
        looked_at: list[Any] = [marked] if marked is not None else []
        looked_at += [each for each in reversed(self.conversation.messages) if each.side_id is None]
        found = (known.found(f"{each.subject}\n{each.new_text}") for each in looked_at if each.kind == "inbound")
        return next((codes for codes in found if codes), ())

    async def _code_step(self) -> None:
        detail, codes = self.detail, self._codes()
        if detail is None:
            return
        if not codes:
            self.app.notify("No error code of the wallet is named here.", timeout=4)
            return
        chosen: CodeStep | None = await ask(self.app, code_dialog(codes, my_language(self.app.gateway.me)))
        if chosen is None:
            return
        if chosen.what == "guide":
            await self._begin(chosen.code.guide)
            self._walk_on()
            return
        if chosen.what == "answer":
            wording = await answer_wording(self.app, detail, chosen.code.answer)
        else:
            wording = said_wording(self.app, detail, chosen.code.say)
        if wording is None:
            self.app.notify(f"There is no approved answer {chosen.code.answer}.", severity="warning", timeout=5)
            return
        await self._insert(wording)

    async def _trying(self, work: Awaitable[object]) -> None:
        try:
            await work
        except Exception as error:  # noqa: BLE001  (`report` raises again what nobody expected)
            report(self.app, error)
