"""Figures: what happens is counted as it happens, found again by counting all events, and told with its cases."""

from __future__ import annotations

import json
import threading
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from sqlalchemy import delete, text

from db.kinds import AgentState, CallFollowUp, CallOutcome, Channel, Role, Status
from db.models import CaseFigure, DeskInfo, HourlyFigure
from desk.rules.channel_load import Load
from desk.rules.lifecycle import StatusChangeError
from desk.rules.measures import DEFINITIONS, ERROR, Measure
from desk.rules.permissions import NotAllowedError
from desk.rules.ranges import Range
from desk.services import (
    agent_work,
    agents,
    calls,
    changes,
    claims,
    figures,
    hours,
    merging,
    outbox,
    recounting,
    replies,
    spam,
    splitting,
)
from desk.services.counting import FILLED
from desk.services.errors import CaseError
from desk.services.figures import Behind
from desk.services.hour_files import read_hours
from tests.services.acting import arrived, mail, many, newest, receive, receive_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from db.rows import AgentRow, CaseDetail
    from desk.services.desk import Desk
    from tests.clock import SettableClock


class Later(StrEnum):
    """Events that other parts of the desk record."""

    PROMISE_MADE = "promise.made"
    PROMISE_KEPT = "promise.kept"
    PROMISE_BROKEN = "promise.broken"
    CLOCK_MET = "clock.met"
    CLOCK_BREACHED = "clock.breached"


@pytest.fixture
def lead(desk: Desk, boss: AgentRow) -> AgentRow:
    """A supervisor."""
    return agents.add(desk, boss, login="lead", name="Lia", role=Role.SUPERVISOR)


def sent(desk: Desk) -> None:
    """Everything that waits to leave has left."""
    while leased := outbox.lease(desk, "w", limit=10):
        for each in leased:
            outbox.settle_sent(desk, each.outbox_id, "w", None)


def answer(desk: Desk, me: AgentRow, clock: SettableClock, case_id: int, then: Status | None = None) -> int:
    """An answer that has left; its message."""
    from desk.services import cases

    seen = cases.open_case(desk, me, case_id).last_message_id
    done = replies.reply(desk, me, case_id, "Here is the answer.", seen=seen, then=then)
    clock.advance(minutes=1)
    sent(desk)
    return done.message_id


def counts(desk: Desk, lead: AgentRow, channel: Channel = Channel.EMAIL, wanted: Range = Range.WEEK) -> dict[str, int]:
    """Everything that was counted on a channel, but for the clocks that were met, of which each case has several."""
    over = figures.overview(desk, lead, wanted).over[channel]
    counted = [measure for measure in Measure if measure is not Measure.CLOCKS_MET]
    return {measure.value: over.count(measure) for measure in counted if over.count(measure)}


def record(desk: Desk, kind: Any, case_id: int, **data: Any) -> None:
    """Record an event of another part."""
    with desk.database.write() as unit:
        unit.record(kind, case_id=case_id, **data)


def listed(desk: Desk, lead: AgentRow, channel: Channel | None, what: Behind, shown: figures.Overview) -> list[int]:
    """All cases behind a number, page by page."""
    page = figures.behind(desk, lead, channel, what, shown, limit=2)
    found = [row.id for row in page.rows]
    while page.more is not None:
        page = figures.behind(desk, lead, channel, what, shown, after=page.more, limit=2)
        found += [row.id for row in page.rows]
    assert len(set(found)) == len(found)
    return found


def test_a_case_that_is_answered_and_solved_is_counted_once_for_each(
    desk: Desk, ana: AgentRow, lead: AgentRow, case: CaseDetail, clock: SettableClock
) -> None:
    answer(desk, ana, clock, case.case.id)
    answer(desk, ana, clock, case.case.id, Status.SOLVED)
    assert counts(desk, lead) == {"arrivals": 1, "first_response": 1, "replies": 2, "solved": 1}
    assert recounting.verify(desk, lead).agrees


def test_a_reopened_case_is_solved_no_more_and_counts_again_when_it_is(
    desk: Desk, ana: AgentRow, lead: AgentRow, case: CaseDetail, clock: SettableClock
) -> None:
    changes.set_status(desk, ana, [case.case.id], Status.SOLVED)
    clock.advance(hours=3)
    changes.set_status(desk, ana, [case.case.id], Status.OPEN)
    assert counts(desk, lead) == {"arrivals": 1, "reopened": 1}
    clock.advance(hours=3)
    changes.set_status(desk, ana, [case.case.id], Status.SOLVED)
    assert counts(desk, lead) == {"arrivals": 1, "reopened": 1, "solved": 1}
    assert recounting.verify(desk, lead).agrees


def test_what_is_undone_was_never_counted(
    desk: Desk, ana: AgentRow, lead: AgentRow, case: CaseDetail, clock: SettableClock
) -> None:
    done = changes.set_status(desk, ana, [case.case.id], Status.SOLVED)
    clock.advance(hours=2)
    changes.undo(desk, ana, done)
    assert counts(desk, lead) == {"arrivals": 1}
    changes.set_status(desk, ana, [case.case.id], Status.SOLVED)
    solved_in = figures.overview(desk, lead).at
    clock.advance(hours=2)
    done = changes.set_status(desk, ana, [case.case.id], Status.OPEN)
    changes.undo(desk, ana, done)
    assert counts(desk, lead) == {"arrivals": 1, "solved": 1}
    first = figures.between(desk, lead, solved_in, solved_in + timedelta(seconds=1)).over[Channel.EMAIL]
    assert first.count(Measure.SOLVED) == 1  # in the hour in which it was, not in that of the undo


def test_the_cases_behind_a_sum_of_all_channels_come_in_one_order(
    desk: Desk, ana: AgentRow, lead: AgentRow, clock: SettableClock
) -> None:
    for number in range(3):
        receive(desk, mail(f"m{number}@example.org", sender=f"m{number}@example.org"))
        clock.advance(minutes=7)
        line = {"channel": "chat", "external_id": f"c{number}", "from": {"handle": f"dewi{number}"}, "text": "hi"}
        receive_line(desk, Channel.CHAT, json.dumps(line | {"at": clock().isoformat()}).encode())
        clock.advance(minutes=7)
    shown = figures.overview(desk, lead)
    found = listed(desk, lead, None, Behind.ARRIVALS, shown)
    assert found == [6, 5, 4, 3, 2, 1]
    assert len(found) == shown.total.count(Measure.ARRIVALS)


def test_an_answer_taken_back_is_none(
    desk: Desk, ana: AgentRow, lead: AgentRow, case: CaseDetail, clock: SettableClock
) -> None:
    done = replies.reply(desk, ana, case.case.id, "Oops.", seen=case.last_message_id, then=Status.SOLVED)
    assert counts(desk, lead) == {"arrivals": 1, "solved": 1}
    replies.take_back(desk, ana, done.message_id)
    clock.advance(minutes=5)
    sent(desk)
    assert counts(desk, lead) == {"arrivals": 1}
    assert recounting.verify(desk, lead).agrees


@pytest.mark.seeded
def test_the_time_to_the_first_answer_is_service_time(desk: Desk, lead: AgentRow, clock: SettableClock) -> None:
    clock.moment = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)  # Monday 17:00 in Jakarta: an hour before e-mail closes
    case = arrived(desk, lead)
    clock.moment = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)  # 09:00 the next day: an hour after it opened
    answer(desk, lead, clock, case.case.id)
    over = figures.overview(desk, lead, Range.WEEK).over[Channel.EMAIL]
    assert over.median == over.p90
    assert over.median == pytest.approx(2 * 3600 + 60, rel=ERROR)


@pytest.mark.seeded
def test_hours_that_change_later_change_no_figure(
    desk: Desk, lead: AgentRow, case: CaseDetail, clock: SettableClock
) -> None:
    clock.advance(hours=24)
    answer(desk, lead, clock, case.case.id)
    before = figures.overview(desk, lead, Range.WEEK).over[Channel.EMAIL].median
    hours.close(desk, lead, Channel.EMAIL, clock() + timedelta(hours=2), "the mail server is away")
    with desk.database.write() as unit:
        unit.session.execute(text("DELETE FROM hours_closure"))
        unit.session.execute(text("DELETE FROM hours_calendar"))
    assert recounting.verify(desk, lead).agrees
    assert figures.overview(desk, lead, Range.WEEK).over[Channel.EMAIL].median == before


def test_a_call_in_which_somebody_was_helped_is_an_answer(
    desk: Desk, ana: AgentRow, lead: AgentRow, clock: SettableClock
) -> None:
    for number, outcome in enumerate((CallOutcome.HELPED, CallOutcome.CUT_OFF)):
        call = calls.start(desk, ana, f"+6281200{number}")
        clock.advance(seconds=60)
        calls.wrap_up(desk, ana, call.id, outcome, CallFollowUp.NONE, notes="")

    found = counts(desk, lead, Channel.PHONE)
    assert (found["arrivals"], found["first_response"], found["replies"]) == (2, 1, 1)
    assert recounting.verify(desk, lead).agrees


def test_an_acknowledgement_and_mail_to_a_third_party_are_no_answers(
    desk: Desk, ana: AgentRow, lead: AgentRow, case: CaseDetail, clock: SettableClock
) -> None:
    from desk.services import sides

    sides.start(desk, ana, case.case.id, to="shop@example.net", name="Shop", subject="A payment", text="Did it?")
    clock.advance(minutes=1)
    sent(desk)
    assert counts(desk, lead) == {"arrivals": 1}


def test_promises_and_clocks_are_counted_by_their_events(
    desk: Desk, lead: AgentRow, case: CaseDetail, clock: SettableClock
) -> None:
    case_id = case.case.id
    for kind in Later:
        record(desk, kind, case_id, clock="first_response", seconds=5)
    clock.advance(hours=1)
    record(desk, Later.CLOCK_BREACHED, case_id, clock="resolution")
    assert counts(desk, lead) == {
        "arrivals": 1,
        **dict.fromkeys(("promises_made", "promises_kept", "promises_broken"), 1),
        "clocks_breached": 2,
        "broken": 1,
        "breached": 1,
    }
    shown = figures.overview(desk, lead)
    assert figures.overview(desk, lead, Range.WEEK).over[Channel.EMAIL].count(Measure.CLOCKS_MET) == 1
    assert listed(desk, lead, Channel.EMAIL, Behind.BREACHED, shown) == [case_id]
    assert recounting.verify(desk, lead).agrees


def test_a_case_taken_from_somebody_or_given_to_somebody_is_a_handover(
    desk: Desk, ana: AgentRow, sari: AgentRow, lead: AgentRow, case: CaseDetail
) -> None:
    claims.take(desk, ana, case.case.id)
    claims.take(desk, sari, case.case.id)
    claims.transfer(desk, sari, case.case.id, "ana")
    assert counts(desk, lead) == {"arrivals": 1, "handovers": 2}


@pytest.mark.slow
def test_sums_of_any_range_are_those_of_its_hours(desk: Desk, lead: AgentRow, clock: SettableClock) -> None:
    opened = []
    for number, pause in enumerate((0, 1, 6, 20, 30, 70, 500, 700)):
        clock.advance(hours=pause)
        arrived(desk, lead, mail(f"n{number}@example.org", sender=f"n{number}@example.org"))
        opened.append(clock())
    random = Random(5)
    for _ in range(40):
        start = opened[0] + timedelta(hours=random.randrange(-5, 1300))
        end = start + timedelta(hours=random.randrange(1, 1400))
        shown = figures.between(desk, lead, start, end)
        expected = sum(shown.start <= at < shown.end for at in opened)
        assert shown.over[Channel.EMAIL].count(Measure.ARRIVALS) == expected, (start, end)


@pytest.mark.slow
def test_the_cases_behind_each_number_are_as_many_as_it_says(
    desk: Desk, ana: AgentRow, lead: AgentRow, clock: SettableClock
) -> None:
    random = Random(3)
    history(desk, random, [ana, lead], clock, steps=60)
    for number in range(3):
        clock.advance(minutes=1)
        arrived(desk, lead, mail(f"late{number}@example.org", sender=f"late{number}@example.org"))
    for wanted in (Range.TODAY, Range.YEAR):
        shown = figures.overview(desk, lead, wanted)
        for channel in Channel:
            now, over = shown.now[channel], shown.over[channel]
            assert len(listed(desk, lead, channel, Behind.DUE_SOON, shown)) == now.due_soon
            for what, measure in (
                (Behind.ARRIVALS, Measure.ARRIVALS),
                (Behind.ANSWERED, Measure.FIRST_RESPONSE),
                (Behind.SOLVED, Measure.SOLVED),
                (Behind.BROKEN, Measure.BROKEN),
                (Behind.BREACHED, Measure.BREACHED),
            ):
                assert len(listed(desk, lead, channel, what, shown)) == over.count(measure), (wanted, channel, what)


@pytest.mark.slow
@pytest.mark.seeded
@pytest.mark.parametrize("seed", [1, 3, 4])
def test_random_histories_are_counted_again_to_the_same_figures(
    desk: Desk, ana: AgentRow, lead: AgentRow, clock: SettableClock, seed: int
) -> None:
    history(desk, Random(seed), [ana, lead], clock, steps=120)
    before = counts(desk, lead, wanted=Range.YEAR)
    before |= counts(desk, lead, Channel.CHAT, Range.YEAR)
    assert {"arrivals", "first_response", "replies", "solved", "reopened"} <= before.keys()
    found = recounting.verify(desk, lead)
    assert found.agrees, found
    with desk.database.write() as unit:
        unit.session.execute(delete(HourlyFigure))
        unit.session.execute(delete(CaseFigure))
    assert not recounting.verify(desk, lead).agrees
    assert recounting.rebuild(desk, lead)
    assert recounting.verify(desk, lead).agrees
    assert counts(desk, lead, wanted=Range.YEAR) | counts(desk, lead, Channel.CHAT, Range.YEAR) == before


def test_a_wrong_sum_is_told_and_put_right(desk: Desk, lead: AgentRow, case: CaseDetail) -> None:
    with desk.database.write() as unit:
        unit.session.execute(text("UPDATE hourly_figure SET amount = 7 WHERE span = 8"))
        unit.session.execute(text("INSERT INTO hourly_figure VALUES (1, 'solved', 5, 'chat', 0, 2)"))
    found = recounting.verify(desk, lead)
    told = {(each.span, each.measure, each.kept, each.counted) for each in found.differences}
    assert (found.wrong_sums, told) == (2, {(8, "arrivals", 7, 1), (1, "solved", 2, 0)})
    assert recounting.rebuild(desk, lead) == 2
    assert recounting.verify(desk, lead).agrees


def test_what_happens_while_figures_are_rebuilt_is_counted_too(
    desk: Desk, ana: AgentRow, lead: AgentRow, clock: SettableClock, case: CaseDetail
) -> None:
    with desk.database.write() as unit:
        unit.session.execute(delete(HourlyFigure))

    def meanwhile(done: int, of: int) -> None:
        receive(desk, mail(f"while{done}-{of}@example.org", sender=f"w{done}{of}@example.org"))

    recounting.rebuild(desk, lead, progress=meanwhile)
    assert recounting.verify(desk, lead).agrees


def test_what_was_before_there_were_figures_is_filled_once(
    desk: Desk, ana: AgentRow, lead: AgentRow, clock: SettableClock, case: CaseDetail
) -> None:
    answer(desk, ana, clock, case.case.id)
    before = counts(desk, lead)
    with desk.database.write() as unit:
        for table in (HourlyFigure, CaseFigure):
            unit.session.execute(delete(table))
        unit.session.execute(delete(DeskInfo).where(DeskInfo.key == FILLED))
    assert recounting.fill(desk)
    assert not recounting.fill(desk)
    assert counts(desk, lead) == before


@pytest.mark.slow
def test_many_writers_at_once_lose_no_count_and_never_block_each_other_for_good(desk: Desk, lead: AgentRow) -> None:
    faults: list[BaseException] = []

    def take_in(writer: int) -> None:
        try:
            for number in range(6):
                mails = [
                    mail(f"{writer}-{number}-{each}@example.org", sender=f"w{writer}@example.org") for each in range(2)
                ]
                receive(desk, *mails)
        except BaseException as error:  # noqa: BLE001  (told below, in the test's own thread)
            faults.append(error)

    writers = [threading.Thread(target=take_in, args=(number,)) for number in range(4)]
    for each in writers:
        each.start()
    for each in writers:
        each.join()
    assert faults == []
    assert counts(desk, lead)["arrivals"] == 48
    assert recounting.verify(desk, lead).agrees


@pytest.mark.seeded
def test_the_present_tells_who_waits_how_long_and_who_is_on_it(
    desk: Desk, ana: AgentRow, lead: AgentRow, clock: SettableClock
) -> None:
    clock.moment = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)  # Monday 10:00 in Jakarta
    first = arrived(desk, lead)
    oldest = clock()
    clock.advance(minutes=20)
    receive(desk, mail("second@example.org", sender="second@example.org"))
    claims.take(desk, ana, first.case.id)
    here = figures.overview(desk, lead).now[Channel.EMAIL]
    assert (here.waiting, here.oldest_at, here.agents) == (2, oldest, 1)
    assert here.load is Load.OPEN
    agent_work.set_state(desk, ana, AgentState.BREAK)
    assert figures.overview(desk, lead).now[Channel.EMAIL].agents == 0
    agent_work.set_state(desk, ana, AgentState.AVAILABLE)
    assert figures.overview(desk, lead).now[Channel.EMAIL].agents == 1
    clock.advance(minutes=16)
    assert figures.overview(desk, lead).now[Channel.EMAIL].agents == 0
    many(desk, 9)
    assert figures.overview(desk, lead).now[Channel.EMAIL].load is Load.BUSY  # eleven wait, and nobody is on it
    clock.advance(hours=10)
    assert figures.overview(desk, lead).now[Channel.EMAIL].load is Load.CLOSED
    assert [each.channel for each in figures.strip(desk, ana)] == list(Channel)


@pytest.mark.seeded
def test_arrivals_are_pictured_by_the_hours_of_the_service_zone(
    desk: Desk, lead: AgentRow, clock: SettableClock
) -> None:
    clock.moment = datetime(2026, 11, 22, 18, 30, tzinfo=UTC)  # Monday 01:30 in Jakarta
    arrived(desk, lead)
    picture = figures.overview(desk, lead).picture
    assert picture.arrivals[0][1] == 1
    assert sum(map(sum, picture.arrivals)) == 1


@pytest.mark.seeded
def test_arrivals_stand_in_the_local_hour_in_which_most_of_their_hour_of_utc_lies(
    desk: Desk, lead: AgentRow, clock: SettableClock
) -> None:
    files = {key: msgspec.structs.replace(file, zone="Asia/Kathmandu") for key, file in read_hours().items()}
    hours.apply(desk, lead, files)
    clock.moment = datetime(2026, 11, 23, 1, 53, tzinfo=UTC)  # Monday 07:38 in Kathmandu
    arrived(desk, lead)
    shown = figures.overview(desk, lead)
    assert shown.picture.arrivals[0][7] == 1
    assert shown.start == datetime(2026, 11, 22, 18, tzinfo=UTC)


def test_only_supervisors_see_figures(desk: Desk, ana: AgentRow, sari: AgentRow) -> None:
    for me in (ana, sari):
        with pytest.raises(NotAllowedError):
            figures.overview(desk, me)
        with pytest.raises(NotAllowedError):
            recounting.verify(desk, me)


def test_every_measure_is_defined_in_code_and_on_its_page() -> None:
    assert set(DEFINITIONS) == set(Measure)
    page = (Path(__file__).parents[2] / "docs" / "figures.md").read_text(encoding="utf-8")
    assert [measure for measure in Measure if f"`{measure}`" not in page] == []


def history(desk: Desk, random: Random, people: list[AgentRow], clock: SettableClock, *, steps: int) -> None:
    """A random course of events: mail, chats, answers, undo, merges, splits, spam, promises."""
    desk_of = History(desk, random, people, clock)
    for _ in range(steps):
        desk_of.step()
        clock.advance(minutes=random.choice((1, 7, 55, 240)))
    sent(desk)


class History:
    """What may happen at a desk, each by the service that does it."""

    def __init__(self, desk: Desk, random: Random, people: list[AgentRow], clock: SettableClock) -> None:
        self._desk, self._random, self._people, self._clock = desk, random, people, clock
        self._cases: list[int] = []
        self._answers: list[int] = []
        self._way_back: list[Callable[[], object]] = []
        self._number = 0

    def step(self) -> None:
        """One thing, whichever; what the desk refuses did not happen."""
        acts = [
            *[self._mail, self._chat, self._undo, self._hand_over, self._promise] * 2,
            *[self._answer, self._leave, self._status] * 6,
            *(self._take_back, self._merge, self._split, self._spam),
        ]
        act = self._random.choice(acts) if self._cases else self._mail
        with suppress(CaseError, StatusChangeError, NotAllowedError):
            act()

    @property
    def _me(self) -> AgentRow:
        return self._random.choice(self._people)

    @property
    def _case(self) -> int:
        return self._random.choice(self._cases[-5:])

    def _mail(self) -> None:
        self._number += 1
        headers = {"references": f"<h{self._random.randrange(1, self._number + 1)}@example.org>"}
        receive(self._desk, mail(f"h{self._number}@example.org", **headers))
        self._remember(newest(self._desk, self._me).case.id)

    def _chat(self) -> None:
        self._number += 1
        who = f'"channel":"chat","external_id":"c{self._number}","from":{{"handle":"u{self._number}"}}'
        line = f'{{{who},"text":"Halo","at":"{self._clock().isoformat()}"}}'
        receive_line(self._desk, Channel.CHAT, line.encode())
        self._remember(newest(self._desk, self._me).case.id)

    def _answer(self) -> None:
        from desk.services import cases

        case_id, me = self._case, self._me
        claims.take(self._desk, me, case_id)
        then = self._random.choice((None, None, Status.SOLVED))
        seen = cases.open_case(self._desk, me, case_id).last_message_id
        at = self._clock() + timedelta(hours=5) if self._random.random() < 0.2 else None
        done = replies.reply(self._desk, me, case_id, "Here.", seen=seen, then=then, at=at)
        self._answers.append(done.message_id)

    def _take_back(self) -> None:
        if self._answers:
            replies.take_back(self._desk, self._me, self._answers.pop())

    def _status(self) -> None:
        status = self._random.choice([*(Status.OPEN, Status.SOLVED, Status.ON_HOLD) * 4, Status.CLOSED])
        done = changes.set_status(self._desk, self._me, [self._case, self._case], status)
        self._way_back.append(lambda: changes.undo(self._desk, self._people[0], done))

    def _undo(self) -> None:
        if self._way_back:
            self._way_back.pop()()

    def _merge(self) -> None:
        me = self._people[1]
        done = merging.merge(self._desk, me, self._case, self._case)
        self._way_back.append(lambda: merging.unmerge(self._desk, me, done))

    def _split(self) -> None:
        from desk.services import cases

        case_id, me = self._case, self._people[1]
        last = cases.open_case(self._desk, me, case_id).last_message_id
        splitting.split(self._desk, me, case_id, [last])
        self._remember(newest(self._desk, me).case.id)

    def _spam(self) -> None:
        done = spam.mark(self._desk, self._people[1], [self._case])
        self._way_back.append(lambda: changes.undo(self._desk, self._people[1], done))

    def _leave(self) -> None:
        sent(self._desk)

    def _hand_over(self) -> None:
        claims.take(self._desk, self._people[1], self._case)

    def _promise(self) -> None:
        kind = self._random.choice([each for each in Later if each.value.startswith("promise")])
        record(self._desk, kind, self._case)

    def _remember(self, case_id: int) -> None:
        if case_id not in self._cases:
            self._cases.append(case_id)
