"""Telling a case of the demo world: from its plot to the rows that tell it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from random import Random

from db.kinds import Channel, EventKind, MessageKind, OutboxState, Status
from db.segment import GAP
from desk.rules.sla import Fact, What
from desk.services.demo.bank import Bank
from desk.services.demo.files import Files
from desk.services.demo.letters import Letters, Values
from desk.services.demo.moments import HOUR, iso, moment, stored
from desk.services.demo.pieces import Piece, piece
from desk.services.demo.plots import CLOSES_AFTER, Plot, Step, is_queued
from desk.services.demo.tables import Rows

# Looking a value up in its enum a million times takes longer than telling the story.
CASE_OPENED = EventKind.CASE_OPENED.value
MESSAGE_RECEIVED = EventKind.MESSAGE_RECEIVED.value
CASE_CLAIMED = EventKind.CASE_CLAIMED.value
MESSAGE_WRITTEN = EventKind.MESSAGE_WRITTEN.value
NOTE_WRITTEN = EventKind.NOTE_WRITTEN.value
CASE_STATUS = EventKind.CASE_STATUS.value
CASE_SNOOZED = EventKind.CASE_SNOOZED.value
CASE_TAGGED = EventKind.CASE_TAGGED.value
MESSAGE_SENT = EventKind.MESSAGE_SENT.value
MESSAGE_FAILED = EventKind.MESSAGE_FAILED.value
SENT = OutboxState.SENT.value
FAILED = OutboxState.FAILED.value
WORDS: dict[Status | Channel, str] = {word: word.value for word in (*Status, *Channel)}

SENDING_TAKES = 12
"""Seconds from writing an answer to its being sent: the undo time, and a moment."""

REFUSED = "550 5.1.1 <{}>: Recipient address rejected: mailbox unavailable"
FAILURES = 2
"""Answers of the last hours that could not be delivered, for somebody to see to."""


@dataclass(slots=True)
class _Course:
    """How far the telling of one case has come."""

    plot: Plot
    values: Values
    status: Status
    updated: int
    terms: list[str]
    answered: Piece | None = None
    answered_at: int = 0
    last_inbound: str | None = None
    is_claimed: bool = False
    rounds: int = 0
    facts: list[Fact] = field(default_factory=list)
    """What its clocks go by."""


class Stories:
    """Tells one plot after another into `rows`."""

    def __init__(
        self, bank: Bank, letters: Letters, files: Files, rows: Rows, random: Random, until: int,
        versions: dict[str, int], tags: dict[str, int],
    ) -> None:  # fmt: skip
        self._agents = bank.agents
        self._shares = bank.world.shares
        self._letters = letters
        self._files = files
        self._rows = rows
        self._random = random.random
        self._until = until
        self._versions = versions
        self._tags = tags
        self._failures_left = FAILURES
        self._tagged = {tag: json.dumps({"after": {"tag": tag}}, separators=(",", ":")) for tag in tags}

    def tell(self, plot: Plot) -> list[Fact]:
        """Write all rows of one case; what its clocks go by."""
        values = self._letters.values(plot)
        course = _Course(plot, values, Status.NEW, plot.created, [f"{plot.case_id} {GAP}", values["case.subject"].part])
        for place, (step, at) in enumerate(plot.steps):
            course.updated = at
            if step is Step.ANSWERED:
                self._answered(course, at, last=place == len(plot.steps) - 1)
            elif step is Step.NOTED:
                self._noted(course, at)
            else:
                self._asked(course, step, at)
        self._end(course)
        self._write_case(course)
        return course.facts

    def _note(self, at: int, kind: str, agent_id: int | None, case_id: int, data: str) -> None:
        self._rows.events.append((at, kind, agent_id, case_id, data))

    def _asked(self, course: _Course, step: Step, at: int) -> None:
        plot, values = course.plot, course.values
        if course.status is not Status.NEW:
            self._move(course, Status.OPEN, at, None)
        number = self._rows.next_id("message")
        if course.last_inbound is None:
            new = self._letters.opening(plot, values)
        elif step is Step.THANKED:
            new = self._letters.thanks(plot, values)
        else:
            new = self._letters.second(plot, values)
        whole, subject, sent_at, details = new, "", None, "{}"
        external = f"demo-{number:09d}"
        if plot.channel is Channel.EMAIL:
            subject, sent_at = values["case.subject"].text, stored(at - 4)
            external = f"{number:09d}.{plot.case_id}@example.com"
            details = '{"to":["support@example.com"]}'
            if course.answered is not None:
                subject = f"Re: {subject} [#{plot.case_id}]"
                whole = self._letters.quoting(new, course.answered, plot, course.answered_at)
        row = (
            number, plot.case_id, "inbound", WORDS[plot.channel], external, stored(at), sent_at, None,
            plot.person.name.text, plot.person.addresses[plot.channel], subject, whole.text, new.text, 0, details,
        )  # fmt: skip
        self._rows.of("message").append(row)
        course.terms.append(whole.part)
        if course.last_inbound is None:
            self._note(at, CASE_OPENED, None, plot.case_id, f'{{"channel":"{WORDS[plot.channel]}"}}')
            course.facts.append(Fact(moment(at), What.OPENED))
            self._attached(course, number)
            course.terms.append(plot.person.sender_terms(plot.channel))
        course.last_inbound = external
        self._note(
            at,
            MESSAGE_RECEIVED,
            None,
            plot.case_id,
            f'{{"channel":"{WORDS[plot.channel]}","message":{number}}}',
        )
        course.facts.append(Fact(moment(at), What.ASKED))

    def _attached(self, course: _Course, message: int) -> None:
        if course.plot.channel is Channel.PHONE or self._random() >= self._shares.attachment:
            return
        for position in range(2 if self._random() < 0.15 else 1):
            file = self._files.any(self._random())
            number = self._rows.next_id("attachment")
            row = (number, message, position, file.name, file.content_type, file.size, file.sha256)
            self._rows.of("attachment").append(row)
            course.terms.append(piece(file.name).part)

    def _claimed(self, course: _Course, at: int) -> int:
        agent = course.plot.agent
        if not course.is_claimed:
            login = self._agents[agent].login
            self._note(
                at,
                CASE_CLAIMED,
                agent + 1,
                course.plot.case_id,
                f'{{"after":{{"assignee":"{login}"}},"before":{{"assignee":null}}}}',
            )
            course.is_claimed = True
            course.status = Status.OPEN
        return agent + 1

    def _answered(self, course: _Course, at: int, *, last: bool) -> None:
        plot = course.plot
        start = plot.steps[0][1]
        agent = self._claimed(course, at - min(90, (at - start) // 2))
        closing = last and plot.status in {Status.SOLVED, Status.CLOSED}
        said, key = self._letters.reply(plot, course.values, first=course.rounds == 0, last=closing)
        number = self._outbound(course, said, at, agent)
        answers = "[]"
        if key is not None:
            self._rows.of("message_answer").append((number, self._versions[key], plot.person.language.value))
            answers = f'["{key}@1"]'
        data = f'{{"after":{{"answers":{answers}}},"before":{{"status":"{WORDS[course.status]}"}},"message":{number}}}'
        self._note(at, MESSAGE_WRITTEN, agent, plot.case_id, data)
        course.facts.append(Fact(moment(at), What.ANSWERED))
        self._send(course, number, at)
        course.answered, course.answered_at = said, at
        course.rounds += 1
        self._move(course, Status.SOLVED if closing else Status.WAITING_CUSTOMER, at, agent)

    def _outbound(self, course: _Course, said: Piece, at: int, agent: int) -> int:
        plot = course.plot
        number = self._rows.next_id("message")
        details = f'{{"to":"{plot.person.addresses[plot.channel]}","to_name":"{plot.person.name.text}"'
        subject, external = "", f"demo-{number:09d}"
        if plot.channel is Channel.EMAIL:
            subject = f"Re: {course.values['case.subject'].text} [#{plot.case_id}]"
            external = f"desk.{number:09d}.{plot.case_id}@example.com"
            details += f',"in_reply_to":"{course.last_inbound}","references":["{course.last_inbound}"]'
        row = (
            number, plot.case_id, "outbound", WORDS[plot.channel], external, stored(at), None, agent,
            self._agents[plot.agent].name, "", subject, said.text, said.text, 0, details + "}",
        )  # fmt: skip
        self._rows.of("message").append(row)
        course.terms.append(said.part)
        return number

    def _send(self, course: _Course, message: int, at: int) -> None:
        plot = course.plot
        done = min(at + SENDING_TAKES, self._until)
        error: str | None = None
        if self._failures_left and plot.channel is Channel.EMAIL and at > self._until - 12 * HOUR:
            self._failures_left -= 1
            error = REFUSED.format(plot.person.addresses[plot.channel])
        row = (
            self._rows.next_id("outbox"), message, WORDS[plot.channel], FAILED if error else SENT, stored(at + 10), 1,
            error, None, stored(at), None if error else stored(done),
        )  # fmt: skip
        self._rows.of("outbox").append(row)
        if error is None:
            self._note(done, MESSAGE_SENT, None, plot.case_id, f'{{"message":{message}}}')
        else:
            self._note(done, MESSAGE_FAILED, None, plot.case_id, f'{{"error":"{error}","message":{message}}}')

    def _noted(self, course: _Course, at: int) -> None:
        plot = course.plot
        number = self._rows.next_id("message")
        said = self._letters.note(plot, course.values)
        agent = self._agents[plot.agent].name
        row = (
            number, plot.case_id, MessageKind.NOTE.value, WORDS[plot.channel], None, stored(at), None, plot.agent + 1,
            agent, "", "", said.text, said.text, 0, "{}",
        )  # fmt: skip
        self._rows.of("message").append(row)
        course.terms.append(said.part)
        self._note(at, NOTE_WRITTEN, plot.agent + 1, plot.case_id, f'{{"message":{number}}}')

    def _move(self, course: _Course, status: Status, at: int, agent: int | None) -> None:
        if course.status is status:
            return
        data = f'{{"after":{{"status":"{WORDS[status]}"}},"before":{{"status":"{WORDS[course.status]}"}}}}'
        self._note(at, CASE_STATUS, agent, course.plot.case_id, data)
        course.facts.append(Fact(moment(at), What.STATUS, status))
        course.status = status

    def _end(self, course: _Course) -> None:
        """What the agents do once nothing more is said."""
        plot, at = course.plot, course.updated
        agent = plot.agent + 1
        soon = min(at + 240, self._until)
        if plot.status in {Status.SOLVED, Status.CLOSED}:
            self._move(course, Status.SOLVED, soon, agent)
            if plot.status is Status.CLOSED:
                course.updated = at + CLOSES_AFTER
                self._move(course, Status.CLOSED, course.updated, None)
        elif plot.snoozed_until is not None:
            self._note(
                soon,
                CASE_SNOOZED,
                agent,
                plot.case_id,
                f'{{"after":{{"until":"{iso(plot.snoozed_until)}"}}}}',
            )
            course.facts.append(Fact(moment(soon), What.STATUS, Status.ON_HOLD))
            course.status = Status.ON_HOLD
        elif not is_queued(plot):
            self._move(course, plot.status, soon, agent)
        for tag in plot.tags:
            self._rows.of("case_tag").append((plot.case_id, self._tags[tag]))
            self._note(soon, CASE_TAGGED, agent, plot.case_id, self._tagged[tag])

    def _write_case(self, course: _Course) -> None:
        plot, said_last = course.plot, course.plot.steps[-1][1]
        is_over = plot.status in {Status.SOLVED, Status.CLOSED}
        row = (
            plot.case_id,
            WORDS[plot.channel],
            WORDS[plot.status],
            plot.priority,
            plot.problem.topic,
            plot.person.language.value,
            course.values["case.subject"].text,
            plot.person.id,
            plot.agent + 1 if plot.is_assigned else None,
            stored(plot.created),
            stored(min(course.updated, self._until)),
            None if plot.due is None else stored(plot.due),
            None if plot.snoozed_until is None else stored(plot.snoozed_until),
            stored(said_last) if is_over else None,
            stored(said_last + CLOSES_AFTER) if plot.status is Status.CLOSED else None,
            plot.follows,
            1 + len(plot.steps),
        )
        self._rows.of("support_case").append(row)
        self._rows.of("search_document").append((plot.case_id, " ".join([part for part in course.terms if part])))
