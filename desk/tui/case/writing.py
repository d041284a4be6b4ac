"""Writing on a case's page: answers, notes and mail to third parties, each to whom the composer's head says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual import on

from db.kinds import Channel, DraftKind
from desk import services
from desk.tui.actions import key_of
from desk.tui.case.composer import Composer
from desk.tui.case.draft_files import DraftFiles
from desk.tui.case.drafts import drafts_of, is_same_place
from desk.tui.case.letter import NEXT, SOLVE, Letter
from desk.tui.case.mail_keys import CaseMailKeys
from desk.tui.case.sending import Sending, Unfilled, is_held_back, wants_refund
from desk.tui.dialogs.asking import ask, expected_errors, report
from desk.tui.footer import KeyFooter
from desk.tui.message_acts import MessageActs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from db.kinds import Lane
    from db.rows import CaseDetail
    from desk.tui.answers.picker import Picked


NOTE_TITLES = {"compose.send": "keep", "compose.solve": "", "compose.next": "", "compose.answers": ""}
"""What the keys of the composer do to a note."""


BEGUN = {
    DraftKind.REPLY: ("answer", "case.reply"),
    DraftKind.NOTE: ("note", "case.note"),
    DraftKind.SIDE: ("third party", "case.forward"),
}
"""What a draft is called, and the action that goes on with it."""


class CaseWriting(CaseMailKeys):
    """The part of a case's page with the composer."""

    def __init__(self, case_id: int, lane: Lane) -> None:
        super().__init__(case_id, lane)
        self._wanted = ""
        """What is to be opened as soon as the case is read."""
        self._composer = Composer(id="composer")
        self._files = DraftFiles(self.app)
        self._foot = KeyFooter("case")
        self._composing_foot = KeyFooter("compose")

    async def reload(self) -> None:
        """Read the case anew."""
        raise NotImplementedError

    def open_note(self) -> None:
        """Go on with my note."""
        self.open_composer(DraftKind.NOTE)

    def open_composer(self, kind: DraftKind) -> None:
        """Go on with what I write."""
        detail = self.detail
        if detail is None:
            self._wanted = kind.value
            return
        self.app.begin(self._write(detail, kind), holds_keys=True)

    async def _write(self, detail: CaseDetail, kind: DraftKind) -> None:
        """Show the composer; it is made when it is first needed, because most cases are only read."""
        if not self._composer.is_attached:
            await self.mount(self._composer, self._composing_foot, after="#case-main")
        files = () if kind is DraftKind.NOTE else await self._files.of(self.case_id, kind)
        self.add_class("-composing")
        self._composing_foot.say(NOTE_TITLES if kind is DraftKind.NOTE else {})
        self._composer.open(detail, kind, drafts_of(self.app).of(detail, kind), files)

    def _kept(self, case_id: int, kind: DraftKind) -> None:
        is_it = case_id == self.case_id and kind is self._composer.kind and self._composer.is_attached
        if is_it and self.detail is not None:
            self._composer.say_kept(drafts_of(self.app).of(self.detail, kind))
        if case_id == self.case_id:
            self.remind()

    def remind(self) -> None:
        """Say what of mine is begun here, and the key that goes on with it, so that none is forgotten."""
        if self.detail is not None:
            begun = drafts_of(self.app).begun(self.detail)
            said = " · ".join(
                f"{name} {key_of(action, self.app.keys)}" for kind, (name, action) in BEGUN.items() if kind in begun
            )
            self._foot.remind(f"✎ draft: {said}" if said else "")

    @on(Composer.TextTyped)
    def _typed(self, event: Composer.TextTyped) -> None:
        if self.detail is not None:
            drafts = drafts_of(self.app)
            answers = drafts.of(self.detail, event.kind).answers
            drafts.typed(self.case_id, event.kind, event.text, answers, event.details)

    @on(Composer.Left)
    def _left(self) -> None:
        self.remind()
        self.remove_class("-composing")
        self.conversation.focus()

    @on(Composer.ReadOn)
    def _read_on(self, event: Composer.ReadOn) -> None:
        self.conversation.scroll_rows(event.rows)

    @on(Composer.Wanted)
    def _asked_for(self, event: Composer.Wanted) -> None:
        asking = {
            "answers": self._pick,
            "people": self._people,
            "files": self._change_files,
            "later": self._later,
            "snippet": self._keep_snippet,
        }
        self.app.begin(asking[event.what](), holds_keys=True)

    @on(Composer.Finished)
    def _finished(self, event: Composer.Finished) -> None:
        kept = self.to_reason(event.letter)
        if kept is not None:
            self._composer.ask_reason(kept)
        else:
            self.app.begin(self._send(event.letter), holds_keys=event.letter.then == NEXT)

    def to_reason(self, letter: Letter) -> Letter | None:
        """The letter to ask a reason for, where its text was kept back as it is; it goes at the moment meant then."""
        raise NotImplementedError

    def kept_back(self, letter: Letter, error: Exception) -> None:
        """A check of a letter's text keeps it back."""
        raise NotImplementedError

    async def _send(self, letter: Letter) -> None:
        detail = self.detail
        if detail is None or self._composer.busy:
            return
        if letter.kind is DraftKind.NOTE and letter.then == SOLVE:
            key = key_of("compose.send", self.app.keys)
            self.app.notify(f"A note is no answer and solves nothing: {key} keeps it.", severity="warning", timeout=6)
            return
        self._composer.set_busy(busy=True)
        self.conversation.follow()
        files = await self._files_shown(letter.kind)
        if files is None:
            self._composer.set_busy(busy=False)
            return
        kept_back = await Sending(self.app).send(detail, letter, seen=self.conversation.seen, files=files)
        if self.is_attached:
            self._composer.set_busy(busy=False)
            if kept_back is None:
                self._sent()
            elif isinstance(kept_back, Unfilled):
                self._composer.mark(kept_back.places)
            elif is_held_back(kept_back):
                self.kept_back(letter, kept_back)
            elif wants_refund(kept_back):
                self.action_refund()
            else:
                await self.reload()
        if kept_back is None and letter.then == NEXT:
            await self.next_case()

    async def _files_shown(self, kind: DraftKind) -> list[int] | None:
        """The positions of the files that the writer has seen; None where there are some that were never shown."""
        composer = self._composer
        if composer.files is None:
            composer.show_files(await self._files.of(self.case_id, kind))
            if composer.files is None:
                return None
            if composer.files:
                self.app.notify("Files go with this that were not shown yet. Look at them, then send.", timeout=8)
                return None
        return [file.position for file in composer.files]

    def _sent(self) -> None:
        self._composer.clear()
        self._left()

    def action_reply(self) -> None:
        """Write, or go on writing."""
        self.open_composer(DraftKind.REPLY)

    def action_answers(self) -> None:
        """Pick a canned answer; it goes into the answer that is being written."""
        self.app.begin(self._pick(), holds_keys=True)

    async def _pick(self, query: str = "") -> None:
        from desk.tui.answers.picker import AnswerPicker

        detail = self.detail
        if detail is None:
            self._wanted = "picker"
            return
        picked = await ask(self.app, AnswerPicker(detail, query))
        if picked is not None:
            await self._put(picked)

    async def _put(self, picked: Picked) -> None:
        """Put an answer into what is being written."""
        if self.detail is None:
            return
        kind = self._composer.kind if self.has_class("-composing") else DraftKind.REPLY
        await self._write(self.detail, kind)
        if picked.answer:
            drafts = drafts_of(self.app)
            answers = tuple(dict.fromkeys((*drafts.of(self.detail, kind).answers, picked.answer)))
            drafts.typed(self.case_id, kind, self._composer.text, answers, self._composer.details)
        self._composer.insert(picked.text)
        if picked.has_files and kind is not DraftKind.NOTE:
            self._composer.show_files(await self._files.of_answer(self.case_id, kind, picked.answer))

    async def _keep_snippet(self) -> None:
        """Keep what is written as a snippet of mine; the customer's name and case become variables in it."""
        from desk.rules.answers import known_values
        from desk.tui.dialogs.text import TextDialog

        detail, me, text = self.detail, self.app.gateway.me, self._composer.text
        if detail is None or me is None or not text.strip():
            self.app.notify("Write the text first, then keep it.", timeout=4)
            return
        template = services.snippets.from_draft(text, known_values(detail, me, detail.case.language))
        hint = "one of yours with that title becomes this one   ⏎ keep   esc back"
        title = await ask(
            self.app,
            TextDialog(
                "keep as mine, under the title",
                hint=hint,
                problem=lambda line: "" if line.strip() else "Give it a title.",
            ),
        )
        if title is None:
            return
        try:
            await self.app.gateway.write(lambda desk, me: services.snippets.keep(desk, me, title, template))
        except Exception as error:  # noqa: BLE001  (`report` raises again what nobody expected)
            report(self.app, error)
            return
        self.app.notify(f"Kept as yours: {title}. It stands among the canned answers, marked (mine).", timeout=5)

    async def _people(self) -> None:
        """Ask who gets copies; of mail to a third party, to whom it goes."""
        from desk.tui.dialogs.recipients import copies_dialog, copies_of, third_party_dialog

        detail, composer = self.detail, self._composer
        if detail is None:
            return
        if composer.kind is DraftKind.SIDE and "side_id" not in composer.details:
            answer = await ask(self.app, third_party_dialog(detail, composer.details))
            if answer is not None:
                composer.set_details(answer)
        elif composer.kind is DraftKind.REPLY and detail.case.channel is Channel.EMAIL:
            answer = await ask(self.app, copies_dialog(detail, composer.details))
            if answer is not None:
                composer.set_details(copies_of(answer))
        else:
            self.app.notify("Only an answer by e-mail has copies.", timeout=4)

    async def _change_files(self) -> None:
        """Ask for a file that goes along, or for one that does not any more."""
        composer = self._composer
        if composer.kind is DraftKind.NOTE:
            self.app.notify("A note has no files.", timeout=3)
            return
        composer.show_files(await self._files.change(self.case_id, composer.kind, composer.files))

    async def _later(self) -> None:
        """Ask when the answer is to go, and send it for then."""
        composer = self._composer
        if composer.kind is DraftKind.NOTE:
            self.app.notify("A note goes to nobody: it has no later moment.", timeout=4)
            return
        composer.forget_reason()  # it was asked for sending now
        letter = Letter(composer.kind, composer.text, composer.details)
        to = str(letter.details.get("to") or "the third party") if letter.kind is DraftKind.SIDE else ""
        try:
            at = await MessageActs(self.app).ask_when(self.case_id, to)
        except Exception as error:  # noqa: BLE001  (`report` raises again what nobody expected)
            report(self.app, error)
            return
        if at is not None:
            await self._send(Letter(letter.kind, letter.text, letter.details, at=at))

    def action_forward(self) -> None:
        """Write to a third party; goes on with what was begun."""
        self.app.begin(self._forward(), holds_keys=True)

    async def _forward(self) -> None:
        from desk.tui.dialogs.recipients import third_party_dialog

        detail = self.detail
        if detail is None:
            return
        begun = drafts_of(self.app).of(detail, DraftKind.SIDE)
        if not begun.text.strip():
            details = {} if "side_id" in begun.details else begun.details
            answer = await ask(self.app, third_party_dialog(detail, details))
            if answer is None:
                return
            if not await self._aim(detail, answer):
                return
        await self._write(self.detail or detail, DraftKind.SIDE)

    def action_answer_side(self) -> None:
        """Answer the third party of the marked message."""
        if not self.sees_messages():
            return
        self.app.begin(self._answer_side(), holds_keys=True)

    async def _answer_side(self) -> None:
        detail, message = self.detail, self.conversation.message
        side_id = message.side_id if message is not None else None
        side = next((side for side in detail.sides if side.id == side_id), None) if detail is not None else None
        if detail is None or side is None:
            self.app.notify("Mark a message of a third party first (↳), or forward the case to one.", timeout=5)
            return
        details = {"to": side.address, "name": side.name, "subject": side.subject, "side_id": side.id}
        begun = drafts_of(self.app).of(detail, DraftKind.SIDE)
        if begun.text.strip() and not is_same_place(begun.details, details):
            who = begun.details.get("to") or "a third party"
            self.app.notify(
                f"You have begun to write to {who}: send or empty that first. It is opened by the key for forwarding.",
                severity="warning", timeout=8,
            )  # fmt: skip
            return
        if not begun.text.strip() and not await self._aim(detail, details):
            return
        await self._write(self.detail or detail, DraftKind.SIDE)

    async def _aim(self, detail: CaseDetail, details: Mapping[str, Any]) -> bool:
        """Let the mail to a third party go there, with no file that waited for another one; whether that is sure."""
        case_id, drafts = detail.case.id, drafts_of(self.app)
        if not is_same_place(drafts.of(detail, DraftKind.SIDE).details, details):
            try:
                await self.app.gateway.write(
                    lambda desk, me: services.drafts.discard(desk, me, case_id, DraftKind.SIDE)
                )
            except expected_errors() as error:
                report(self.app, error)
                return False
        drafts.typed(case_id, DraftKind.SIDE, "", (), details)
        return True
