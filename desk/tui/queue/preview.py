"""The selected case beside the queue: who it is, what was promised, and what was said last."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from textual.content import Content
from textual.widget import Widget

from db.kinds import MessageKind
from db.rows import CaseDetail, CaseRow, MessageRow
from desk.rules.lookalikes import flagged, mark, marks_in
from desk.services.errors import CaseError
from desk.tui import format as form
from desk.tui.case.addresses import is_unverified
from desk.tui.gateway import ConnectionLostError
from desk.tui.promise_words import promise_words
from desk.tui.queue.columns import topic_words
from desk.tui.safety import block, line

if TYPE_CHECKING:
    from desk.rules.hours import ServiceTime
    from desk.rules.staffed import Staffed
    from desk.tui.app import DeskApp

MOST_CHARACTERS = 4000
"""Of a message: more never fits beside the list, and wrapping it costs."""


class Preview(Widget):
    """Shows a row at once, and the rest of its case as soon as that is known."""

    app: DeskApp

    def __init__(self) -> None:
        super().__init__(id="preview")
        self._row: CaseRow | None = None
        self._detail: CaseDetail | None = None
        self._trouble = ""

    def show(self, row: CaseRow | None, detail: CaseDetail | None, trouble: str = "") -> None:
        """Show this case; `detail` is None while it is being read, `trouble` says why it could not be."""
        if (row, trouble) == (self._row, self._trouble) and detail is self._detail:
            return
        self._row, self._detail, self._trouble = row, detail, trouble
        self.refresh()

    def follow(self, row: CaseRow) -> None:
        """Show a row now, and the rest of its case as soon as it is read, unless another was chosen meanwhile."""
        detail = self.app.gateway.peek(row.id)
        self.show(row, detail)
        if detail is None:
            self.app.begin(self._read(row))

    async def _read(self, row: CaseRow) -> None:
        try:
            detail = await self.app.gateway.detail(row.id)
        except (CaseError, ConnectionLostError) as error:
            if self._row is row:
                self.show(row, None, str(error))
            return
        if self._row is row:
            self.show(row, detail)

    def _owed(self, row: CaseRow, detail: CaseDetail | None, now: datetime) -> list[Content]:
        """When the answer is due, and what the customer was told about it."""
        lines = [_due(row, now, self.app.gateway.hours)]
        if detail is not None and detail.promise is not None:
            style, said = promise_words(detail.promise, now)
            lines.append(Content.styled(said, f"$desk-{style}"))
        return lines

    def render(self) -> Content:
        """The case's words; Textual wraps and cuts them."""
        row, detail = self._row, self._detail
        if row is None:
            return Content("")
        now = self.app.gateway.now()
        width = self.content_size.width
        lines = [_title(row, width), _about(row), Content("")]
        if detail is not None and detail.case.id == row.id:
            lines[2:2] = [_customer(detail, width), *self._owed(row, detail, now)]
            lines += _said(detail, now)
        else:
            lines[2:2] = [
                Content.styled(form.middle(flagged(row.customer_name), width), "bold"),
                *self._owed(row, detail, now),
            ]
            lines.append(Content.styled(self._trouble or "…", "$desk-quiet"))
        return Content("\n").join(lines)


def _title(row: CaseRow, width: int) -> Content:
    head = f"{row.reference} {form.glyph(row.channel)} "
    subject = line(row.subject) or "(no subject)"
    return Content.assemble((head, "$desk-quiet"), (form.cut(subject, max(8, width - len(head))), "bold"))


def _about(row: CaseRow) -> Content:
    facts = [f"prio {row.priority}", str(row.status).replace("_", " "), topic_words(row.topic_key)]
    facts += [form.LANGUAGE_NAMES[row.language] if row.language != "other" else "", line(row.assignee_name or "nobody")]
    return Content.styled(" · ".join(fact for fact in facts if fact), "$desk-quiet")


def _customer(detail: CaseDetail, width: int) -> Content:
    name = form.middle(flagged(detail.customer.name), max(12, width // 2))
    contact = flagged(detail.customer.contacts[0].value) if detail.customer.contacts else ""
    others = len(detail.other_cases)
    rest = [form.middle(contact, max(12, width // 2)), f"{form.count(others, 'other case')}" if others else ""]
    return Content.assemble((name, "bold"), ("  " + "  ".join(part for part in rest if part), "$desk-quiet"))


def _due(row: CaseRow, now: datetime, staffed: Staffed[ServiceTime] | None) -> Content:
    if row.due_at is None or row.status in form.WAITING:
        return Content.styled(form.due(row, now), "$desk-quiet")
    at = form.moment(row.due_at, now)
    if staffed is None:
        is_broken = form.is_broken(row, now)
        return Content.styled(f"{'! answer was due' if is_broken else 'answer by'} {at}", "$desk-quiet")
    hours = staffed.of_case(row.channel, row.language, row.queue)
    left = form.service(abs(form.time_left(row.due_at, now, hours)).total_seconds())
    if form.is_broken(row, now):
        return Content.styled(f"! answer was due {at}, {left} ago", "$desk-late")
    shut = " (closed now)" if hours is not None and not hours.is_open(now) else ""
    return Content.styled(f"answer by {at}, in {left}{shut}", "$desk-quiet")


def _said(detail: CaseDetail, now: datetime) -> list[Content]:
    messages = [message for message in detail.messages if message.kind is MessageKind.INBOUND] or detail.messages
    lines: list[Content] = []
    if messages:
        lines += _message(messages[-1], now)
    rest = len(detail.messages) + detail.earlier - 1
    if rest > 0:
        lines += [Content(""), Content.styled(f"{form.count(rest, 'more message')} on this case", "$desk-quiet")]
    if detail.tags:
        lines.append(Content.styled("tags: " + ", ".join(line(tag) for tag in detail.tags), "$desk-quiet"))
    lines += [Content.styled(f"draft kept {form.moment(draft.saved_at, now)}", "$desk-soon") for draft in detail.drafts]
    return lines


def _message(message: MessageRow, now: datetime) -> list[Content]:
    who = flagged(message.agent_name or message.sender_name or message.sender_address)
    if message.side_id is not None:
        who = f"↳ not the customer: {flagged(message.sender_address)}"
    new = message.new_text.strip() or message.text.strip()
    text = block(new[:MOST_CHARACTERS])
    quoted = _written_lines(message.text) - _written_lines(new)
    lines = [
        Content.styled(f"{form.moment(message.at, now)}  {form.middle(who, 60)}", "$desk-quiet"),
        *(Content.styled(warning, "$desk-soon") for warning in _warnings(message)),
        Content(text),
    ]
    if is_unverified(message):
        lines.insert(1, Content.styled("⚠ UNVERIFIED SENDER: anybody may have written this", "$desk-soon"))
    if len(new) > MOST_CHARACTERS:
        lines.append(Content.styled("… the rest is on the case's page", "$desk-quiet"))
    if quoted > 0 and message.new_text.strip():
        lines.append(Content.styled(f"▸ {form.count(quoted, 'quoted line')}", "$desk-quiet"))
    for position, attachment in enumerate(message.attachments, 1):
        lines.append(Content.styled(f"[{position}] {form.middle(line(attachment.filename), 40)}", "$desk-quiet"))
    if message.error:
        lines.append(Content.styled("could not be read in full: " + line(message.error), "$desk-soon"))
    return lines


def _warnings(message: MessageRow) -> list[str]:
    senders = (message.sender_name, message.sender_address)
    return [said for each in dict.fromkeys(senders) if (said := mark(each))] + marks_in(message.text[:MOST_CHARACTERS])


def _written_lines(text: str) -> int:
    return sum(1 for each in text.splitlines() if each.strip())
