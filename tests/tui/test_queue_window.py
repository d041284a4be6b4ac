"""The window over a lane, as a model: against a lane that changes, nothing moves under the hand."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from db.kinds import Channel, Language, Status
from db.rows import CaseRow, QueuePage
from desk.tui.queue.window import MOST, Window, key_of
from tests.clock import START

HEIGHT = 8


def row(case_id: int, minutes: int) -> CaseRow:
    return CaseRow(
        id=case_id, channel=Channel.EMAIL, status=Status.NEW, priority=3, customer_id=1, customer_name="n", subject="s",
        topic_key=None, language=Language.ENGLISH, created_at=START, updated_at=START,
        due_at=START + timedelta(minutes=minutes), snoozed_until=None, assignee_id=None, assignee_name=None, version=1,
    )  # fmt: skip


class Lane:
    """A lane in memory that answers like the service."""

    def __init__(self, count: int) -> None:
        self.rows = [row(number, number) for number in range(1, count + 1)]

    def after(self, key: object, limit: int, *, including: bool = False) -> QueuePage:
        found = [each for each in self.rows if key_of(each) > key or (including and key_of(each) == key)]  # type: ignore[operator]
        return QueuePage(tuple(found[:limit]), len(found) > limit)

    def before(self, key: object, limit: int) -> QueuePage:
        found = [each for each in self.rows if key_of(each) < key]  # type: ignore[operator]
        return QueuePage(tuple(found[-limit:]), len(found) > limit)

    def reread(self, window: Window, *, tidy: bool = False) -> None:
        standing = [each for each in window.visible if each.id not in window.moved] or list(window.visible)
        first = key_of(standing[0])
        window.refresh(self.before(first, 20), self.after(first, 40, including=True), tidy=tidy)


def opened(lane: Lane, at: int = 0) -> Window:
    window = Window(HEIGHT)
    window.show_first(QueuePage(tuple(lane.rows[:40]), len(lane.rows) > 40))
    window.select(at)
    return window


def in_view(window: Window) -> list[int]:
    return [each.id for each in window.visible]


@given(st.integers(0, 30), st.lists(st.integers(0, 39), max_size=6, unique=True))
def test_rows_in_view_keep_their_lines_whatever_leaves(at: int, leaving: list[int]) -> None:
    lane = Lane(60)
    window = opened(lane, at)
    before, chosen = in_view(window), window.current
    gone = {lane.rows[index].id for index in leaving}
    lane.rows = [each for each in lane.rows if each.id not in gone]
    lane.reread(window)
    assert in_view(window) == before
    assert window.current is not None
    assert chosen is not None
    assert window.current.id == chosen.id
    assert window.moved == gone & set(before)


@given(st.integers(0, 30), st.lists(st.integers(0, 80), max_size=8))
def test_the_selection_keeps_its_line_whatever_comes(at: int, coming: list[int]) -> None:
    lane = Lane(60)
    window = opened(lane, at)
    line, chosen = window.selected - window.top, window.current
    new = [row(1000 + number, minutes) for number, minutes in enumerate(coming)]
    lane.rows = sorted([*lane.rows, *new], key=key_of)
    lane.reread(window)
    assert window.current is not None
    assert chosen is not None
    assert window.current.id == chosen.id
    assert window.selected - window.top == line


def test_a_case_moved_by_a_new_priority_stays_under_the_hand() -> None:
    lane = Lane(60)
    window = opened(lane, 5)
    before = in_view(window)
    lane.rows[5] = replace(lane.rows[5], due_at=START, priority=1)
    lane.rows.sort(key=key_of)
    lane.reread(window)
    lane.reread(window)
    assert in_view(window) == before
    assert window.moved == {before[5]}


def test_tidying_puts_the_next_case_where_the_gone_one_was() -> None:
    lane = Lane(60)
    window = opened(lane, 5)
    gone = lane.rows.pop(5)
    lane.reread(window, tidy=True)
    assert window.moved == set()
    assert window.current is not None
    assert window.current.id == gone.id + 1


def test_a_long_way_down_the_window_stays_small() -> None:
    lane = Lane(3000)
    window = opened(lane)
    while not window.at_bottom:
        window.select(len(window.rows) - 1)
        window.extend_below(lane.after(key_of(window.rows[-1]), 50))
    assert len(window.rows) <= MOST + 50
    assert window.start + len(window.rows) == 3000
    assert not window.at_top
